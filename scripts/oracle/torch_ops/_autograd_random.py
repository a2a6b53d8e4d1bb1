"""Random graphs and programs for the autograd packets, from fixed seeds."""

import random


def graph(seed, size, storm=False, threads=False):
    """Nodes with id, next, num_inputs, leaf, order (of creation), thread."""
    rng = random.Random(seed)
    leaves = rng.randint(3, 40) if storm else rng.randint(2, max(3, size // 4))
    nodes = []
    for i in range(leaves):
        nodes.append({"leaf": True, "next": [], "num_inputs": 1, "order": i})
    for i in range(leaves, leaves + size):
        wide = rng.randint(3, min(30, i)) if storm and rng.random() < 0.3 else rng.randint(1, 3)
        edges = []
        for _ in range(wide):
            if edges and rng.random() < 0.1:
                edges.append([-1, 0])
                continue
            near = rng.random() < 0.6 and not storm
            to = rng.randrange(max(0, i - 6), i) if near else rng.randrange(i)
            edges.append([to, rng.randrange(nodes[to]["num_inputs"])])
        nodes.append({"leaf": False, "next": edges, "num_inputs": rng.choice((1, 1, 1, 2)),
                      "order": i})
    names = list(range(len(nodes)))
    rng.shuffle(names)
    for node in nodes:
        node["next"] = [[names[t] if t >= 0 else -1, k] for t, k in node["next"]]
        node["thread"] = rng.choice((None, 0, 1, 2)) if threads else None
    for node, name in zip(nodes, names):
        node["id"] = name
    nodes.sort(key=lambda n: n["id"])
    tops = [n for n in nodes if not n["leaf"]]
    roots = []
    for node in rng.sample(tops, min(len(tops), rng.choice((1, 1, 2, 3)))):
        roots.append([node["id"], rng.randrange(node["num_inputs"])])
    newest = max(tops, key=lambda n: n["order"])["id"]
    if all(r[0] != newest for r in roots):
        roots[0] = [newest, 0]
    return nodes, roots


def some_inputs(seed, nodes):
    rng = random.Random(seed)
    chosen = rng.sample(nodes, min(len(nodes), rng.randint(1, 4)))
    return [[n["id"], rng.randrange(n["num_inputs"])] for n in chosen]


UNARY = ["neg", "abs", "square", "relu", "clone"]
BINARY = ["add", "sub", "mul", "maximum", "minimum"]


def exact_program(seed, dtype):
    """Dyadic data and operators that are exact on it."""
    rng = random.Random(seed)
    shape = rng.choice(([4], [2, 3], [3, 1, 2], []))
    leaves, values, ops = [], [], []

    def dyadic(shape):
        count = 1
        for s in shape:
            count *= s
        return [rng.randint(-12, 12) / 8 for _ in range(count)]

    for i in range(rng.randint(1, 3)):
        s = shape if i == 0 or rng.random() < 0.6 else [1] * len(shape)
        leaves.append({"name": f"x{i}", "shape": s, "requires_grad": i == 0 or rng.random() < 0.8,
                       "data": [float(v).hex() for v in dyadic(s)]})
        values.append(f"x{i}")
    for i in range(rng.randint(2, 12)):
        out = f"t{i}"
        kind = rng.random()
        if kind < 0.45:
            op = {"op": rng.choice(BINARY), "in": [rng.choice(values), rng.choice(values)]}
        elif kind < 0.75:
            op = {"op": rng.choice(UNARY), "in": [rng.choice(values)]}
        elif kind < 0.9:
            op = {"op": rng.choice(("add_scalar", "rsub_scalar", "mul_scalar")),
                  "in": [rng.choice(values)], "attrs": {"value": rng.choice((0.5, -2.0, 1.0))}}
        else:
            op = {"op": "clamp", "in": [rng.choice(values)], "attrs": {"min": -4.0, "max": 4.0}}
        op["out"] = [out]
        ops.append(op)
        values.append(out)
        if rng.random() < 0.5 and op["op"] in ("square", "mul"):
            ops.append({"op": "clamp", "in": [out], "out": [out + "c"],
                        "attrs": {"min": -4.0, "max": 4.0}})
            values.append(out + "c")
    return {"dtype": dtype, "leaves": leaves, "ops": ops}, values, rng
