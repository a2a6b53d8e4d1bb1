"""The operators of programs in torch's own words, and samples to try them on."""

import math

import torch
import torch.nn.functional as F


def index(a):
    return torch.tensor(a["index"], dtype=torch.int64)


OPS = {
    "add": lambda x, a: x[0] + x[1], "sub": lambda x, a: x[0] - x[1],
    "mul": lambda x, a: x[0] * x[1], "div": lambda x, a: x[0] / x[1],
    "pow": lambda x, a: x[0] ** x[1], "maximum": lambda x, a: torch.maximum(*x),
    "minimum": lambda x, a: torch.minimum(*x), "fmax": lambda x, a: torch.fmax(*x),
    "fmin": lambda x, a: torch.fmin(*x), "atan2": lambda x, a: torch.atan2(*x),
    "hypot": lambda x, a: torch.hypot(*x), "logaddexp": lambda x, a: torch.logaddexp(*x),
    "xlogy": lambda x, a: torch.xlogy(*x), "copysign": lambda x, a: torch.copysign(*x),
    "fmod": lambda x, a: torch.fmod(*x), "remainder": lambda x, a: torch.remainder(*x),
    "add_scalar": lambda x, a: x[0] + a["value"], "sub_scalar": lambda x, a: x[0] - a["value"],
    "mul_scalar": lambda x, a: x[0] * a["value"], "div_scalar": lambda x, a: x[0] / a["value"],
    "rsub_scalar": lambda x, a: a["value"] - x[0],
    "rdiv_scalar": lambda x, a: a["value"] / x[0],
    "pow_scalar": lambda x, a: x[0] ** a["value"],
    "fmod_scalar": lambda x, a: torch.fmod(x[0], a["value"]),
    "remainder_scalar": lambda x, a: torch.remainder(x[0], a["value"]),
    "square": lambda x, a: x[0] * x[0], "sign": lambda x, a: torch.sign(x[0]),
    "clone": lambda x, a: x[0].clone(), "logsigmoid": lambda x, a: F.logsigmoid(x[0]),
    "relu": lambda x, a: torch.relu(x[0]), "relu6": lambda x, a: F.relu6(x[0]),
    "leaky_relu": lambda x, a: F.leaky_relu(x[0], a.get("negative_slope", 0.01)),
    "prelu": lambda x, a: F.prelu(x[0], x[1]),
    "elu": lambda x, a: F.elu(x[0], a.get("alpha", 1.0)), "selu": lambda x, a: F.selu(x[0]),
    "celu": lambda x, a: F.celu(x[0], a.get("alpha", 1.0)),
    "gelu": lambda x, a: F.gelu(x[0]), "gelu_tanh": lambda x, a: F.gelu(x[0], approximate="tanh"),
    "silu": lambda x, a: F.silu(x[0]), "mish": lambda x, a: F.mish(x[0]),
    "softplus": lambda x, a: F.softplus(x[0], a.get("beta", 1), a.get("threshold", 20)),
    "softsign": lambda x, a: F.softsign(x[0]), "tanhshrink": lambda x, a: F.tanhshrink(x[0]),
    "hardshrink": lambda x, a: F.hardshrink(x[0]), "softshrink": lambda x, a: F.softshrink(x[0]),
    "hardtanh": lambda x, a: F.hardtanh(x[0], a.get("min", -1.0), a.get("max", 1.0)),
    "hardsigmoid": lambda x, a: F.hardsigmoid(x[0]),
    "hardswish": lambda x, a: F.hardswish(x[0]),
    "threshold": lambda x, a: F.threshold(x[0], a["threshold"], a["value"]),
    "clamp": lambda x, a: torch.clamp(x[0], a.get("min"), a.get("max")),
    "softmax": lambda x, a: torch.softmax(x[0], a["dim"]),
    "log_softmax": lambda x, a: torch.log_softmax(x[0], a["dim"]),
    "sum": lambda x, a: x[0].sum(), "mean": lambda x, a: x[0].mean(),
    "sum_dim": lambda x, a: x[0].sum(a["dim"], a["keepdim"]),
    "mean_dim": lambda x, a: x[0].mean(a["dim"], a["keepdim"]),
    "var": lambda x, a: x[0].var(unbiased=a["unbiased"]),
    "std": lambda x, a: x[0].std(unbiased=a["unbiased"]),
    "var_dim": lambda x, a: x[0].var(a["dim"], a["unbiased"], a["keepdim"]),
    "std_dim": lambda x, a: x[0].std(a["dim"], a["unbiased"], a["keepdim"]),
    "max": lambda x, a: x[0].max(), "min": lambda x, a: x[0].min(),
    "median": lambda x, a: x[0].median(),
    "max_dim": lambda x, a: x[0].max(a["dim"], a["keepdim"])[0],
    "min_dim": lambda x, a: x[0].min(a["dim"], a["keepdim"])[0],
    "median_dim": lambda x, a: x[0].median(a["dim"])[0],
    "kthvalue": lambda x, a: x[0].kthvalue(a["k"], a["dim"])[0],
    "amax": lambda x, a: x[0].amax(a["dim"], a["keepdim"]),
    "amin": lambda x, a: x[0].amin(a["dim"], a["keepdim"]),
    "prod": lambda x, a: x[0].prod(),
    "prod_dim": lambda x, a: x[0].prod(a["dim"], a["keepdim"]),
    "cumsum": lambda x, a: x[0].cumsum(a["dim"]), "cumprod": lambda x, a: x[0].cumprod(a["dim"]),
    "cummax": lambda x, a: x[0].cummax(a["dim"])[0],
    "cummin": lambda x, a: x[0].cummin(a["dim"])[0],
    "norm": lambda x, a: torch.norm(x[0], float(a["p"])),
    "logsumexp": lambda x, a: x[0].logsumexp(a["dim"], a["keepdim"]),
    "sort_values": lambda x, a: x[0].sort(dim=a["dim"], descending=a["descending"])[0],
    "topk_values": lambda x, a: x[0].topk(a["k"], dim=a["dim"])[0],
    "trace": lambda x, a: x[0].trace(), "diagonal": lambda x, a: x[0].diagonal(),
    "expand": lambda x, a: x[0].expand(a["shape"]), "reshape": lambda x, a: x[0].reshape(a["shape"]),
    "flatten": lambda x, a: x[0].flatten(), "unsqueeze": lambda x, a: x[0].unsqueeze(a["dim"]),
    "squeeze": lambda x, a: x[0].squeeze(a["dim"]),
    "transpose": lambda x, a: x[0].transpose(a["dim0"], a["dim1"]),
    "permute": lambda x, a: x[0].permute(a["dims"]), "flip": lambda x, a: x[0].flip(a["dims"]),
    "roll": lambda x, a: x[0].roll(a["shifts"][0], a["dims"][0]),
    "repeat": lambda x, a: x[0].repeat(a["repeats"]),
    "cat": lambda x, a: torch.cat(x, a["dim"]), "stack": lambda x, a: torch.stack(x, a["dim"]),
    "chunk2": lambda x, a: x[0].chunk(2, a["dim"]), "unbind": lambda x, a: x[0].unbind(a["dim"]),
    "select": lambda x, a: x[0].select(a["dim"], a["index"]),
    "narrow": lambda x, a: x[0].narrow(a["dim"], a["start"], a["length"]),
    "tril": lambda x, a: x[0].tril(a["diagonal"]), "triu": lambda x, a: x[0].triu(a["diagonal"]),
    "pad": lambda x, a: F.pad(x[0], a["pad"], value=a.get("value", 0)),
    "gather": lambda x, a: x[0].gather(a["dim"], index(a)),
    "scatter_add": lambda x, a: x[0].scatter_add(a["dim"], index(a), x[1]),
    "index_select": lambda x, a: x[0].index_select(a["dim"], index(a)),
    "index_rows": lambda x, a: x[0][index(a)],
    "embedding": lambda x, a: F.embedding(index(a), x[0]),
    "masked_fill_gt0": lambda x, a: x[0].masked_fill(x[0] > 0, a["value"]),
    "mm": lambda x, a: x[0].mm(x[1]), "bmm": lambda x, a: x[0].bmm(x[1]),
    "addmm": lambda x, a: torch.addmm(x[0], x[1], x[2], beta=a["beta"], alpha=a["alpha"]),
    "mv": lambda x, a: x[0].mv(x[1]), "dot": lambda x, a: x[0].dot(x[1]),
    "outer": lambda x, a: torch.outer(*x), "matmul": lambda x, a: x[0].matmul(x[1]),
    "linear": lambda x, a: F.linear(*x),
    "mse_loss": lambda x, a: F.mse_loss(*x), "l1_loss": lambda x, a: F.l1_loss(*x),
    "smooth_l1_loss": lambda x, a: F.smooth_l1_loss(*x, beta=a["beta"]),
    "huber_loss": lambda x, a: F.huber_loss(*x, delta=a["delta"]),
    "bce_with_logits": lambda x, a: F.binary_cross_entropy_with_logits(*x),
    "bce": lambda x, a: F.binary_cross_entropy(*x),
    "nll_loss": lambda x, a: F.nll_loss(x[0], torch.tensor(a["target"])),
    "cross_entropy": lambda x, a: F.cross_entropy(x[0], torch.tensor(a["target"])),
}
PLAIN = ("neg abs sqrt rsqrt reciprocal exp exp2 expm1 log log1p log2 log10 sin cos tan asin acos "
         "atan sinh cosh tanh asinh acosh atanh sigmoid erf erfc erfinv lgamma digamma sinc floor "
         "ceil round trunc frac detach").split()
for plain in PLAIN:
    OPS[plain] = lambda x, a, name=plain: getattr(torch, name)(x[0])

# Where an operator is defined and smooth.
NEAR = {name: (0.2, 2.0) for name in
        "sqrt rsqrt log log2 log10 reciprocal lgamma digamma div pow xlogy prod prod_dim "
        "cumprod rdiv_scalar".split()}
NEAR.update({"asin": (-0.9, 0.9), "acos": (-0.9, 0.9), "atanh": (-0.9, 0.9),
             "erfinv": (-0.9, 0.9), "acosh": (1.2, 3.0), "log1p": (-0.5, 2.0),
             "bce": (0.1, 0.9), "tan": (-1.2, 1.2)})


def sample():
    """(operator, shapes of inputs, attributes, outputs)"""
    out = [(name, [(3, 4)], {}, 1) for name in PLAIN if name != "detach"]
    out += [(name, [(3, 4)], {}, 1) for name in
            "square sign clone logsigmoid relu relu6 leaky_relu elu selu celu gelu gelu_tanh silu "
            "mish softplus softsign tanhshrink hardshrink softshrink hardtanh hardsigmoid "
            "hardswish sum mean max min median prod flatten".split()]
    out += [(name, [(3, 4), (4,)], {}, 1) for name in
            "add sub mul div pow maximum minimum fmax fmin atan2 hypot logaddexp xlogy "
            "copysign".split()]
    out += [(name, [(5,)], {"value": 1.5}, 1) for name in
            "add_scalar sub_scalar mul_scalar div_scalar rsub_scalar rdiv_scalar fmod_scalar "
            "remainder_scalar".split()]
    out += [(name, [(3, 2), (3, 2)], {}, 1) for name in
            "mse_loss l1_loss bce_with_logits bce".split()]
    out += [
        ("smooth_l1_loss", [(3, 2), (3, 2)], {"beta": 0.5}, 1),
        ("huber_loss", [(3, 2), (3, 2)], {"delta": 0.7}, 1),
        ("prelu", [(2, 3, 2), (3,)], {}, 1),
        ("threshold", [(6,)], {"threshold": 0.1, "value": -1.0}, 1),
        ("clamp", [(6,)], {"min": -0.5}, 1), ("clamp", [(6,)], {"max": 0.5}, 1),
        ("softmax", [(3, 4)], {"dim": -1}, 1), ("softmax", [(3, 4)], {"dim": 0}, 1),
        ("log_softmax", [(3, 4)], {"dim": 1}, 1),
        ("sum_dim", [(2, 3, 4)], {"dim": [0, 2], "keepdim": False}, 1),
        ("mean_dim", [(2, 3, 4)], {"dim": 1, "keepdim": True}, 1),
        ("var", [(3, 4)], {"unbiased": True}, 1), ("std", [(3, 4)], {"unbiased": False}, 1),
        ("var_dim", [(3, 4)], {"dim": 1, "unbiased": True, "keepdim": False}, 1),
        ("std_dim", [(3, 4)], {"dim": 0, "unbiased": True, "keepdim": True}, 1),
        ("max_dim", [(3, 4)], {"dim": 1, "keepdim": False}, 1),
        ("min_dim", [(3, 4)], {"dim": 0, "keepdim": True}, 1),
        ("median_dim", [(3, 5)], {"dim": 1}, 1), ("kthvalue", [(3, 5)], {"k": 2, "dim": 1}, 1),
        ("amax", [(3, 4)], {"dim": 1, "keepdim": False}, 1),
        ("amin", [(3, 4)], {"dim": [0, 1], "keepdim": True}, 1),
        ("prod_dim", [(3, 4)], {"dim": 1, "keepdim": False}, 1),
        ("cumsum", [(3, 4)], {"dim": 1}, 1), ("cumprod", [(3, 4)], {"dim": 0}, 1),
        ("cummax", [(3, 4)], {"dim": 1}, 1), ("cummin", [(3, 4)], {"dim": 0}, 1),
        ("logsumexp", [(3, 4)], {"dim": [0], "keepdim": False}, 1),
        ("sort_values", [(3, 4)], {"dim": 1, "descending": True}, 1),
        ("topk_values", [(3, 4)], {"k": 2, "dim": 1}, 1),
        ("trace", [(3, 3)], {}, 1), ("diagonal", [(3, 4)], {}, 1),
        ("expand", [(3, 1)], {"shape": [2, 3, 4]}, 1), ("reshape", [(3, 4)], {"shape": [2, -1]}, 1),
        ("unsqueeze", [(3, 4)], {"dim": 1}, 1), ("squeeze", [(3, 1, 4)], {"dim": 1}, 1),
        ("transpose", [(2, 3, 4)], {"dim0": 0, "dim1": 2}, 1),
        ("permute", [(2, 3, 4)], {"dims": [2, 0, 1]}, 1), ("flip", [(2, 3)], {"dims": [0, 1]}, 1),
        ("roll", [(2, 5)], {"shifts": [2], "dims": [1]}, 1),
        ("repeat", [(2, 3)], {"repeats": [2, 1, 3]}, 1),
        ("cat", [(2, 3), (1, 3)], {"dim": 0}, 1), ("stack", [(2, 3), (2, 3)], {"dim": 1}, 1),
        ("chunk2", [(2, 5)], {"dim": 1}, 2), ("unbind", [(2, 3)], {"dim": 0}, 2),
        ("select", [(2, 3)], {"dim": 1, "index": -1}, 1),
        ("narrow", [(2, 5)], {"dim": 1, "start": 1, "length": 3}, 1),
        ("tril", [(3, 4)], {"diagonal": 1}, 1), ("triu", [(3, 4)], {"diagonal": -1}, 1),
        ("pad", [(2, 3)], {"pad": [1, 2]}, 1),
        ("gather", [(4, 3)], {"dim": 0, "index": [[0, 1, 2], [3, 3, 0]]}, 1),
        ("scatter_add", [(4, 3), (2, 3)], {"dim": 0, "index": [[0, 0, 1], [0, 3, 1]]}, 1),
        ("index_select", [(3, 4)], {"dim": 1, "index": [2, 0, 2]}, 1),
        ("index_rows", [(3, 4)], {"index": [0, 2, 2, -1]}, 1),
        ("embedding", [(4, 3)], {"index": [[1, 1], [3, 0]]}, 1),
        ("masked_fill_gt0", [(3, 4)], {"value": -7.0}, 1),
        ("mm", [(3, 4), (4, 2)], {}, 1), ("bmm", [(2, 3, 4), (2, 4, 2)], {}, 1),
        ("addmm", [(2,), (3, 4), (4, 2)], {"beta": 0.5, "alpha": 2.0}, 1),
        ("mv", [(3, 4), (4,)], {}, 1), ("dot", [(4,), (4,)], {}, 1), ("outer", [(3,), (4,)], {}, 1),
        ("matmul", [(2, 3, 4), (4, 2)], {}, 1), ("matmul", [(4,), (2, 4, 3)], {}, 1),
        ("matmul", [(3, 4), (2, 4, 2)], {}, 1), ("matmul", [(2, 1, 3, 4), (5, 4, 2)], {}, 1),
        ("matmul", [(2, 3, 4), (4,)], {}, 1), ("matmul", [(4,), (4, 2)], {}, 1),
        ("linear", [(3, 4), (2, 4), (2,)], {}, 1), ("linear", [(2, 3, 4), (2, 4), (2,)], {}, 1),
        ("linear", [(3, 4), (2, 4)], {}, 1),
        ("nll_loss", [(4, 5)], {"target": [0, 1, 4, 2]}, 1),
        ("cross_entropy", [(4, 3)], {"target": [0, 2, 1, 2]}, 1),
    ]
    out += [("pow_scalar", [(5,)], {"value": v}, 1) for v in (0, 1, 2, 3, -1, -2)]
    out += [("norm", [(5,)], {"p": p}, 1) for p in (1.0, 2.0, 3.0, 1.5, "inf", "-inf")]
    return out


INF, NAN = math.inf, math.nan
SPECIAL = {
    # 32 numbers: whole AVX2 and AVX-512 blocks, so that every machine vectorises alike.
    "values": [0.0, -0.0, INF, -INF, NAN, 4.0, -4.0, 2.3e-308, 1.7e308, 1e-8, -1e-8, 0.5, -0.5,
               1.0, -1.0, 1.5, 2.0, -2.0, 3.0, -3.0, 6.0, 10.0, -10.0, 20.0, 20.5, 88.7, -88.7,
               300.0, -300.0, 9007199254740993.0, 0.25, -0.25],
    "pairs": [0.0, -0.0, INF, -INF, NAN, 1.0, -1.0, 2.5],
    "unary": [(n, {}) for n in
              "neg abs sign sqrt reciprocal exp floor ceil round trunc frac relu hardsigmoid "
              "hardswish silu sigmoid atan".split()] +
             [("leaky_relu", {"negative_slope": 0.125}), ("hardtanh", {"min": -1.0, "max": 1.0}),
              ("clamp", {"min": -1.0, "max": 1.0}), ("elu", {"alpha": 1.0}),
              ("pow_scalar", {"value": 0}), ("pow_scalar", {"value": 2}),
              ("mul_scalar", {"value": 0.0})],
    "binary": "add sub mul div maximum minimum hypot".split(),
    "rows": [[1.0, 2.0, 3.0], [2.0, 2.0, 1.0], [0.0, 0.0, 0.0], [1.0, NAN, 2.0], [NAN, NAN, 1.0],
             [INF, 1.0, 2.0], [-INF, -INF, -INF], [INF, -INF, 0.0], [3.0], [-1.0, 1.0, -1.0, 1.0]],
    "reductions": [("sum", {}, "one"), ("mean", {}, "one"), ("max", {}, "one"),
                   ("min", {}, "one"), ("median", {}, "one"),
                   ("max_dim", {"dim": 0, "keepdim": False}, "one"),
                   ("amax", {"dim": 0, "keepdim": False}, "one"),
                   ("norm", {"p": 1.0}, "one"), ("norm", {"p": 2.0}, "one"),
                   ("norm", {"p": "inf"}, "one"), ("cumsum", {"dim": 0}, "same"),
                   ("sort_values", {"dim": 0, "descending": True}, "same")],
    "orders": "exp sin cos square sigmoid tanh silu softplus log sqrt reciprocal gelu erf".split(),
    "optimizers": [
        ("SGD", {"lr": 0.1}), ("SGD", {"lr": 0.1, "momentum": 0.9}),
        ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
        ("Adam", {"lr": 0.01}), ("Adam", {"lr": 0.01, "amsgrad": True, "weight_decay": 0.1}),
        ("AdamW", {"lr": 0.01, "weight_decay": 0.2}), ("Adagrad", {"lr": 0.1, "lr_decay": 0.01}),
        ("RMSprop", {"lr": 0.01}), ("RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.9}),
        ("Adadelta", {"lr": 1.0}), ("Adamax", {"lr": 0.01}), ("NAdam", {"lr": 0.01}),
        ("RAdam", {"lr": 0.01}), ("ASGD", {"lr": 0.01}), ("Rprop", {"lr": 0.01}),
    ],
}
