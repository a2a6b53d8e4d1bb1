"""Group-by, and the packet of groupby sum."""

import pandas as pd

from frame import OriginalError
from pandas_ops import _table as table

GROUP = ("sort", "dropna", "as_index", "observed")
AGGREGATE = ("min_count", "ddof")


def grouped(case):
    """The selected column (or the frame) of the case, grouped."""
    args = case["args"]
    frame = table.decode(case["in"]["df"])
    options = {key: args[key] for key in GROUP if key in args}
    groups = frame.groupby(args["by"], **options)
    whole = args.get("agg") in ("size", "head", "tail", "nth", "get_group")
    return groups[args["col"]] if "col" in args and not whole else groups


def groupby(case):
    args = case["args"]
    groups = grouped(case)
    if "named" in args:
        wanted = {name: pd.NamedAgg(column, how) for name, column, how in args["named"]}
        return table.encode(groups.agg(**wanted))
    options = {key: args[key] for key in AGGREGATE if key in args}
    options.update(args.get("kw", {}))
    if "nunique_dropna" in args:
        options["dropna"] = args["nunique_dropna"]
    function = getattr(groups, args["agg"])
    return table.encode(function(*args.get("pos", []), **options))


def groupby_filter(case):
    args = case["args"]
    options = {key: args[key] for key in ("sort", "dropna") if key in args}
    groups = table.decode(case["in"]["df"]).groupby(args["by"], **options)
    column, how, least = args["col"], args["agg"], args["ge"]

    def passes(part):
        value = len(part) if how == "size" else getattr(part[column], how)()
        try:
            return bool(value >= least)
        except TypeError as error:  # it is Python that compares, for pandas
            raise OriginalError("TypeError", str(error)) from error

    return table.encode(groups.filter(passes))


def groupby_aligned(case):
    """Keys and values as Series: rows meet by label, over the union of the indexes."""
    args = case["args"]
    parts = {f"key{i}": table.decode(key) for i, key in enumerate(case["in"]["keys"])}
    keys = list(parts)
    parts["value"] = table.decode(case["in"]["values"])
    options = {key: args[key] for key in ("sort", "dropna") if key in args}
    groups = pd.DataFrame(parts).groupby(keys if len(keys) > 1 else keys[0], **options)
    return table.encode(getattr(groups["value"], args["agg"])())


OPERATIONS = {"groupby": groupby, "groupby_filter": groupby_filter,
              "groupby_aligned": groupby_aligned}


# --- FP-P2C-005 ---

NAN = {"f": "nan"}


def column(name, dtype, values):
    if dtype.startswith("float"):
        values = [table.hexfloat(v) for v in values]
    return {"name": name, "dtype": dtype, "values": values}


def frame(**columns):
    made = [column(name, *spec) for name, spec in columns.items()]
    return {"columns": made, "nrows": len(made[0]["values"])}


def series(name, dtype, values, labels=None):
    result = {"values": column(name, dtype, values)}
    if labels is not None:
        result["index"] = column(None, *labels)
    return result


KEYS = {
    "int": ("int64", [3, 1, 2, 3, 1, 2, 2]),
    "int8": ("int8", [-3, 1, 127, -3, 1, 127, 127]),
    "uint64": ("uint64", [2**64 - 1, 0, 7, 2**64 - 1, 0, 7, 7]),
    "float": ("float64", [1.5, float("nan"), -0.0, 0.0, float("inf"), float("-inf"), 1.5]),
    "bool": ("bool", [True, False, True, True, False, False, True]),
    "text": ("object", ["b", "", "é", "b", "中", "a", "\U0001f600"]),
    "text_null": ("object", ["b", None, "a", NAN, "b", None, "a"]),
    "mixed": ("object", [{"i": 1}, True, "1", {"f": "0x1.0000000000000p+0"}, "b", None, "1"]),
    "date": ("datetime64[ns]", [10**18, None, 0, 10**18, -1, None, 0]),
    "nullable": ("Int64", [{"i": 2}, None, {"i": 1}, {"i": 2}, None, {"i": 1}, {"i": 3}]),
    "all_null": ("float64", [float("nan")] * 7),
}
INF = float("inf")
VALUES = {
    "int": ("int64", [1, 2, 3, 4, 5, 6, 7]),
    "wrap": ("int64", [2**63 - 1, 1, -2**63, 2**63 - 1, -1, -1, 2**62]),
    "int8_fits": ("int8", [100, 1, 2, 20, 3, 4, 5]),
    "int8_grows": ("int8", [100, 100, 100, 100, 100, 100, 100]),
    "uint8_grows": ("uint8", [200, 200, 200, 200, 200, 200, 200]),
    "uint64": ("uint64", [2**64 - 1, 2, 2**63, 2, 3, 2**63, 5]),
    "bool": ("bool", [True, False, True, True, True, False, True]),
    "kahan": ("float64", [0.1, 1e16, 0.2, 0.3, 1.0, -1e16, 1e-9]),
    "nan": ("float64", [1.0, float("nan"), float("nan"), 2.0, 3.0, float("nan"), -0.0]),
    "inf": ("float64", [INF, -INF, 1.0, 1.0, INF, 2.0, -INF]),
    "overflow": ("float64", [1e308, 1e308, -1e308, 1e308, 1e308, 1e308, -1e308]),
    "negative_zero": ("float64", [-0.0] * 7),
    "float32": ("float32", [16777216.0, 1.0, 0.5, 1.0, 1.0, 0.25, 3.0]),
    "subnormal": ("float64", [5e-324, 5e-324, 2.2e-308, -5e-324, 1e-310, 0.0, 1e-320]),
    "text": ("object", ["x", "y", "", "z", "é", "w", "v"]),
    "text_null": ("object", ["x", None, NAN, "z", None, None, "v"]),
    "span": ("timedelta64[ns]", [1, None, 3, 4, 5, None, 7]),
    "date": ("datetime64[ns]", [1, None, 3, 4, 5, None, 7]),
    "nullable": ("Int64", [{"i": 2}, None, {"i": 2**62}, {"i": 4}, None, {"i": 2**62}, {"i": 7}]),
}


def sum_cases():
    """Every key with the options that order and drop groups, and every value once."""
    for name, key in KEYS.items():
        data = {"df": frame(k=key, v=VALUES["int"])}
        for sort in (True, False):
            for dropna in (True, False):
                args = {"by": ["k"], "col": "v", "agg": "sum", "sort": sort, "dropna": dropna}
                order = "sorted" if sort else "first_seen"
                nulls = "drop" if dropna else "keep"
                yield f"key_{name}_{order}_{nulls}", args, data
    for name, value in VALUES.items():
        data = {"df": frame(k=KEYS["int"], v=value)}
        yield f"value_{name}", {"by": ["k"], "col": "v", "agg": "sum"}, data
        yield (f"value_{name}_min_count",
               {"by": ["k"], "col": "v", "agg": "sum", "min_count": 2}, data)


def shape_cases():
    empty = {"df": frame(k=("int64", []), v=("float64", []))}
    two = {"df": frame(k=KEYS["text_null"], j=KEYS["float"], v=VALUES["kahan"])}
    category = {"name": "k", "dtype": "category",
                "categories": column(None, "object", ["c", "b", "a"]), "ordered": False,
                "values": ["a", "b", "a", None]}
    plain = column("v", "int64", [1, 2, 3, 4])
    other = column("j", "int64", [9, 8, 9, 8])
    by = {"by": ["k"], "col": "v", "agg": "sum"}
    yield "empty", by, empty
    yield "empty_columns_keys", {**by, "as_index": False}, empty
    yield "empty_text", by, {"df": frame(k=("object", []), v=("object", []))}
    yield "one_row", by, {"df": frame(k=("int64", [5]), v=("float64", [-0.0]))}
    yield "as_columns", {**by, "as_index": False}, {"df": frame(k=KEYS["text_null"], v=VALUES["nan"])}
    for sort in (True, False):
        for dropna in (True, False):
            name = f"two_keys_{'sorted' if sort else 'first_seen'}_{'drop' if dropna else 'keep'}"
            yield name, {**by, "by": ["k", "j"], "sort": sort, "dropna": dropna}, two
    for observed in (True, False):
        data = {"df": {"columns": [category, other, plain], "nrows": 4}}
        name = "observed" if observed else "every"
        yield f"category_{name}", {**by, "observed": observed}, data
        yield f"category_{name}_first_seen", {**by, "observed": observed, "sort": False}, data
        yield f"category_{name}_two", {**by, "by": ["k", "j"], "observed": observed}, data
    yield "missing_key_column", {**by, "by": ["zz"]}, empty
    yield "missing_value_column", {**by, "col": "zz"}, empty
    yield "duplicate_index", by, {"df": {**frame(k=KEYS["int"], v=VALUES["int"]),
                                         "index": column(None, "int64", [7] * 7)}}


def aligned_cases():
    key = series("key", "object", ["a", "b", "a"], ("int64", [0, 1, 2]))
    swapped = series("value", "int64", [10, 20, 30], ("int64", [2, 1, 0]))
    shifted = series("value", "int64", [10, 20, 30], ("int64", [1, 2, 3]))
    twice = series("value", "int64", [10, 20, 30], ("int64", [1, 1, 2]))
    same_twice = series("key", "object", ["a", "b", "a"], ("int64", [1, 1, 2]))
    labels = ("object", ["r", {"i": 2}, "q"])
    mixed = series("value", "float64", [0.1, 0.2, 0.3], labels)
    other = series("key2", "bool", [True, False, True], ("int64", [0, 1, 2]))
    none = series("value", "int64", [], ("int64", []))
    for name, keys, values in (
            ("same", [key], series("value", "int64", [1, 2, 3], ("int64", [0, 1, 2]))),
            ("permuted", [key], swapped), ("union", [key], shifted),
            ("duplicate_labels", [key], twice), ("equal_duplicate_labels", [same_twice], twice),
            ("mixed_labels", [series("key", "int64", [1, 2, 1], ("object", ["q", "r", "s"]))], mixed),
            ("two_keys", [key, other], shifted), ("empty", [key], none)):
        for dropna in (True, False):
            yield (f"aligned_{name}_{'drop' if dropna else 'keep'}",
                   {"agg": "sum", "dropna": dropna}, {"keys": keys, "values": values})


def packet_005():
    cases = [{"case_id": f"sum_{name}", "operation": "groupby", "args": args, "in": data}
             for source in (sum_cases, shape_cases) for name, args, data in source()]
    cases += [{"case_id": f"sum_{name}", "operation": "groupby_aligned", "args": args, "in": data}
              for name, args, data in aligned_cases()]
    return cases


PACKETS = {"FP-P2C-005": packet_005}
