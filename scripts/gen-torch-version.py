#!/usr/bin/env python3
"""Write the key table of the torch that is installed: keyset/torch_X_Y.c of ft-dispatch.

    scripts/oracle.sh run scripts/gen-torch-version.py > tools/ft-dispatch/keyset/torch_2_6.c

Names, keysets, runtime keysets, alias membership and backend fallbacks come out of the
live library (libc10 through ctypes, and torch._C); one file is all a new version needs.
What the library does not export is in the small table RULES below, with its source.
"""

import ctypes
import glob
import os
import re
import sys
import warnings

warnings.filterwarnings("ignore")
import torch  # noqa: E402  # pylint: disable=wrong-import-position

# Inline functions and file-local behaviour, read in the source of each version:
#   legacy   what legacyExtractDispatchKey drops besides autograd and autocast (DispatchKeySet.h)
#   autocast backend -> key where the name does not say it (getAutocastRelatedKeySetFromBackend)
#   mask     per-backend fallthrough mask chosen before or after TLS (DispatchKeyExtractor.h)
#   assert   line of the invariant's assert in OperatorEntry.cpp
RULES = {
    "1.13": {
        "legacy": ["PythonTLSSnapshot", "Python"],
        "autocast": {"XLA": "AutocastCUDA"},
        "mask_after_tls": False,
        "assert_line": 459,
    },
    "2.6": {
        "legacy": ["Functionalize", "PythonTLSSnapshot", "FuncTorchGradWrapper",
                   "FuncTorchVmapMode", "FuncTorchBatched", "Python"],
        "autocast": {},
        "mask_after_tls": True,
        "assert_line": 475,
    },
}

C = torch._C  # pylint: disable=protected-access
HERE = os.path.dirname(torch.__file__)


def libc10():
    """The library that defines dispatch keys, wherever the package put it."""
    for pattern in (HERE + "/lib/libc10.so", "/usr/lib/*/libc10.so*", HERE + "/../../../*/libc10.so*"):
        for path in glob.glob(pattern):
            return ctypes.CDLL(path)
    sys.exit("gen-torch-version: libc10.so is not where torch is")


LIB = libc10()


def function(symbol, result, *arguments):
    f = getattr(LIB, symbol)
    f.restype = result
    f.argtypes = arguments
    return f


U8, U16, U64 = ctypes.c_uint8, ctypes.c_uint16, ctypes.c_uint64
KEY_NAME = function("_ZN3c108toStringENS_11DispatchKeyE", ctypes.c_char_p, U16)
BACKEND_NAME = function("_ZN3c108toStringENS_16BackendComponentE", ctypes.c_char_p, U8)
RUNTIME_OF_DEFINED = function("_ZN3c1024getRuntimeDispatchKeySetENS_11DispatchKeyE", U64, U16)
FROM_AUTOGRAD = function("_ZN3c1028getBackendKeySetFromAutogradENS_11DispatchKeyE", U64, U16)
IN_ALIAS = function("_ZN3c1017isIncludedInAliasENS_11DispatchKeyES0_", ctypes.c_bool, U16, U16)
IS_BACKEND = function("_ZN3c1020isBackendDispatchKeyENS_11DispatchKeyE", ctypes.c_bool, U16)


def RUNTIME(value):  # pylint: disable=invalid-name  # reads as the others do
    """getRuntimeDispatchKeySet, which asserts on Undefined."""
    return RUNTIME_OF_DEFINED(value) if value else 0


def parses(name):
    """What parseDispatchKey accepts."""
    parse = getattr(C, "_dispatch_key_parse", None) or C._parse_dispatch_key
    try:
        return parse(name) is not None
    except RuntimeError:
        return False


class Table:
    """Everything about the keys, derived in the order the enum is laid out."""

    def __init__(self):
        self.version = ".".join(torch.__version__.split("+")[0].split(".")[:2])
        if self.version not in RULES:
            sys.exit(f"gen-torch-version: add the rules of torch {self.version} first")
        self.rules = RULES[self.version]
        self.backend_count = C._dispatch_num_backends()
        self.names = []
        # Functionality keys end at EndOfFunctionalityKeys, printed as UnknownUnknown;
        # per-backend blocks follow (a marker and a key a backend), then the aliases.
        value = 0
        while KEY_NAME(value).decode() != "UnknownUnknown":
            self.names.append(KEY_NAME(value).decode())
            value += 1
        self.functionality_count = value
        self.full = (1 << (self.backend_count + value - 1)) - 1
        self.names.append("UnknownUnknown")
        self.blocks = []
        prefix_of = {"": "Dense", "Autograd": "AutogradFunctionality"}
        value += 1
        while KEY_NAME(value).decode() != "Autograd":
            prefix = KEY_NAME(value + 1).decode()[:-len("CPU")]
            functionality = self.names.index(prefix_of.get(prefix, prefix))
            self.blocks.append((functionality, value))
            self.names += [KEY_NAME(v).decode()
                           for v in range(value, value + self.backend_count + 1)]
            value += self.backend_count + 1
        self.first_alias = value
        while KEY_NAME(value).decode() != "UnknownUnknown":
            self.names.append(KEY_NAME(value).decode())
            value += 1
        self.backends = [BACKEND_NAME(b).decode() for b in range(self.backend_count + 1)]

    def aliases(self):
        return range(self.first_alias, len(self.names))

    def keyset(self, *names):
        bits = 0
        for name in names:
            value = self.names.index(name)
            bits |= 1 << (self.backend_count + value - 1)
        return bits

    def backend_short(self, b):
        name = self.backends[b]
        return name[:-3] if name.endswith("Bit") else name

    def related(self, b):
        """(autograd key, autocast key or "") of a backend component."""
        short = self.backend_short(b) if b else "Invalid"
        name = "Autograd" + short
        has = name in self.names and FROM_AUTOGRAD(self.names.index(name)) != 0
        cast = self.rules["autocast"].get(short, "Autocast" + short)
        return (name if has else "AutogradOther", cast if cast in self.names else "")

    def sets(self):
        n = self.names.index
        autograd = RUNTIME(n("Autograd"))
        backend_mask = (1 << self.backend_count) - 1
        autograd &= ~backend_mask
        other = FROM_AUTOGRAD(n("AutogradOther"))
        autocast = [k for k in self.names[:self.functionality_count] if k.startswith("Autocast")]
        per_backend = [k for k in ("Dense", "Quantized", "Sparse", "SparseCsr")
                       if n_in(self.names, k) and any(f == n(k) for f, _ in self.blocks)]
        inplace = self.keyset("ADInplaceOrView")
        after = lambda k: ((1 << (self.backend_count + n(k) - 1)) - 1) | self.keyset("PythonDispatcher")
        csr = [k for k in ("SparseCsr", "SparseCsrCPU", "SparseCsrCUDA")
               if n_in(self.names[:self.functionality_count], k)]
        return [
            ("autograd_dispatch_keyset", autograd),
            ("autocast_dispatch_keyset", self.keyset(*autocast)),
            ("default_included_set", self.keyset("BackendSelect", "ADInplaceOrView")),
            ("default_excluded_set", self.keyset(*autocast)),
            ("autograd_dispatch_keyset_with_ADInplaceOrView", autograd | inplace),
            ("python_ks", self.keyset("Python", "PythonTLSSnapshot")),
            ("sparse_ks", self.keyset("Sparse")),
            ("sparse_csr_ks", self.keyset(*csr)),
            ("mkldnn_ks", self.keyset("MkldnnCPU")),
            ("autogradother_backends", other),
            ("after_autograd_keyset", after("AutogradOther")),
            ("after_ADInplaceOrView_keyset", after("ADInplaceOrView")),
            ("after_func_keyset", after("Functionalize")),
            ("backend_bitset_mask", backend_mask),
            ("functorch_transforms_ks",
             self.keyset("FuncTorchBatched", "FuncTorchVmapMode", "Batched", "VmapMode",
                         "FuncTorchGradWrapper")),
            ("backend_functionality_keys", self.keyset(*per_backend) | backend_mask),
            ("FULL", self.full),
            ("legacy_extract_drops", self.keyset(*self.rules["legacy"])),
        ]

    def fallbacks(self):
        """Backend fallbacks as _dispatch_dump_table shows them for an operator without kernels."""
        library = C._dispatch_library("DEF", "lockstep_probe", "", "/dev/null", 0)
        library.def_("probe(Tensor a) -> Tensor")
        out = []
        for row in C._dispatch_dump_table("lockstep_probe::probe").splitlines():
            key, fall, debug = re.fullmatch(
                r"(\w+): (fallthrough )?(.*) \[backend fallback\]", row).groups()
            if fall:
                behaviour = "FALLTHROUGH"
            elif "VariableFallbackKernel" in debug:
                behaviour = "AUTOGRAD"
            elif "MetaFallbackKernel" in debug:
                behaviour = "META"
            else:
                behaviour = "OPAQUE"
            out.append((key, behaviour, debug))
        return out


def n_in(names, name):
    return name in names


def emit(t, out):
    """The C file, laid out as clang-format leaves it alone (it is switched off)."""
    tag = "torch_" + t.version.replace(".", "_")
    print(f"/*\n * {tag}.c: the dispatch keys of torch {t.version}.\n *\n"
          f" * Read out of torch {torch.__version__.split('+')[0]} by scripts/gen-torch-version.py.\n"
          " */\n#include \"keyset/torch_version.h\"\n\n/* clang-format off */", file=out)
    print("/* name, accepted by parseDispatchKey, a backend key, runtime keyset, backends\n"
          "   an autograd key stands for, aliases it belongs to (bit i: alias i) */", file=out)
    print("static const struct torch_key keys[] = {", file=out)
    for value, name in enumerate(t.names):
        alias = sum(1 << i for i, a in enumerate(t.aliases()) if IN_ALIAS(value, a))
        flags = "|".join([w for w, on in (("KEY_PARSES", parses(name) and value != t.functionality_count
                                           and t.names.index(name) == value),
                                          ("KEY_BACKEND", IS_BACKEND(value))) if on]) or "0"
        print(f"    /* {value:3} */ {{\"{name}\", {flags},\n        0x{RUNTIME(value):016x},"
              f" 0x{FROM_AUTOGRAD(value):016x}, 0x{alias:02x}}},", file=out)
    print("};\n\nstatic const struct torch_block blocks[] = {", file=out)
    for functionality, start in t.blocks:
        print(f"    {{{functionality}, {start}}}, /* {t.names[functionality]} */", file=out)
    print("};\n\n/* name, its autograd key, its autocast key */", file=out)
    print("static const struct torch_backend backends[] = {", file=out)
    for b, name in enumerate(t.backends):
        autograd, autocast = t.related(b)
        cast = t.names.index(autocast) if autocast else 0
        print(f"    {{\"{name}\", {t.names.index(autograd)}, {cast}}},", file=out)
    print("};\n\nstatic const struct torch_set sets[] = {", file=out)
    for name, bits in t.sets():
        print(f"    {{\"{name}\", 0x{bits:016x}}},", file=out)
    print("};\n\nstatic const struct torch_fallback fallbacks[] = {", file=out)
    for key, behaviour, debug in t.fallbacks():
        print(f"    {{{t.names.index(key)}, KERNEL_{behaviour},\n     \"{debug}\"}},", file=out)
    sets = dict(t.sets())
    print(f"""}};
/* clang-format on */

static const struct torch_version {tag} = {{
    .name = "{t.version}",
    .release = "{torch.__version__.split('+')[0]}",
    .backend_count = {t.backend_count},
    .functionality_count = {t.functionality_count},
    .key_count = COUNT_OF(keys),
    .first_alias = {t.first_alias},
    .block_count = COUNT_OF(blocks),
    .set_count = COUNT_OF(sets),
    .fallback_count = COUNT_OF(fallbacks),
    .keys = keys,
    .blocks = blocks,
    .backends = backends,
    .sets = sets,
    .fallbacks = fallbacks,
    .full = 0x{t.full:016x},
    .autograd = 0x{sets['autograd_dispatch_keyset']:016x},
    .autocast = 0x{sets['autocast_dispatch_keyset']:016x},
    .autogradother = 0x{sets['autogradother_backends']:016x},
    .backend_functionalities = 0x{sets['backend_functionality_keys']:016x},
    .legacy_drops = 0x{sets['legacy_extract_drops'] | sets['autocast_dispatch_keyset'] | sets['autograd_dispatch_keyset_with_ADInplaceOrView']:016x},
    .default_included = 0x{sets['default_included_set']:016x},
    .default_excluded = 0x{sets['default_excluded_set']:016x},
    .mask_after_tls = {str(t.rules['mask_after_tls']).lower()},
    .assert_line = {t.rules['assert_line']},
}};

TORCH_VERSION({tag});""", file=out)


if __name__ == "__main__":
    emit(Table(), sys.stdout)
