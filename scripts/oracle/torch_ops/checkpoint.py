"""FT-P2C-006: checkpoints.  What torch finds in files it wrote itself, which globals
its weights-only loader would refuse, and the typed envelope by its written rules."""

import argparse
import base64
import collections
import datetime
import hashlib
import io
import json
import pathlib
import pickle
import struct
import zipfile

import torch
from torch.serialization import get_unsafe_globals_in_checkpoint

from frame import OriginalError

# --- torch's own files ---


def content(case):
    return io.BytesIO(base64.b64decode(case["in"]["base64"]))


def octets(t):
    if t.is_quantized:
        t = t.int_repr()
    t = t.detach().contiguous()
    if t.numel() == 0:
        return b""
    return bytes(t.flatten().view(torch.uint8).tolist())


def describe(name, t):
    return {"name": name, "dtype": str(t.dtype)[6:], "shape": list(t.shape),
            "stride": list(t.stride()), "storage_offset": t.storage_offset(),
            "requires_grad": t.requires_grad,
            "parameter": isinstance(t, torch.nn.Parameter),
            "sha256": hashlib.sha256(octets(t)).hexdigest()}


def walk(name, value, out):
    if isinstance(value, torch.Tensor):
        out.append(describe(name, value))
    elif isinstance(value, dict):
        for k, v in value.items():
            walk(f"{name}.{k}" if name else str(k), v, out)
    elif isinstance(value, (list, tuple)):
        for i, v in enumerate(value):
            walk(f"{name}.{i}" if name else str(i), v, out)
    return out


def listing(case):
    return {"tensors": walk("", torch.load(content(case), weights_only=False), [])}


def accepted(case):
    """Does the loader of today's default (weights_only) take the file?"""
    try:
        torch.load(content(case), weights_only=True)
    except Exception:  # pylint: disable=broad-except  # any refusal is one
        return {"accepted": False}
    return {"accepted": True}


def unsafe_globals(case):
    return {"globals": sorted(get_unsafe_globals_in_checkpoint(content(case)))}


# --- the typed envelope, by its rules ---

FIELDS = ("schema_version", "mode", "entries", "source_hash")
ENTRY = ("node_id", "value", "grad")
MASK = (1 << 64) - 1


def det64(data):
    s = 0x16f11fe89b0d677c
    for b in data:
        s = s * 0x517cc1b727220a95 & MASK ^ b
    s ^= s >> 33
    s = s * 0xff51afd7ed558ccd & MASK
    s ^= s >> 33
    s = s * 0xc4ceb9fe1a85ec53 & MASK
    return s ^ s >> 33


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def order(e):
    return (e[0], bits(e[1]), e[2] is not None, bits(e[2]) if e[2] is not None else 0)


def source_hash(mode, entries):
    data = struct.pack("<IB", 1, 1 if mode == "strict" else 2)
    for node, value, grad in entries:
        data += struct.pack("<Qd", node, value)
        data += b"\0" if grad is None else b"\1" + struct.pack("<d", grad)
    return f"det64:{det64(data):016x}"


def serde(x):
    """A float as serde_json writes it."""
    text = repr(float(x))
    if "e" in text:
        mantissa, exponent = text.split("e")
        mantissa = mantissa[:-2] if mantissa.endswith(".0") else mantissa
        if int(exponent) == -5:
            sign = "-" if mantissa.startswith("-") else ""
            return f"{sign}0.0000{mantissa.lstrip('-').replace('.', '')}"
        return f"{mantissa}e{int(exponent)}"
    return text


class Pairs(list):
    """A JSON object with its members in order, doubles and all."""


def unique(pairs, error):
    names = [k for k, _ in pairs]
    if len(set(names)) != len(names):
        raise error("duplicate field")
    return dict(pairs)


def invalid(_what=""):
    return OriginalError("InvalidJson", "invalid json: " + _what)


def incompatible(_what=""):
    return OriginalError("IncompatiblePayload", "incompatible payload: " + _what)


def number(text):
    x = float(text)
    if x in (float("inf"), float("-inf")):
        raise invalid("number out of range")
    return x


def integer(text):
    return number(text) if text == "-0" else int(text)


def not_a_number(_text):
    raise invalid("expected value")


def parse(text):
    try:
        return json.loads(text, object_pairs_hook=Pairs, parse_float=number,
                          parse_int=integer, parse_constant=not_a_number)
    except (ValueError, RecursionError):
        raise invalid("grammar") from None


def is_int(x, limit):
    return isinstance(x, int) and not isinstance(x, bool) and 0 <= x <= limit


def is_float(x):
    return isinstance(x, (int, float)) and not isinstance(x, bool)


def entry_of(e, kind, unknown):
    if not isinstance(e, Pairs):
        raise kind("an entry is not an object")
    for name, _ in e:
        if name not in ENTRY:
            raise unknown(name)
    e = unique(e, kind)
    if not is_int(e.get("node_id"), MASK) or not is_float(e.get("value")) or \
            not (e.get("grad") is None or is_float(e["grad"])):
        raise kind("type or missing field")
    grad = e.get("grad")
    return [e["node_id"], float(e["value"]), None if grad is None else float(grad)]


def decode_as(text, decoder):
    kind = invalid if decoder == "strict" else incompatible

    def unknown(name):
        return OriginalError("UnknownField", f"unknown field '{name}'")

    data = parse(text)
    if not isinstance(data, Pairs):
        raise kind("top-level checkpoint payload must be a JSON object")
    for name, _ in data:
        if name not in FIELDS:
            raise unknown(name)
    data = unique(data, kind)
    if sorted(data) != sorted(FIELDS) or not is_int(data["schema_version"], 2 ** 32 - 1) or \
            data["mode"] not in ("strict", "hardened") or \
            not isinstance(data["entries"], list) or isinstance(data["entries"], Pairs) or \
            not isinstance(data["source_hash"], str):
        raise kind("type or missing field")
    entries = sorted((entry_of(e, kind, unknown if decoder == "strict" else kind)
                      for e in data["entries"]), key=order)
    if data["schema_version"] != 1:
        raise OriginalError("VersionMismatch", "schema version mismatch")
    if source_hash(data["mode"], entries) != data["source_hash"]:
        raise OriginalError("ChecksumMismatch", "checksum mismatch")
    return {"mode": data["mode"], "source_hash": data["source_hash"],
            "entries": [[n, v.hex(), None if g is None else g.hex()] for n, v, g in entries]}


def decode(case):
    return decode_as(case["in"]["text"], "strict")


def text_of(mode, entries):
    entries = sorted(entries, key=order)
    body = ",".join('{"node_id":%d,"value":%s,"grad":%s}'
                    % (n, serde(v), "null" if g is None else serde(g)) for n, v, g in entries)
    return '{"schema_version":1,"mode":"%s","entries":[%s],"source_hash":"%s"}' % (
        mode, body, source_hash(mode, entries))


def encode(case):
    entries = [[n, float.fromhex(v), None if g is None else float.fromhex(g)]
               for n, v, g in case["in"]["entries"]]
    for _, v, g in entries:
        if v - v != 0 or (g is not None and g - g != 0):
            raise incompatible("not finite")
    return {"text": text_of(case["in"]["mode"], entries)}


# --- the cases ---


def saved(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


def ramp(dtype, *shape):
    n = 1
    for s in shape:
        n *= s
    return torch.arange(n).reshape(shape).to(dtype)


def torch_values():
    """name, value: every dtype and every way a tensor can lie in its storage."""
    for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int8,
                  torch.uint8, torch.int16, torch.int32, torch.int64, torch.bool,
                  torch.complex64, torch.complex128, torch.uint16, torch.uint32,
                  torch.uint64, torch.float8_e4m3fn, torch.float8_e5m2):
        yield "dtype_" + str(dtype)[6:], {"t": ramp(dtype, 2, 3)}
    base = ramp(torch.float32, 4, 6)
    yield "views", {"base": base, "row": base[1], "t": base.t(), "step": base[::2, 1::3],
                    "diagonal": base.diagonal(), "one": base[2, 3]}
    yield "tied", {"encoder": base, "decoder": base}
    yield "expand", {"wide": torch.ones(1, 3).expand(5, 3)}
    yield "empty", {"none": torch.empty(0), "shape": torch.empty(3, 0, 2), "scalar": torch.tensor(7)}
    yield "bare", ramp(torch.int64, 3)
    yield "nested", {"a": [ramp(torch.int8, 2), {"b": (ramp(torch.float64, 1), 3)}], "c": None}
    yield "names", {"ünï": ramp(torch.int8, 1), "a.b": ramp(torch.int8, 1), "": ramp(torch.int8, 1)}
    yield "ordered", collections.OrderedDict(z=ramp(torch.int8, 1), a=ramp(torch.int16, 1))
    yield "parameter", {"p": torch.nn.Parameter(ramp(torch.float32, 2, 2)),
                        "frozen": torch.nn.Parameter(ramp(torch.float32, 2), requires_grad=False)}
    torch.manual_seed(6)
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    yield "state_dict", net.state_dict()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    net(torch.ones(2, 3)).sum().backward()
    optimizer.step()
    yield "optimizer", optimizer.state_dict()
    yield "quantized", {"q": torch.quantize_per_tensor(torch.tensor([0.0, 1.0, 2.5]), 0.1, 10,
                                                       torch.quint8)}
    yield "channels_last", {"c": ramp(torch.float32, 1, 2, 2, 2).to(
        memory_format=torch.channels_last)}


def edited(data, name, change, keep=True):
    """The archive again, stored, with one record changed or left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            body = old.read(info)
            if info.filename == name:
                if not keep:
                    continue
                body = change(body)
            new.writestr(zipfile.ZipInfo(info.filename), body)
    return out.getvalue()


class Calls:
    """Pickles as a call of something."""

    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


def damaged():
    good = saved({"w": ramp(torch.float32, 2, 2)})
    yield "whole", good
    yield "half", good[:len(good) // 2]
    yield "no_end", good[:-10]
    yield "no_version", edited(good, "archive/version", None, keep=False)
    yield "version_99", edited(good, "archive/version", lambda _: b"99\n")
    yield "version_text", edited(good, "archive/version", lambda _: b"three\n")
    yield "byteorder_middle", edited(good, "archive/byteorder", lambda _: b"middle")
    yield "no_record", edited(good, "archive/data/0", None, keep=False)
    yield "no_pickle", edited(good, "archive/data.pkl", None, keep=False)
    yield "cut_pickle", edited(good, "archive/data.pkl", lambda b: b[:-1])
    yield "unknown_class", saved({"x": argparse.ArgumentTypeError("x")})
    yield "runs_command", saved({"x": Calls(eval, "1+1")})
    yield "not_a_checkpoint", b"hello, world"
    yield "pickle_of_eval", pickle.dumps(Calls(eval, "1"), 2)


def named_globals():
    yield "none", {"w": ramp(torch.float32, 2)}
    yield "namespace", {"args": argparse.Namespace(lr=0.1)}
    yield "path", {"p": pathlib.PurePosixPath("/tmp/x")}
    yield "defaultdict", {"d": collections.defaultdict(list, a=[1])}
    yield "date", {"d": datetime.date(2026, 1, 2)}
    yield "module", torch.nn.Sequential(torch.nn.Linear(1, 1))
    yield "eval", {"e": Calls(eval, "1")}


BASIC = [[0, 2.0, 1.0], [1, 3.0, 2.0], [2, 6.0, None]]


def envelope_cases():
    good = text_of("strict", BASIC)
    hashed = source_hash("strict", BASIC)
    by_kind = {"error": {"class": "IncompatiblePayload"}}
    texts = [
        ("strict", good, None),
        ("hardened_mode", text_of("hardened", BASIC), None),
        ("empty", text_of("strict", []), None),
        ("spaces", good.replace(",", " ,\n").replace(":", " : ").replace("det64 : ", "det64:"), None),
        ("extremes", text_of("strict", [[2 ** 64 - 1, 5e-324, -1.7976931348623157e308],
                                        [0, -0.0, 0.1]]), None),
        ("same_node", text_of("strict", [[1, 2.0, None], [1, -2.0, 0.0], [1, 2.0, 0.0]]), None),
        ("unsorted", good.replace('"entries":[', '"entries":[').replace(
            '{"node_id":0,"value":2.0,"grad":1.0},', "").replace(
                '"grad":null}', '"grad":null},{"node_id":0,"value":2.0,"grad":1.0}'), None),
        ("integer_value", good.replace("2.0", "2"), None),
        ("grad_absent", good.replace(',"grad":null', ""), None),
        ("unknown_top", good.replace('"mode"', '"x":1,"mode"'), None),
        ("unknown_entry", good.replace('"node_id":0', '"zz":1,"node_id":0'), by_kind),
        ("version_2", good.replace('version":1', 'version":2'), None),
        ("version_0", good.replace('version":1', 'version":0'), None),
        ("version_text", good.replace('version":1', 'version":"1"'), by_kind),
        ("version_negative", good.replace('version":1', 'version":-1'), by_kind),
        ("version_and_hash", good.replace('version":1', 'version":3').replace(hashed, "x"), None),
        ("hash_changed", good.replace(hashed, "det64:0000000000000000"), None),
        ("hash_upper", good.replace(hashed, hashed.upper()), None),
        ("value_changed", good.replace("6.0", "6.5"), None),
        ("mode_flipped", good.replace('"strict"', '"hardened"'), None),
        ("mode_unknown", good.replace('"strict"', '"lenient"'), by_kind),
        ("top_array", "[1,2]", by_kind),
        ("top_null", "null", by_kind),
        ("top_struct_as_array", '[1,"strict",[],"%s"]' % source_hash("strict", []), by_kind),
        ("entry_as_array", '{"schema_version":1,"mode":"strict","entries":[[0,2.0,1.0]],'
         '"source_hash":"%s"}' % source_hash("strict", [[0, 2.0, 1.0]]), by_kind),
        ("field_twice", good[:-1] + ',"mode":"strict"}', by_kind),
        ("entry_field_twice", good.replace('"node_id":0', '"node_id":0,"node_id":0'), by_kind),
        ("no_hash", good[:good.index(',"source_hash"')] + "}", by_kind),
        ("no_entries", '{"schema_version":1,"mode":"strict","source_hash":"det64:0"}', by_kind),
        ("node_negative", good.replace('"node_id":0', '"node_id":-1'), by_kind),
        ("node_float", good.replace('"node_id":0', '"node_id":0.5'), by_kind),
        ("value_text", good.replace("6.0", '"6"'), by_kind),
        ("nan", good.replace("6.0", "NaN"), None),
        ("beyond_double", good.replace("6.0", "1e999"), None),
        ("trailing", good + "x", None),
        ("not_json", "{schema_version:1}", None),
        ("nothing", "", None),
    ]
    for name, text, hardened in texts:
        case = {"case_id": "decode_" + name, "operation": "envelope_decode",
                "modes": ["strict", "hardened"], "in": {"text": text}}
        if hardened:
            case["hardened"] = hardened
        yield case
    for name, mode, entries in (
            ("basic", "strict", BASIC), ("hardened", "hardened", BASIC), ("none", "strict", []),
            ("numbers", "strict", [[i, x, -x] for i, x in enumerate(
                (1e15, 1e16, 1e17, 1e21, 123456789012345680.0, 0.1, 1e-4, 1e-5, 1.5e-5, 1e-6,
                 1.25e-7, 1 / 3, 5e-324, 1.7976931348623157e308, 0.0))]),
            ("unsorted", "strict", [[3, 1.0, None], [1, 2.0, 1.0], [1, 2.0, None]]),
            ("infinite", "strict", [[0, float("inf"), None]]),
            ("grad_nan", "hardened", [[0, 1.0, float("nan")]])):
        yield {"case_id": "encode_" + name, "operation": "envelope_encode",
               "modes": ["strict", "hardened"],
               "in": {"mode": mode, "entries": [
                   [n, v.hex(), None if g is None else g.hex()] for n, v, g in entries]}}


def packet():
    cases = []

    def add(name, operation, data):
        cases.append({"case_id": name, "operation": operation, "modes": ["strict", "hardened"],
                      "in": {"base64": base64.b64encode(data).decode()}})

    for name, value in torch_values():
        add("list_" + name, "checkpoint_list", saved(value))
    for protocol in (3, 4, 5):
        add(f"list_protocol_{protocol}", "checkpoint_list",
            saved({"w": ramp(torch.float32, 2)}, pickle_protocol=protocol))
    for name, data in damaged():
        add("accept_" + name, "checkpoint_accepted", data)
    for name, value in named_globals():
        add("globals_" + name, "checkpoint_globals", saved(value))
    return cases + list(envelope_cases())


OPERATIONS = {
    "checkpoint_list": listing,
    "checkpoint_accepted": accepted,
    "checkpoint_globals": unsafe_globals,
    "envelope_decode": decode,
    "envelope_encode": encode,
}
PACKETS = {"FT-P2C-006": packet}
