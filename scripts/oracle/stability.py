"""What torch makes of NaN, infinities, zeros and extremes, as classes of results.

    scripts/oracle.sh run scripts/oracle/stability.py >tools/ft-grad/engine/check/stability.def

One line an operator.  Each special value is a tensor of one element.  torch is asked with each of its
kinds of vector code; where they disagree stands ?.  A result is n (NaN), i, j (inf, -inf), 0, o (0, -0), + or - (finite);
gradients are those of the sum.
"""
import math
import os
import subprocess
import sys

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch_ops"))
from _autograd_operators import OPS  # noqa: E402

ONE = """abs neg sign square sqrt rsqrt reciprocal exp exp2 expm1 log log1p log2 log10 sin cos tan asin
acos atan sinh cosh tanh asinh acosh atanh sigmoid logsigmoid erf erfc floor ceil round trunc frac relu
relu6 leaky_relu elu selu celu gelu gelu_tanh silu mish softplus softsign tanhshrink hardshrink
softshrink hardtanh hardsigmoid hardswish""".split()
TWO = "add sub mul div pow maximum minimum fmax fmin atan2 hypot logaddexp xlogy fmod remainder".split()
CAPABILITIES = "default avx2 avx512".split()
ROWS = [("softmax", "dim"), ("log_softmax", "dim"), ("logsumexp", "dim"), ("sum", None), ("mean", None),
        ("prod", None), ("max", None), ("min", None), ("amax", "dim"), ("amin", "dim"),
        ("cumsum", "dim")]

NAN, INF = math.nan, math.inf


def specials(dtype):
    info, big, small = torch.finfo(dtype), *((710.0, -746.0) if dtype == torch.float64 else (89.0, -104.0))
    return [NAN, INF, -INF, 0.0, -0.0, info.max, -info.max, info.tiny, -info.tiny, info.smallest_normal / 2**10,
            big, small, 100.0, -130.0, 1.0, -1.0, 1e-9, 3.0, -3.0, 20.5]


PAIR = [NAN, INF, -INF, 0.0, -0.0, 1e300, 1.0, -2.0]
LINES = [[-INF, -INF, -INF], [NAN, 0.0, 1.0], [INF, 0.0, 1.0], [-INF, 0.0, 1.0], [INF, -INF, 1.0], [INF, INF, 1.0],
         [1.7e308, 1.7e308, 1.0], [-1.7e308, -1.7e308, 0.0], [0.0, 0.0, 0.0], [0.0, -3.0, 2.0], [1000.0, -1000.0, 0.0]]


def kind(x):
    if math.isnan(x):
        return "n"
    if math.isinf(x):
        return "i" if x > 0 else "j"
    if x == 0:
        return "0" if math.copysign(1, x) > 0 else "o"
    return "+" if x > 0 else "-"


def answers(name, attrs, inputs):
    """Classes of the result and of each input's gradient."""
    tensors = [t.clone().requires_grad_() for t in inputs]
    function = OPS.get(name) or (lambda x, a: getattr(torch, name)(*x))
    y = function(tensors, attrs)
    y.sum().backward()
    return ["".join(kind(v) for v in t.flatten().tolist()) for t in
            [y] + [torch.zeros_like(t) if t.grad is None else t.grad for t in tensors]]


def joined(name, attrs, cases):
    return ["".join(parts) for parts in zip(*(answers(name, attrs, c) for c in cases))]


def main():
    print("/*\n * stability.def: torch's classes of results on special values; written by\n"
          " * scripts/oracle.sh run scripts/oracle/stability.py (torch "
          + torch.__version__.split("+")[0] + ").\n *\n"
          " * ONE(operator, forward, gradient, in float64; the same in float32)\n"
          " * TWO(operator, forward, gradients of both, in float64)\n"
          " * ROWS(operator, attribute or \"\", forward, gradient, in float64)\n */")
    for name in ONE:
        parts = []
        for dtype in (torch.float64, torch.float32):
            parts += joined(name, {}, [[torch.tensor([v], dtype=dtype)] for v in specials(dtype)])
        print(f"ONE({name}, " + ",\n    ".join(f'"{p}"' for p in parts) + ")")
    for name in TWO:
        cases = [[torch.tensor([v], dtype=torch.float64) for v in (a, b)] for a in PAIR for b in PAIR]
        print(f"TWO({name},\n    " + ",\n    ".join(f'"{p}"' for p in joined(name, {}, cases)) + ")")
    for name, attribute in ROWS:
        attrs = {attribute: 0, "keepdim": False} if attribute else {}
        cases = [[torch.tensor(line, dtype=torch.float64)] for line in LINES]
        try:
            parts = joined(name, attrs, cases)
        except TypeError:
            parts = [
                "".join(p) for p in zip(*(answers_of(name, c[0]) for c in cases))]
        print(f'ROWS({name}, "{attribute or ""}",\n    ' + ",\n    ".join(f'"{p}"' for p in parts) + ")")


def answers_of(name, x):
    x = x.clone().requires_grad_()
    y = getattr(torch, name)(x, 0)
    y.sum().backward()
    return ["".join(kind(v) for v in t.flatten().tolist()) for t in (y, x.grad)]


def agreed(texts):
    return "".join(c[0] if len(set(c)) == 1 else "?" for c in zip(*texts))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main()
    else:
        print(agreed([subprocess.run([sys.executable, __file__, "once"], check=True, capture_output=True, text=True,
                                     env={**os.environ, "ATEN_CPU_CAPABILITY": c}).stdout
                      for c in CAPABILITIES]), end="")
