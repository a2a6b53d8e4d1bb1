"""Checkpoints made, and conversions of them judged, by torch, safetensors and numpy themselves.

    checkpoint_files.py make DIR     writes DIR/*.pt
    checkpoint_files.py judge DIR    compares X.again.pt, X.safetensors and X.npz with X.pt
"""

import pathlib
import sys

import numpy
import safetensors.torch
import torch

FLOAT8 = [torch.float8_e4m3fn, torch.float8_e5m2]


def octets(tensor):
    """A tensor's elements, whatever their type, as octets in C order."""
    plain = tensor.detach().resolve_conj().resolve_neg().contiguous()
    return plain.reshape(-1).view(torch.uint8) if plain.numel() else torch.empty(0, dtype=torch.uint8)


def everywhere():
    """Types and shapes that torch, safetensors and numpy all have."""
    base = torch.arange(24, dtype=torch.float32)
    tied = torch.randn(4, 3)
    return {
        "f32": torch.randn(3, 5), "f64": torch.randn(2, 2, dtype=torch.float64), "f16": torch.randn(7).half(),
        "i8": torch.tensor([-128, 127], dtype=torch.int8), "u8": torch.arange(5, dtype=torch.uint8),
        "i16": torch.arange(-3, 3, dtype=torch.int16), "i32": torch.arange(-2, 2, dtype=torch.int32),
        "i64": torch.tensor([2**62, -(2**63)]), "bool": torch.tensor([True, False, True]),
        "scalar": torch.tensor(1.5), "empty": torch.empty(0, 4), "special": torch.tensor([float("nan"), float("inf"), -0.0]),
        "view": base[3:9], "strided": base.reshape(4, 6)[:, ::2], "transposed": base.reshape(4, 6).t(),
        "tied.a": tied, "tied.b": tied, "expanded": torch.ones(1, 3).expand(4, 3),
    }


def torch_only():
    """What a torch file alone can hold."""
    x = torch.randn(4, 6)
    return {
        "bf16": x.bfloat16(), "c64": torch.randn(3, dtype=torch.complex64), "c128": torch.randn(2, dtype=torch.complex128),
        "conj": torch.randn(3, 2, dtype=torch.complex64).conj(), "imag": torch.randn(3, dtype=torch.complex64).conj().imag,
        "u16": torch.tensor([0, 65535]).to(torch.uint16), "u64": torch.tensor([1, 2]).to(torch.uint64),
        **{str(d)[6:]: x.to(d) for d in FLOAT8},
        "parameter": torch.nn.Parameter(x), "frozen": torch.nn.Parameter(x, requires_grad=False),
        "per_tensor": torch.quantize_per_tensor(x, 0.1, 3, torch.quint8),
        "per_tensor_i32": torch.quantize_per_tensor(x, 0.01, -1, torch.qint32),
        "per_channel": torch.quantize_per_channel(x, torch.rand(4) + 0.01, torch.arange(4), 0, torch.qint8),
        "per_channel_float": torch.quantize_per_channel(x, torch.rand(6) + 0.01, torch.rand(6), 1, torch.quint8),
    }


def training():
    """A module and its optimizer, flat enough for any format."""
    model = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.randn(8, 6)).sum().backward()
    optimizer.step()
    state = {f"model.{k}": v for k, v in model.state_dict().items()}
    for i, slots in optimizer.state_dict()["state"].items():
        state.update({f"optimizer.{i}.{k}": v for k, v in slots.items()})
    return state


def make(folder):
    torch.manual_seed(20)
    for name, build in (("everywhere", everywhere), ("torch_only", torch_only), ("training", training)):
        tensors = build()
        torch.save(tensors, folder / f"{name}.pt")
        torch.save(tensors, folder / f"{name}_legacy.pt", _use_new_zipfile_serialization=False)


def same(a, b):
    """Equal in type, shape, class, quantizer and every octet."""
    if a.dtype != b.dtype or a.shape != b.shape or a.is_quantized != b.is_quantized:
        return False
    if a.is_quantized:
        return a.qscheme() == b.qscheme() and torch.equal(a.int_repr(), b.int_repr()) and torch.equal(a.dequantize(), b.dequantize())
    return torch.equal(octets(a), octets(b))


def judge(folder):
    failures, compared = 0, 0
    for original in sorted(folder.glob("*.pt")):
        if original.name.endswith(".again.pt"):
            continue
        stem = original.name[:-3]
        # torch 2.6 writes but cannot read its newer types in the legacy format
        source = folder / f"{stem.removesuffix('_legacy')}.pt" if stem == "torch_only_legacy" else original
        want = torch.load(source, weights_only=False)
        others = {f"{stem}.again.pt": lambda p: torch.load(p, weights_only=True)}
        if not stem.startswith("torch_only"):
            others[f"{stem}.safetensors"] = safetensors.torch.load_file
            others[f"{stem}.npz"] = lambda p: {k: torch.from_numpy(numpy.array(v)) for k, v in numpy.load(p).items()}
        for name, load in others.items():
            got = load(folder / name)
            bad = sorted(set(want) ^ set(got)) or [k for k in want if not same(want[k], got[k])]
            if name.endswith(".again.pt"):
                bad += [k for k in want if k in got and isinstance(want[k], torch.nn.Parameter) != isinstance(got[k], torch.nn.Parameter)]
            compared += len(want)
            failures += bool(bad)
            print(f"{'not ok' if bad else 'ok'} {name}: {len(want)} tensors{' ' + ' '.join(bad) if bad else ''}")
    print(f"{compared} tensors compared, {failures} files differ")
    return 1 if failures or not compared else 0


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[2])
    sys.exit(make(target) if sys.argv[1] == "make" else judge(target))
