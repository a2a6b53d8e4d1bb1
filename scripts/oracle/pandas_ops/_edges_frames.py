"""Corners of reading, joins, concatenation and pivots: (name, operation, args, inputs)."""

import base64

from pandas_ops._made import TEXT, ONE_TWO, ONE, CATEGORY, column, frame, series, pair


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
    turned = {**CATEGORY, "categories": column(None, "object", ["a", "b", "c"])}
    yield "categories_in_another_order", "concat", {}, {"s1": {"values": column("x", values=["a", None, "c"], **CATEGORY)},
                                                        "s2": {"values": column("x", values=["c", "a", None, "b"], **turned)}}
    yield "category_on_text", "concat", {}, {"s1": {"values": column("x", values=["a"], **CATEGORY)},
                                             "s2": series(("object", ["q"]))}


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
    for name, choice, values in (("same", ["c", "b", "a"], ["a", None]), ("others", ["c", "b"], ["c", "b"]), ("order", ["a", "b", "c"], ["c", "a"])):
        by = {"name": "g", **CATEGORY, "categories": column(None, "object", choice), "values": values}
        yield f"distance_by_categories_{name}", "merge_asof", {"on": "t", "by": "g"}, pair(
            frame(t=ONE_TWO, g={"name": "g", **CATEGORY, "values": ["a", None]})["df"], frame(t=ONE_TWO, g=by, b=ONE_TWO)["df"])
    yield "distance_by_unlike", "merge_asof", {"on": "t", "by": "g"}, pair(unsorted, frame(t=("int64", [1, 2]), g=TEXT)["df"])


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
