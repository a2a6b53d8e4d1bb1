"""Equations, products, attention and recurrence in torch's own words, see _autograd_network."""

import math

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from ._autograd_network import CALLS, OPS, REFUSED, optional



def spread_matrix(rng, n, stack=(), symmetric=False):
    """A stack of matrices far from singular; a symmetric one is positive definite."""
    out = []
    for _ in range(math.prod(stack)):
        a = [[rng.uniform(-1, 1) for _ in range(n)] for _ in range(n)]
        if symmetric:
            a = [[sum(p * q for p, q in zip(r, s)) for s in a] for r in a]
        out += [round(v + (n if i == j else 0), 3) for i, r in enumerate(a)
                for j, v in enumerate(r)]
    return out


def stack_of(rng):
    return [rng.randint(1, 3) for _ in range(rng.choice((0, 0, 1, 2)))]


def matrix_call(symmetric=False, **choices):
    def call(rng):
        n, stack = rng.randint(1, 5), stack_of(rng)
        return [stack + [n, n]], {k: rng.choice(v) for k, v in choices.items()}, \
            {"data": {0: spread_matrix(rng, n, stack, symmetric)}}
    return call


def solve_call(triangular):
    def call(rng):
        n, stack, columns = rng.randint(1, 4), stack_of(rng), rng.randint(1, 3)
        left = rng.random() < 0.6
        other = [1 if rng.random() < 0.3 else s for s in stack]
        b = other + ([n, columns] if left else [columns, n])
        if left and not triangular and rng.random() < 0.3:
            b = stack + [n]
        attrs = {"left": left}
        if triangular:
            attrs.update(upper=rng.random() < 0.5, unitriangular=rng.random() < 0.3)
        return [stack + [n, n], b], attrs, {"data": {0: spread_matrix(rng, n, stack)}}
    return call


OPS["solve"] = lambda x, a: torch.linalg.solve(*x, **a)
CALLS["solve"] = solve_call(False)
OPS["solve_triangular"] = lambda x, a: torch.linalg.solve_triangular(*x, **a)
CALLS["solve_triangular"] = solve_call(True)
for matrix in ("inv", "det", "slogdet", "cholesky"):
    OPS[matrix] = lambda x, a, f=matrix: getattr(torch.linalg, f)(x[0], **a)
    CALLS[matrix] = matrix_call()
OPS["logdet"] = lambda x, a: torch.logdet(x[0])
CALLS["logdet"] = matrix_call()
CALLS["cholesky"] = matrix_call(True, upper=(True, False))
CALLS["slogdet"] = lambda rng: (lambda c: (c[0], c[1], {**c[2], "outs": 2}))(matrix_call()(rng))


def einsum_call(rng):
    letters = rng.sample("abcdeXY", rng.randint(2, 5))
    size = {c: rng.randint(1, 4) for c in letters}
    dots = [rng.randint(1, 3) for _ in range(rng.choice((0, 0, 0, 1, 2)))]
    terms, shapes = [], []
    for _ in range(rng.randint(1, 4)):
        subs = [rng.choice(letters) for _ in range(rng.randint(0, 3))]
        shape = [size[c] for c in subs]
        for i, c in enumerate(subs):
            if subs.count(c) == 1 and rng.random() < 0.1:
                shape[i] = 1
        if dots and rng.random() < 0.6:
            at, part = rng.randint(0, len(subs)), dots[rng.randint(0, len(dots) - 1):]
            shape[at:at] = part
            subs[at:at] = ["..."]
        terms.append("".join(subs))
        shapes.append(shape)
    text = ",".join(terms)
    used = sorted(set(text) - set(".,"))
    if rng.random() < 0.7:
        out = rng.sample(used, rng.randint(0, len(used)))
        if "..." in text:
            out.insert(rng.randint(0, len(out)), "...")
        text += " -> ".strip() + "".join(out) if rng.random() < 0.5 else "->" + "".join(out)
    return shapes, {"equation": text}, {"order": False}


OPS["einsum"] = lambda x, a: torch.einsum(a["equation"], *x)
CALLS["einsum"] = einsum_call

# --- attention and recurrence ---


def attention_call(rng):
    stack, keys, rows, width = stack_of(rng), rng.randint(1, 5), rng.randint(1, 4), rng.randint(1, 4)
    shapes = [stack + [rows, width], stack + [keys, width], stack + [keys, rng.randint(1, 3)]]
    attrs, how = {}, rng.choice(("none", "mask", "bias", "causal"))
    if how == "mask":
        attrs["mask"] = [[int(rng.random() < 0.6) for _ in range(keys)] for _ in range(rows)]
    elif how == "bias":
        shapes.append([rows, keys])
    elif how == "causal":
        attrs["is_causal"] = True
    if rng.random() < 0.3:
        attrs["scale"] = 0.3
    return shapes, attrs, {"order": False}


def attention(x, a):
    mask = torch.tensor(a["mask"], dtype=torch.bool) if "mask" in a else None
    mask = x[3] if len(x) > 3 else mask
    with sdpa_kernel(SDPBackend.MATH):
        return F.scaled_dot_product_attention(*x[:3], attn_mask=mask,
                                              **optional(a, "is_causal", "scale"))


def dropout_call(rng):
    n = rng.randint(1, 8)
    return [[n]], {"mask": [rng.randint(0, 1) for _ in range(n)],
                   "p": rng.choice((0.0, 0.25, 0.5, 1.0))}, {"order": False}


def dropout(x, a):
    scale = 0.0 if a["p"] == 1 else 1 / (1 - a["p"])
    return x[0] * (torch.tensor(a["mask"], dtype=x[0].dtype) * scale)


def cell_call(gates, states):
    def call(rng):
        n, wide, hidden = rng.randint(1, 3), rng.randint(1, 4), rng.randint(1, 3)
        shapes = [[n, wide]] + [[n, hidden]] * states + \
            [[gates * hidden, wide], [gates * hidden, hidden]]
        return shapes + [[gates * hidden]] * rng.choice((0, 2)), {}, \
            {"order": False, "outs": states}
    return call


def sequence_call(gates, states):
    def call(rng):
        length, n, wide, hidden = rng.randint(1, 4), rng.randint(1, 2), rng.randint(1, 3), \
            rng.randint(1, 3)
        layers, ways, bias = rng.randint(1, 2), rng.randint(1, 2), rng.random() < 0.6
        attrs = {"num_layers": layers, "bidirectional": ways == 2, "bias": bias,
                 "batch_first": rng.random() < 0.3}
        x = [n, length, wide] if attrs["batch_first"] else [length, n, wide]
        shapes = [x] + [[layers * ways, n, hidden]] * states
        for layer in range(layers):
            for _ in range(ways):
                shapes += [[gates * hidden, wide if layer == 0 else ways * hidden],
                           [gates * hidden, hidden]] + [[gates * hidden]] * (2 if bias else 0)
        return shapes, attrs, {"order": False, "outs": states + 1}
    return call


OPS["scaled_dot_product_attention"] = attention
CALLS["scaled_dot_product_attention"] = attention_call
OPS["dropout"] = dropout
CALLS["dropout"] = dropout_call
for kind, gates, states in (("lstm", 4, 2), ("gru", 3, 1), ("rnn_tanh", 1, 1),
                            ("rnn_relu", 1, 1)):
    OPS[f"{kind}_cell"] = lambda x, a, f=f"{kind}_cell", s=states: getattr(torch, f)(
        x[0], x[1:3] if s == 2 else x[1], *x[1 + s:])
    CALLS[f"{kind}_cell"] = cell_call(gates, states)
    OPS[kind] = lambda x, a, f=kind, s=states: getattr(torch, f)(
        x[0], x[1:3] if s == 2 else x[1], x[1 + s:], a.get("bias", True),
        a.get("num_layers", 1), 0.0, False, a.get("bidirectional", False),
        a.get("batch_first", False))
    CALLS[kind] = sequence_call(gates, states)

REFUSED += [
    ("solve", [[2, 2], [3, 3]], {}), ("solve", [[2, 3], [2, 3]], {}),
    ("inv", [[2, 3]], {}), ("inv", [[2]], {}), ("det", [[2, 3]], {}),
    ("solve_triangular", [[2, 2], [3, 3]], {"upper": True}),
    ("cholesky", [[0, 2, 3]], {}),
    ("scaled_dot_product_attention", [[2, 3], [4, 3], [4, 3], [2, 4]], {"is_causal": True}),
    ("gru_cell", [[2, 3], [2, 4], [12, 4], [12, 4]], {}),
] + [("einsum", shapes, {"equation": text}) for text, shapes in (
    ("ij,jk->ik", [[2, 3], [4, 4]]), ("ij,jk->ik", [[2, 3]]), ("ij,jk->il", [[2, 3], [3, 4]]),
    ("ij,jk->ii", [[2, 3], [3, 4]]), ("ijk,jk->ik", [[2, 3], [3, 4]]), ("ij?", [[2, 3]]),
    ("ij..", [[2, 3]]), ("ij->ij->", [[2, 3]]), ("i", [[2, 3]]), ("ii->i", [[2, 3]]),
    ("ij", [[2, 3], [2, 3]]), ("i...j...", [[2, 3]]), ("ij->...i...", [[2, 3]]))]
