"""Corners of labels, sets of them, arithmetic and conditions: (name, operation, args, inputs)."""

from pandas_ops._made import TEXT, ONE, CATEGORY, column, frame, series, index, pair


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
