"""Indexes, alignment, arithmetic, masks, duplicates, and reading CSV."""

import base64
import io

import pandas as pd

from pandas_ops import _table as table


def index_operation(name):
    def run(case):
        left, right = (table.decode(case["in"][side]) for side in ("left", "right"))
        return table.encode(getattr(left, name)(right, **case["args"]))
    return run


def series_operation(name):
    """The operator, or the method when a fill value is asked for."""
    def run(case):
        left, right = (table.decode(case["in"][side]) for side in ("left", "right"))
        return table.encode(getattr(left, name)(right, **case["args"]))
    return run


def first_positions(case):
    codes, _ = pd.factorize(table.decode(case["in"]["s"]), use_na_sentinel=False)
    first = {}
    return {"list": [first.setdefault(int(code), i) for i, code in enumerate(codes)]}


def factorize(case):
    args = case["args"]
    codes, uniques = pd.factorize(table.decode(case["in"]["s"]), sort=args.get("sort", False),
                                  use_na_sentinel=args.get("na_sentinel", True))
    return {"codes": [int(code) for code in codes],
            "uniques": table.encode_values(uniques, getattr(uniques, "name", None))}


def duplicated(case):
    return table.encode(table.decode(case["in"]["df"]).duplicated(**case["args"]))


def drop_duplicates(case):
    return table.encode(table.decode(case["in"]["df"]).drop_duplicates(**case["args"]))


def loc(case):
    return table.encode(table.decode(case["in"]["df"]).loc[case["args"]["labels"]])


def iloc(case):
    return table.encode(table.decode(case["in"]["df"]).iloc[case["args"]["positions"]])


def filter_mask(case):
    return table.encode(table.decode(case["in"]["df"])[table.decode(case["in"]["mask"])])


def where(case):
    series, cond = table.decode(case["in"]["s"]), table.decode(case["in"]["cond"])
    return table.encode(series.where(cond, **case["args"]))


def mask(case):
    series, cond = table.decode(case["in"]["s"]), table.decode(case["in"]["cond"])
    return table.encode(series.mask(cond, **case["args"]))


def value_counts(case):
    """Ties in order of first appearance: pandas leaves them open."""
    series, args = table.decode(case["in"]["s"]), dict(case["args"])
    ordered = args.pop("sort", True)
    ascending = args.pop("ascending", False)
    if series.dtype == "category":
        counts = series.value_counts(sort=False, **args)
    else:
        counts = series.value_counts(sort=False, **args)
    if ordered:
        counts = counts.sort_values(ascending=ascending, kind="stable")
    return table.encode(counts)


def read_csv(case):
    text = case["in"]["text"]
    data = base64.b64decode(text["b64"]) if isinstance(text, dict) else text.encode()
    options = {key: value for key, value in case["args"].items() if key != "recover"}
    return table.encode(pd.read_csv(io.BytesIO(data), **options))


OPERATIONS = {
    **{f"index_{name}": index_operation(name)
       for name in ("union", "intersection", "difference", "symmetric_difference")},
    **{f"series_{name}": series_operation(name) for name in ("add", "sub", "mul", "div")},
    **{function.__name__: function for function in (
        first_positions, factorize, duplicated, drop_duplicates, loc, iloc, where, mask,
        value_counts, read_csv)},
    "filter": filter_mask,
}
PACKETS = {}
