"""FT-P2C-002: torch's dispatcher, asked through its own registration interface.

Operators are made on the fly with Python kernels that note the keyset they are entered
with, and, if they are to, redispatch below their own key.  A call has no tensors: the
keyset comes from the thread-local sets, which are forced to what the case says.  A
slot of the runtime table is looked into by redispatching straight at its key.
"""

import random

import torch

C = torch._C  # pylint: disable=protected-access
FULL_AFTER = C._dispatch_keyset_full_after
SEED = 20240602

# Keys whose built-in fallback cannot be followed from outside.
OPAQUE = {line.split(":")[0] for line in
          ("Python:", "FuncTorchDynamicLayerBackMode:", "Functionalize:", "Named:", "Conjugate:",
           "Negative:", "ZeroTensor:", "Tracer:", "FuncTorchBatched:", "BatchedNestedTensor:",
           "Batched:", "FuncTorchGradWrapper:", "PythonTLSSnapshot:", "PreDispatch:",
           "FuncTorchDynamicLayerFrontMode:", "PythonDispatcher:")}
NAMES = {}  # value -> name of every key that has one


def key(value_or_name):
    if isinstance(value_or_name, int):
        return C.DispatchKey(value_or_name)
    return C._dispatch_key_parse(value_or_name)


def hexadecimal(keyset):
    return f"0x{keyset.raw_repr():016x}"


# --- sets from raw bits ---

BACKENDS = C._dispatch_num_backends()
CPU_SET = C.DispatchKeySet(key("CPU"))
EMPTY = C.DispatchKeySet(key(0))


def bit_sets():
    """A set for each bit: a backend alone is a backend's set less its Dense."""
    sets = []
    for b in range(BACKENDS):
        dense = C.DispatchKeySet(key(49 + b))
        sets.append(dense.remove(key(49 + b)))
    for f in range(1, 47):
        sets.append(C.DispatchKeySet(key(f)))
    for i, s in enumerate(sets):
        assert s.raw_repr() == 1 << i, (i, hex(s.raw_repr()))
    return sets


BITS = bit_sets()


def from_raw(raw):
    out = EMPTY
    for i, s in enumerate(BITS):
        if raw >> i & 1:
            out = out | s
    return out


def from_hex(text):
    return from_raw(int(text, 16))


# --- algebra ---


def dispatch_algebra(case):
    """Everything Python can ask about two sets, a key and the default TLS."""
    inputs = case["in"]
    a, b = from_hex(inputs["a"]["raw"]), from_hex(inputs["b"]["raw"])
    k = key(inputs["key"])

    def facts(s):
        top = s.highestPriorityTypeId()
        text = C._dispatch_keyset_to_string(s)
        inside = text[len("DispatchKeySet("):-1]
        return {"raw": hexadecimal(s), "str": text, "keys": inside.split(", ") if inside else [],
                "highest_priority_type_id": {"value": int(top), "name": C._dispatch_key_name(top)}}

    included, excluded = C._dispatch_tls_local_include_set(), C._dispatch_tls_local_exclude_set()
    return {"a": facts(a), "or": hexadecimal(a | b), "and": hexadecimal(a & b),
            "sub": hexadecimal(a - b), "add_key": hexadecimal(a.add(k)),
            "remove_key": hexadecimal(a.remove(k)), "has_key": a.has(k),
            "superset": (a & b).raw_repr() == b.raw_repr(),
            "tls_default": facts((a | included) - excluded)}


# --- operators made on the fly ---


class Operator:
    """An operator that lives through the steps of a case."""

    def __init__(self, inputs):
        self.name = inputs["op"]
        self.namespace, rest = self.name.split("::")
        self.short, _, self.overload = rest.partition(".")
        self.defined = inputs.get("def", True)
        self.trace, self.libraries, self.kernels = [], [], []
        if self.defined:
            library = C._dispatch_library("FRAGMENT", self.namespace, "", "/dev/null", 0)
            self.libraries.append(library)
            library.def_(inputs["schema"].split("::")[1])
        try:
            for step in inputs["steps"]:
                self.step(step)
        except RuntimeError:
            self.close()
            raise

    def step(self, step):
        if step["do"] == "deregister":
            self.kernels[step["step"]].reset()
            self.kernels.append(None)
            return
        # The place of a registration is its debug text; torch keeps the line of it.
        place = ("/dev/null", int(step["debug"].rpartition(":")[2]))
        dispatch = step["key"] or ""
        if step["do"] == "fallback":
            library = C._dispatch_library("IMPL", "_", dispatch, *place)
        else:
            library = C._dispatch_library("IMPL", self.namespace, dispatch, *place)
        self.kernels.append(library)
        if step["kernel"] == "fallthrough":
            function, with_keyset = torch.library.fallthrough_kernel, False
        else:
            function, with_keyset = self.kernel(step), True
        if step["do"] == "fallback":
            library.fallback(dispatch, function, with_keyset)
        else:
            library.impl(f"{self.short}.{self.overload}" if self.overload else self.short,
                         dispatch, function, with_keyset)

    def kernel(self, step):
        def run(keyset, *_):
            top = keyset.highestPriorityTypeId()
            self.trace.append({"kernel": step["debug"], "keyset": hexadecimal(keyset),
                               "key": C._dispatch_key_name(top)})
            if step["kernel"] == "redispatch":
                if len(self.trace) > 60:
                    raise RuntimeError("redispatches without end")
                self.redispatch(keyset & FULL_AFTER(top) if int(top) else EMPTY)

        return run

    def handle(self):
        return C._dispatch_find_schema_or_throw(f"{self.namespace}::{self.short}", self.overload)

    def redispatch(self, keyset):
        packet = getattr(getattr(torch.ops, self.namespace), self.short)
        getattr(packet, self.overload or "default").redispatch(keyset)

    def call(self, included, excluded):
        """(trace, exception or None)"""
        self.trace = []
        try:
            with C._ForceDispatchKeyGuard(included, excluded):
                C._dispatch_call_boxed(self.handle())
        except (RuntimeError, NotImplementedError) as error:
            return self.trace, error
        return self.trace, None

    def close(self):
        for library in reversed([k for k in self.kernels if k] + self.libraries[::-1]):
            library.reset()
        namespace = torch.ops.__dict__.pop(self.namespace, None)
        if namespace is not None:
            delattr(torch.ops, self.namespace) if hasattr(torch.ops.__class__, self.namespace) else None


def built_in_fallbacks():
    """{key: debug} of the fallbacks torch came with."""
    library = C._dispatch_library("FRAGMENT", "lockstep_fallbacks", "", "/dev/null", 0)
    library.def_("probe() -> ()")
    rows = C._dispatch_dump_table("lockstep_fallbacks::probe").splitlines()
    library.reset()
    return dict(row.removesuffix(" [backend fallback]").split(": ", 1) for row in rows)


FALLBACKS = built_in_fallbacks()
RUNTIME = ["Undefined"] + C._dispatch_keyset_to_string(
    C._dispatch_keyset_full())[len("DispatchKeySet("):-1].split(", ")
BY_NAME = {C._dispatch_key_name(key(v)): key(v) for v in range(143, -1, -1)}


def dump(name):
    """The computed table: [key, debug, reason, fallthrough]."""
    rows = []
    for line in C._dispatch_dump_table(name).splitlines():
        k, rest = line.split(": ", 1)
        debug, reason = rest.removesuffix("]").rsplit(" [", 1)
        fallthrough = debug.startswith("fallthrough ")
        rows.append([k, debug.removeprefix("fallthrough "), reason, fallthrough])
    return rows


def is_built_in(row):
    shown = ("fallthrough " if row[3] else "") + row[1]
    return row[2] == "backend fallback" and FALLBACKS.get(row[0]) == shown


def classify(name, error):
    """The class of what torch raised, by its text."""
    text = str(error)
    for start, class_name in (
            ("Could not run", "missing_backend"), ("There were no tensor", "missing_undefined"),
            ("Could not find schema", "unknown_operator"),
            (f"{name}: attempted to run this operator with Meta", "meta_fallback"),
            ("expected_k._equals", "invariant_violation")):
        if text.startswith(start):
            return class_name
    if "fallthrough_kernel was executed" in text:
        return "fallthrough_executed"
    if "kernels registered to both CompositeImplicitAutograd" in text:
        return "ambiguous_autogradother"
    return "other"


def runtime_slots(op, rows):
    """What the slots hold that no fallback of torch's own fills, found by entering them.

    Such a fallback may call on, so that a kernel with another key is noted, or a fault is
    raised that is not the slot's: at its key only a kernel of that very key counts.
    """
    slots = {}
    computed = {r[0]: r for r in rows}
    for name in RUNTIME:
        op.trace = []
        error = None
        row = computed.get(name)
        if row and is_built_in(row) and name in OPAQUE - {"Functionalize"}:
            continue  # some of them cannot bear a call without tensors
        try:
            op.redispatch(C.DispatchKeySet(BY_NAME[name]))
        except (RuntimeError, NotImplementedError) as e:
            error = classify(op.name, e)
        own = name not in FALLBACKS or FALLBACKS[name].startswith("fallthrough ") or (
            row and not is_built_in(row) and row[2] != "batched kernel")
        if op.trace:
            if op.trace[0]["key"] == name:
                slots[name] = op.trace[0]["kernel"]
        elif error == "fallthrough_executed" and own:
            slots[name] = "<fallthrough>"
        elif error == "ambiguous_autogradother" and own:
            slots[name] = "<ambiguous_autogradother>"
    return slots


def call(op, inputs):
    """One call as the corpus of dispatcher cases writes it."""
    arguments = EMPTY
    for text in inputs["args"]:
        arguments = arguments | from_hex(text)
    # With no tensor the arguments' keys are included ones; 2.x masks after TLS.
    trace, error = op.call(arguments | from_hex(inputs["included"]), from_hex(inputs["excluded"]))
    if error is None:
        return {"trace": trace, "error": None}
    return {"trace": trace, "error": {"type": type(error).__name__,
                                      "class": classify(op.name, error),
                                      "first_line": str(error).split("\n", 1)[0]}}


def dispatch_table(case):
    """Registrations in order: both tables, their invariants, and calls."""
    inputs = case["in"]
    op = Operator(inputs)
    try:
        rows = dump(op.name)
        exists = op.defined or op.name in C._dispatch_get_all_op_names()
        try:
            C._dispatch_check_invariants(op.name)
            invariants = True if exists else None
        except RuntimeError:
            invariants = False
        value = {"table": [r for r in rows if not is_built_in(r)],
                 "table_builtin_fallbacks": [r[0] for r in rows if is_built_in(r)]}
        if case["args"].get("text"):
            value["table_text"] = C._dispatch_dump_table(op.name)
        if op.defined:
            value["runtime_table"] = runtime_slots(op, rows)
        else:
            value["runtime_table"] = None
        value["invariants_ok"] = invariants
        if "calls" in inputs:
            value["calls"] = [call(op, c) for c in inputs["calls"]]
        return value
    finally:
        op.close()


def dispatch_aten(case):
    """The computed table of an operator torch came with."""
    return {"table": dump(case["in"]["op"])}


def dispatch_refusal(case):
    """What torch says to a key it does not parse or registrations it does not take."""
    inputs = case["in"]
    try:
        if "parse" in inputs:
            return {"value": int(C._dispatch_key_parse(inputs["parse"]))}
        if "schema" in inputs and "steps" not in inputs:
            library = C._dispatch_library("FRAGMENT", "lockstep_schema", "", "/dev/null", 0)
            try:
                library.def_(inputs["schema"])
            finally:
                library.reset()
            return {"accepted": True}
        Operator(inputs).close()
        return {"accepted": True}
    except RuntimeError as error:
        return {"type": type(error).__name__, "text": str(error)}


# --- the packet ---

PARSED = [n for n in dict.fromkeys(C._dispatch_key_name(key(v)) for v in range(150))
          if n not in ("Undefined", "UnknownUnknown")]


def parses(name):
    try:
        C._dispatch_key_parse(name)
        return True
    except RuntimeError:
        return False


def algebra_cases(rng):
    full = C._dispatch_keyset_full().raw_repr()
    names = [n for n in PARSED if parses(n) and int(key(n)) < 144]
    sets = [0, full, 1, 1 << (BACKENDS - 1), (1 << BACKENDS) - 1, 1 << BACKENDS]
    sets += [C.DispatchKeySet(key(n)).raw_repr() for n in rng.sample(names, 14)]
    for i in range(60):
        if i < len(sets):
            a = sets[i]
        elif i % 3:
            a = rng.getrandbits(61) & rng.getrandbits(61)
        else:
            a = 0
            for n in rng.sample(names, rng.randint(1, 6)):
                a |= C.DispatchKeySet(key(n)).raw_repr()
        b = rng.getrandbits(61) & (rng.getrandbits(61) if i % 2 else full)
        yield {"case_id": f"algebra_{i:02}", "operation": "dispatch_algebra",
               "in": {"a": {"raw": f"0x{a & full:016x}"}, "b": {"raw": f"0x{b & full:016x}"},
                      "key": rng.choice(names), "backend": "CPUBit"}}


COMMON = ["CPU", "CUDA", "Meta", "SparseCPU", "SparseCsrCPU", "SparseCsrCUDA", "QuantizedCPU",
          "NestedTensorCPU", "HIP", "XLA", "VE", "MTIA", "PrivateUse1", "FPGA", "MAIA", "MkldnnCPU",
          "AutogradCPU", "AutogradCUDA", "AutogradOther", "AutogradXLA", "AutogradNestedTensor",
          "AutogradPrivateUse1", "ADInplaceOrView", "BackendSelect", "AutocastCPU", "Conjugate",
          "Functionalize", "FuncTorchBatched", "DeferredInit", "Fake", "TESTING_ONLY_GenericMode"]
ALIASES = ["Autograd", "CompositeImplicitAutograd", "CompositeImplicitAutogradNestedTensor",
           "CompositeExplicitAutograd", "CompositeExplicitAutogradNonFunctional",
           "FuncTorchBatchedDecomposition"]
FREE = ["HIP", "VE", "PrivateUse1", "AutogradPrivateUse1", "AutogradPrivateUse2", "DeferredInit",
        "AutogradNestedTensor", "TESTING_ONLY_GenericMode", "AutocastPrivateUse1", "CUDA"]


def step(i, do, key_name, kernel):
    return {"do": do, "key": key_name, "kernel": kernel, "debug": f"registered at /dev/null:{i + 1}"}


def random_steps(rng):
    steps, fallbacks = [], set()
    for i in range(rng.randint(1, 7)):
        kernel = rng.choice(["plain", "plain", "redispatch", "redispatch", "fallthrough"])
        live = [n for n, s in enumerate(steps)
                if s["do"] == "impl" and not any(d.get("step") == n for d in steps)]
        if live and rng.random() < 0.12:
            steps.append({"do": "deregister", "step": rng.choice(live)})
        elif rng.random() < 0.12 and set(FREE) - fallbacks:
            name = rng.choice(sorted(set(FREE) - fallbacks))
            fallbacks.add(name)
            steps.append(step(i, "fallback", name, kernel))
        elif rng.random() < 0.5:
            steps.append(step(i, "impl", rng.choice(ALIASES), kernel))
        else:
            steps.append(step(i, "impl", rng.choice(COMMON), kernel))
    return steps


def random_set(rng):
    bits = 0
    for n in rng.sample([n for n in COMMON if n not in OPAQUE], rng.randint(0, 4)):
        bits |= C.DispatchKeySet(key(n)).raw_repr()
    return bits


def random_calls(rng, op, count):
    """Calls that stay out of the fallbacks that cannot be followed."""
    calls = []
    while len(calls) < count:
        args = [f"0x{random_set(rng):016x}" for _ in range(rng.randint(0, 2))]
        included = rng.choice([0, 0x804000000, random_set(rng)])
        excluded = rng.choice([0, 0xff0000000000, 0xff7800000000, random_set(rng)])
        one = {"args": args, "included": f"0x{included:016x}", "excluded": f"0x{excluded:016x}"}
        answer = call(op, one)
        error = answer["error"]
        if error and (error["class"] == "other" or "redispatches without end" in error["first_line"]):
            continue
        calls.append(one)
    return calls


def table_case(name, steps, rng, calls=4, defined=True, text=False):
    case = {"case_id": name, "operation": "dispatch_table",
            "in": {"op": f"{name}::op", "schema": f"{name}::op() -> ()" if defined else None,
                   "def": defined, "steps": steps}}
    if text:
        case["args"] = {"text": True}
    if defined and calls:
        op = Operator(case["in"])
        case["in"]["calls"] = random_calls(rng, op, calls)
        op.close()
    return case


def puzzle_cases(rng):
    """The situations worth a name."""
    puzzles = {
        "implicit_alone": [("CompositeImplicitAutograd", "plain")],
        "implicit_loses_to_cpu": [("CompositeImplicitAutograd", "plain"), ("CPU", "plain")],
        "implicit_stands_at_hip": [("CompositeImplicitAutograd", "plain"), ("HIP", "plain")],
        "ambiguous_sparse_first": [("SparseCPU", "plain"), ("CompositeImplicitAutograd", "plain")],
        "stale_implicit_first": [("CompositeImplicitAutograd", "plain"), ("SparseCPU", "plain")],
        "stale_quantized": [("CompositeImplicitAutograd", "redispatch"), ("QuantizedCPU", "plain")],
        "stale_sparse_csr": [("CompositeImplicitAutograd", "plain"), ("SparseCsrCPU", "plain")],
        "stale_nested": [("CompositeImplicitAutograd", "plain"), ("NestedTensorCPU", "plain")],
        "stale_same_function": [("Autograd", "plain"), ("CompositeImplicitAutograd", "plain"),
                                ("NestedTensorCPU", "plain")],
        "stale_batched": [("FuncTorchBatchedDecomposition", "plain")],
        "stale_functionalize": [("CompositeImplicitAutograd", "plain"),
                                ("CompositeExplicitAutograd", "plain")],
        "explicit_blocks_implicit": [("CompositeExplicitAutograd", "plain"),
                                     ("CompositeImplicitAutograd", "plain")],
        "non_functional_does_not": [("CompositeExplicitAutogradNonFunctional", "plain"),
                                    ("CompositeImplicitAutograd", "plain")],
        "fallthrough_blocks_too": [("CompositeExplicitAutograd", "fallthrough"),
                                   ("CompositeImplicitAutograd", "plain")],
        "autograd_alias": [("Autograd", "redispatch"), ("CPU", "plain")],
        "autograd_fallthrough": [("AutogradCPU", "fallthrough"), ("CPU", "plain")],
        "mask_follows_tls": [("CPU", "plain"), ("CUDA", "plain"), ("AutogradCPU", "fallthrough"),
                             ("AutogradCUDA", "redispatch")],
        "newest_wins": [("CPU", "plain"), ("CPU", "redispatch"), ("CompositeExplicitAutograd", "plain")],
        "functionalize_gets_math": [("CompositeImplicitAutograd", "plain"), ("Meta", "plain")],
    }
    for name, kernels in puzzles.items():
        steps = [step(i, "impl", k, kernel) for i, (k, kernel) in enumerate(kernels)]
        yield table_case(name, steps, rng, text=name in ("implicit_loses_to_cpu", "stale_implicit_first"))
    gone = [step(0, "impl", "CPU", "plain"), {"do": "deregister", "step": 0}]
    yield table_case("deregistered", gone, rng)
    yield table_case("deregistered_undefined", gone, rng, defined=False)
    yield table_case("never_defined", gone[:1], rng, defined=False)


ATEN = ["aten::add.Tensor", "aten::matmul", "aten::_to_copy", "aten::empty.memory_format",
        "aten::detach", "aten::native_layer_norm", "aten::_nested_tensor_from_mask"]


def aten_case(name):
    """The registrations of an operator as _dispatch_dump lists them."""
    registrations = []
    for line in C._dispatch_dump(name).splitlines():
        key_name, _, rest = line.partition(": ")
        head = key_name.removesuffix(" (inactive)").removesuffix("[alias]")
        if head not in BY_NAME and head not in ALIASES or " :: " not in rest:
            continue
        debug, _, tail = rest.rpartition(" :: ")
        registrations.append({"key": head, "debug": debug,
                              "kernel": "fallthrough" if "[ fallthrough" in tail else "plain",
                              "inactive": key_name.endswith(" (inactive)")})
    return {"case_id": "aten_" + name.split("::")[1], "operation": "dispatch_aten",
            "in": {"op": name, "registrations": registrations}}


def refusal_cases():
    for i, name in enumerate(["CPU", "AutogradCUDA", "AutogradHIP", "AutogradMTIA", "ORT", "MAIA", "",
                              "cpu", "CatchAll", "Undefined", "SparseCsrHIP", "CompositeImplicitAutograd"]):
        yield {"case_id": f"parse_{i:02}", "operation": "dispatch_refusal", "in": {"parse": name}}
    for name, keys in {"fallback_twice": ["PrivateUse1", "PrivateUse1"],
                       "fallback_over_built_in": ["AutocastCPU"],
                       "fallback_at_meta": ["Meta"]}.items():
        yield {"case_id": name, "operation": "dispatch_refusal",
               "in": {"op": f"{name}::op", "schema": f"{name}::op() -> ()", "def": True,
                      "steps": [step(i, "fallback", k, "plain") for i, k in enumerate(keys)]}}


def packet():
    rng = random.Random(SEED)
    cases = list(algebra_cases(rng))
    cases += puzzle_cases(rng)
    cases += [table_case(f"random_{i:02}", random_steps(rng), rng) for i in range(40)]
    cases += [aten_case(name) for name in ATEN]
    cases += refusal_cases()
    return cases


OPERATIONS = {
    "dispatch_algebra": dispatch_algebra,
    "dispatch_table": dispatch_table,
    "dispatch_aten": dispatch_aten,
    "dispatch_refusal": dispatch_refusal,
}
PACKETS = {"FT-P2C-002": packet}
