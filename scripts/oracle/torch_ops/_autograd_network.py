"""Operators of networks in torch's own words, and random calls of them.

CALLS[name](rng) gives (shapes of inputs, attributes, options): options may hold `outs`
(number of outputs), `low` and `high` (range of the data), `grads` (which inputs want a
gradient), `order` False (torch composes the operator of other nodes).
"""

import torch
import torch.nn.functional as F

OPS = {}
CALLS = {}


def optional(attrs, *names):
    return {n: attrs[n] for n in names if n in attrs}


def bias_of(x):
    return x[2] if len(x) > 2 else None


def convolve(name, spatial):
    def apply(x, a):
        rest = optional(a, "stride", "dilation", "groups", "output_padding")
        padding = a.get("padding", 0)
        if isinstance(padding, list) and len(padding) == 2 * spatial > 1:
            pads = []
            for low, high in reversed(list(zip(padding[:spatial], padding[spatial:]))):
                pads += [low, high]
            return getattr(F, name)(F.pad(x[0], pads), x[1], bias_of(x), **rest)
        return getattr(F, name)(x[0], x[1], bias_of(x), padding=padding, **rest)
    return apply


def conv_call(spatial, transposed):
    def call(rng):
        groups = rng.choice((1, 1, 2, 3))
        cin, cout = groups * rng.randint(1, 3), groups * rng.randint(1, 3)
        kernel = [rng.randint(1, 3) for _ in range(spatial)]
        dilation = [rng.choice((1, 1, 2)) for _ in range(spatial)]
        stride = [rng.randint(1, 3) for _ in range(spatial)]
        padding = [rng.randint(0, 2) for _ in range(spatial)]
        size = [rng.randint(3, 7) if spatial < 3 else rng.randint(3, 4) for _ in range(spatial)]
        attrs = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        if transposed:
            attrs["output_padding"] = [rng.randrange(max(s, d)) for s, d in zip(stride, dilation)]
            size = [s if (s - 1) * st - 2 * p + d * (k - 1) + o >= 0 else s + 5
                    for s, st, p, d, k, o in zip(size, stride, padding, dilation, kernel,
                                                 attrs["output_padding"])]
            weight = [cin, cout // groups] + kernel
        else:
            size = [max(s, d * (k - 1) + 1 - 2 * p)
                    for s, d, k, p in zip(size, dilation, kernel, padding)]
            weight = [cout, cin // groups] + kernel
        if rng.random() < 0.3:
            attrs = {k: v[0] if isinstance(v, list) and len(set(v)) == 1 else v
                     for k, v in attrs.items()}
        batch = [] if rng.random() < 0.2 else [rng.randint(1, 3)]
        shapes = [batch + [cin] + size, weight] + ([[cout]] if rng.random() < 0.7 else [])
        return shapes, attrs, {}
    return call


for n in (1, 2, 3):
    OPS[f"conv{n}d"] = convolve(f"conv{n}d", n)
    OPS[f"conv_transpose{n}d"] = convolve(f"conv_transpose{n}d", n)
    CALLS[f"conv{n}d"] = conv_call(n, False)
    CALLS[f"conv_transpose{n}d"] = conv_call(n, True)


def pool(name):
    def apply(x, a):
        rest = optional(a, "stride", "padding", "dilation", "ceil_mode", "count_include_pad",
                        "divisor_override")
        return getattr(F, name)(x[0], a["kernel"], **rest)
    return apply


def pool_call(spatial, average):
    def call(rng):
        kernel = [rng.randint(1, 3) for _ in range(spatial)]
        dilation = [1 if average else rng.choice((1, 1, 2)) for _ in range(spatial)]
        attrs = {"kernel": kernel, "padding": [rng.randint(0, k // 2) for k in kernel],
                 "ceil_mode": rng.random() < 0.5}
        if rng.random() < 0.8:
            attrs["stride"] = [rng.randint(1, 3) for _ in range(spatial)]
        if average:
            attrs["count_include_pad"] = rng.random() < 0.5
            if spatial > 1 and rng.random() < 0.3:
                attrs["divisor_override"] = rng.randint(1, 5)
        else:
            attrs["dilation"] = dilation
        size = [max(rng.randint(2, 7), d * (k - 1) + 1) for k, d in zip(kernel, dilation)]
        batch = [] if rng.random() < 0.2 else [rng.randint(1, 3)]
        return [batch + [rng.randint(1, 3)] + size], attrs, {}
    return call


def adaptive_call(spatial):
    def call(rng):
        size = [rng.randint(1, 7) for _ in range(spatial)]
        batch = [] if rng.random() < 0.2 else [rng.randint(1, 3)]
        return [batch + [rng.randint(1, 3)] + size], \
            {"output_size": [rng.randint(1, 5) for _ in range(spatial)]}, {}
    return call


def lp_call(spatial):
    def call(rng):
        attrs = {"norm_type": rng.choice((1.0, 2.0, 3.0)),
                 "kernel": rng.randint(1, 3), "ceil_mode": rng.random() < 0.5}
        if spatial == 2:
            attrs["kernel"] = [attrs["kernel"], rng.randint(1, 3)]
        return [[2, 2] + [rng.randint(3, 6) for _ in range(spatial)]], attrs, \
            {"low": 0.1, "high": 2.0, "order": False}
    return call


for n in (1, 2, 3):
    for kind in ("max", "avg"):
        OPS[f"{kind}_pool{n}d"] = pool(f"{kind}_pool{n}d")
        CALLS[f"{kind}_pool{n}d"] = pool_call(n, kind == "avg")
        OPS[f"adaptive_{kind}_pool{n}d"] = \
            lambda x, a, f=f"adaptive_{kind}_pool{n}d": getattr(F, f)(x[0], a["output_size"])
        CALLS[f"adaptive_{kind}_pool{n}d"] = adaptive_call(n)
for n in (1, 2):
    OPS[f"lp_pool{n}d"] = lambda x, a, f=f"lp_pool{n}d": getattr(F, f)(
        x[0], a["norm_type"], a["kernel"], a.get("stride"), a["ceil_mode"])
    CALLS[f"lp_pool{n}d"] = lp_call(n)

# Calls that torch refuses: operator, shapes, attributes.
REFUSED = [
    ("conv2d", [[1, 2, 5, 5], [4, 3, 3, 3]], {}), ("conv2d", [[5, 5], [4, 3, 3, 3]], {}),
    ("conv2d", [[1, 3, 2, 2], [4, 3, 3, 3]], {}),
    ("conv2d", [[1, 3, 5, 5], [4, 3, 3, 3]], {"stride": 0}),
    ("conv2d", [[1, 3, 5, 5], [4, 3, 3, 3]], {"padding": -1}),
    ("conv2d", [[1, 3, 5, 5], [4, 3, 3, 3]], {"dilation": 0}),
    ("conv2d", [[1, 4, 5, 5], [3, 2, 3, 3]], {"groups": 2}),
    ("conv2d", [[1, 4, 5, 5], [3, 2, 3, 3]], {"groups": 0}),
    ("conv2d", [[1, 3, 5, 5], [4, 3, 3, 3], [3]], {}),
    ("conv_transpose2d", [[1, 2, 5, 5], [4, 3, 3, 3]], {}),
    ("conv_transpose2d", [[1, 4, 5, 5], [4, 3, 3, 3]], {"output_padding": 1}),
    ("conv_transpose2d", [[1, 4, 5, 5], [4, 3, 3, 3]], {"padding": 10}),
    ("max_pool2d", [[2, 3, 7, 7]], {"kernel": 3, "padding": 2}),
    ("max_pool2d", [[2, 3, 2, 2]], {"kernel": 3}),
    ("max_pool2d", [[2, 3, 5, 5]], {"kernel": 2, "stride": 0}),
    ("max_pool1d", [[2, 3, 7]], {"kernel": 3, "padding": 2}),
    ("max_pool1d", [[2, 3, 2]], {"kernel": 3}),
    ("avg_pool2d", [[2, 3, 7, 7]], {"kernel": 3, "divisor_override": 0}),
    ("adaptive_avg_pool2d", [[2, 3, 7, 7]], {"output_size": -1}),
]
