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


def batch(rng, least, most):
    return [rng.randint(2, 4), rng.randint(1, 4)] + \
        [rng.randint(1, 4) for _ in range(rng.randint(least, most))]


def batch_norm_call(rng):
    x = batch(rng, 0, 3)
    c = [x[1]]
    shapes = [x, c, c] + ([c] if rng.random() < 0.7 else [])
    shapes += [c] if len(shapes) == 4 and rng.random() < 0.8 else []
    return shapes, {"training": rng.random() < 0.5, "eps": 0.01}, \
        {"grads": [0, 3, 4], "low": 0.1, "high": 2.0}


def layer_norm_call(rng):
    x = batch(rng, 0, 2)
    shape = x[-rng.randint(1, len(x)):]
    return [x] + [shape] * rng.randint(0, 2), {"normalized_shape": shape, "eps": 0.001}, {}


def group_norm_call(rng):
    x = batch(rng, 0, 2)
    groups = rng.randint(1, 3)
    x[1] *= groups
    return [x] + [[x[1]]] * rng.randint(0, 2), {"num_groups": groups, "eps": 0.001}, {}


def parameters(x):
    return (x[1] if len(x) > 1 else None, x[2] if len(x) > 2 else None)


OPS["batch_norm"] = lambda x, a: F.batch_norm(
    x[0], x[1], x[2], x[3] if len(x) > 3 else None, x[4] if len(x) > 4 else None,
    a["training"], 0.0, a["eps"])
CALLS["batch_norm"] = batch_norm_call
OPS["layer_norm"] = lambda x, a: F.layer_norm(x[0], a["normalized_shape"], *parameters(x),
                                              a.get("eps", 1e-5))
CALLS["layer_norm"] = layer_norm_call
OPS["group_norm"] = lambda x, a: F.group_norm(x[0], a["num_groups"], *parameters(x),
                                              a.get("eps", 1e-5))
CALLS["group_norm"] = group_norm_call
OPS["instance_norm"] = lambda x, a: F.instance_norm(
    x[0], weight=parameters(x)[0], bias=parameters(x)[1], eps=a.get("eps", 1e-5))
CALLS["instance_norm"] = lambda rng: (lambda x: (
    [x] + [[x[1]]] * rng.randint(0, 2), {"eps": 0.01}, {}))(batch(rng, 1, 2) + [2])
OPS["rms_norm"] = lambda x, a: F.rms_norm(x[0], a["normalized_shape"], parameters(x)[0],
                                          a.get("eps"))
CALLS["rms_norm"] = lambda rng: (lambda x: (
    [x] + [x[-1:]] * rng.randint(0, 1),
    {"normalized_shape": x[-1:], **({"eps": 0.01} if rng.random() < 0.5 else {})},
    {}))(batch(rng, 0, 2))
OPS["local_response_norm"] = lambda x, a: F.local_response_norm(x[0], **a)
CALLS["local_response_norm"] = lambda rng: (
    [batch(rng, 1, 3)], {"size": rng.randint(1, 4), "alpha": 0.1, "beta": 0.75, "k": 1.5}, {})
OPS["normalize"] = lambda x, a: F.normalize(x[0], a["p"], a["dim"], 1e-3)
CALLS["normalize"] = lambda rng: (
    [batch(rng, 0, 1)], {"p": rng.choice((1.0, 2.0, 3.0)), "dim": rng.randint(0, 1),
                         "eps": 1e-3}, {})
OPS["cosine_similarity"] = lambda x, a: F.cosine_similarity(x[0], x[1], **a)
CALLS["cosine_similarity"] = lambda rng: (
    [batch(rng, 0, 1)] * 2, {"dim": rng.randint(0, 1), "eps": rng.choice((1e-8, 1.5))}, {})


def pad_call(rng):
    mode = rng.choice(("constant", "reflect", "replicate", "circular"))
    spatial = rng.randint(1, 3)
    x = [rng.randint(1, 3)] * rng.randint(1, 2) + [rng.randint(2, 4) for _ in range(spatial)]
    low = -1 if mode == "constant" else 0
    attrs = {"pad": [rng.randint(low, x[len(x) - 1 - k // 2] - 1) for k in range(2 * spatial)],
             "mode": mode}
    if mode == "constant" and rng.random() < 0.5:
        attrs["value"] = 2.5
    return [x], attrs, {"order": mode != "circular"}


def interpolate_call(rng):
    spatial = rng.randint(1, 3)
    mode = rng.choice(("nearest", "nearest-exact", ("linear", "bilinear", "trilinear")[spatial - 1],
                       ("linear", "bilinear", "trilinear")[spatial - 1], "area") +
                      (("bicubic",) * 2 if spatial == 2 else ()))
    x = [1, 2] + [rng.randint(1, 5) for _ in range(spatial)]
    if rng.random() < 0.5:
        attrs = {"size": [rng.randint(1, 8) for _ in range(spatial)], "mode": mode}
    else:
        # torch's own gradients of nearest and cubic are wrong where a length stays with another scale.
        scales = (1.0, 2.0, 3.0) if mode in ("nearest", "bicubic") else (1.0, 1.3, 2.0, 2.6, 3.0)
        attrs = {"scale_factor": [rng.choice(scales) for _ in range(spatial)], "mode": mode}
    if mode.endswith("linear") or mode == "bicubic":
        attrs["align_corners"] = rng.random() < 0.5
    return [x], attrs, {"order": mode != "area"}


OPS["pad"] = lambda x, a: F.pad(x[0], a["pad"], a.get("mode", "constant"), a.get("value"))
CALLS["pad"] = pad_call
OPS["interpolate"] = lambda x, a: F.interpolate(x[0], **a)
CALLS["interpolate"] = interpolate_call

REFUSED += [
    ("batch_norm", [[1, 3], [3], [3]], {"training": True, "eps": 1e-5}),
    ("layer_norm", [[2, 3, 4], [3]], {"normalized_shape": [3]}),
    ("layer_norm", [[2, 3, 4], [3]], {"normalized_shape": [4]}),
    ("group_norm", [[2, 5, 4]], {"num_groups": 3}),
    ("group_norm", [[2, 6, 4], [5]], {"num_groups": 3}),
    ("instance_norm", [[2, 3, 1]], {}),
    ("pad", [[2, 3, 5]], {"pad": [5, 2], "mode": "reflect"}),
    ("pad", [[2, 3, 5]], {"pad": [6, 2], "mode": "circular"}),
    ("pad", [[2, 3]], {"pad": [1, 2, 1, 1, 1, 1]}),
    ("pad", [[2, 3]], {"pad": [-2, -2]}), ("pad", [[2, 3]], {"pad": [1]}),
    ("pad", [[2, 3]], {"pad": [1, 1], "mode": "x"}),
    ("interpolate", [[2, 3, 4]], {"size": [7], "mode": "nearest", "align_corners": True}),
]


# --- losses ---


def reduction(rng):
    return {"reduction": rng.choice(("none", "mean", "sum"))}


def pair_call(low=-2.0, high=2.0, weights=0, broadcast=False, target=True, **choices):
    """Two operands of one shape, up to `weights` constant ones, options by name."""
    def call(rng):
        x = [rng.randint(1, 4) for _ in range(rng.randint(1, 3))]
        other = [1 if broadcast and rng.random() < 0.2 else s for s in x]
        shapes = [x, other] + [x[-1:]] * rng.randint(0, weights)
        attrs = {k: rng.choice(v) for k, v in choices.items()}
        return shapes, {**reduction(rng), **attrs}, \
            {"low": low, "high": high, "grads": [0, 1] if target else [0]}
    return call


def classes_call(cross):
    def call(rng):
        spatial = [rng.randint(1, 3) for _ in range(rng.choice((0, 0, 1, 2)))]
        n, c = rng.randint(1, 4), rng.randint(2, 5)
        x = [n, c] + spatial if spatial or rng.random() < 0.8 else [c]
        weighted = rng.random() < 0.5
        shapes = [x] + ([[c]] if weighted else [])
        attrs, options = reduction(rng), {"grads": [0]}
        if cross and rng.random() < 0.5:
            attrs["label_smoothing"] = rng.choice((0.1, 0.4))
        if len(x) != 2 and len(x) != 4 and not (cross and len(x) == 1):
            options["order"] = len(x) == 1
        if len(x) == 3:
            options["order"] = False
        if weighted:
            options["data"] = {1: [round(rng.uniform(0.2, 2), 3) for _ in range(c)]}
        if cross and weighted and rng.random() < 0.4:
            return shapes + [x], attrs, {**options, "grads": [0, 2]}

        def targets(shape):
            if not shape:
                return rng.randrange(c)
            return [targets(shape[1:]) for _ in range(shape[0])]
        attrs["target"] = targets([] if len(x) == 1 else [n] + spatial)
        if rng.random() < 0.3:
            attrs["ignore_index"] = 1
        return shapes, attrs, options
    return call


def nll(x, a):
    rest = optional(a, "reduction", "ignore_index")
    return F.nll_loss(x[0], torch.tensor(a["target"]), x[1] if len(x) > 1 else None, **rest)


def cross_entropy(x, a):
    rest = optional(a, "reduction", "ignore_index", "label_smoothing")
    target = x[2] if len(x) > 2 else torch.tensor(a["target"])
    return F.cross_entropy(x[0], target, x[1] if len(x) > 1 else None, **rest)


for loss in ("mse_loss", "l1_loss"):
    OPS[loss] = lambda x, a, f=loss: getattr(F, f)(x[0], x[1], **a)
    CALLS[loss] = pair_call(broadcast=True)
OPS["smooth_l1_loss"] = lambda x, a: F.smooth_l1_loss(x[0], x[1], **a)
CALLS["smooth_l1_loss"] = pair_call(broadcast=True, beta=(0.0, 0.5, 1.0, 2.0))
OPS["huber_loss"] = lambda x, a: F.huber_loss(x[0], x[1], **a)
CALLS["huber_loss"] = pair_call(broadcast=True, delta=(0.3, 1.0, 2.0))
OPS["bce"] = lambda x, a: F.binary_cross_entropy(x[0], x[1], *x[2:], **a)
CALLS["bce"] = pair_call(0.05, 0.95, 1)
OPS["bce_with_logits"] = lambda x, a: F.binary_cross_entropy_with_logits(
    x[0], x[1], x[2] if len(x) > 2 else None, pos_weight=x[3] if len(x) > 3 else None, **a)
CALLS["bce_with_logits"] = pair_call(weights=2)
OPS["soft_margin_loss"] = lambda x, a: F.soft_margin_loss(x[0], x[1], **a)
CALLS["soft_margin_loss"] = pair_call(target=False)
OPS["kl_div"] = lambda x, a: F.kl_div(x[0], x[1], **a)
CALLS["kl_div"] = pair_call(0.1, 2.0, log_target=(True, False),
                            reduction=("none", "mean", "sum", "batchmean"))
OPS["nll_loss"] = nll
CALLS["nll_loss"] = classes_call(False)
OPS["cross_entropy"] = cross_entropy
CALLS["cross_entropy"] = classes_call(True)

REFUSED += [
    ("nll_loss", [[2, 3]], {"target": [0, 3]}), ("nll_loss", [[2, 3]], {"target": [0, 1, 2]}),
    ("cross_entropy", [[2, 3]], {"target": [0, 1], "label_smoothing": 1.5}),
    ("mse_loss", [[2, 3], [2, 3]], {"reduction": "blah"}),
    ("mse_loss", [[2, 3], [2, 4]], {}), ("huber_loss", [[2], [2]], {"delta": 0.0}),
    ("smooth_l1_loss", [[2], [2]], {"beta": -1.0}), ("bce", [[2, 3], [2, 2]], {}),
    ("bce_with_logits", [[2, 3], [2, 2]], {}),
]
