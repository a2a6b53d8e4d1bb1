"""Chosen cases of corners that random cases found, by packet: (name, operation, args, inputs)."""

import base64

TEXT = ("object", ["a", "b"])
ONE_TWO = ("int64", [1, 2])
ONE = ("object", [{"i": 1}])
CATEGORY = {"dtype": "category", "ordered": False,
            "categories": {"name": None, "dtype": "object", "values": ["c", "b", "a"]}}


def column(name, dtype, values, **more):
    return {"name": name, "dtype": dtype, **more, "values": values}


def frame(**columns):
    made = [spec if isinstance(spec, dict) else column(name, *spec) for name, spec in columns.items()]
    return {"df": {"columns": made, "nrows": len(made[0]["values"])}}


def series(values, labels=None):
    result = {"values": column("x", *values)}
    if labels is not None:
        result["index"] = column(None, *labels)
    return result


def index(labels):
    return {"values": column(None, *labels), "kind": "index"}


def pair(left, right):
    return {"left": left, "right": right}


def booleans():
    """Methods of Series divide booleans, which operators refuse."""
    sides = pair(series(("bool", [True, False, False])), series(("bool", [False, True, False])))
    yield "bools_div", "series_div", {}, sides
    yield "bools_div_fill", "series_div", {"fill_value": 1}, sides
    yield "objects_of_uint64", "series_sub", {"fill_value": 0}, pair(
        series(("uint64", [2**64 - 1, 3, 2**63]), ("int64", [1, 2, 3])), series(("bool", [True]), ("int64", [3])))


def types_of_numbers():
    """Every type beside every other; a value for gaps must fit the type that has some."""
    kinds = {"bool": ("bool", [True, False, True]), "uint8": ("uint8", [1, 200, 3]), "int64": ("int64", [4, 0, -9]),
             "float64": ("float64", ["0x1p-1", "nan", "0x0p+0"]), "whole": ("Int64", [{"i": 1}, None, {"i": 0}]),
             "real": ("Float64", [{"f": "0x1p+0"}, None, {"f": "0x1.8p+1"}]), "boolean": ("boolean", [True, None, False]),
             "string": ("string", ["a", None, "c"]), "dates": ("datetime64[ns]", [0, None, 86400]), "spans": ("timedelta64[ns]", [7, None, -5]),
             "mixed": ("object", [{"i": 1}, {"f": "0x1.8p+0"}, True]), "none": ("object", [{"i": 1}, None, {"f": "nan"}]), "text": ("object", ["a", "b", "c"])}
    narrow = {("boolean", "uint8"), ("uint8", "boolean")}  # a type there is no column of here
    objects = {"mixed", "none", "text", "string"}
    turn = 0
    for left, x in kinds.items():
        for right, y in kinds.items():
            if (left, right) in narrow or (left in objects and right in ("spans", "dates", "boolean", "whole", "real")) or (
                    right in objects and left in ("spans", "dates", "boolean", "whole", "real")) or (
                    {left, right} & {"spans", "dates"} and {left, right} & {"boolean", "whole", "real"}):
                continue
            for operation in ("add", "sub", "mul", "div"):
                turn += 1
                args, labels = (({}, None), ({}, [1, 2, 3]), ({"fill_value": 2}, [1, 2, 3]))[0 if {left, right} == {"spans", "bool"} else turn % 3]
                yield f"{operation}_{left}_{right}", f"series_{operation}", args, pair(
                    series(x, labels and ("int64", [0, 1, 2])), series(y, labels and ("int64", labels)))
    for name, x, y in (("large", 1, 5099493518323326575), ("negative", -(2**63), 3), ("whole", 2**64 - 1, 2**63)):
        yield f"ratio_{name}", "series_div", {}, pair(series(("object", [{"i": x}])), series(("object", [{"i": y}])))


def labels_that_cannot_be_compared():
    """In order on both sides they stay as they are; where they repeat pandas falls over them."""
    one, two, three = ("int64", [1]), ("int64", [1, 2]), ("int64", [1, 2, 3])
    zeros = ("float64", ["-0x0.0p+0", "0x0.0p+0", "0x1.0p+0"])
    for name, left, right in (
            ("zeros", (three, zeros), (two, ("float64", ["0x0.0p+0", "0x1.0p+1"]))),
            ("zeros_right", (two, ("float64", ["0x0.0p+0", "0x1.0p+1"])), (three, zeros)),
            ("text_number", (two, TEXT), (one, ONE)), ("number_text", (one, ONE), (two, TEXT)),
            ("text_none", (two, TEXT), (one, ("object", [None]))),
            ("unsorted_text_number", (two, ("object", ["b", "a"])), (one, ONE)),
            ("twice_text_number", (two, ("object", ["a", "a"])), (one, ONE)),
            ("empty_mixed_twice", (("int64", []), ("object", [])), (three, ("object", ["b", {"i": 1}, "b"]))),
            ("nones_empty", (two, ("object", [None, None])), (("int64", []), ("object", [])))):
        yield f"labels_{name}", "series_add", {}, pair(series(*left), series(*right))


def labels_of_several_types():
    """Dates and numbers have no order; an empty side has no say; unsigned takes signed for its own."""
    dates, twice = ("datetime64[ns]", [10**18, 0, None]), ("datetime64[ns]", [10**18, 10**18, 0])
    numbers, mixed = ("int64", [7, 4, 1]), ("object", [{"f": "nan"}, None, {"i": 3}])
    whole = {"dtype": "category", "ordered": False, "categories": {"name": None, "dtype": "int64", "values": [3, 1, 2]}}
    three, none = ("int64", [1, 2, 3]), ("int64", [])
    for name, left, right in (
            ("dates_numbers", (three, dates), (three, numbers)), ("dates_twice_numbers", (three, twice), (three, numbers)),
            ("numbers_dates_twice", (three, ("float64", ["0x1.8p+1", "nan", "0x1p+0"])), (three, twice)),
            ("date_numbers_in_order", (("int64", [1]), ("datetime64[ns]", [0])), (three, ("int64", [2, 2, 3]))),
            ("text_dates", (("int64", [5]), ("object", ["b"])), (three, twice)),
            ("unsigned_signed", (three, ("uint8", [1, 200, 3])), (three, ("int64", [3, 1, 300]))),
            ("signed_unsigned", (three, ("int64", [3, 1, 300])), (three, ("uint8", [1, 200, 3]))),
            ("unsigned_negative", (three, ("uint64", [1, 2, 3])), (three, ("int64", [3, -1, 4]))),
            ("empty_mixed", (none, ("object", [])), (three, mixed)), ("mixed_empty", (three, mixed), (none, ("object", []))),
            ("numbers_nan_empty", (three, ("object", [{"i": 2}, {"f": "nan"}, {"f": "0x1p-1"}])), (none, ("object", []))),
            ("empty_text_numbers", (none, ("object", [])), (three, ("object", ["c", {"i": 2}, "a"]))),
            ("no_labels", (none, ("object", [])), (none, ("Int64", []))), ("nan_numbers_twice", (("int64", [1]), ("object", [{"f": "nan"}])), (three, ("int64", [4, 4, 2]))),
            ("nullable_numbers", (three, ("Int64", [{"i": 1}, {"i": 2}, {"i": 4}])), (three, three))):
        yield f"labels_{name}", "series_add", {}, pair(series(*left), series(*right))
    for name, values, right in (("floats", [1, 1, 3], (three, ("float64", ["0x1p+0", "0x1.8p+1", "0x1p+2"]))),
                                ("missing", [1, None, 3], (three, three)), ("empty", [3, 1, 3], (none, ("object", [])))):
        left = {**series(three), "index": column(None, values=values, **whole)}
        yield f"labels_category_{name}", "series_add", {}, pair(left, series(*right))
        yield f"labels_of_category_{name}", "series_add", {}, pair(series(*right), left)
        yield f"combine_category_{name}", "combine_first", {}, pair(left, series(*right))
    for name, values in (("numbers", ("float64", ["0x1p-3", "nan", "0x1.8p+1"])), ("whole", ("Int64", [{"i": 5}, None, {"i": 7}])),
                         ("bools", ("bool", [True, False, True])), ("nothing", ("object", [None, None, None]))):
        yield f"combine_dates_{name}", "combine_first", {}, pair(
            series(dates, ("object", ["a", "b", "c"])), series(values, ("object", ["c", "d", "b"])))


def sets_of_several_types():
    """Categories count as what they are made of; what cannot be compared is never found."""
    whole = {"dtype": "category", "ordered": True, "categories": {"name": None, "dtype": "int64", "values": [3, 1, 2]}}
    kinds = {"category": {**whole, "values": [3, 1, 1]}, "category_missing": {**whole, "values": [None, 2]},
             "letters": {**CATEGORY, "values": ["c", "a"]}, "floats": {"dtype": "float64", "values": ["0x1p+0", "nan"]},
             "numbers": {"dtype": "int64", "values": [2, 1, 2]}, "large": {"dtype": "uint64", "values": [2**63, 1]},
             "bools": {"dtype": "bool", "values": [True, False]}, "bool_objects": {"dtype": "object", "values": [True, True]},
             "dates": {"dtype": "datetime64[ns]", "values": [1, 0, 1]}, "mixed": {"dtype": "object", "values": [{"i": 2}, "c", "a", None]},
             "nothing": {"dtype": "object", "values": [None, {"f": "nan"}]}, "nans": {"dtype": "float64", "values": ["nan", "nan"]}, "empty": {"dtype": "float32", "values": []}}
    for number, (name, left) in enumerate(kinds.items()):
        for other, right in list(kinds.items())[number + 1:]:
            sides = pair(*({"values": {"name": None, **side}, "kind": "index"} for side in (left, right)))
            for turn, operation in enumerate(("union", "intersection", "difference", "symmetric_difference")):
                both = sides if (number + turn) % 2 else pair(sides["right"], sides["left"])
                yield f"{operation}_{name}_{other}", f"index_{operation}", {"sort": (None, False)[turn % 2]}, both
    for name, first, second in (("category_floats", kinds["category"], kinds["floats"]), ("missing_numbers", kinds["category_missing"], kinds["numbers"]),
                                ("dates_category", kinds["dates"], kinds["letters"]), ("bools_category", kinds["bools"], kinds["category"]),
                                ("categories", kinds["category"], {**kinds["category"], "ordered": False})):
        yield f"concat_{name}", "concat", {}, {"s1": {"values": {"name": None, **first}}, "s2": {"values": {"name": None, **second}}}
    for name, first, second in (("numbers_bools", kinds["numbers"], kinds["bools"]), ("category_known", kinds["category"], kinds["numbers"]),
                                ("category_unknown", kinds["category"], kinds["mixed"]), ("objects", kinds["bool_objects"], kinds["bools"])):
        yield f"concat_labels_{name}", "concat", {}, {
            side: {"values": column("x", "int64", list(range(len(labels["values"])))), "index": {"name": None, **labels}}
            for side, labels in (("s1", first), ("s2", second))}


def gaps_of_categories():
    """A column that one side lacks, or has no value of, keeps its categories; text has <NA> there."""
    some, none = {"name": "a", **CATEGORY, "values": ["b", "a"]}, ("object", [None])
    for name, left, right in (("absent", {"a": some}, {"b": ("int64", [1])}), ("nothing", {"a": some}, {"a": none}),
                              ("absent_text", {"a": ("string", ["x"])}, {"b": ("int64", [1])}),
                              ("nullable", {"a": ("float64", ["0x1p+0"])}, {"a": ("boolean", [None])}),
                              ("mixed", {"a": ("object", [{"f": "nan"}, None])}, {"b": ("int64", [1])})):
        yield f"gaps_{name}", "concat_frames", {"axis": 0}, {"d1": frame(**left)["df"], "d2": frame(**right)["df"]}
    yield "where_text", "where", {}, {"s": series(("string", ["a", "b"])), "cond": series(("bool", [True, False]))}
    labels = {side: {**frame(a=("int64", [1, 2]))["df"], "index": column(None, *index)}
              for side, index in (("d1", ("int64", [2, 1])), ("d2", ("object", [{"i": 3}, {"i": 1}])))}
    yield "sides_of_objects", "concat_frames", {"axis": 1}, labels


def sets():
    for sort in (None, False):
        how = "maybe" if sort is None else "unsorted"
        for name, left, right in (("text_number", TEXT, ONE), ("repeated_numbers", TEXT, ("object", [{"i": 1}] * 2)),
                                  ("none_text", ("object", [None]), TEXT),
                                  ("all_repeated", ("object", ["a", "a"]), ("object", [{"i": 1}] * 2)),
                                  ("numbers_left", ("object", [{"i": 1}, "a"]), ("object", ["a", {"i": 2}])),
                                  ("number_empty", ("object", [{"i": 2}]), ("object", []))):
            for operation in ("union", "symmetric_difference"):
                yield f"{operation}_{name}_{how}", f"index_{operation}", {"sort": sort}, pair(index(left), index(right))


def joins():
    def sides(left, right):
        return {"left": frame(k=left, a=("int64", list(range(len(left[1] if isinstance(left, tuple) else left["values"])))))["df"],
                "right": frame(k=right, b=("int64", list(range(len(right[1])))))["df"]}
    for name, left, right in (("text_number", TEXT, ONE), ("number_text", ONE, TEXT), ("none_text", ("object", [None]), TEXT),
                              ("category_number", {"name": "k", **CATEGORY, "values": ["b"]}, ("int8", [0]))):
        yield f"outer_{name}", "merge", {"on": ["k"], "how": "outer"}, sides(left, right)
    for check in ("1:1", "1:m", "m:1", "m:m"):
        yield f"cross_{check.replace(':', '_')}", "merge", {"how": "cross", "validate": check}, sides(
            ("int64", [5]), ("int64", [5, 6]))
    yield "right_of_nullable", "merge", {"on": ["k"], "how": "right"}, sides(
        ("Int64", [None, {"i": 7}]), ("float64", ["-0x0.0p+0", "nan", "0x1.0p+1"]))


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


GROUPS = (groups, products, occurring, counted, described, windows, objects, nullables,
          filters)


def conditions():
    values = series(("int64", [1, 2, 3]))
    for name, condition in (("short", series(("bool", [True, False]))), ("long", series(("bool", [True, False, True, True]))),
                            ("shifted", series(("bool", [True, False, True]), ("int64", [2, 1, 9]))),
                            ("twice", series(("bool", [True, False, True]), ("int64", [1, 1, 2]))),
                            ("numbers", series(("int64", [1, 0, 1]))), ("floats", series(("float64", ["0x1.0p+0"] * 3))),
                            ("text", series(("object", ["a", "b", "c"]))), ("missing", series(("object", [True, None, False]))),
                            ("dates", series(("datetime64[ns]", [0, 1, 2]))), ("none", series(("bool", [])))):
        for operation in ("where", "mask"):
            yield f"{operation}_{name}", operation, {}, {"s": values, "cond": condition}


def conditions_of_types():
    """What is missing counts as False, where the type can hold that; what cannot be inverted is no mask."""
    three = ("int64", [1, 2, 3])
    bools = {"dtype": "category", "ordered": False, "categories": {"name": None, "dtype": "bool", "values": [True, False]}}
    kinds = {"nan": ("float64", ["nan", "0x1p+0"]), "nans": ("float64", ["nan", "nan"]), "nat": ("datetime64[ns]", [None, None]),
             "objects": ("object", [True, False]), "numbers": ("object", [{"i": 1}, {"i": 0}]), "none": ("object", [None, None]),
             "whole": ("Int64", [{"i": 1}, {"i": 0}]), "real": ("Float64", [{"f": "0x1p+0"}, None]), "boolean": ("boolean", [True, None]),
             "string": ("string", ["a", "b"]), "letters": {"name": "x", **CATEGORY, "values": ["a", "b"]},
             "bools": {"name": "x", **bools, "values": [True, None]}}
    for name, condition in kinds.items():
        made = condition if isinstance(condition, dict) else column("x", *condition)
        for how, values, labels in (("aligned", ("int64", [7, 8]), None), ("short", three, None), ("apart", three, ("int64", [8, 9])),
                                    ("empty", ("int64", []), None), ("repeated", ("int64", [7, 8]), ("int64", [5, 5]))):
            for operation in ("where", "mask"):
                cond = {"values": made} if labels is None else {"values": made, "index": column(None, *labels)}
                yield f"{operation}_{name}_{how}", operation, {}, {"s": series(values), "cond": cond}
    values = (("category", {"name": "x", **CATEGORY, "values": ["a", "b"]}), ("whole", ("Int64", [{"i": 1}, None])), ("string", ("string", ["a", None])),
              ("boolean", ("boolean", [True, None])), ("dates", ("datetime64[ns]", [0, 1])), ("uint8", ("uint8", [0, 1])), ("int8", ("int8", [0, 1])),
              ("bools", ("bool", [True, False])), ("objects", ("object", [{"i": 1}, {"i": 2}])), ("float32", ("float32", ["0x1p+0", "nan"])))
    for name, value in values:
        made = value if isinstance(value, dict) else column("x", *value)
        for other in (7, 300, -1, 2.0, 2.5, True, "a"):
            for keep in (True, False):
                yield f"other_{name}_{other}_{keep}", "where", {"other": other}, {"s": {"values": made}, "cond": series(("bool", [keep, False]))}


def keys():
    """df[key]: a mask when all of it is boolean, else names of columns."""
    df = frame(a=("int64", [1, 2]), b=("float64", ["0x1p+0", "nan"]))
    for name, key in (("names", ("object", ["b", "a", "b"])), ("unknown", ("object", ["a", "c"])), ("numbers", ("int64", [0, 1])),
                      ("nothing", ("object", [])), ("no_numbers", ("float64", [])), ("missing", ("object", [True, None])),
                      ("mixed", ("object", [True, "a"])), ("boolean", ("boolean", [None, True])), ("string", ("string", ["a", "b"]))):
        yield f"key_{name}", "filter", {}, {**df, "mask": series(key)}
    yield "mask_by_bools", "filter", {}, {**df, "mask": series(("bool", [True, False]), ("bool", [True, False]))}
    yield "mask_by_categories", "filter", {}, {**df, "mask": {
        **series(("bool", [True, False, True])), "index": column(None, values=[None, None, "a"], **CATEGORY)}}


def texts():
    """Behind a blank line that ends in a lone CR a delimiter is lost."""
    for name, text in (("blank", "a,b,c\r1,2,3\r\r,y,z\r"), ("blank_line_feed", "a,b,c\n1,2,3\n\r,y,z\n"),
                       ("blanks", "a,b,c\r1,2,3\r \r,y,z\r"), ("none", "a,b,c\r1,2,3\r,y,z\r"), ("header", "\r,b,c\r1,2,3"),
                       ("row_of_one", "a,b,c\r1,2,3\r\r,\r4,5,6"), ("crlf", "a,b,c\r1,2,3\r\r\n,y,z")):
        yield f"carriage_return_{name}", "read_csv", {}, {
            "text": {"b64": base64.b64encode(text.encode()).decode(), "text": text}}


def blocks():
    """Columns of one type lie in one block, which is empty only when all of them are."""
    nothing, some = ("float64", ["nan", "nan"]), ("float64", ["0x1.0p+0", "nan"])
    single = ("float32", ["0x1.8p+0"])
    for name, first, second in (("one_of_two", dict(a=nothing, b=("bool", [True, True]), c=some), dict(a=single, c=single)),
                                ("two_of_two", dict(a=nothing, c=nothing), dict(a=single, c=single)),
                                ("apart", dict(a=nothing, c=some), dict(a=single, c=("int64", [1]))),
                                ("absent", dict(a=nothing, c=some), dict(b=single))):
        for join in ("inner", "outer"):
            yield f"blocks_{name}_{join}", "concat_frames", {"axis": 0, "join": join}, {
                "d1": frame(**first)["df"], "d2": frame(**second)["df"]}
    yield "category_on_text", "concat", {}, {"s1": {"values": column("x", values=["a"], **CATEGORY)},
                                             "s2": series(("object", ["q"]))}


def names():
    """Columns that a pivot makes, named by what is no text; categories take part unobserved."""
    keys = ("int64", [1, 1, 0, 2])
    some = {"name": "c", **CATEGORY, "values": ["a", None, "a", "b"]}
    for name, labels in (("dates", ("datetime64[ns]", [0, 1609459200000000000, None, 1])),
                         ("spans", ("timedelta64[ns]", [0, -5, None, 86400 * 10**9])),
                         ("float32", ("float32", ["0x1.7e7e4c0000000p+1", "-0x0.0p+0", "nan", "0x1.0p+53"])),
                         ("infinite", ("float64", ["inf", "-inf", "nan", "0x1.0p+70"])),
                         ("nullable", ("Int64", [None, {"i": 2}, {"i": 2}, {"i": 1}])), ("categories", some)):
        for how in ("sum", "mean"):
            for dropna in (True, False):
                for observed in (True, False):
                    yield (f"names_{name}_{how}_{dropna}_{observed}", "pivot_table",
                           {"index": "k", "columns": "c", "values": "v", "aggfunc": how, "dropna": dropna, "observed": observed},
                           frame(k=keys, c=labels, v=("int64", [1, 2, 3, 4])))


def distances():
    """merge_asof: differences are those of the keys' type, which wrap around."""
    hour = 3600 * 10**9
    for name, keys, others, tolerances in (
            ("int8", ("int8", [-128, 0, 100]), ("int8", [-100, 1, 127]), (0, 28, 127, 128)),
            ("int64", ("int64", [-2**63, 0, 2**62]), ("int64", [-1, 5, 2**63 - 1]), (0, 2**62, 2**63)),
            ("uint64", ("uint64", [1, 2**63, 2**64 - 2]), ("uint64", [0, 2**63 - 9, 2**64 - 1]), (8, 2**63, -1, 0.5)),
            ("float32", ("float32", ["-inf", "0x1.0p+24", "inf"]), ("float32", ["-inf", "0x1.000002p+24", "inf"]), (0, 1, 0.1)),
            ("bool", ("bool", [False, True]), ("bool", [False, True]), (None, 1)),
            ("times", ("datetime64[ns]", [0, hour, 9 * hour]), ("datetime64[ns]", [1, 2 * hour, 8 * hour]), (None, 5, {"td": hour}, {"td": -1})),
            ("spans", ("timedelta64[ns]", [1 - 2**63, hour]), ("timedelta64[ns]", [0, 2**63 - 1]), (None, {"td": 0})),
            ("nullable", ("Int64", [{"i": 1}, {"i": 4}]), ("Int64", [{"i": 2}, {"i": 3}]), (None, 1)),
            ("text", TEXT, TEXT, (None,)), ("unlike", ("int64", [1, 2]), ("int32", [2, 1]), (None,))):
        for tolerance in tolerances:
            for direction in ("backward", "forward", "nearest"):
                args = {"on": "t", "direction": direction} | ({} if tolerance is None else {"tolerance": tolerance})
                yield (f"distance_{name}_{tolerance}_{direction}".replace("{'td': ", "td").replace("}", ""), "merge_asof", args,
                       pair(frame(t=keys)["df"], frame(t=others, b=("int64", list(range(len(others[1])))))["df"]))
    unsorted = frame(t=("int64", [2, 1]), g=ONE_TWO)["df"]
    yield "distance_by_unlike", "merge_asof", {"on": "t", "by": "g"}, pair(unsorted, frame(t=("int64", [1, 2]), g=TEXT)["df"])


def fills():
    """A value for the gaps of a pivot takes part in the type of its columns."""
    columns = (("int8", ("int8", [1, 2, -3, 4])), ("uint64", ("uint64", [1, 2, 3, 2**64 - 1])),
               ("float32", ("float32", ["0x1.8p+0", "nan", "0x1.0p+1", "0x1.0p+0"])), ("bool", ("bool", [True, False, True, True])),
               ("mixed", ("object", [{"i": 1}, {"f": "0x1.4p+1"}, True, {"i": 4}])), ("missing", ("object", ["s", None, "t", "u"])),
               ("nullable", ("Int64", [{"i": 1}, None, {"i": 3}, {"i": 4}])), ("string", ("string", ["a", None, "b", "c"])),
               ("category", {"name": "v", **CATEGORY, "values": ["a", "b", None, "b"]}), ("times", ("datetime64[ns]", [0, None, 2, 3])))
    for name, values in columns:
        for fill in (0, -1, 1.5, "a", True, 300, 2**63):
            for gaps, keys in (("gaps", [1, 1, 0, 2]), ("whole", [1, 1, 0, 0])):
                yield (f"fill_{name}_{fill}_{gaps}", "pivot_table",
                       {"index": "k", "columns": "c", "values": "v", "aggfunc": "first", "fill_value": fill, "dropna": gaps == "gaps"},
                       frame(k=("int64", keys), c=("object", ["x", "y", "x", "y"]), v=values))
    yield "sizes_of_mixed_labels", "pivot_table", {"index": "k", "columns": "c", "values": "k", "aggfunc": "size"}, frame(
        k=("int64", [1, 2]), c=("object", ["x", {"i": 1}]))
    yield "categories_beside_mixed_labels", "pivot_table", {"index": "k", "columns": "c", "values": "v"}, frame(
        k={"name": "k", **CATEGORY, "values": ["a", "c"]}, c=("object", ["x", {"i": 1}]), v=("int64", [1, 2]))


def categories_as_keys():
    """Categories of numbers are compared, and cast, as these numbers."""
    def numbers(dtype, values, choice):
        return {"name": "k", "dtype": "category", "ordered": False, "categories": column(None, dtype, choice), "values": values}

    text = {"name": "k", **CATEGORY, "values": ["b", None, "a"]}
    holes, whole = numbers("int64", [2, None, 1], [3, 1, 2]), numbers("int64", [1, 2, 3], [1, 2, 3])
    flags = numbers("bool", [True, None, False], [False, True])
    others = {"whole": whole, "text": text, "flags": flags, "int8": ("int8", [1, 2, 3]), "float": ("float64", ["0x1.0p+0", "0x1.0p+1", "nan"]),
              "object": ("object", [{"i": 1}, "x", None]), "nullable": ("Int64", [{"i": 1}, None, {"i": 2}])}
    for name, other in others.items():
        for side, (left, right) in (("left", (holes, other)), ("right", (other, holes)), ("whole", (other, whole))):
            for how in ("left", "right", "outer"):
                yield f"categories_{name}_{side}_{how}", "merge", {"on": ["k"], "how": how}, pair(
                    frame(k=left, x=("int64", [0, 1, 2]))["df"], frame(k=right, y=("int64", [0, 1, 2]))["df"])


PACKETS = {1: (labels_that_cannot_be_compared, labels_of_several_types),
           2: (sets, sets_of_several_types, gaps_of_categories),
           3: (booleans, types_of_numbers),
           4: (joins, distances, categories_as_keys),
           6: GROUPS,
           7: (conditions, conditions_of_types, keys),
           8: (texts,), 9: (blocks,), 10: (names, fills)}


def cases(packet):
    for family in PACKETS.get(packet, ()):
        for name, operation, args, inputs in family():
            yield {"case_id": name, "operation": operation, "args": args, "in": inputs}
