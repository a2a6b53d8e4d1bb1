"""FT-P2C-004 (the backward scheduler) and VT-P2C-001 (numerics and gradcheck)."""

import math
import random

import torch

from . import _autograd_graphs as graphs
from . import _autograd_basic, _autograd_linear as network, _autograd_rest as rest
from . import _autograd_random as rnd
from ._autograd_operators import OPS, NEAR, SPECIAL, sample

OPS.update(network.OPS)
DTYPES = {"f32": torch.float32, "f64": torch.float64}


# --- scheduling ---


def known(nodes):
    """The case's nodes as build() wants them: how they were made is in the case."""
    return [dict(n) for n in nodes]


def schedule(case):
    """One backward() or grad() over a graph of adding nodes."""
    inner = case["in"]
    log = []
    g = graphs.Graph(0, log, [])
    graphs.build(g, known(case["args"]["recipe"]), case["args"]["threads"])
    g.roots = inner["roots"]
    roots = [graphs.tensor_of(g, r) for r in g.roots]
    grads = [torch.tensor(i + 1.0, dtype=torch.float64) for i in range(len(roots))]
    captured = None
    if inner["inputs"] is None:
        torch.autograd.backward(roots, grads, retain_graph=True)
    else:
        inputs = [graphs.tensor_of(g, r) for r in inner["inputs"]]
        if inner["accumulate"]:
            torch.autograd.backward(roots, grads, retain_graph=True, inputs=inputs)
        else:
            out = torch.autograd.grad(roots, inputs, grads, retain_graph=True, allow_unused=True)
            captured = [None if t is None else float(t).hex() for t in out]
    return {"execution_order": [e[1] for e in log],
            "received_sum": {str(e[1]): e[2] for e in log},
            "captured": captured, "error": None, "graph_root_used": len(roots) != 1}


def nested_schedule(case):
    """Nodes that run other graphs while they run."""
    log, all_graphs = [], []
    for k, recipe in enumerate(case["args"]["recipes"]):
        g = graphs.Graph(k, log, all_graphs)
        graphs.build(g, known(recipe), False)
        g.roots = case["in"]["graphs"][k]["roots"]
        all_graphs.append(g)
    graphs.THREADS.clear()
    graphs.thread_index()
    graphs.run_graph(all_graphs[case["in"]["run"]])
    return {"events": log,
            "events_fields": ["graph", "node", "received_sum", "thread (0 = caller)"],
            "error": None}


def reentrant(case):
    """A function that calls backward in its backward, depth levels down."""
    depth, width, log = case["in"]["depth"], case["in"]["width"], []

    class R(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, level):
            ctx.level = level
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            log.append(["enter", ctx.level, graphs.thread_index()])
            total = torch.zeros_like(g)
            for _ in range(width if ctx.level > 0 else 0):
                with torch.enable_grad():
                    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
                    R.apply(x, ctx.level - 1).sum().backward()
                total = total + x.grad
            log.append(["exit", ctx.level, graphs.thread_index()])
            return (2 * total if ctx.level > 0 else g), None

    graphs.THREADS.clear()
    graphs.thread_index()
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    R.apply(x, depth).sum().backward()
    value = {"depth": depth, "width": width, "log": log, "threads_used": len(graphs.THREADS),
             "grad": [v.hex() for v in x.grad.tolist()]}
    if width == 1:
        value["error"] = None
    return {"case": value}


def public(nodes):
    keys = ("id", "sequence_nr", "topological_nr", "num_inputs", "next", "reenter")
    return [{k: n[k] for k in keys if k in n} for n in nodes]


def schedule_case(name, seed, size, storm=False, threads=False, call=None):
    recipe, roots = rnd.graph(seed, size, storm, threads)
    probe = graphs.Graph(0, [], [])
    built = known(recipe)
    graphs.build(probe, built, threads)
    inputs = rnd.some_inputs(seed + 1, recipe) if call else None
    if call == "backward":
        inputs = [r for r in inputs if recipe[r[0]]["leaf"]] or None
    return {"case_id": name, "operation": "schedule",
            "args": {"recipe": recipe, "threads": threads},
            "in": {"nodes": public(built), "roots": roots, "inputs": inputs,
                   "accumulate": call != "grad"},
            "compare": {"kind": "exact"}}


def nested_case(name, seed):
    rng = random.Random(seed)
    count, recipes, inner = rng.randint(2, 4), [], []
    for k in range(count):
        recipe, roots = rnd.graph(seed * 10 + k, rng.randint(3, 8))
        for node in recipe:
            if k > 0 and not node["leaf"] and rng.random() < 0.4:
                node["reenter"] = [rng.randrange(k) for _ in range(rng.randint(1, 2))]
        recipes.append(recipe)
        probe = graphs.Graph(k, [], [])
        built = known(recipe)
        graphs.build(probe, built, False)
        inner.append({"nodes": public(built), "roots": roots})
    return {"case_id": name, "operation": "nested_schedule", "args": {"recipes": recipes},
            "in": {"graphs": inner, "run": count - 1}, "compare": {"kind": "exact"}}


def scheduling():
    cases = [schedule_case(f"dag_{i:02}", 100 + i, 6 + i % 25) for i in range(45)]
    cases += [schedule_case(f"storm_{i:02}", 300 + i, 4 + i % 8, storm=True) for i in range(30)]
    cases += [schedule_case(f"threads_{i:02}", 500 + i, 10 + i % 12, threads=True)
              for i in range(25)]
    cases += [schedule_case(f"grad_{i:02}", 700 + i, 8 + i % 16, call="grad") for i in range(20)]
    cases += [schedule_case(f"backward_inputs_{i:02}", 900 + i, 8 + i % 16, call="backward")
              for i in range(12)]
    cases += [nested_case(f"nested_{i:02}", 40 + i) for i in range(15)]
    depths = [(d, 1) for d in (1, 2, 3, 10, 59, 60, 61, 62, 121, 122)] + [(1, 2), (2, 2), (3, 2)]
    cases += [{"case_id": f"reentrant_{d}_{w}", "operation": "reentrant",
               "in": {"depth": d, "width": w}, "compare": {"kind": "exact"}} for d, w in depths]
    for case in cases:
        case["modes"] = ["strict", "hardened"]
    return cases


# --- numerics ---


def number(value):
    return float.fromhex(value) if isinstance(value, str) else float(value)


def listed(tensor, exact):
    flat = tensor.detach().reshape(-1).tolist()
    return [hexadecimal(v) for v in flat] if exact else flat


def hexadecimal(v):
    if math.isnan(v):
        return "nan"
    return ("inf" if v > 0 else "-inf") if math.isinf(v) else v.hex()


def whole(tensor, exact):
    return {"shape": list(tensor.shape), "data": listed(tensor, exact)}


def edge_of(tensor):
    if tensor.grad_fn is not None:
        return tensor.grad_fn
    return tensor.view_as(tensor).grad_fn.next_functions[0][0]


def discover(starts):
    order = []
    for node in starts:
        if node not in order:
            order.append(node)
    for node in order:
        for following, _ in node.next_functions:
            if following is not None and following not in order:
                order.append(following)
    return order


def program(case):
    inner, exact = case["in"], "floats" not in case["in"]
    dtype = DTYPES[inner["dtype"]]
    values = {}
    for leaf in inner["leaves"]:
        data = torch.tensor([number(v) for v in leaf["data"]], dtype=dtype)
        values[leaf["name"]] = data.reshape(leaf["shape"]).requires_grad_(leaf["requires_grad"])
    for op in inner["ops"]:
        out = OPS[op["op"]]([values[n] for n in op["in"]], op.get("attrs", {}))
        out = out if isinstance(out, (tuple, list)) else (out,)
        values.update(zip(op["out"], out))
    roots = [values[r["tensor"]] for r in inner["roots"]]
    grads = [None if r["grad"] is None else
             torch.tensor([number(v) for v in r["grad"]], dtype=dtype).reshape(t.shape)
             for r, t in zip(inner["roots"], roots)]
    inputs = [values[n] for n in inner["call"]["inputs"] or []]
    ids = discover([edge_of(t) for t in roots + inputs])
    order = []
    handles = [n.register_prehook(lambda g, i=i: order.append(i)) for i, n in enumerate(ids)]
    if inner["call"]["kind"] == "backward":
        torch.autograd.backward(roots, grads, inputs=inputs or None)
        result = {leaf["name"]: None if values[leaf["name"]].grad is None
                  else listed(values[leaf["name"]].grad, exact) for leaf in inner["leaves"]}
    else:
        out = torch.autograd.grad(roots, inputs, grads, allow_unused=True)
        result = [None if t is None else whole(t, exact) for t in out]
    for handle in handles:
        handle.remove()
    value = {"outputs": {r["tensor"]: whole(values[r["tensor"]], exact) for r in inner["roots"]},
             "grads": result, "error": None, "execution_order": order}
    if not inner.get("order", True):
        del value["execution_order"]
    return value


def apply(case, *tensors):
    out = OPS[case["in"]["op"]](list(tensors), case["in"].get("attrs", {}))
    return out[0] if isinstance(out, (tuple, list)) else out


def tensor(case, key):
    return torch.tensor([number(v) for v in case["in"][key]], dtype=torch.float64)


def edge_unary(case):
    value = {}
    for form in ("vector", "scalar"):
        x = tensor(case, "x")
        parts = [x] if form == "vector" else list(x)
        forward, grad = [], []
        for part in parts:
            part = part.clone().requires_grad_(True)
            y = apply(case, part)
            y.backward(torch.ones_like(y))
            forward += y.detach().reshape(-1).tolist()
            grad += part.grad.reshape(-1).tolist()
        value[f"forward_{form}"], value[f"grad_{form}"] = forward, grad
    return {k: value[k] for k in ("forward_vector", "grad_vector", "forward_scalar",
                                  "grad_scalar")}


def edge_binary(case):
    a, b = tensor(case, "a").requires_grad_(True), tensor(case, "b").requires_grad_(True)
    y = apply(case, a, b)
    y.backward(torch.ones_like(y))
    return {"forward": listed(y, False), "grad_a": listed(a.grad, False),
            "grad_b": listed(b.grad, False)}


def edge_reduction(case):
    rows = []
    for row in case["in"]["rows"]:
        x = torch.tensor([number(v) for v in row["x"]], dtype=torch.float64, requires_grad=True)
        y = apply(case, x)
        g = torch.tensor([number(v) for v in row["grad_out"]], dtype=torch.float64)
        y.backward(g.reshape(y.shape))
        rows.append({"x": listed(x, False), "forward": listed(y, False),
                     "grad_out": listed(g, False),
                     "grad": None if x.grad is None else listed(x.grad, False)})
    return {"rows": rows}


def second_order(case):
    x = tensor(case, "x").requires_grad_(True)
    chain = [apply(case, x)]
    for _ in range(3):
        last = chain[-1]
        if last is None or not last.requires_grad:
            chain.append(None)
            continue
        chain.append(torch.autograd.grad(last.sum(), x, create_graph=True, allow_unused=True)[0])
    return dict(zip(("y", "g1", "g2", "g3"), [None if t is None else listed(t, False)
                                              for t in chain]))


def optimizer(case):
    inner = case["in"]
    dtype = DTYPES[inner["dtype"]]
    w = torch.tensor([number(v) for v in inner["w0"]], dtype=dtype, requires_grad=True)
    opt = getattr(torch.optim, inner["optimizer"])([w], foreach=False, **inner["params"])
    after = []
    for grad in inner["grads"]:
        w.grad = torch.tensor([number(v) for v in grad], dtype=dtype)
        opt.step()
        after.append(listed(w, False))
    return {"weights_after": after}


def base(case_id, operation, inner, compare):
    return {"case_id": case_id, "operation": operation, "modes": ["strict", "hardened"],
            "in": inner, "compare": compare}


EXACT = {"kind": "exact"}
NEARLY = {"f64": {"kind": "abs", "tolerance": 1e-9}, "f32": {"kind": "abs", "tolerance": 2e-3}}


def exact_cases():
    cases = []
    for i in range(70):
        dtype = "f64" if i % 2 else "f32"
        inner, values, rng = rnd.exact_program(1000 + i, dtype)
        made = [op["out"][0] for op in inner["ops"]]
        ready = {n: torch.tensor([number(v) for v in leaf["data"]],
                                 dtype=DTYPES[dtype]).reshape(leaf["shape"])
                 .requires_grad_(leaf["requires_grad"])
                 for n, leaf in ((leaf["name"], leaf) for leaf in inner["leaves"])}
        for op in inner["ops"]:
            ready[op["out"][0]] = OPS[op["op"]]([ready[n] for n in op["in"]],
                                                op.get("attrs", {}))
        tracked = [n for n in made if ready[n].requires_grad]
        if not tracked:
            continue
        chosen = rng.sample(tracked, min(len(tracked), rng.randint(1, 2)))
        inner["roots"] = [{"tensor": n, "grad": [
            float(rng.randint(-8, 8) / 4).hex() for _ in range(ready[n].numel())]}
            for n in chosen]
        leaves = [leaf["name"] for leaf in inner["leaves"] if leaf["requires_grad"]]
        inner["call"] = {"kind": "grad", "inputs": leaves, "allow_unused": True} \
            if rng.random() < 0.5 else {"kind": "backward", "inputs": None, "allow_unused": True}
        cases.append(base(f"exact_{i:03}", "program", inner, EXACT))
    return cases


def operator_cases():
    cases = []
    for i, (name, shapes, attrs, outs) in enumerate(sample()):
        for dtype in ("f64", "f32"):
            rng = random.Random(5000 + i)
            leaves = []
            for k, shape in enumerate(shapes):
                count = math.prod(shape)
                low, high = NEAR.get(name, (-2.0, 2.0))
                data = [round(rng.uniform(low, high), 3) for _ in range(count)]
                leaves.append({"name": f"x{k}", "shape": list(shape), "requires_grad": True,
                               "data": data})
            op = {"op": name, "in": [leaf["name"] for leaf in leaves],
                  "out": [f"t{k}" for k in range(outs)]}
            if attrs:
                op["attrs"] = attrs
            ready = [torch.tensor(leaf["data"], dtype=DTYPES[dtype]).reshape(leaf["shape"])
                     for leaf in leaves]
            out = OPS[name](ready, attrs)
            out = out if isinstance(out, (tuple, list)) else (out,)
            roots = [{"tensor": f"t{k}",
                      "grad": [round(rng.uniform(-1, 1), 3) for _ in range(t.numel())]}
                     for k, t in enumerate(out)]
            inner = {"dtype": dtype, "leaves": leaves, "ops": [op], "roots": roots,
                     "call": {"kind": "backward", "inputs": None, "allow_unused": True},
                     "floats": "decimal"}
            cases.append(base(f"operator_{i:03}_{name}_{dtype}", "program", inner,
                              NEARLY[dtype]))
    return cases


SPECIAL_DATA = ["0x0p+0", "-0x0p+0", "0x1p+0", "-0x1p+0", "0x1p+1", "0x1p+1", "0x1p-1",
                "inf", "-inf", "nan"]


def call_case(case_id, name, call, rng, dtype, special=False):
    """A program of one call: (shapes, attributes, options), see network.CALLS.  Special
    data are ties, zeros of both signs, infinities and NaN."""
    shapes, attrs, options = call
    low, high = options.get("low", -2.0), options.get("high", 2.0)
    leaves = []
    for k, shape in enumerate(shapes):
        data = options.get("data", {}).get(k)
        if special:
            data = [rng.choice(SPECIAL_DATA) for _ in range(math.prod(shape))]
        if data is None:
            data = [round(rng.uniform(low, high), 3) for _ in range(math.prod(shape))]
        leaves.append({"name": f"x{k}", "shape": list(shape), "data": data,
                       "requires_grad": k in options.get("grads", range(len(shapes)))})
    outs = options.get("outs", 1)
    op = {"op": name, "in": [leaf["name"] for leaf in leaves],
          "out": [f"t{k}" for k in range(outs)], **({"attrs": attrs} if attrs else {})}
    ready = [torch.tensor([number(v) for v in leaf["data"]], dtype=DTYPES[dtype])
             .reshape(leaf["shape"]) for leaf in leaves]
    try:
        out = OPS[name](ready, attrs)
    except Exception:  # pylint: disable=broad-except  # the case says so when it runs
        out = torch.zeros(())
    out = out if isinstance(out, (tuple, list)) else (out,)
    roots = [{"tensor": f"t{k}", "grad": [round(rng.uniform(-1, 1), 3)
                                         for _ in range(t.numel())]}
             for k, t in enumerate(out[:outs])]
    inner = {"dtype": dtype, "leaves": leaves, "ops": [op], "roots": roots,
             "call": {"kind": "backward", "inputs": None, "allow_unused": True},
             "floats": "decimal", **({} if options.get("order", True) else {"order": False})}
    return base(case_id, "program", inner, options.get("compare", NEARLY)[dtype])


def network_cases(each=1):
    """A few random calls of every operator of networks, and calls that torch refuses."""
    cases = []
    for name, call in network.CALLS.items():
        for i in range(each):
            rng = random.Random(f"{name} {i}")
            cases.append(call_case(f"network_{name}_{i}", name, call(rng), rng,
                                   rng.choice(("f64", "f32"))))
    for i, (name, shapes, attrs, *options) in enumerate(network.REFUSED):
        cases.append(call_case(f"refused_{i:02}_{name}", name, (shapes, attrs, *(options or [{}])),
                               random.Random(i), "f64"))
    return cases


def special_cases():
    loose = {"kind": "rel", "tolerance": 1e-12}
    cases = []
    x = [hexadecimal(v) for v in SPECIAL["values"]]
    for name, attrs in SPECIAL["unary"]:
        inner = {"op": name, "attrs": attrs, "x": x, "floats": "decimal"}
        cases.append(base(f"special_{name}_{len(cases)}", "edge_unary", inner, loose))
    pairs = [(a, b) for a in SPECIAL["pairs"] for b in SPECIAL["pairs"]]
    for name in SPECIAL["binary"]:
        inner = {"op": name, "a": [hexadecimal(p[0]) for p in pairs],
                 "b": [hexadecimal(p[1]) for p in pairs], "floats": "decimal"}
        cases.append(base(f"special_{name}", "edge_binary", inner, loose))
    for name, attrs, outputs in SPECIAL["reductions"]:
        rows = []
        for row in SPECIAL["rows"]:
            n = len(row) if outputs == "same" else 1
            rows.append({"x": [hexadecimal(v) for v in row],
                         "grad_out": [float(k + 1).hex() for k in range(n)]})
        inner = {"op": name, "attrs": attrs, "rows": rows, "floats": "decimal"}
        cases.append(base(f"special_{name}_{len(cases)}", "edge_reduction", inner, loose))
    return cases


def other_cases():
    cases = []
    for name in SPECIAL["orders"]:
        inner = {"op": name, "attrs": {}, "x": [0.25, 0.5, 1.25, 2.0], "floats": "decimal"}
        cases.append(base(f"orders_{name}", "second_order", inner,
                          {"kind": "abs", "tolerance": 1e-9}))
    for i, (name, params) in enumerate(SPECIAL["optimizers"]):
        for dtype, tolerance in (("f64", 1e-12), ("f32", 1e-5)):
            rng = random.Random(9000 + i)
            inner = {"optimizer": name, "params": params, "dtype": dtype,
                     "w0": [round(rng.uniform(-1, 1), 3) for _ in range(5)],
                     "grads": [[round(rng.uniform(-1, 1), 3) for _ in range(5)]
                               for _ in range(6)], "floats": "decimal"}
            cases.append(base(f"optimizer_{i:02}_{name}_{dtype}", "optimizer", inner,
                              {"kind": "rel", "tolerance": tolerance}))
    return cases


def rest_cases():
    """Sums to the bit, ties, edges, kinks differentiated again, optimizers' options."""
    cases = []
    for i, call in enumerate(rest.long_sums(random.Random(0))):
        for dtype in ("f64", "f32"):
            cases.append(call_case(f"sum_{i}_{dtype}", "sum", call, random.Random(i), dtype))
    for name in rest.TIES:
        for i in range(3):
            rng = random.Random(f"ties {name} {i}")
            cases.append(call_case(f"ties_{name}_{i}", name, rest.tie_call(name, rng), rng,
                                   ("f64", "f32")[i % 2]))
    for i, (name, attrs) in enumerate(rest.EDGES):
        inner = {"op": name, "attrs": attrs, "x": [hexadecimal(v) for v in rest.EDGE_DATA],
                 "floats": "decimal"}
        cases.append(base(f"edge_{i}_{name}", "edge_unary", inner,
                          {"kind": "rel", "tolerance": 1e-12}))
    for name, attrs in rest.KINKS:
        inner = {"op": name, "attrs": attrs, "x": [-1.5, -0.25, -0.0, 0.5, 1.0, 7.0],
                 "floats": "decimal"}
        cases.append(base(f"kink_{name}", "second_order", inner, EXACT))
    for name in rest.OPTIONS:
        for i in range(4):
            rng = random.Random(f"options {name} {i}")
            inner = {"optimizer": name, "params": rest.optimizer_options(name, rng),
                     "dtype": ("f64", "f32")[i % 2],
                     "w0": [hexadecimal(round(rng.uniform(-8, 8)) / 8) for _ in range(19)],
                     "grads": [[hexadecimal(round(rng.uniform(-64, 64)) / 64) for _ in range(19)]
                               for _ in range(7)], "floats": "decimal"}
            cases.append(base(f"options_{name}_{i}", "optimizer", inner, EXACT))
    return cases


def numerics():
    return (exact_cases() + operator_cases() + special_cases() + other_cases() + network_cases() +
            rest_cases())


OPERATIONS = {
    "schedule": schedule, "nested_schedule": nested_schedule, "reentrant": reentrant,
    "program": program, "edge_unary": edge_unary, "edge_binary": edge_binary,
    "edge_reduction": edge_reduction, "second_order": second_order, "optimizer": optimizer,
}

PACKETS = {"FT-P2C-004": scheduling, "VT-P2C-001": numerics}
