"""Elementary operators with random shapes and attributes, see _autograd_network."""

import torch
import torch.nn.functional as F

from ._autograd_network import CALLS, OPS, REFUSED
from ._autograd_operators import NEAR, PLAIN


def shape(rng, least=0, most=3, size=4):
    return [rng.randint(1, size) for _ in range(rng.randint(least, most))]


def nested(rng, size, low, high):
    """Random integers in lists of that shape."""
    if not size:
        return rng.randint(low, high)
    return [nested(rng, size[1:], low, high) for _ in range(size[0])]


def index(a):
    return torch.tensor(a["index"], dtype=torch.int64)


def dim_of(rng, x):
    return rng.randint(-len(x), len(x) - 1) if x else rng.choice((0, -1))


def near(name):
    low, high = NEAR.get(name, (-2.0, 2.0))
    return {"low": low, "high": high}


def along(name, **choices):
    """An operator along one dimension."""
    def call(rng):
        x = shape(rng, 1)
        return [x], {"dim": dim_of(rng, x), **{k: rng.choice(v) for k, v in choices.items()}}, \
            near(name)
    return call


def define(name, function, call):
    OPS.setdefault(name, function)
    CALLS[name] = call


for plain in PLAIN:
    if plain != "detach":
        CALLS[plain] = lambda rng, n=plain: ([shape(rng)], {}, near(n))
for plain in ("square sign clone logsigmoid relu relu6 leaky_relu elu selu celu gelu gelu_tanh silu "
              "mish softplus softsign tanhshrink hardshrink softshrink hardtanh hardsigmoid "
              "hardswish sum mean max min median prod").split():
    CALLS[plain] = lambda rng, n=plain: ([shape(rng)], {}, near(n))


def broadcast_call(name):
    def call(rng):
        x = shape(rng)
        other = [s if rng.random() < 0.7 else 1 for s in x][rng.randint(0, len(x)):]
        return [x, other] if rng.random() < 0.5 else [other, x], {}, near(name)
    return call


for name in ("add sub mul div pow maximum minimum fmax fmin atan2 hypot logaddexp xlogy "
             "copysign").split():
    CALLS[name] = broadcast_call(name)
define("xlog1py", lambda x, a: torch.special.xlog1py(*x),
       lambda rng: (*broadcast_call("div")(rng)[:2], {"low": -0.5, "high": 2.0}))
define("logaddexp2", lambda x, a: torch.logaddexp2(*x), broadcast_call("logaddexp"))
define("logit", lambda x, a: torch.logit(x[0], a.get("eps")), lambda rng: (
    [shape(rng)], {"eps": 0.2} if rng.random() < 0.5 else {}, {"low": 0.05, "high": 0.95}))
define("glu", lambda x, a: F.glu(x[0], a["dim"]), lambda rng: (lambda x, d: (
    [x[:d] + [2 * x[d]] + x[d + 1:]], {"dim": d}, {}))(shape(rng, 1), 0))
define("softmin", lambda x, a: F.softmin(x[0], a["dim"]), along("softmin"))
for name in ("softmax", "log_softmax", "cumsum", "cumprod", "cummax", "cummin"):
    CALLS[name] = along(name)
define("logcumsumexp", lambda x, a: torch.logcumsumexp(x[0], a["dim"]), along("logcumsumexp"))


def reduce_call(name, many=True):
    def call(rng):
        x = shape(rng, 1)
        dims = rng.sample(range(len(x)), rng.randint(1, len(x))) if many else [0]
        dims = [d - len(x) if rng.random() < 0.3 else d for d in dims]
        attrs = {"dim": dims if many else dim_of(rng, x), "keepdim": rng.random() < 0.5}
        if name in ("var_dim", "std_dim"):
            attrs["unbiased"] = rng.random() < 0.5
            x = [s + 1 for s in x]
        return [x], attrs, near(name)
    return call


for name in ("sum_dim", "mean_dim", "var_dim", "std_dim", "amax", "amin", "logsumexp"):
    CALLS[name] = reduce_call(name)
for name in ("max_dim", "min_dim", "prod_dim"):
    CALLS[name] = reduce_call(name, False)


def sort_call(name):
    def call(rng):
        x = shape(rng, 1)
        d = dim_of(rng, x)
        attrs = {"dim": d, "descending": rng.random() < 0.5} if name == "sort" else \
            {"dim": d, "k": rng.randint(1, x[d]), "largest": rng.random() < 0.5}
        return [x], attrs, {}
    return call


define("sort", lambda x, a: x[0].sort(dim=a["dim"], descending=a["descending"], stable=True)[0],
       sort_call("sort"))
define("topk", lambda x, a: x[0].topk(a["k"], a["dim"], a["largest"])[0], sort_call("topk"))


def index_call(how):
    """An index of x's dimensions: along dim any size, elsewhere at most x's."""
    def call(rng):
        x = shape(rng, 1)
        d = rng.randrange(len(x))
        size = [rng.randint(1, 4) if i == d else rng.randint(1, s) for i, s in enumerate(x)]
        attrs = {"dim": d - len(x) if rng.random() < 0.3 else d,
                 "index": nested(rng, size, 0, x[d] - 1)}
        if how == "reduce":
            attrs.update(reduce=rng.choice(("sum", "prod", "mean", "amax", "amin")),
                         include_self=rng.random() < 0.5)
        shapes = [x] if how == "gather" else [x, size]
        return shapes, attrs, {"low": 0.2, "high": 2.0} if how == "reduce" else {}
    return call


def rows_call(how):
    def call(rng):
        x = shape(rng, 1)
        d = rng.randrange(len(x))
        rows = rng.sample(range(x[d]), rng.randint(1, x[d])) if how == "copy" else \
            [rng.randrange(x[d]) for _ in range(rng.randint(1, 4))]
        attrs = {"dim": d, "index": rows}
        src = x[:d] + [len(rows)] + x[d + 1:]
        if how == "fill":
            attrs["value"] = 1.5
        return [x, src] if how in ("copy", "add") else [x], attrs, {}
    return call


CALLS["gather"] = index_call("gather")
CALLS["scatter_add"] = index_call("scatter")
define("scatter_reduce", lambda x, a: x[0].scatter_reduce(
    a["dim"], index(a), x[1], a["reduce"], include_self=a["include_self"]), index_call("reduce"))
define("take_along_dim", lambda x, a: torch.take_along_dim(x[0], index(a), a["dim"]),
       lambda rng: (lambda x: ([x], {"dim": 0, "index": nested(
           rng, [rng.randint(1, 3)] + [rng.choice((1, s)) for s in x[1:]], 0, x[0] - 1)}, {}))(
               shape(rng, 1)))
CALLS["index_select"] = rows_call("select")
define("index_fill", lambda x, a: x[0].index_fill(a["dim"], index(a), a["value"]),
       rows_call("fill"))
define("index_copy", lambda x, a: x[0].index_copy(a["dim"], index(a), x[1]), rows_call("copy"))
define("index_add", lambda x, a: x[0].index_add(a["dim"], index(a), x[1]), rows_call("add"))
define("embedding", lambda x, a: F.embedding(index(a), x[0], a.get("padding_idx")), None)
CALLS["embedding"] = lambda rng: (lambda x: (
    [x], {"index": nested(rng, shape(rng), 0, x[0] - 1)}, {}))([rng.randint(1, 4), 3])


def shape_calls():
    CALLS["transpose"] = lambda rng: (lambda x: (
        [x], {"dim0": dim_of(rng, x), "dim1": dim_of(rng, x)}, {}))(shape(rng, 1))
    CALLS["permute"] = lambda rng: (lambda x: (
        [x], {"dims": rng.sample(range(len(x)), len(x))}, {}))(shape(rng, 1))
    CALLS["flip"] = lambda rng: (lambda x: (
        [x], {"dims": rng.sample(range(len(x)), rng.randint(1, len(x)))}, {}))(shape(rng, 1))
    CALLS["unsqueeze"] = lambda rng: (lambda x: (
        [x], {"dim": rng.randint(-len(x) - 1, len(x))}, {}))(shape(rng))
    CALLS["repeat"] = lambda rng: (lambda x: (
        [x], {"repeats": [rng.randint(1, 3) for _ in range(len(x) + rng.randint(0, 2))]},
        {}))(shape(rng, 1))
    CALLS["cat"] = lambda rng: (lambda x, d: (
        [x[:d] + [rng.randint(1, 3)] + x[d + 1:] for _ in range(rng.randint(1, 4))],
        {"dim": d}, {}))(shape(rng, 1), 0)
    CALLS["stack"] = lambda rng: (lambda x: (
        [x] * rng.randint(1, 4), {"dim": rng.randint(-len(x) - 1, len(x))}, {}))(shape(rng))
    CALLS["select"] = lambda rng: (lambda x: (
        [x], {"dim": 0, "index": rng.randint(-x[0], x[0] - 1)}, {}))(shape(rng, 1))
    for triangle in ("tril", "triu"):
        CALLS[triangle] = lambda rng: ([shape(rng, 2)], {"diagonal": rng.randint(-3, 3)}, {})


shape_calls()


def matmul_call(rng):
    n, k, m, stack = rng.randint(1, 4), rng.randint(1, 4), rng.randint(1, 4), shape(rng, 0, 2)
    first, second = [n, k], [k, m]
    how = rng.randrange(6)
    if how == 0:
        first = [k]
    elif how == 1:
        second = [k]
    elif how in (2, 3):
        first = stack + first
    if how in (3, 4):
        second = [1 if rng.random() < 0.3 else s for s in stack] + second
    return [first, second], {}, {}


def sum_call(form):
    def call(rng):
        b, n, k, m = (rng.randint(1, 4) for _ in range(4))
        shapes = {"b": [[b, n, m], [b, n, k], [b, k, m]], "v": [[n], [n, k], [k]],
                  "r": [[n, m], [n], [m]], "m": [[n, m], [n, k], [k, m]]}[form]
        shapes[0] = [1 if rng.random() < 0.2 else s for s in shapes[0]]
        return shapes, {"beta": rng.choice((1.0, 0.5)), "alpha": rng.choice((1.0, 2.0))}, {}
    return call


CALLS["matmul"] = matmul_call
CALLS["addmm"] = sum_call("m")
for name, form in (("baddbmm", "b"), ("addmv", "v"), ("addr", "r")):
    define(name, lambda x, a, f=name: getattr(torch, f)(*x, **a), sum_call(form))
define("kron", lambda x, a: torch.kron(*x), lambda rng: ([shape(rng), shape(rng)], {}, {}))
define("inner", lambda x, a: torch.inner(*x), lambda rng: (lambda k: (
    [shape(rng, 0, 2) + [k], shape(rng, 0, 2) + [k]], {}, {"order": False}))(rng.randint(1, 4)))

REFUSED += [
    ("glu", [[3]], {"dim": 0}), ("kthvalue", [[3]], {"k": 4, "dim": 0}),
    ("inner", [[2, 3], [2, 4]], {}),
    ("addr", [[2, 3], [2, 1], [3]], {"beta": 1.0, "alpha": 1.0}),
    ("scatter_reduce", [[3], [2]], {"dim": 0, "index": [0, 3], "reduce": "sum",
                                    "include_self": True}),
    ("take_along_dim", [[2, 3]], {"dim": 0, "index": [0]}),
    ("topk", [[2, 3]], {"k": 4, "dim": 1, "largest": True}),
]
