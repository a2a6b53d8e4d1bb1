"""Small checkpoints of every kind that torch, numpy and safetensors write, and what these find in them.

    checkpoint_corpus.py DIR     writes DIR/files.tar.gz and DIR/expected.json

Each file's expectation holds what its listing must hold at least: names, dtypes, shapes, strides,
digests of the stored octets ("sha256") and of the elements as torch shows them ("elements").
"""

import collections
import gzip
import hashlib
import io
import json
import pathlib
import struct
import sys
import tarfile
import tempfile
import warnings
import zipfile

import numpy
import safetensors.torch
import torch
import torch.distributed.checkpoint as dcp
from torch.serialization import get_unsafe_globals_in_checkpoint

warnings.simplefilter("ignore")


def sha(data):
    return hashlib.sha256(data).hexdigest()


def octets(t):
    """The elements in C order, as they are stored or shown."""
    t = t.int_repr() if t.is_quantized else t.detach()
    t = t.contiguous()
    return bytes(t.reshape(-1).view(torch.uint8).tolist()) if t.numel() else b""


def as_stored(t):
    """Without the conjugation and negation that torch has put off."""
    t = t.conj() if t.is_conj() else t
    return torch._neg_view(t) if t.is_neg() else t


def strided(path, t):
    d = {"path": path, "name": ".".join(map(str, path)), "dtype": str(t.dtype)[6:], "shape": list(t.shape),
         "layout": "strided", "device": t.device.type, "requires_grad": t.requires_grad,
         "parameter": isinstance(t, torch.nn.Parameter), "storage_offset": t.storage_offset(),
         "stride": list(t.stride())}
    if t.is_meta:
        return {**d, "nbytes": 0, "sha256": None}
    d |= {"nbytes": t.numel() * t.element_size(), "storage_nbytes": t.untyped_storage().nbytes(),
          "sha256": sha(octets(as_stored(t))), "elements": sha(octets(t.resolve_conj().resolve_neg()))}
    if t.is_conj() or t.is_neg():
        d["tensor_metadata"] = {k: True for k, on in (("conj", t.is_conj()), ("neg", t.is_neg())) if on}
    return d


def quantized(path, t):
    d = strided(path, t)
    if t.qscheme() == torch.per_tensor_affine:
        return [d | {"qscheme": "per_tensor_affine", "scale": t.q_scale(), "zero_point": t.q_zero_point()}]
    # torch writes the float scheme under the same name
    zero = t.q_per_channel_zero_points()
    return [d | {"qscheme": "per_channel_affine", "axis": t.q_per_channel_axis()},
            strided(path + ["@scales"], t.q_per_channel_scales()), strided(path + ["@zero_points"], zero)]


def sparse(path, t):
    d = {"path": path, "name": ".".join(map(str, path)), "dtype": str(t.dtype)[6:], "shape": list(t.shape),
         "layout": str(t.layout), "sha256": None,
         "is_coalesced": t.is_coalesced() if t.layout == torch.sparse_coo else None}
    if t.layout == torch.sparse_coo:
        parts = {"@indices": t._indices(), "@values": t._values()}
    elif t.layout in (torch.sparse_csr, torch.sparse_bsr):
        parts = {"@compressed_indices": t.crow_indices(), "@plain_indices": t.col_indices(), "@values": t.values()}
    else:
        parts = {"@compressed_indices": t.ccol_indices(), "@plain_indices": t.row_indices(), "@values": t.values()}
    return [d] + [strided(path + [k], v) for k, v in parts.items()]


def nested(path, t):
    parts = {"@buffer": t.values(), "@sizes": t._nested_tensor_size(),
             "@strides": t._nested_tensor_strides(), "@offsets": t._nested_tensor_storage_offsets()}
    return [{"path": path, "name": ".".join(path), "dtype": str(t.dtype)[6:], "shape": None, "layout": "nested",
             "sha256": None}] + [strided(path + [k], v) for k, v in parts.items()]


def tensors_of(value, path=()):
    path = list(path)
    if isinstance(value, torch.Tensor):
        if value.is_nested:
            return nested(path, value)
        if value.layout != torch.strided:
            return sparse(path, value)
        return quantized(path, value) if value.is_quantized else [strided(path, value)]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    return [t for k, v in items for t in tensors_of(v, path + [k])]


# --- torch files ---


def ramp(dtype, *shape):
    n = int(numpy.prod(shape))
    return (torch.arange(n) % 251 + 1).reshape(shape).to(dtype)


TYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
         torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128]
NEW_TYPES = [torch.uint16, torch.uint32, torch.uint64, torch.complex32, torch.float8_e4m3fn, torch.float8_e5m2,
             torch.float8_e4m3fnuz, torch.float8_e5m2fnuz]


def views():
    base = ramp(torch.float32, 4, 6)
    cube = ramp(torch.int16, 2, 3, 4)
    return {"base": base, "row": base[1], "tail": base[2:, 4:], "t": base.t(), "step": base[::2, 1::3],
            "diagonal": base.diagonal(), "one": base[2, 3], "wide": base[:, :1].expand(4, 5), "none": base[:, 6:],
            "swapped": cube.permute(2, 0, 1), "overlap": base.as_strided((3, 4), (1, 2), 2), "single": base[3:, :1],
            "dots": torch.ones(1, 3).expand(5, 3), "scalar": torch.tensor(7, dtype=torch.int8),
            "last": ramp(torch.float32, 1, 2, 2, 2).to(memory_format=torch.channels_last)}


def bits():
    c = torch.complex(torch.arange(6.0).reshape(2, 3) - 2, torch.arange(6.0).reshape(2, 3) + 1)
    return {"conj": c.conj(), "conj_t": c.t().conj(), "imag": c.clone().conj().imag, "real": c.clone().conj().real,
            "double": c.to(torch.complex128).conj(),
            "both": torch._neg_view(c.conj()), "neg": torch._neg_view(c),
            "neg64": torch._neg_view(torch.tensor([0, 1, -2, 2**62, 255, 256])),
            "neg8": torch._neg_view(torch.tensor([-128, 0, 127], dtype=torch.int8)),
            "neg16": torch._neg_view(torch.tensor([1.5, -0.0]).half())}


def quantizers():
    x = torch.arange(12.0).reshape(3, 4) / 4 - 1
    return {"u8": torch.quantize_per_tensor(x, 0.1, 10, torch.quint8), "i8": torch.quantize_per_tensor(x, 0.25, -3, torch.qint8),
            "i32": torch.quantize_per_tensor(x, 1e-9, 0, torch.qint32),
            "row": torch.quantize_per_tensor(x, 0.1, 10, torch.quint8)[1],
            "channel": torch.quantize_per_channel(x, torch.tensor([0.1, 0.2, 0.3]), torch.tensor([0, 1, 2]), 0, torch.qint8),
            "float": torch.quantize_per_channel(x, torch.rand(4) + 0.1, torch.rand(4), 1, torch.quint8)}


def sparse_ones():
    x = torch.tensor([[0, 2.0, 0, 1], [0, 0, 0, 0], [3, 0, 0, 4], [0, 0, 5, 0]])
    twice = torch.sparse_coo_tensor([[0, 0, 2], [1, 1, 3]], [1.0, 2.0, 3.0], (3, 4))
    hybrid = torch.sparse_coo_tensor([[0, 2]], ramp(torch.int32, 2, 3), (4, 3))
    return {"coo": x.to_sparse(), "twice": twice, "hybrid": hybrid, "csr": x.to_sparse_csr(), "csc": x.to_sparse_csc(),
            "bsr": x.to_sparse_bsr((2, 2)), "bsc": x.to_sparse_bsc((2, 2)), "after": ramp(torch.int8, 2),
            "batch": torch.stack([x, x]).to_sparse_csr(), "nothing": torch.sparse_coo_tensor(size=(2, 3)),
            "narrow": torch.sparse_csr_tensor(torch.tensor([0, 1, 2], dtype=torch.int32),
                                              torch.tensor([1, 0], dtype=torch.int32), torch.ones(2), (2, 2))}


def attributed():
    plain = ramp(torch.float32, 2, 2)
    plain.info = {"k": [1, 2.5]}
    parameter = torch.nn.Parameter(ramp(torch.float32, 2))
    parameter.shared = True
    return {"attribute": plain, "state": parameter, "p": torch.nn.Parameter(ramp(torch.float32, 2, 2)),
            "frozen": torch.nn.Parameter(ramp(torch.float32, 2), requires_grad=False),
            "leaf": ramp(torch.float32, 3).requires_grad_()}


def training():
    torch.manual_seed(6)
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
    net(torch.ones(2, 3)).sum().backward()
    optimizer.step()
    return {"epoch": 3, "state_dict": net.state_dict(), "optimizer": optimizer.state_dict()}


def leaves():
    """Values of every kind; their listing is written beside them."""
    values = {
        "none": (None, "none", None), "yes": (True, "bool", True), "no": (False, "bool", False),
        "int": (7, "int", 7), "minus": (-1, "int", -1), "short": (65535, "int", 65535), "edge": (2**31, "int", 2**31),
        "exact": (2**53, "int", 2**53), "beyond": (2**53 + 1, "int", str(2**53 + 1)),
        "below": (-2**53 - 1, "int", str(-2**53 - 1)), "big": (2**63, "int", str(2**63)),
        "small": (-2**200, "int", str(-2**200)), "ten": (10**40, "int", str(10**40)), "deep": (-10**18, "int", str(-10**18)),
        "long": (256**8 - 1, "int", str(256**8 - 1)), "limb": (-2**64, "int", str(-2**64)), "groups": (10**18 * 2**64, "int", str(10**18 * 2**64)),
        "float": (0.1, "float", 0.1), "nan": (float("nan"), "float", "nan"), "inf": (float("inf"), "float", "inf"),
        "under": (float("-inf"), "float", "-inf"), "zero": (-0.0, "float", -0.0),
        "text": ("tab\t\"quote\" back\\ \r\n\b\f \x01\x7f é ߿ ࠀ 重 \U0001f600", "str", ...),
        "empty": ("", "str", ""), "bytes": (bytes(range(256)), "bytes", bytes(range(256)).hex()), "nothing": (b"", "bytes", ""),
        "array": (bytearray(b"ab\xff"), "bytes", "6162ff"), "no_array": (bytearray(), "bytes", ""),
        "complex": (1.5 - 2j, "complex", [1.5, -2.0]), "size": (torch.Size([2, 3]), "tuple", 2), "gone": ((), "tuple", 0),
        "device": (torch.device("cpu"), "device", "cpu"), "gpu": (torch.device("cuda:1"), "device", "cuda:1"),
        "type": (torch.float32, "global", "torch.float32"), "layout": (torch.sparse_coo, "layout", "torch.sparse_coo"),
        "set": ({3}, "set", [{"type": "int", "value": 3}]), "frozen": (frozenset(["x"]), ..., ...),
        "ordered": (collections.OrderedDict(), "OrderedDict", 0), "counter": (collections.Counter(), "Counter", 0),
        "list": ([], "list", 0), "dict": ({}, "dict", 0),
    }
    expected = [{"path": [k], "type": kind, "value": v[0] if value is ... else value}
                for k, (*v, kind, value) in values.items() if kind is not ...]
    for e in expected:
        if e["type"] == "float":
            x = values[e["path"][0]][0]
            e["bits"] = struct.pack(">d", x).hex()
    return {k: v[0] for k, v in values.items()}, expected


def keyed():
    """Keys that are no text."""
    return {1: ramp(torch.int8, 1), -5: ramp(torch.int8, 2), (1, "a"): ramp(torch.int8, 3), None: ramp(torch.int8, 4),
            0.5: ramp(torch.int8, 5), b"k": ramp(torch.int8, 6)}


def saved(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


def rewritten(data, method=zipfile.ZIP_STORED, change=lambda name, body: body):
    """The archive again as Python's zipfile writes it, records changed; None leaves one out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", method) as new:
        for info in old.infolist():
            body = change(info.filename.partition("/")[2], old.read(info))
            if body is not None:
                new.writestr(zipfile.ZipInfo(info.filename), body, method)
    return out.getvalue()


def streamed(data, method):
    """The archive as a pipe gets it: sizes follow the data."""

    class Pipe(io.RawIOBase):
        def __init__(self):
            super().__init__()
            self.data = bytearray()

        def writable(self):
            return True

        def write(self, b):
            self.data += b
            return len(b)

    out = Pipe()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", method) as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename), old.read(info), method)
    return bytes(out.data)


def zip64(data):
    """Every size and place in 64-bit fields."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            with new.open(info.filename, "w", force_zip64=True) as f:
                f.write(old.read(info))
    return out.getvalue()


def swapped(data):
    """As a big-endian machine would write it: torch.load swaps it back."""
    kinds = {"0": 4, "1": 8, "2": 4}

    def change(name, body):
        if name == "byteorder":
            return b"big"
        if name.startswith("data/"):
            n = kinds[name[5:]]
            return b"".join(body[i:i + n][::-1] for i in range(0, len(body), n))
        return body

    return rewritten(data, change=change)


def torch_files():
    values, expected = leaves()
    torch.manual_seed(1)
    groups = {
        "types": {str(d)[6:]: ramp(d, 2, 3) for d in TYPES},
        "new_types": {str(d)[6:]: ramp(torch.float32, 2, 3).to(d) for d in NEW_TYPES},
        "views": views(), "bits": bits(), "quantized": quantizers(), "sparse": sparse_ones(),
        "nested": {"n": torch.nested.nested_tensor([ramp(torch.float32, 2, 2), ramp(torch.float32, 1, 3)])},
        "meta": {"m": torch.empty(2, 3, device="meta"), "w": ramp(torch.float32, 2)},
        "attributed": attributed(), "training": training(), "values": values, "bare": ramp(torch.int64, 3),
        "list": [ramp(torch.int8, 2), (ramp(torch.int16, 1), {"x": ramp(torch.int32, 1)})],
    }
    for name, value in groups.items():
        extra = {"leaves": expected} if name == "values" else {}
        yield f"{name}.pt", saved(value), value, {"format": "torch-zip", **extra}
        if name not in ("new_types", "nested", "meta"):
            yield f"{name}_legacy.pt", saved(value, _use_new_zipfile_serialization=False), value, {
                "format": "torch-legacy", **extra}
    for protocol in (3, 4, 5):
        yield f"values_{protocol}.pt", saved(values, pickle_protocol=protocol), values, {"leaves": expected}
    simple = {"a": ramp(torch.float32, 5), "b": ramp(torch.int64, 2), "c": torch.complex(torch.ones(3), torch.zeros(3))}
    for name, data in {"deflated": rewritten(saved(simple), zipfile.ZIP_DEFLATED), "stored": rewritten(saved(simple)),
                       "pipe": streamed(saved(simple), zipfile.ZIP_STORED),
                       "pipe_deflated": streamed(saved(simple), zipfile.ZIP_DEFLATED), "zip64": zip64(saved(simple)),
                       "big_endian": swapped(saved(simple)),
                       "no_byteorder": rewritten(saved(simple), change=lambda n, b: None if n == "byteorder" else b)}.items():
        loaded = torch.load(io.BytesIO(data), weights_only=False)
        assert all(torch.equal(loaded[k], simple[k]) for k in simple), name
        yield f"{name}.pt", data, simple, {"format": "torch-zip"}


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 3)
        self.register_buffer("b", torch.arange(3))

    def forward(self, x):
        return self.linear(x) + self.b + torch.tensor([1.0, 2.0, 3.0])


def script_files():
    torch.manual_seed(2)
    extra = {"note.txt": b"hello", "empty": b""}
    for name, net in (("script", torch.jit.script(Net())), ("trace", torch.jit.trace(Net(), torch.ones(1, 2)))):
        out = io.BytesIO()
        torch.jit.save(net, out, _extra_files=extra)
        data = out.getvalue()
        for form, body in ((name, data), (name + "_deflated", rewritten(data, zipfile.ZIP_DEFLATED))):
            with zipfile.ZipFile(io.BytesIO(body)) as z:
                names = [n.partition("/")[2] for n in z.namelist()]
            state = {"@state." + k.replace("linear.", "linear.@state."): sha(octets(v)) for k, v in net.state_dict().items()}
            yield form + ".pt", body, {
                "format": "torchscript", "code": sorted(n for n in names if n.startswith("code/")),
                "extra_files": {k: sha(v) for k, v in extra.items()}, "digests": state}


# --- numpy and safetensors ---

DESCRS = ["?", "<i1", "<u1", "<i2", ">i2", "<u2", ">u2", "<i4", ">i4", "<u4", ">u4", "<i8", ">i8", "<u8", ">u8", "<f2", ">f2",
          "<f4", ">f4", "<f8", ">f8", "<f16", ">f16", "<c8", ">c8", "<c16", ">c16", "<c32", ">c32", "S3", "S1", "<U2", ">U2", "V5",
          "<M8[s]", ">M8[ns]", "<m8[D]", ">m8[25us]", "<M8", "<m8"]
RECORDS = [
    [("a", "<f4"), ("b", "i1")], [("a", ">f4"), ("b", "?")], [("x", ">i2", (2, 3)), ("y", "S4")],
    [("in", [("p", ">u4"), ("q", "<f8")]), ("z", "<U1")], [("c", ">c16"), ("u", ">U2"), ("v", "V3")],
    [("t", ">M8[s]"), ("d", "<m8[ms]")], [("two", [("n", ">f2", (2,))], (2,)), ("k", "|u1")], [("one", ">i8", (1,))],
    numpy.dtype({"names": ["a", "b"], "formats": ["<i2", ">f8"], "offsets": [0, 8], "itemsize": 24}),
    numpy.dtype([("i", "i1"), ("d", "<f8", (2,))], align=True), [("q'uote", "<f4"), ('d"q', "<f4")], [("é", "<f4")],
]


def little(dtype):
    """The type with every number little-endian: how elements are shown."""
    return dtype.newbyteorder("<")


def array_of(dtype):
    dtype = numpy.dtype(dtype)
    n = 6
    raw = bytearray(i * 37 % 251 for i in range(n * dtype.itemsize))
    if dtype.kind == "?" or dtype == bool:
        raw = bytearray(b"\0\1\1\0\1\0")
    if dtype.kind == "U":
        return numpy.array([chr(65 + i) * (i % 3) for i in range(n)], dtype).reshape(2, 3)
    if "U" in str(dtype.descr) and dtype.names:
        return numpy.zeros((2, 3), dtype)
    return numpy.frombuffer(raw, dtype).reshape(2, 3)


def spelled(dtype):
    """How listings name it: numpy's name, little-endian spelling for what has none."""
    plain = little(dtype) if dtype.names is None else dtype
    return str(plain)


def array_entry(name, a, loaded):
    path = [name]
    d = {"path": path, "name": name, "dtype": spelled(loaded.dtype), "shape": list(a.shape),
         "fortran_order": bool(a.flags.f_contiguous and not a.flags.c_contiguous),
         "elements": sha(a.astype(little(a.dtype)).tobytes(order="C") if not a.dtype.names else converted(a))}
    return d


def memory(a):
    """The octets as they lie, those between fields too, which tobytes() leaves to chance."""
    return (a if a.flags.c_contiguous else a.T).reshape(-1).view(numpy.uint8).tobytes()


def npy(a):
    out = io.BytesIO()
    numpy.lib.format.write_array_header_1_0(out, numpy.lib.format.header_data_from_array_1_0(a))
    return out.getvalue() + memory(a)


def npz(arrays, method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, a in arrays.items():
            z.writestr(zipfile.ZipInfo(name + ".npy"), npy(a), method)
    return out.getvalue()


def converted(a):
    """A record array's octets with every number little-endian and nothing else moved."""
    out = numpy.frombuffer(memory(a), numpy.uint8).copy().reshape(a.size, a.dtype.itemsize)

    def swap(dtype, at):
        if dtype.subdtype:
            base, shape = dtype.subdtype
            for i in range(int(numpy.prod(shape))):
                swap(base, at + i * base.itemsize)
        elif dtype.names:
            for name in dtype.names:
                swap(dtype.fields[name][0], at + dtype.fields[name][1])
        elif dtype.byteorder == ">":
            unit = 4 if dtype.kind == "U" else dtype.itemsize // (2 if dtype.kind == "c" else 1)
            for i in range(at, at + dtype.itemsize, unit):
                out[:, i:i + unit] = out[:, i:i + unit][:, ::-1]

    swap(a.dtype, 0)
    return out.tobytes()


def array_files():
    arrays = {f"t{i}": array_of(d) for i, d in enumerate(DESCRS)}
    arrays |= {f"r{i}": array_of(d) for i, d in enumerate(RECORDS)}
    arrays |= {"fortran": numpy.asfortranarray(numpy.arange(6, dtype="<f4").reshape(2, 3)),
               "fortran_big": numpy.asfortranarray(numpy.arange(6, dtype=">i4").reshape(2, 3)),
               "fortran_long": numpy.asfortranarray(numpy.arange(24, dtype=">f8").astype(">c16").reshape(2, 3, 4)),
               "scalar": numpy.array(2.5), "none": numpy.empty((0, 4), "<i2"), "zero_S": numpy.array([b"", b""])}
    for name, method in (("arrays.npz", zipfile.ZIP_STORED), ("arrays_deflated.npz", zipfile.ZIP_DEFLATED)):
        data = npz(arrays, method)
        with numpy.load(io.BytesIO(data)) as loaded:
            assert all((loaded[k] == a).all() for k, a in arrays.items() if a.dtype.kind not in "fcmM" and not a.dtype.names)
            yield name, data, {"format": "npz", "tensors": [array_entry(k, a, loaded[k]) for k, a in arrays.items()]}
    plain = {d[1:]: array_of(d) for d in DESCRS if d[0] == ">" and d[1:] in ("i2", "i4", "i8", "f2", "f4", "f8", "c8", "c16")}
    plain |= {"u8": numpy.array([2**64 - 1, 2**63, 1], "<u8"), "b": array_of("?"), "F": arrays["fortran"], "FB": arrays["fortran_big"],
              "FL": numpy.asfortranarray(numpy.arange(24, dtype="<i2").reshape(2, 3, 4)), "s": numpy.array(2.5), "n": arrays["none"]}
    yield "plain.npz", npz(plain, zipfile.ZIP_STORED), {"tensors": [array_entry(k, a, a) for k, a in plain.items()]}
    for version in ((1, 0), (2, 0), (3, 0)):
        out = io.BytesIO()
        numpy.lib.format.write_array(out, arrays["r0"], version)
        yield f"v{version[0]}.npy", out.getvalue(), {"format": "npy", "tensors": [
            array_entry("", arrays["r0"], arrays["r0"]) | {"path": [""], "npy_version": list(version)}]}


def tensor_files():
    every = {str(d)[6:]: ramp(torch.float32, 2, 2).to(d) for d in TYPES + NEW_TYPES
             if d in safetensors.torch._TYPES.values()}
    every |= {"none": torch.empty(0, 3), "scalar": torch.tensor(2.5), "weird é": torch.ones(1)}
    data = safetensors.torch.save(every, {"format": "pt", "by": "us"})
    names = {v: k for k, v in safetensors.torch._TYPES.items()}

    def entry(k, v):
        return {"path": [k], "name": k, "dtype": names[v.dtype], "shape": list(v.shape), "sha256": sha(octets(v)),
                "elements": sha(octets(v))}

    yield "every.safetensors", data, {"format": "safetensors", "metadata": {"format": "pt", "by": "us"},
                                      "tensors": [entry(k, v) for k, v in every.items()]}


# --- folders: a distributed checkpoint, shards ---


def folder_files(folder):
    torch.manual_seed(3)
    state = {"w": ramp(torch.float32, 3, 4), "h": ramp(torch.bfloat16, 2), "step": 3, "name": "run", "deep": {"x": ramp(torch.int64, 2)},
             "t": ramp(torch.float32, 3, 4).t(), "conj": torch.tensor([1 + 2j, -3j]).conj()}
    with tempfile.TemporaryDirectory() as space:
        dcp.save(state, checkpoint_id=space)
        for p in sorted(pathlib.Path(space).iterdir()):
            folder[f"dcp/{p.name}"] = p.read_bytes()
        back = {k: torch.zeros_like(v, memory_format=torch.contiguous_format) for k, v in state.items() if torch.is_tensor(v)}
        dcp.load(back, checkpoint_id=space)
    yield "dcp", {"format": "dcp", "digests": {k: sha(octets(v.resolve_conj())) for k, v in back.items()}
                  | {"deep.x": sha(octets(state["deep"]["x"]))}, "bytes": [{"name": "step"}, {"name": "name"}]}
    chunked(folder)
    yield "chunks", {"format": "dcp", "digests": {"w": sha(octets(ramp(torch.float32, 3, 4))),
                                                  "cube": sha(octets(ramp(torch.int16, 2, 4, 6)))}}


def chunked(folder):
    """A tensor in four rectangles over two files, as ranks with a sharded plan write it."""
    from torch.distributed.checkpoint.filesystem import _StorageInfo
    from torch.distributed.checkpoint.metadata import (ChunkStorageMetadata, Metadata, MetadataIndex,
                                                       TensorProperties, TensorStorageMetadata)
    wholes = {"w": ramp(torch.float32, 3, 4), "cube": ramp(torch.int16, 2, 4, 6)}
    cuts = {"w": [((0, 0), (2, 3)), ((0, 3), (2, 1)), ((2, 0), (1, 3)), ((2, 3), (1, 1))],
            "cube": [((0, 0, 0), (2, 4, 2)), ((0, 0, 2), (1, 4, 4)), ((1, 0, 2), (1, 1, 4)), ((1, 1, 2), (1, 3, 4))]}
    files = {"__0_0.distcp": b"", "__1_0.distcp": b""}
    places, data = {}, {}
    for name, whole in wholes.items():
        chunks = []
        for i, (at, size) in enumerate(cuts[name]):
            part = whole[tuple(slice(a, a + s) for a, s in zip(at, size))]
            part = part.clone() if i % 2 else part.clone().transpose(0, 1).contiguous().transpose(0, 1)
            file = f"__{i % 2}_0.distcp"
            body = saved(part)
            data[MetadataIndex(name, torch.Size(at))] = _StorageInfo(file, len(files[file]), len(body))
            files[file] += body
            chunks.append(ChunkStorageMetadata(torch.Size(at), torch.Size(size)))
        places[name] = TensorStorageMetadata(TensorProperties(dtype=whole.dtype), whole.size(), chunks)
    with tempfile.TemporaryDirectory() as space:
        import pickle
        for file, body in files.items():
            folder[f"chunks/{file}"] = body
            pathlib.Path(space, file).write_bytes(body)
        metadata = pickle.dumps(Metadata(places, None, data))
        folder["chunks/.metadata"] = metadata
        pathlib.Path(space, ".metadata").write_bytes(metadata)
        back = {k: torch.zeros_like(v) for k, v in wholes.items()}
        dcp.load(back, checkpoint_id=space)
        assert all(torch.equal(back[k], wholes[k]) for k in wholes)


def main():
    out = pathlib.Path(sys.argv[1])
    files, expected = {}, {}
    for name, data, value, extra in torch_files():
        files[name] = data
        expected[name] = {"tensors": tensors_of(value)} | extra
    for name, data, extra in (*script_files(), *array_files(), *tensor_files()):
        files[name] = data
        expected[name] = extra
    keyed_value = keyed()
    files["keyed.pt"] = saved(keyed_value)
    expected["keyed.pt"] = {"shapes": [list(v.shape) for v in keyed_value.values()]}
    for name, data in files.items():
        if name.endswith(".pt") and not any(k in name for k in ("legacy", "script", "trace", "values_")):
            expected[name]["unsafe"] = sorted(get_unsafe_globals_in_checkpoint(io.BytesIO(data)))
    for name, extra in folder_files(files):
        expected[name] = extra
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as t:
        for name in sorted(files):
            info = tarfile.TarInfo(name)
            info.size = len(files[name])
            t.addfile(info, io.BytesIO(files[name]))
    (out / "files.tar.gz").write_bytes(gzip.compress(tar.getvalue(), 9, mtime=0))
    lines = [f"{json.dumps(k)}: {json.dumps(v, sort_keys=True)}" for k, v in sorted(expected.items())]
    (out / "expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
