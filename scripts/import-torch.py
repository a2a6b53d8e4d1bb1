#!/usr/bin/env python3
"""Dump the registrations of every operator of a live torch for ft-dispatch.

    scripts/oracle.sh run scripts/import-torch.py [--namespace aten] [--tables FILE] > torch.json
    ft-dispatch table --torch-text torch.json

Output: schema ft-dispatch-registrations/1, operators in the order of their names.  FILE
gets what torch's own _dispatch_dump_table prints for each, as `table --torch-text` does.
Works with any torch from 1.13 on.
"""

import argparse
import json
import re
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import torch  # noqa: E402  # pylint: disable=wrong-import-position

C = torch._C  # pylint: disable=protected-access
# "KEY[alias] (inactive): DEBUG :: SCHEMA [ boxed unboxed ]"
LINE = re.compile(r"(\w+)(\[alias\])?( \(inactive\))?: (.*) :: (.*) \[ (fallthrough )?[a-z ]*\]")
HEAD = ("name: ", "schema: ", "debug: ", "alias analysis kind: ")


def operator(name):
    """One operator as the registrations file has it, or None when torch has no schema."""
    schema, registrations = None, []
    for line in C._dispatch_dump(name).splitlines():
        if line.startswith("schema: "):
            schema = line[len("schema: "):]
        if line.startswith(HEAD) or not line:
            continue
        match = LINE.fullmatch(line)
        if not match:
            sys.exit(f"import-torch: {name}: cannot read {line!r}")
        key, _, inactive, debug, _, fallthrough = match.groups()
        if key == "Undefined":
            key = "CompositeImplicitAutograd"
        registrations.append({"key": key, "debug": debug,
                              "kernel": "fallthrough" if fallthrough else "plain",
                              **({"inactive": True} if inactive else {})})
    return {"name": name, **({"def": False} if schema in (None, "(none)") else {}),
            "registrations": registrations}


def fallbacks():
    """The backend fallbacks, as an operator without kernels shows them."""
    library = C._dispatch_library("DEF", "lockstep_import", "", "/dev/null", 0)
    library.def_("probe(Tensor a) -> Tensor")
    out = []
    for row in C._dispatch_dump_table("lockstep_import::probe").splitlines():
        key, fall, debug = re.fullmatch(r"(\w+): (fallthrough )?(.*) \[backend fallback\]",
                                        row).groups()
        kind = ("fallthrough" if fall else "autograd_fallback" if "VariableFallback" in debug
                else "meta_fallback" if "MetaFallback" in debug else "builtin")
        out.append({"key": key, "kernel": kind, "debug": debug})
    return out


def all_names():
    """Every operator; torch 1.13 knows them only through their schemas."""
    if hasattr(C, "_dispatch_get_all_op_names"):
        return C._dispatch_get_all_op_names()
    return {s.name + ("." + s.overload_name if s.overload_name else "")
            for s in C._jit_get_all_schemas()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--namespace", help="only operators of this namespace")
    parser.add_argument("--tables", help="write torch's own tables there")
    arguments = parser.parse_args()
    names = sorted(n for n in all_names()
                   if not arguments.namespace or n.startswith(arguments.namespace + "::"))
    version = torch.__version__.split("+")[0]
    out = sys.stdout
    out.write('{"schema":"ft-dispatch-registrations/1",\n"torch":' + json.dumps(version) +
              ',\n"source":"torch ' + version + '",\n"fallbacks":' +
              json.dumps(fallbacks(), separators=(",", ":")) + ',\n"operators":[\n')
    for i, name in enumerate(names):
        out.write((",\n" if i else "") + json.dumps(operator(name), separators=(",", ":")))
    out.write("\n]}\n")
    if arguments.tables:
        start = time.perf_counter()
        tables = [C._dispatch_dump_table(name) for name in names]
        seconds = time.perf_counter() - start
        with open(arguments.tables, "w", encoding="utf-8") as stream:
            for name, text in zip(names, tables):
                stream.write(f"== {name}\n{text}")
        print(f"import-torch: {len(names)} operators; torch's own dump loop took "
              f"{seconds * 1000:.0f} ms", file=sys.stderr)


if __name__ == "__main__":
    main()
