"""torch_edges.py: calls where ft-grad once answered otherwise than torch, and torch's answers.

Prints lockstep-cases/1 for tests/fixtures/ft-grad/edges.json: zeros in products, singular
and nearly singular matrices, NaN among equations, bounds that are no float32.
"""

import json
import sys

import torch

import frame
from torch_ops import autograd

LINE = [1.5, -2, 0.5, 3] * 2 + [0, 2, -1, 0.5, 0] + [1, 2, 3, 4, 5, 6, 7]
NAN = float("nan")
# name, operator, attributes, shapes, data, gradients of the outputs, dtype
CALLS = [
    ("cumprod_past_zeros", "cumprod", {"dim": 0}, [[80]], [[1.25] * 60 + LINE],
     [[round(0.1 * k - 0.7, 3) for k in range(80)]], "f64"),
    ("cumprod_infinite", "cumprod", {"dim": 0}, [[4]], [[-1, 2, -float("inf"), 0]],
     [[0.5, 1, -0.25, 2]], "f64"),
    ("slogdet_small_pivot", "slogdet", {}, [[2, 2]], [[1e-20, 0, 0, 3]], [[0.5], [1]], "f64"),
    ("logdet_singular", "logdet", {}, [[2, 2]], [[1, 2, 2, 4]], [[1]], "f64"),
    ("det_infinite", "det", {}, [[2, 2]], [[float("inf"), 1, -1, 2]], [[1]], "f64"),
    ("solve_nan", "solve", {"left": True}, [[3, 3], [3, 1]], [[0, 1, NAN, 2, 0, 1, 0, 0, 1], [1, 0, 2]],
     [[1, 1, 1]], "f64"),
    ("solve_right_nan", "solve", {"left": False}, [[1, 1], [2, 1]], [[NAN], [0.5, 0]],
     [[1, 1]], "f64"),
    ("hardtanh_bound", "hardtanh", {"min": -0.1, "max": 0.1}, [[3]], [[0.1, -0.1, 0.05]],
     [[1, 2, 3]], "f32"),
    ("softshrink_nan", "softshrink", {}, [[11]], [[NAN] * 11], [[1] * 11], "f64"),
    ("chunk_empty", "chunk2", {"dim": 1}, [[3, 0]], [[]], [[], []], "f64"),
    ("chunk_shorter", "chunk2", {"dim": 0}, [[3, 2]], [[1, 2, 3, 4, 5, 6]], [[1, 2, 3, 4], [5, 6]], "f64"),
    ("split_empty", "split", {"dim": 1, "size": 0}, [[3, 0]], [[]], [[]], "f64"),
]


def case(name, operator, attrs, shapes, data, grads, dtype):
    inner = {
        "dtype": dtype,
        "leaves": [{"name": f"x{k}", "shape": shape, "data": data[k], "requires_grad": True}
                   for k, shape in enumerate(shapes)],
        "ops": [{"op": operator, "in": [f"x{k}" for k in range(len(shapes))],
                 "out": [f"t{k}" for k in range(len(grads))], **({"attrs": attrs} if attrs else {})}],
        "roots": [{"tensor": f"t{k}", "grad": g} for k, g in enumerate(grads)],
        "call": {"kind": "backward", "inputs": None, "allow_unused": True}, "floats": "decimal"}
    made = autograd.base(name, "program", inner, autograd.NEARLY[dtype])
    return {**made, "expect": autograd.program(made)}


def main():
    cases = [case(*call) for call in CALLS]
    orders = autograd.base("prod_two_zeros", "second_order",
                           {"op": "prod", "attrs": {}, "x": [0.0, 0.0, 3.0], "floats": "decimal"},
                           {"kind": "abs", "tolerance": 1e-9})
    cases.append({**orders, "expect": autograd.second_order(orders)})
    json.dump(frame.canonical({"schema": "lockstep-cases/1", "packet_id": "edges", "provenance": {
        "original": "torch", "version": torch.__version__,
        "script": "scripts/oracle/torch_edges.py",
        "script_sha256": frame.script_digest(__file__, "torch_ops")}, "cases": cases}),
              sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
