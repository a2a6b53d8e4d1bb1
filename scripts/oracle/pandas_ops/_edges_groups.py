"""Corners of group-by: (name, operation, args, inputs)."""

from pandas_ops._made import CATEGORY, column, frame, pair


def groups():
    whole = ("Int64", [{"i": 4}, {"i": -1}, None, None, {"i": 2}])
    holes = ("object", ["a", None, "a", None, "b"])
    real = ("float64", ["0x1.0p+0", "0x1.8p+0", "nan", "0x1.0p+1", "0x1.0p-1"])
    numbers = ("object", [{"i": 1}, {"i": 2}, {"i": 1}, {"i": 2}, {"i": 1}])
    dates = ("datetime64[ns]", [0, 10**18, 0, None, 0])
    by = {"by": ["k"], "col": "v"}
    for sort in (True, False):
        yield f"size_infers_keys_{sort}", "groupby", {**by, "agg": "size", "as_index": False, "sort": sort}, frame(k=numbers, v=whole)
    for how in ("min", "max", "sum", "first", "prod"):
        yield f"{how}_text_min_count", "groupby", {**by, "agg": how, "min_count": 2}, frame(
            k=("int64", [1, 2, 3]), v=("object", ["x", "y", "z"]))
    for how in ("var", "mean", "median", "skew"):
        yield f"{how}_of_nothing", "groupby", {**by, "agg": how}, frame(k=("int64", [1, 1, 2]), v=("object", [None] * 3))
    for how in ("cummin", "cummax", "cumsum", "cumprod"):
        yield f"{how}_dropped_and_missing", "groupby", {**by, "agg": how}, frame(k=holes, v=whole)
    for dropna in (True, False):
        yield f"transform_size_nullable_{dropna}", "groupby", {**by, "agg": "transform", "pos": ["size"], "dropna": dropna}, frame(k=holes, v=whole)
    for how in ("sem", "std", "skew"):
        for name, values in (("none", []), ("missing", [None, None])):
            yield f"{how}_of_strings_{name}", "groupby", {**by, "agg": how}, frame(k=("int64", [1] * len(values)), v=("string", values))
    yield "value_counts_of_missing_flags", "groupby", {**by, "agg": "value_counts", "dropna": False}, frame(
        k=("object", [None, True, False, None, True]), v=("int64", [1, 1, 2, 1, 3]))
    yield "value_counts_nullable", "groupby", {**by, "agg": "value_counts"}, frame(k=numbers, v=whole)
    for how in ("value_counts", "quantile", "describe"):
        yield f"{how}_keys_as_columns", "groupby", {**by, "agg": how, "as_index": False}, frame(k=numbers, v=real)
    yield "describe_of_no_group", "groupby", {**by, "agg": "describe"}, frame(k=("object", [None, None]), v=("int64", [1, 2]))
    yield "describe_of_no_row", "groupby", {**by, "agg": "describe"}, frame(k=("int64", []), v=("int64", []))
    for what, name in (("letter", "a"), ("text", "x"), ("date", "2001-09-09 01:46:40"), ("number", 1)):
        yield f"get_group_of_dates_{what}", "groupby", {**by, "agg": "get_group", "pos": [name]}, frame(k=dates, v=real)
    yield "get_group_of_two_keys", "groupby", {**by, "by": ["k", "v"], "agg": "get_group", "pos": [1]}, frame(k=numbers, v=real)


def products():
    """Results spread over all categories."""
    some = {"name": "j", **CATEGORY, "values": ["a", "b", "a", "b", "a"]}
    value = ("int64", [1, 2, 3, 4, 5])
    by = {"by": ["k", "j"], "col": "v", "observed": False, "dropna": False}
    for name, key in (("bools", ("object", [True, True, False, True, False])), ("bools_missing", ("object", [None, True, None, False, False])),
                      ("mixed", ("object", ["a", {"i": 1}, "b", "a", None]))):
        for sort in (True, False):
            for how in ("mean", "nunique"):
                for as_index in (True, False):
                    yield (f"product_{name}_{sort}_{how}_{as_index}", "groupby", {**by, "agg": how, "sort": sort, "as_index": as_index},
                           frame(k=key, j=some, v=value))


def occurring():
    """Categories that occur, that do not, and the missing key beside them."""
    def key(values, **more):
        return {"name": "k", **CATEGORY, **more, "values": values}
    value = ("int64", [3, 1, 2, 5, 4])
    keys = {"all": ["a", "b", "c", "a", "b"], "one_less": ["a", "b", "a", "b", "a"], "one_less_missing": ["a", "b", None, "b", None],
            "all_missing": ["a", "b", "c", None, "b"], "none": [None] * 5}
    by = {"by": ["k"], "col": "v"}
    for name, values in keys.items():
        for how in ("idxmin", "idxmax"):
            yield f"{how}_categories_{name}", "groupby", {**by, "agg": how}, frame(k=key(values), v=value)
            yield f"transform_{how}_categories_{name}", "groupby", {**by, "agg": "transform", "pos": [how]}, frame(k=key(values), v=value)
        yield f"idxmax_keep_categories_{name}", "groupby", {**by, "agg": "idxmax", "dropna": False}, frame(k=key(values), v=value)
        for ascending in (True, False):
            yield f"ngroup_categories_{name}_{ascending}", "groupby", {**by, "agg": "ngroup", "kw": {"ascending": ascending}}, frame(k=key(values), v=value)
    labelled = frame(k=("object", ["x", "x", "y", None, "y"]), v=value)
    labelled["df"]["index"] = column(None, "object", ["e", "d", "c", "b", "a"])
    yield "transform_idxmin_labels", "groupby", {**by, "agg": "transform", "pos": ["idxmin"]}, labelled
    yield "idxmin_nothing_there", "groupby", {**by, "agg": "idxmin"}, frame(k=key(keys["one_less_missing"]), v=("float64", ["nan"] * 5))
    for ordered in (True, False):
        for how in ("idxmin", "idxmax", "rank"):
            values = {"name": "v", **CATEGORY, "ordered": ordered, "values": ["b", "c", "a", None, "c"]}
            yield f"{how}_of_categories_{ordered}", "groupby", {**by, "agg": how}, frame(k=("int64", [1, 1, 2, 2, 2]), v=values)
        for how in ("sum", "any", "sem"):
            for sort in (True, False):
                yield f"{how}_keeps_missing_{ordered}_{sort}", "groupby", {**by, "agg": how, "sort": sort, "dropna": False}, frame(
                    k=key(keys["one_less_missing"], ordered=ordered), v=value)
    for how in ("idxmin", "idxmax", "rank"):
        yield f"{how}_text_number", "groupby", {**by, "agg": how}, frame(k=("int64", [1, 2, 1]), v=("object", ["a", None, {"i": 1}]))
    pair = frame(k=key(keys["one_less_missing"]), j=("object", ["x", "y", "x", None, "x"]), v=("float64", ["0x1.0p+0"] * 5))
    for sort in (True, False):
        for observed in (True, False):
            yield f"ohlc_product_{sort}_{observed}", "groupby", {**by, "by": ["k", "j"], "agg": "ohlc", "sort": sort, "observed": observed}, pair


def counted():
    """value_counts counts values that could have been there when one of the keys is a category."""
    key = {"name": "k", **CATEGORY, "values": ["a", None, "b", "a", "a"]}
    value = {"name": "v", **CATEGORY, "values": ["b", "b", None, "c", "b"]}
    plain, numbers = ("object", ["y", "x", None, "y", "x"]), ("int64", [2, 1, 2, 1, 2])
    for name, columns in (("value", dict(k=plain, v=value)), ("key", dict(k=key, v=numbers)), ("both", dict(k=key, v=value)),
                          ("nullable", dict(k=key, v=("Int64", [{"i": 2}, None, {"i": 1}, None, {"i": 2}])))):
        for sort in (True, False):
            for kw in ({}, {"sort": False}, {"ascending": True}, {"normalize": True}, {"dropna": False}, {"normalize": True, "dropna": False}):
                how = "_".join(kw) or "plain"
                yield (f"value_counts_{name}_{sort}_{how}", "groupby", {"by": ["k"], "col": "v", "agg": "value_counts", "sort": sort, "kw": kw,
                                                                        "dropna": "dropna" not in kw}, frame(**columns))
    for observed in (True, False):
        yield f"value_counts_two_keys_{observed}", "groupby", {"by": ["k", "j"], "col": "v", "agg": "value_counts", "observed": observed}, frame(
            k=key, j=numbers, v=("object", ["p", "q", "p", "p", "q"]))
    by = {"by": ["k"], "col": "v", "agg": "value_counts"}
    yield "value_counts_no_group", "groupby", by, frame(k=("object", [None, None]), v=("object", [{"i": 1}, {"i": 1}]))
    yield "value_counts_sorts_keys_again", "groupby", {**by, "dropna": False, "kw": {"sort": False}}, frame(
        k=("object", [{"i": 2}, None, {"i": 2}, {"i": 1}]), v=("int64", [1, 2, 1, 3]))


def described():
    ticks = [1609459200000000001, 5, None, -7, 1609459200000000001]
    two, by = ("object", ["y", None, "x", "y", "x"]), {"by": ["k"], "col": "v", "agg": "describe"}
    key = ("int64", [2, 2, 1, 1, 2])
    category = {"name": "v", **CATEGORY, "values": ["b", "b", None, None, "c"]}
    numbers = {**category, "categories": {"name": None, "dtype": "int64", "values": [3, 1, 2]}, "values": [1, 3, 2, None, 1]}
    for name, value in (("dates", ("datetime64[ns]", ticks)), ("zone", ("datetime64[ns, UTC]", ticks)), ("spans", ("timedelta64[ns]", ticks)),
                        ("categories", category), ("numbers_as_categories", numbers), ("booleans", ("boolean", [True, None, None, None, False])),
                        ("integers_as_objects", ("object", [{"i": 3}, {"i": 3}, {"i": 1}, {"i": 1}, {"i": 3}])),
                        ("floats_as_objects", ("object", [{"f": "0x1.0p+0"}, {"i": 3}, {"f": "0x1.0p+0"}, None, {"f": "0x1.0p+0"}])),
                        ("integers_and_floats", ("object", [{"i": 3}, {"i": 3}, {"f": "0x1.0p-1"}, None, {"i": 3}])),
                        ("text_and_floats", ("object", ["a", "a", {"f": "0x1.0p-1"}, None, "a"])),
                        ("infinite", ("float64", ["inf", "0x1.0p+0", "inf", "nan", "-inf"])),
                        ("single", ("float32", ["0x1.000002p+0", "0x1.0p+1", "0x1.000002p+0", "nan", "0x1.000006p+0"])),
                        ("wrapping", ("Int64", [{"i": 2**63 - 1}, {"i": -2**63}, {"i": 1}, None, {"i": -2**63}]))):
        yield f"describe_{name}", "groupby", by, frame(k=key, v=value)
        yield f"describe_{name}_no_row", "groupby", by, frame(k=("int64", []), v={**value, "values": []} if isinstance(value, dict) else (value[0], []))
    yield "describe_nullable_pieces", "groupby", by, frame(k=("int64", [1] * 9), v=(
        "Int64", [{"i": 2}, None, {"i": 6}, {"i": 2**53 + 1}, {"i": 0}, None, {"i": -2**63}, {"i": 3}, {"i": 2**60}]))
    for sort in (True, False):
        for as_index in (True, False):
            for dropna in (True, False):
                yield (f"describe_two_keys_{sort}_{as_index}_{dropna}", "groupby", {**by, "by": ["k", "j"], "sort": sort, "as_index": as_index,
                                                                                   "dropna": dropna},
                       frame(k=two, j=("int64", [2, 9, 2, 1, 1]), v=("bool", [True, False, True, True, False])))
        for observed in (True, False):
            yield f"describe_by_categories_{sort}_{observed}", "groupby", {**by, "sort": sort, "observed": observed}, frame(
                k={"name": "k", **CATEGORY, "values": ["a", "b", None, "a", "b"]}, v=two)
    for name, keys in (("keys", ["k", "j"]), ("columns", ["j", "k"])):
        for as_index in (True, False):
            yield f"describe_{name}_without_group_{as_index}", "groupby", {**by, "by": keys, "as_index": as_index}, frame(
                k=("object", [None, None]), j=("int64", [1, 2]), v=("int64", [1, 2]))
    yield "describe_no_row_of_categories", "groupby", by, frame(k={"name": "k", **CATEGORY, "values": []}, v=("int64", []))
    for sort in (True, False):
        yield f"describe_missing_name_{sort}", "groupby", {**by, "dropna": False, "sort": sort}, frame(
            k=("Int64", [{"i": 1}, {"i": 2}, None, {"i": 1}, None]), v=key)


def windows():
    """Where rows belong to no group, whole numbers are computed as floats."""
    holes, ticks = ("object", ["b", "a", "b", None, "b", "a"]), [-3303776410707645536, 2**60 + 1, None, 7, 2**60 + 3, 2**60 + 1]
    by = {"by": ["k"], "col": "v"}
    for how in ("cummin", "cummax", "cumsum", "cumprod", "rank"):
        for name, value in (("dates", ("datetime64[ns]", ticks)), ("spans", ("timedelta64[ns]", ticks)),
                            ("integers", ("int64", [2**53 + 1, 2**53, 2**53, 1, 2**53 + 1, 2**53 + 1])), ("booleans", ("boolean", [True, None, True, False, False, True]))):
            for dropna in (True, False):
                yield f"{how}_{name}_{'drop' if dropna else 'keep'}", "groupby", {**by, "agg": how, "dropna": dropna}, frame(k=holes, v=value)


def objects():
    """Objects that are numbers: Python adds them one by one."""
    whole, real, nan = {"i": 3}, {"f": "0x1.8p+0"}, {"f": "nan"}
    columns = {"integers": [{"i": 1}, whole, {"i": 2**62}, {"i": -7}, {"i": 2**62 + 1}], "floats": [real, {"f": "0x1.999999999999ap-4"}, real, nan, {"f": "-0x0.0p+0"}],
               "numbers": [real, whole, None, {"i": 2**53 + 1}, real], "booleans": [True, None, False, True, None],
               "mixture": [True, real, whole, True, False], "truth_and_floats": [True, real, real, False, True], "text": ["a", whole, None, "b", "a"],
               "large_parts": [{"f": "0x1.0p+60"}, {"f": "0x1.0p-60"}, {"f": "-0x1.0p+60"}, {"i": 1}, {"f": "0x1.0p-1"}],
               "no_value": [None, nan, None, None, nan], "times": [{"ts": 0}, None, {"ts": 5}, None, {"ts": 1}]}
    keys, by = ("int64", [1, 1, 1, 2, 1]), {"by": ["k"], "col": "v"}
    for name, values in columns.items():
        data = frame(k=keys, v=("object", values))
        for how in ("mean", "var", "std", "sem", "skew", "median", "prod", "min", "max"):
            if (name, how) != ("integers", "prod") and (name != "times" or how in ("std", "sem", "skew")):
                yield f"{how}_of_{name}", "groupby", {**by, "agg": how}, data
        if name != "times":
            for how in ("mean", "median", "max"):
                yield f"transform_{how}_of_{name}", "groupby", {**by, "agg": "transform", "pos": [how]}, frame(
                    k=("object", ["x", None, "x", "y", "y"]), v=("object", values))
            yield f"sum_of_{name}", "groupby", {**by, "agg": "sum"}, data
            yield f"filter_of_{name}", "groupby_filter", {**by, "agg": "mean", "ge": 1}, data
    yield "var_of_many", "groupby", {**by, "agg": "var"}, frame(k=("int64", [1] * 300), v=("object", [{"f": float(1 / (n + 1)).hex()} for n in range(300)]))
    yield "var_without_degrees", "groupby", {**by, "agg": "var", "ddof": 0}, frame(k=keys, v=("object", columns["numbers"]))


def nullables():
    """<NA> where values are too few; NaN is a result."""
    keys, by = ("int64", [1, 1, 1, 2, 2]), {"by": ["k"], "col": "v"}
    infinite = ("Float64", [{"f": "inf"}, {"f": "-inf"}, {"f": "0x1.0p+0"}, {"f": "inf"}, None])
    for how in ("sum", "mean", "var", "std", "sem", "skew", "median", "prod"):
        yield f"{how}_nullable_infinite", "groupby", {**by, "agg": how}, frame(k=keys, v=infinite)
    key = {"name": "k", **CATEGORY, "values": ["a", "a", "b", "b", "b"]}
    for way in ("linear", "lower", "higher", "midpoint", "nearest"):
        kw = {"q": [.1, .5], "interpolation": way}
        yield f"quantile_booleans_{way}", "groupby", {**by, "agg": "quantile", "kw": kw}, frame(k=keys, v=("boolean", [True, None, False, None, None]))
        for name, value in (("integers", ("int8", [1, 2, 3, 4, 5])), ("nullable", ("Int64", [{"i": 1}, None, {"i": 3}, None, None]))):
            yield f"quantile_{way}_no_{name}", "groupby", {**by, "agg": "quantile", "kw": kw}, frame(k=key, v=value)
    for name, labels in (("truth", [None, False, None, {"i": 2}, True]), ("whole", [None, {"i": 3}, None, {"i": 2}, {"i": 2}]),
                         ("bools", [None, True, None, False, True]), ("real", [None, True, {"f": "0x1.0p-1"}, False, None])):
        yield f"keys_beside_missing_{name}", "groupby", {**by, "agg": "sum", "dropna": False}, frame(k=("object", labels), v=("int64", [1, 2, 3, 4, 5]))
    yield "sum_of_no_string", "groupby", {**by, "agg": "sum"}, frame(k=key, v=("string", ["x", "y", None, None, None]))


def filters():
    """Groups are filtered by statistics of Series, compared by Python."""
    category = {"name": "v", **CATEGORY, "values": ["b", None, "a"]}
    columns = {"dates": ("datetime64[ns]", [1, None, 5]), "no_dates": ("datetime64[ns]", [None] * 3), "spans": ("timedelta64[ns]", [1, None, 5]),
               "text": ("object", ["a", "b", None]), "categories": category, "ordered": {**category, "ordered": True},
               "number_categories": {**category, "categories": {"name": None, "dtype": "int64", "values": [3, 1, 2]}, "ordered": True, "values": [3, None, 1]},
               "nullable": ("Int64", [{"i": 3}, None, {"i": 2}]), "nullable_floats": ("Float64", [{"f": "0x1.0p+53"}, None, {"f": "0x1.0p+0"}]),
               "cancelling": ("float64", ["0x1.1c37937e08000p+53", "0x1.0p+0", "-0x1.1c37937e08000p+53"])}
    for name, value in columns.items():
        for how in ("sum", "mean", "min", "max", "count", "size"):
            for keys in ([1, 2, 1], [1, 1, 1]):
                yield (f"filter_{how}_{name}_{len(set(keys))}", "groupby_filter", {"by": ["k"], "col": "v", "agg": how, "ge": 1},
                       frame(k=("int64", keys), v=value))
        yield f"filter_mean_{name}_no_group", "groupby_filter", {"by": ["k"], "col": "v", "agg": "mean", "ge": 1}, frame(k=("object", [None] * 3), v=value)
        yield (f"filter_mean_{name}_lost", "groupby_filter", {"by": ["k"], "col": "v", "agg": "mean", "ge": 1, "dropna": False},
               frame(k=("object", [None] * 3), v=value))
    for name, keys in (("category", {"name": "k", **CATEGORY, "values": ["a", None, "a"]}), ("text", ("object", ["a", None, "a"])),
                       ("dates", ("datetime64[ns]", [1, None, 1])), ("nullable", ("Int64", [{"i": 1}, None, {"i": 1}]))):
        yield f"filter_keeps_missing_{name}", "groupby_filter", {"by": ["k"], "col": "v", "agg": "size", "ge": 1, "dropna": False}, frame(
            k=keys, v=("int64", [1, 2, 3]))
    two = dict(k=("object", ["a", None, "a", None]), j=("float64", ["0x1.0p+0", "0x1.0p+0", "nan", "nan"]), v=("int64", [1, 2, 3, 5]))
    yield "filter_two_keys_missing", "groupby_filter", {"by": ["k", "j"], "col": "v", "agg": "sum", "ge": 1, "dropna": False}, frame(**two)
    for name, q in (("one", [.5]), ("two", [.5, .25])):
        for by in (["k"], ["k", "j"]):
            yield f"quantile_columns_{name}_{len(by)}", "groupby", {"by": by, "col": "v", "agg": "quantile", "as_index": False, "kw": {"q": q}}, frame(**two)
    yield "get_group_of_no_group", "groupby", {"by": ["k", "j"], "col": "v", "agg": "get_group", "pos": [1]}, frame(
        k=("int64", []), j=("int64", []), v=("int64", []))


def orders():
    """Objects as keys: text behind what is none, and what Python does not compare."""
    for name, labels in (("text_times", ["b", {"ts": 5}, "a", {"ts": 1}]), ("times_missing", [{"ts": 5}, None, {"ts": 1}, "a"]),
                         ("numbers_times", [{"i": 1}, {"ts": 5}, {"i": 0}, {"i": 1}])):
        for sort in (True, False):
            yield f"orders_{name}_{sort}", "groupby", {"by": ["k"], "col": "v", "agg": "sum", "sort": sort, "dropna": False}, frame(
                k=("object", labels), v=("int64", [1, 2, 3, 4]))


GROUPS = (groups, products, occurring, counted, described, windows, objects, nullables,
          filters, orders)
