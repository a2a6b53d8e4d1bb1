"""The frame both oracles share: cases in, what the original does with them out.

A module in pandas_ops/ or torch_ops/ (its name does not begin with "_") exports

    OPERATIONS = {"op name": function}    # function(case) -> value, or raises
    PACKETS = {"FP-P2C-005": function}    # function() -> cases without expectation

`generate PACKET` runs every case of a packet and prints a lockstep-cases/1 file;
`answer FILE...` runs the cases of such files and prints one lockstep-result/1 line
for each case and mode (without FILE: case objects as JSON Lines from standard input,
each answered before the next is read; "-" is a whole file on standard input);
`list` prints what there is.  Formats: docs/FORMATS.md.

What an operation raises is the case's answer if the original raised it, and a bug
of ours (exit 5) otherwise: see raised_by_original().  An operation may also raise
OriginalError to name the class itself, or OracleBug for a case it cannot run.
"""

import ast
import glob
import hashlib
import importlib
import json
import math
import os
import re
import sys
import traceback
import warnings

CASES = "lockstep-cases/1"
RESULT = "lockstep-result/1"
MODES = ("strict", "hardened")
CASE_KEYS = ("case_id", "operation", "modes", "args", "in", "expect", "error",
             "compare", "strict", "hardened")
CASE_ID = re.compile(r"[A-Za-z0-9_.-]+\Z")
MESSAGE_MAX = 300
WIDTH = 100
HERE = os.path.dirname(os.path.realpath(__file__))

# Raised with our own file innermost, these are never the answer of C code.
OURS = (NameError, AttributeError, ImportError, AssertionError, SyntaxError, KeyError,
        RecursionError, MemoryError)


class OracleBug(Exception):
    """Our own oracle code or case list is wrong: exit 5."""


class OriginalError(Exception):
    """What the original raised, under the class name the fixture shall show."""

    def __init__(self, class_name, message=""):
        super().__init__(message)
        self.class_name = class_name


class Refused(Exception):
    """The input of `answer` is not what docs/FORMATS.md says: exit 3."""


class Unavailable(Exception):
    """This interpreter does not have the original: exit 4."""


# --- Values ---


def canonical(value, where=""):
    """Plain JSON data for value: non-finite floats as strings, numpy scalars and
    arrays as what they hold.  Anything without one obvious form is a bug."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise OracleBug(f"{where}: a string that is not Unicode text: {value!r}") from None
        return str(value)
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise OracleBug(f"{where}: the key {key!r} is not a string")
        return {canonical(k): canonical(v, f"{where}/{k}") for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [canonical(v, f"{where}/{i}") for i, v in enumerate(value)]
    if hasattr(value, "tolist"):  # numpy scalars and arrays, torch tensors
        return canonical(value.tolist(), where)
    raise OracleBug(f"{where}: a {type(value).__name__} has no JSON form here: {value!r}")


def line(value):
    """One compact line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def pretty(value, indent=0):
    """Two-space indented, but what fits in one line stays in one line."""
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if not isinstance(value, (dict, list)) or not value or len(flat) + indent <= WIDTH:
        return flat
    inner, outer = " " * (indent + 2), " " * indent
    if isinstance(value, dict):
        items = [json.dumps(k, ensure_ascii=False) + ": " + pretty(v, indent + 2)
                 for k, v in value.items()]
        return "{\n" + inner + (",\n" + inner).join(items) + "\n" + outer + "}"
    if any(isinstance(v, (dict, list)) for v in value):
        items = [pretty(v, indent + 2) for v in value]
        return "[\n" + inner + (",\n" + inner).join(items) + "\n" + outer + "]"
    rows, row = [], ""  # many scalars: as many to a row as fit
    for text in (json.dumps(v, ensure_ascii=False) for v in value):
        if row and len(inner) + len(row) + len(text) + 3 > WIDTH:
            rows.append(row)
            row = ""
        row += (", " if row else "") + text
    return "[\n" + inner + (",\n" + inner).join(rows + [row]) + "\n" + outer + "]"


# --- Running a case ---


def raised_by_original(oracle, error):
    """True when the exception came out of the original, not out of our own code.

    With a frame of foreign code innermost it did.  A native original raises from C
    code, which leaves no frame, so our own file may be innermost too: then the
    classes that a slip in our code raises (OURS) are ours, the rest the original's.
    """
    frames = traceback.extract_tb(error.__traceback__)
    if not os.path.realpath(frames[-1].filename).startswith(HERE + os.sep):
        return True
    return oracle.native and not isinstance(error, OURS)


def describe(error):
    """The {"class", "message"} of an exception of the original."""
    text = str(error).strip().split("\n", 1)[0][:MESSAGE_MAX]
    text = text.encode(errors="replace").decode()
    name = error.class_name if isinstance(error, OriginalError) else type(error).__name__
    return {"class": name, "message": text}


def execute(oracle, case):
    """("expect", value) or ("error", {...}): what the original does with the case."""
    name = case["operation"]
    if name not in oracle.operations:
        raise Refused(f"{case['case_id']}: unknown operation {name!r} (see `list`)")
    before = line(case)
    oracle.reset()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = oracle.operations[name](case)
        outcome = ("expect", canonical(value, case["case_id"]))
    except OracleBug:
        raise
    except OriginalError as error:
        outcome = ("error", describe(error))
    except Exception as error:  # pylint: disable=broad-except  # the original's answer
        if not raised_by_original(oracle, error):
            raise OracleBug(f"{case['case_id']}: {type(error).__name__} in our own code: "
                            f"{error}") from error
        outcome = ("error", describe(error))
    if line(case) != before:
        raise OracleBug(f"{case['case_id']}: the operation changed its case")
    return outcome


# --- The modules ---


class Oracle:
    """The modules of one original, and the original's version."""

    def __init__(self, original, folder, wanted, native=False, reset=lambda: None):
        self.original, self.folder, self.native, self.reset = original, folder, native, reset
        self.operations, self.packets = {}, {}
        try:
            self.version = importlib.import_module(original).__version__
        except ImportError as error:
            raise Unavailable(f"this Python has no {original}: {error}") from None
        if not self.version.startswith(wanted):
            raise Unavailable(f"{original} {self.version} is here, {wanted}* is wanted")
        for path in sorted(glob.glob(os.path.join(HERE, folder, "[a-z]*.py"))):
            self.load(os.path.basename(path)[:-3])

    def load(self, name):
        module = importlib.import_module(f"{self.folder}.{name}")
        for op, function in module.OPERATIONS.items():
            if self.operations.setdefault(op, function) is not function:
                raise OracleBug(f"{self.folder}/{name}.py: operation {op!r} exists already")
        for packet, function in module.PACKETS.items():
            if self.packets.setdefault(packet, (name, function))[0] != name:
                raise OracleBug(f"{self.folder}/{name}.py: packet {packet} exists already")


def imported_helpers(path, folder):
    """The files of the same folder that the module at path imports, in order."""
    with open(path, encoding="utf-8") as stream:
        tree = ast.parse(stream.read(), path)
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            names.update(f"{node.module or folder}.{alias.name}" for alias in node.names)
    stems = {name.removeprefix(folder + ".").split(".")[0] for name in names}
    paths = (os.path.join(os.path.dirname(path), stem + ".py") for stem in stems)
    return sorted(p for p in paths if p != path and os.path.isfile(p))


def script_digest(path, folder):
    """SHA-256 over this frame, the module and the helpers it imports."""
    files, todo = [os.path.realpath(__file__)], [path]
    while todo:
        files.append(todo.pop(0))
        todo += [p for p in imported_helpers(files[-1], folder) if p not in files + todo]
    digest = hashlib.sha256()
    for name in files:
        with open(name, "rb") as stream:
            digest.update(stream.read())
    return digest.hexdigest()


# --- Commands ---


def checked(case, seen):
    """A case of a packet as the format has it: keys in order, defaults filled in."""
    name = case.get("case_id")
    if not isinstance(name, str) or not CASE_ID.match(name):
        raise OracleBug(f"case_id {name!r}: want letters, digits, '_', '-', '.'")
    if name in seen:
        raise OracleBug(f"{name}: two cases have this id")
    seen.add(name)
    unknown = set(case) - set(CASE_KEYS)
    if unknown or "expect" in case or "error" in case:
        raise OracleBug(f"{name}: a case may not set {sorted(unknown) or 'its expectation'}")
    filled = {"modes": list(MODES), "args": {}, "in": {}, **case}
    if not filled["modes"] or [m for m in MODES if m in filled["modes"]] != filled["modes"]:
        raise OracleBug(f"{name}: modes {filled['modes']}")
    return canonical({key: filled[key] for key in CASE_KEYS if key in filled}, name)


def generate(oracle, packet, out):
    """Print the packet's fixture file."""
    if packet not in oracle.packets:
        raise Refused(f"no packet {packet} here (there are: {', '.join(oracle.packets)})")
    name, cases_of = oracle.packets[packet]
    path = os.path.join(HERE, oracle.folder, name + ".py")
    seen, cases, raised = set(), [], {}
    for case in (checked(c, seen) for c in cases_of()):
        kind, value = execute(oracle, case)
        if kind == "error":
            raised[value["class"]] = raised.get(value["class"], 0) + 1
        case[kind] = value
        cases.append({key: case[key] for key in CASE_KEYS if key in case})
    if not cases:
        raise OracleBug(f"{packet}: no cases")
    document = {
        "schema": CASES,
        "packet_id": packet,
        "provenance": {
            "original": oracle.original,
            "version": oracle.version,
            "script": f"scripts/oracle/{oracle.folder}/{name}.py",
            "script_sha256": script_digest(path, oracle.folder),
        },
        "cases": cases,
    }
    out.write(pretty(document) + "\n")
    errors = ", ".join(f"{key} {raised[key]}" for key in sorted(raised)) or "none"
    print(f"{packet}: {len(cases)} cases; errors of the original: {errors}", file=sys.stderr)


def parse(text, where):
    """Strict JSON: no duplicate keys, no bare NaN."""

    def unique(pairs):
        result = dict(pairs)
        if len(result) != len(pairs):
            raise Refused(f"{where}: duplicate keys in {[k for k, _ in pairs]}")
        return result

    def constant(name):
        raise Refused(f"{where}: {name} is not JSON")

    def finite(digits):
        value = float(digits)
        return value if math.isfinite(value) else constant(digits)

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=constant,
                          parse_float=finite)
    except json.JSONDecodeError as error:
        raise Refused(f"{where}:{error.lineno}:{error.colno}: {error.msg}") from None
    except (RecursionError, ValueError):
        raise Refused(f"{where}: nested too deep, or a number too long") from None


def read_case(case, where):
    """A case to answer: what it needs, and nothing unknown."""
    if not isinstance(case, dict):
        raise Refused(f"{where}: a case must be an object")
    unknown = set(case) - set(CASE_KEYS) - {"packet_id", "id"}
    if unknown:
        raise Refused(f"{where}: unknown key {sorted(unknown)[0]!r}")
    case = {"modes": list(MODES), "args": {}, "in": {}, **case}
    for key, kind in (("case_id", str), ("operation", str), ("modes", list),
                      ("args", dict), ("in", dict)):
        if not isinstance(case.get(key), kind):
            raise Refused(f"{where}: {key!r} is missing or of the wrong type")
    if not set(case["modes"]) <= set(MODES):
        raise Refused(f"{where}: unknown mode in {case['modes']}")
    return case


def answer_case(oracle, case, packet, out):
    """One line for each of the case's modes; the original knows no modes, so they agree."""
    inputs = {key: case[key] for key in ("case_id", "operation", "modes", "args", "in")}
    kind, value = execute(oracle, inputs)
    for mode in (m for m in MODES if m in case["modes"]):
        result = {"schema": RESULT, "packet_id": packet, "case_id": case["case_id"], "mode": mode}
        result["outcome"] = "ok" if kind == "expect" else "error"
        result["value" if kind == "expect" else "error"] = value
        result["diagnostics"] = []
        out.write(line(result) + "\n")


def answer_file(oracle, text, name, out):
    """The cases of one lockstep-cases/1 document."""
    document = parse(text, name)
    if not isinstance(document, dict) or document.get("schema") != CASES:
        raise Refused(f"{name}: not a {CASES} file")
    packet, cases = document.get("packet_id"), document.get("cases")
    if not isinstance(packet, str) or not isinstance(cases, list):
        raise Refused(f"{name}: 'packet_id' or 'cases' is missing or of the wrong type")
    for i, case in enumerate(cases):
        answer_case(oracle, read_case(case, f"{name}:/cases/{i}"), packet, out)


def answer_lines(oracle, stream, out):
    """Case objects as JSON Lines, each answered before the next is read."""
    for number, raw in enumerate(iter(stream.readline, b""), 1):
        if not raw.strip():
            continue
        where = f"stdin:{number}"
        case = read_case(parse(decode(raw, where).rstrip(), where), where)
        packet = case.get("packet_id", "")
        answer_case(oracle, case, packet if isinstance(packet, str) else "", out)
        out.flush()


def decode(raw, where):
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"{where}: byte {error.start}: not UTF-8") from None


def answer(oracle, files, out):
    if not files:
        answer_lines(oracle, sys.stdin.buffer, out)
    for name in files:
        try:
            if name == "-":
                raw = sys.stdin.buffer.read()
            else:
                with open(name, "rb") as stream:
                    raw = stream.read()
        except OSError as error:
            raise Unavailable(f"{name}: {error.strerror}") from None
        answer_file(oracle, decode(raw, name), name, out)


def show(oracle, out):
    out.write(f"original {oracle.original} {oracle.version}\n")
    for name in sorted(oracle.operations):
        out.write(f"operation {name}\n")
    for packet in sorted(oracle.packets):
        name, cases = oracle.packets[packet]
        out.write(f"packet {packet} {len(cases())} cases, {oracle.folder}/{name}.py\n")


def main(original, folder, wanted, **options):
    """Carry out the command line; returns the exit status."""
    tool = f"{original}_oracle"
    out, sys.stdout = sys.stdout, sys.stderr  # what an operation prints is not an answer
    command, rest = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("", [])
    wants = {"generate": len(rest) == 1, "answer": True, "list": not rest}
    if not wants.get(command):
        print(f"usage: {tool}.py generate PACKET | answer [FILE...] | list", file=sys.stderr)
        return 2
    try:
        oracle = Oracle(original, folder, wanted, **options)
        if command == "generate":
            generate(oracle, rest[0], out)
        elif command == "answer":
            answer(oracle, rest, out)
        else:
            show(oracle, out)
        out.flush()
    except Refused as error:
        print(f"{tool}: {error}", file=sys.stderr)
        return 3
    except Unavailable as error:
        print(f"{tool}: {error}", file=sys.stderr)
        return 4
    except Exception as error:  # pylint: disable=broad-except  # whatever is left is ours
        cause = error.__cause__ or error
        traceback.print_exception(cause)
        print(f"{tool}: bug in the oracle: {error}", file=sys.stderr)
        return 5
    return 0
