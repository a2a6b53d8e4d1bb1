"""Random calls of the operators that the other modules name only once, see _autograd_network."""

import itertools
import math

import torch
import torch.nn.functional as F

from . import _autograd_basic as basic
from ._autograd_basic import broadcast_call, define, dim_of, index, near, nested, shape
from ._autograd_network import CALLS, OPS, REFUSED, batch


def signed(rng, d, dims):
    """The same dimension, sometimes counted from the end."""
    return d - dims if rng.random() < 0.3 else d


def three(rng):
    x = shape(rng)

    def other():
        return [s if rng.random() < 0.7 else 1 for s in x][rng.randint(0, len(x)):]
    return [x, other(), other()]


def chosen(name, **choices):
    """One operand of any shape; each attribute sometimes left out."""
    def call(rng):
        attrs = {k: rng.choice(v) for k, v in choices.items()}
        return [shape(rng)], attrs if rng.random() < 0.7 else {}, near(name)
    return call


def always(name, **choices):
    def call(rng):
        return [shape(rng)], {k: rng.choice(v) for k, v in choices.items()}, near(name)
    return call


def elementwise():
    for name in ("fmod", "remainder"):
        CALLS[name] = lambda rng: (broadcast_call("div")(rng)[0], {}, {"low": 0.3, "high": 5.0})
    for name in ("add", "sub"):
        OPS[name] = lambda x, a, f=name: getattr(torch, f)(*x, alpha=a.get("alpha", 1))
        CALLS[name] = lambda rng: (broadcast_call("add")(rng)[0], rng.choice(
            ({}, {"alpha": 2.0}, {"alpha": -0.3})), {})
    define("lerp", lambda x, a: torch.lerp(*x), lambda rng: (three(rng), {}, {}))
    define("lerp_scalar", lambda x, a: torch.lerp(*x, a["weight"]), lambda rng: (
        broadcast_call("add")(rng)[0], {"weight": rng.choice((0.3, 0.5, 0.7, 1.5, -0.2))}, {}))
    define("addcmul", lambda x, a: torch.addcmul(*x, **a), lambda rng: (
        three(rng), {"value": rng.choice((1.0, 0.5, -2.0, 0.3))}, {}))
    define("addcdiv", lambda x, a: torch.addcdiv(*x, **a), lambda rng: (
        three(rng), {"value": rng.choice((1.0, 0.5, -2.0, 0.3))}, {"low": 0.3, "high": 2.0}))
    for name in "add sub mul div rsub rdiv fmod remainder".split():
        CALLS[f"{name}_scalar"] = always(f"{name}_scalar", value=(0.5, 1.5, -2.0, 3, -0.3, 7))
    CALLS["pow_scalar"] = always("pow", value=(0, 1, 2, 3, -1, -2, 0.5, 2.5, -0.5, 4, 1.7, -3))
    define("nan_to_num", lambda x, a: torch.nan_to_num(
        x[0], a.get("nan", 0.0), a.get("posinf"), a.get("neginf")),
           chosen("nan_to_num", nan=(1.5,), posinf=(9.0,), neginf=(-3.0,)))
    CALLS["threshold"] = always("threshold", threshold=(0.0, 0.5), value=(0.0, -1.0, 20.0))
    CALLS["clamp"] = lambda rng: ([shape(rng)], rng.choice((
        {"min": -0.5}, {"max": 0.5}, {"min": -0.5, "max": 0.7}, {"min": 1.0, "max": -1.0})), {})
    define("clamp_min", lambda x, a: x[0].clamp_min(a["min"]), always("clamp_min", min=(0.25,)))
    define("clamp_max", lambda x, a: x[0].clamp_max(a["max"]), always("clamp_max", max=(0.25,)))
    for name in ("elu", "celu"):
        CALLS[name] = chosen(name, alpha=(1.0, 0.5, 2.0))
    CALLS["leaky_relu"] = chosen("leaky_relu", negative_slope=(0.01, 0.125, -0.2))
    CALLS["softplus"] = chosen("softplus", beta=(1.0, 2.0, 0.5), threshold=(20.0, 0.5))
    CALLS["hardtanh"] = chosen("hardtanh", min=(-1.0, -0.3), max=(1.0, 0.5))
    OPS["gelu"] = lambda x, a: F.gelu(x[0], **a)
    CALLS["gelu"] = chosen("gelu", approximate=("none", "tanh"))
    for name in ("hardshrink", "softshrink"):
        OPS[name] = lambda x, a, f=name: getattr(F, f)(x[0], **a)
        CALLS[name] = chosen(name, lambd=(0.5, 0.1))
    CALLS["prelu"] = lambda rng: (lambda x: (
        [x, [1] if len(x) < 2 or rng.random() < 0.4 else [x[1]]], {}, {}))(shape(rng, 1))


def norm(x, a):
    p = float(a["p"])
    return torch.norm(x[0], p, a["dim"], a["keepdim"]) if "dim" in a else torch.norm(x[0], p)


def norm_call(rng):
    x = shape(rng, 1)
    attrs = {"p": rng.choice((0.5, 1.0, 1.5, 2.0, 3.0, 2.5, "inf", "-inf"))}
    if rng.random() < 0.5:
        dims = rng.sample(range(len(x)), rng.randint(1, len(x)))
        attrs.update(dim=[signed(rng, d, len(x)) for d in dims], keepdim=rng.random() < 0.5)
    return [x], attrs, {"order": "dim" not in attrs}


def kth_call(rng):
    x = shape(rng, 1)
    d = dim_of(rng, x)
    return [x], {"k": rng.randint(1, x[d]), "dim": d, "keepdim": rng.random() < 0.5}, {}


def reductions():
    for name in ("var", "std"):
        CALLS[name] = lambda rng: ([[s + 1 for s in shape(rng, 1)]],
                                   {"unbiased": rng.random() < 0.5}, {})
    OPS["median_dim"] = lambda x, a: x[0].median(a["dim"], a.get("keepdim", False))[0]
    CALLS["median_dim"] = basic.along("median_dim", keepdim=(True, False))
    OPS["kthvalue"] = lambda x, a: x[0].kthvalue(a["k"], a["dim"], a.get("keepdim", False))[0]
    CALLS["kthvalue"] = kth_call
    define("mode", lambda x, a: x[0].mode(a["dim"], a["keepdim"])[0],
           basic.along("mode", keepdim=(True, False)))
    OPS["norm"] = norm
    CALLS["norm"] = norm_call
    OPS["sort_values"] = lambda x, a: x[0].sort(dim=a["dim"], descending=a["descending"],
                                                stable=True)[0]
    CALLS["sort_values"] = basic.sort_call("sort")
    OPS["topk_values"] = lambda x, a: x[0].topk(a["k"], a["dim"], a.get("largest", True))[0]
    CALLS["topk_values"] = basic.sort_call("topk")
    CALLS["trace"] = lambda rng: ([shape(rng, 2, 2)], {}, {})


def reshape_call(rng):
    x = shape(rng)
    rest, out = math.prod(x), []
    for p in (2, 3, 2):
        if rest % p == 0 and rng.random() < 0.7:
            out.append(p)
            rest //= p
    out.append(rest)
    rng.shuffle(out)
    if rng.random() < 0.4:
        out[rng.randrange(len(out))] = -1
    return [x], {"shape": out}, {}


def expand_call(rng):
    x = [s if rng.random() < 0.5 else 1 for s in shape(rng)]
    tail = [rng.randint(1, 3) if s == 1 else rng.choice((s, -1)) for s in x]
    return [x], {"shape": [rng.randint(1, 3) for _ in range(rng.randint(0, 2))] + tail}, {}


def roll_call(rng):
    x = shape(rng, 1)
    dims = rng.sample(range(len(x)), rng.randint(1, len(x)))
    return [x], {"shifts": [rng.randint(-5, 5) for _ in dims],
                 "dims": [signed(rng, d, len(x)) for d in dims]}, {}


def parts_call(rng, size=None):
    """Along one dimension: x, the dimension, how many parts of size."""
    x = shape(rng, 1, size=6)
    d = dim_of(rng, x)
    part = rng.randint(1, x[d])
    return ([x], {"dim": d}, {"outs": x[d]}) if size is None else \
        ([x], {"size": part, "dim": d}, {"outs": -(-x[d] // part)})


def narrow_call(rng):
    x = shape(rng, 1, size=6)
    d = dim_of(rng, x)
    start = rng.randrange(x[d])
    return [x], {"dim": d, "start": start, "length": rng.randint(1, x[d] - start)}, {}


def slice_call(rng):
    x = shape(rng, 1, size=6)
    return [x], {"dim": dim_of(rng, x), "start": rng.randint(-6, 6), "end": rng.randint(-6, 9),
                 "step": rng.randint(1, 3)}, {}


def diagonal_call(rng):
    x = shape(rng, 2)
    a, b = rng.sample(range(len(x)), 2)
    return [x], rng.choice(({}, {"offset": rng.randint(-2, 2)}, {
        "offset": rng.randint(-1, 1), "dim1": signed(rng, a, len(x)), "dim2": b})), {}


def flatten_call(rng):
    x = shape(rng, 1)
    start = rng.randrange(len(x))
    end = rng.randint(start, len(x) - 1)
    return [x], rng.choice(({}, {"start_dim": signed(rng, start, len(x)), "end_dim": end})), {}


def shapes():
    CALLS["reshape"] = reshape_call
    define("view", lambda x, a: x[0].view(a["shape"]), reshape_call)
    CALLS["expand"] = expand_call
    OPS["flatten"] = lambda x, a: x[0].flatten(a.get("start_dim", 0), a.get("end_dim", -1))
    CALLS["flatten"] = flatten_call
    OPS["squeeze"] = lambda x, a: x[0].squeeze(*a.values())
    CALLS["squeeze"] = lambda rng: (lambda x: (
        [x], {"dim": dim_of(rng, x)} if rng.random() < 0.6 else {}, {}))(
            [s if rng.random() < 0.5 else 1 for s in shape(rng)])
    define("t", lambda x, a: x[0].t(), lambda rng: ([shape(rng, 0, 2)], {}, {}))
    OPS["roll"] = lambda x, a: x[0].roll(a["shifts"], a["dims"])
    CALLS["roll"] = roll_call
    define("tile", lambda x, a: x[0].tile(a["repeats"]), lambda rng: (lambda x: (
        [x], {"repeats": [rng.randint(1, 3) for _ in range(rng.randint(1, len(x) + 1))]},
        {}))(shape(rng)))
    define("contiguous", lambda x, a: x[0].contiguous(), lambda rng: ([shape(rng)], {}, {}))
    CALLS["chunk2"] = lambda rng: (lambda x: ([x], {"dim": dim_of(rng, x)}, {"outs": 2}))(
        [s + 1 for s in shape(rng, 1)])
    define("split", lambda x, a: x[0].split(a["size"], a["dim"]),
           lambda rng: parts_call(rng, True))
    CALLS["unbind"] = parts_call
    CALLS["narrow"] = narrow_call
    define("slice", lambda x, a: torch.ops.aten.slice(
        x[0], a["dim"], a["start"], a["end"], a["step"]), slice_call)
    OPS["diagonal"] = lambda x, a: x[0].diagonal(**a)
    CALLS["diagonal"] = diagonal_call


def scatter_call(rng):
    """No position twice: which of two wins is not defined."""
    x = shape(rng, 1)
    d = rng.randrange(len(x))
    size = [rng.randint(1, s) for s in x]
    columns = {o: rng.sample(range(x[d]), size[d]) for o in
               itertools.product(*[range(s) for i, s in enumerate(size) if i != d])}

    def fill(at):
        if len(at) == len(size):
            return columns[tuple(p for i, p in enumerate(at) if i != d)][at[d]]
        return [fill(at + [k]) for k in range(size[len(at)])]
    return [x, size], {"dim": d, "index": fill([])}, {}


def mask_of(rng, x):
    return nested(rng, [s if rng.random() < 0.7 else 1 for s in x][rng.randint(0, len(x)):], 0, 1)


def truth(a):
    return torch.tensor(a["mask"], dtype=torch.bool)


def indexing():
    define("scatter", lambda x, a: x[0].scatter(a["dim"], index(a), x[1]), scatter_call)
    CALLS["index_rows"] = lambda rng: (lambda x: (
        [x], {"index": nested(rng, shape(rng, 1, 2), -x[0], x[0] - 1)}, {}))(shape(rng, 1))
    define("take", lambda x, a: x[0].take(index(a)), lambda rng: (lambda x: (
        [x], {"index": nested(rng, shape(rng, 0, 2), -math.prod(x), math.prod(x) - 1)},
        {}))(shape(rng)))
    CALLS["masked_fill_gt0"] = always("masked_fill_gt0", value=(-7.0, 0.0, 2.5))
    define("masked_fill", lambda x, a: x[0].masked_fill(truth(a), a["value"]),
           lambda rng: (lambda x: ([x], {"mask": mask_of(rng, x), "value": -7.0}, {}))(
               shape(rng, 1)))
    define("where", lambda x, a: torch.where(truth(a), *x), lambda rng: (lambda both: (
        both, {"mask": mask_of(rng, max(both, key=len))}, {}))(broadcast_call("add")(rng)[0]))
    define("where_gt0", lambda x, a: torch.where(x[0] > 0, x[1], x[2]),
           lambda rng: (three(rng), {}, {}))


def products():
    def sizes(count, form):
        def call(rng):
            n = [rng.randint(1, 5) for _ in range(count)]
            return [[n[i] for i in term] for term in form], {}, {}
        return call
    CALLS["mm"] = sizes(3, ((0, 1), (1, 2)))
    CALLS["bmm"] = sizes(4, ((0, 1, 2), (0, 2, 3)))
    CALLS["mv"] = sizes(2, ((0, 1), (1,)))
    CALLS["dot"] = sizes(1, ((0,), (0,)))
    CALLS["outer"] = sizes(2, ((0,), (1,)))
    CALLS["linear"] = lambda rng: (lambda k, m: (
        [shape(rng, 0, 3) + [k], [m, k]] + [[m]] * rng.randint(0, 1), {}, {}))(
            rng.randint(1, 5), rng.randint(1, 5))


def normalised(x, a, train):
    mean, var = (None, None) if train else (torch.tensor(a[k], dtype=x[0].dtype)
                                            for k in ("mean", "var"))
    return F.batch_norm(x[0], mean, var, *(x[1:] + [None, None])[:2], train, 0.1,
                        a.get("eps", 1e-5))


def norm_layer_call(train):
    def call(rng):
        x = batch(rng, 0, 3)
        attrs = {"eps": rng.choice((1e-5, 0.01))}
        if not train:
            attrs["mean"] = [round(rng.uniform(-1, 1), 3) for _ in range(x[1])]
            attrs["var"] = [round(rng.uniform(0.2, 2), 3) for _ in range(x[1])]
        return [x] + [[x[1]]] * rng.randint(0, 2), attrs, {}
    return call


elementwise()
reductions()
shapes()
indexing()
products()
define("batch_norm_train", lambda x, a: normalised(x, a, True), norm_layer_call(True))
define("batch_norm_eval", lambda x, a: normalised(x, a, False), norm_layer_call(False))


REFUSED += [
    ("gather", [[2, 3]], {"dim": 0, "index": [[2, 0, 1]]}),
    ("gather", [[2, 3]], {"dim": 0, "index": [[-1, 0, 1]]}),
    ("gather", [[2, 3]], {"dim": 0, "index": [[0, 0, 0, 0]]}),
    ("gather", [[2, 3]], {"dim": 0, "index": [1, 1]}),
    ("scatter_add", [[2, 3], [1, 3]], {"dim": 0, "index": [[2, 0, 1]]}),
    ("scatter_add", [[2, 3], [1, 3]], {"dim": 0, "index": [[0, 0, 0], [0, 0, 0]]}),
    ("scatter_add", [[2, 3], [1, 3]], {"dim": 0, "index": [0, 0, 0]}),
    ("index_select", [[2, 3]], {"dim": 0, "index": [2]}),
    ("index_rows", [[2, 3]], {"index": [-3]}), ("index_rows", [[2, 3]], {"index": [2]}),
    ("embedding", [[2, 3]], {"index": [2]}), ("take", [[3]], {"index": [3]}),
    ("take", [[3]], {"index": [-4]}),
    ("mm", [[2, 3], [3]], {}), ("mm", [[3], [2, 3]], {}), ("bmm", [[2, 3, 1], [2, 3]], {}),
    ("mv", [[2, 3], [2, 3]], {}), ("mv", [[2, 3], [2]], {}), ("dot", [[2, 2], [3]], {}),
    ("outer", [[2, 2], [2]], {}), ("addmm", [[3], [2, 2], [2, 2]], {"beta": 1.0, "alpha": 1.0}),
    ("addmm", [[2, 2], [2, 2], [2]], {"beta": 1.0, "alpha": 1.0}),
    ("linear", [[2, 3], [4, 3], [5]], {}), ("linear", [[3], [4, 3], [5]], {}),
    ("select", [[2, 3]], {"dim": 0, "index": 2}), ("select", [[]], {"dim": 0, "index": 0}),
    ("expand", [[2, 3]], {"shape": [2, 2]}), ("expand", [[2, 3]], {"shape": [-1, 2, 3]}),
    ("cat", [[2, 3], [2, 2]], {"dim": 0}), ("cat", [[2, 3], [2]], {"dim": 0}),
    ("stack", [[2, 3], [2]], {"dim": 0}), ("roll", [[]], {"shifts": [1], "dims": [0]}),
    ("prelu", [[2, 3], [2]], {}), ("gelu", [[2]], {"approximate": "x"}),
    ("split", [[3, 2]], {"size": -1, "dim": 1}), ("split", [[3, 2]], {"size": 0, "dim": 0}),
    ("gru_cell", [[2, 3], [1, 4], [12, 3], [12, 4]], {}),
    ("gru_cell", [[2, 3], [2, 5], [12, 3], [12, 4]], {}),
    ("lstm_cell", [[2, 3], [2, 4], [2, 5], [16, 3], [16, 4]], {}, {"outs": 2}),
    ("lstm_cell", [[2, 3], [2, 4], [1, 4], [16, 3], [16, 4]], {}, {"outs": 2}),
]


# --- what random calls do not reach ---


def long_sums(rng):
    """(shapes, attributes, options) of sums whose every bit is torch's."""
    exact = {"kind": "exact"}
    return [([[n]], {}, {"compare": {"f32": exact, "f64": exact}})
            for n in (5, 7, 9, 15, 33, 64, 100, rng.randint(500, 3000))]


TIES = ("median_dim", "mode", "kthvalue", "topk_values", "topk", "sort_values", "cummax", "cummin",
        "max_dim", "min_dim", "amax", "amin", "maximum", "minimum")


def tie_call(name, rng):
    """Few different values, so that many are equal; long enough for every branch."""
    n = rng.choice((4, 7, 13, 20, 40, 150))
    options = {"dim": 0, "keepdim": False}
    attrs = {"kthvalue": {"k": rng.randint(1, n), **options},
             "topk": {"k": rng.randint(1, max(1, n // 3)), "dim": 0, "largest": True},
             "topk_values": {"k": rng.choice((1, 2)), "dim": 0, "largest": False},
             "sort_values": {"dim": 0, "descending": True}, "cummax": {"dim": 0},
             "cummin": {"dim": 0}, "maximum": {}, "minimum": {}}.get(name, options)
    data = {k: [rng.choice((-1.0, 0.0, -0.0, 0.5, 2.0)) for _ in range(n)] for k in range(2)}
    shapes_of = [[n]] * (2 if name in ("maximum", "minimum") else 1)
    return shapes_of, attrs, {"data": data}


KINKS = [("relu", {}), ("relu6", {}), ("leaky_relu", {"negative_slope": 0.1}), ("hardshrink", {}),
         ("softshrink", {}), ("hardtanh", {}), ("threshold", {"threshold": 0.5, "value": -1.0}),
         ("celu", {"alpha": 1.0}), ("elu", {"alpha": 0.5}), ("clamp", {"min": 0.0})]

# The edges of special functions, and a clamp whose ends are exchanged.
EDGES = [("clamp", {"min": 2.0, "max": 1.0}), ("sinc", {}), ("erfinv", {}), ("logit", {})]
EDGE_DATA = [0.0, -0.0, 1e-320, -1e-300, 1e-170, 1e-8, -1e-8, 0.5, -0.7, 0.71, 0.999999, 1.0, -1.0,
             3.0, math.inf, math.nan]

OPTIONS = {
    "SGD": {"momentum": (0, 0.9), "dampening": (0, 0.1), "weight_decay": (0, 0.1),
            "maximize": (False, True)},
    "Adam": {"betas": ([0.8, 0.95], [0.4, 0.6]), "eps": (1e-8, 1e-6), "weight_decay": (0, 0.1),
             "amsgrad": (False, True), "maximize": (False, True)},
    "Adagrad": {"lr_decay": (0, 0.01), "weight_decay": (0, 0.1), "eps": (1e-10, 1e-6),
                "initial_accumulator_value": (0, 0.1)},
    "RMSprop": {"alpha": (0.99, 0.9), "weight_decay": (0, 0.1), "momentum": (0, 0.9),
                "centered": (False, True), "maximize": (False, True)},
    "Adadelta": {"rho": (0.9, 0.95), "eps": (1e-6, 1e-4), "weight_decay": (0, 0.1)},
    "Adamax": {"betas": ([0.9, 0.999], [0.8, 0.95]), "weight_decay": (0, 0.1)},
    "NAdam": {"momentum_decay": (0.004, 0.01), "weight_decay": (0, 0.1),
              "decoupled_weight_decay": (False, True)},
    "ASGD": {"lambd": (1e-4, 0.01), "alpha": (0.75, 0.5), "t0": (1e6, 2.0)},
    "Rprop": {"etas": ([0.5, 1.2], [0.4, 1.5]), "step_sizes": ([1e-6, 50], [1e-3, 0.05])},
}
OPTIONS["AdamW"] = OPTIONS["Adam"]
OPTIONS["RAdam"] = {**OPTIONS["Adamax"], "decoupled_weight_decay": (False, True)}


def optimizer_options(name, rng):
    chance = {k: rng.choice(v) for k, v in OPTIONS[name].items() if rng.random() < 0.7}
    return {"lr": rng.choice((0.1, 0.01)), **chance}
