"""The packets FP-P2C-001 to 010 beside groupby sum: chosen cases first, then random ones."""

import base64
import itertools

from pandas_ops import _edges, _random, _table as table
from pandas_ops import labels as label_ops

NAN = {"f": "nan"}


def column(name, dtype, values, **more):
    return {"name": name, "dtype": dtype, **more, "values": values}


def series(dtype, values, labels=None, name=None):
    result = {"values": column(name, dtype, values)}
    if labels is not None:
        result["index"] = column(None, *labels)
    return result


def frame(**columns):
    made = [column(name, *spec) for name, spec in columns.items()]
    return {"columns": made, "nrows": len(made[0]["values"])}


def case(name, operation, args, data):
    return {"case_id": name, "operation": operation, "args": args, "in": data}


def drawn(seed, count, families, wanted=lambda operation, args: True):
    """The first `count` random cases of the families that are wanted."""
    found = 0
    for name, operation, args, data in _random.cases(seed, 100000, families):
        if found == count:
            return
        if wanted(operation, args):
            found += 1
            yield case(name, operation, args, data)


def floats(*values):
    return [table.hexfloat(v) for v in values]


INF = float("inf")
LABELS = {"same": (("int64", [1, 2, 3]), ("int64", [1, 2, 3])),
          "permuted": (("int64", [1, 2, 3]), ("int64", [3, 1, 2])),
          "overlap": (("object", ["a", "b", "c"]), ("object", ["b", "c", "d"])),
          "disjoint": (("object", ["a", "b", "c"]), ("object", ["x", "y", "z"])),
          "duplicates": (("int64", [1, 1, 2]), ("int64", [1, 2, 2])),
          "equal_duplicates": (("int64", [7, 7, 7]), ("int64", [7, 7, 7])),
          "mixed": (("object", [{"i": 1}, "a", {"i": 2}]), ("object", ["a", {"i": 2}, "b"]))}
NUMBERS = {"int": ("int64", [1, -2, 3]), "wrap": ("int64", [2**63 - 1, -2**63, 1]),
           "int8": ("int8", [127, -128, 1]), "uint8": ("uint8", [255, 0, 1]),
           "uint64": ("uint64", [2**64 - 1, 0, 1]), "bool": ("bool", [True, False, True]),
           "float": ("float64", floats(0.1, -0.0, INF)),
           "nan": ("float64", floats(float("nan"), -INF, 1e308)),
           "float32": ("float32", floats(0.5, 16777216.0, -0.0))}


def add_cases(prefix):
    for name, (left, right) in LABELS.items():
        for fill in (None, 0):
            args = {} if fill is None else {"fill_value": fill}
            yield case(f"{prefix}_{name}{'' if fill is None else '_fill'}", "series_add", args,
                       {"left": series("int64", [1, 2, 3], left, "x"),
                        "right": series("float64", floats(.5, 1.5, -2.0), right, "x")})


def packet_001():
    chosen = list(add_cases("add"))
    for (left, x), (right, y) in itertools.combinations_with_replacement(NUMBERS.items(), 2):
        chosen.append(case(f"add_{left}_{right}", "series_add", {},
                           {"left": series(*x), "right": series(*y)}))
    return chosen + list(drawn(101, 20, ("arith",), lambda op, _: op == "series_add"))


def packet_002():
    chosen = []
    for name, (left, right) in LABELS.items():
        for operation in ("union", "intersection", "difference", "symmetric_difference"):
            for sort in (None, False):
                data = {"left": {"values": column(None, *left), "kind": "index"},
                        "right": {"values": column(None, *right), "kind": "index"}}
                chosen.append(case(f"{operation}_{name}_{'maybe' if sort is None else 'unsorted'}",
                                   f"index_{operation}", {"sort": sort}, data))
    return chosen + list(drawn(102, 40, ("sets", "first")))


def packet_003():
    chosen = []
    for operation in ("sub", "mul", "div"):
        for name, (left, right) in LABELS.items():
            chosen.append(case(f"{operation}_{name}", f"series_{operation}", {"fill_value": 1},
                               {"left": series("int64", [6, -7, 0], left),
                                "right": series("int64", [0, 2, -3], right)}))
    return chosen + list(drawn(103, 60, ("arith", "numbers")))


def packet_004():
    chosen = [case("accident_of_equal_length", "merge", {"on": ["k"], "how": "inner"},
                   {"left": frame(k=("int64", [1, 2, 1, 3]), a=("int64", [0, 1, 2, 3])),
                    "right": frame(k=("int64", [1, 1]), b=("int64", [0, 1]))})]
    for how in ("inner", "left", "right", "outer"):
        for sort in (False, True):
            chosen.append(case(f"{how}_{'sorted' if sort else 'unsorted'}_missing_keys", "merge",
                               {"on": ["k"], "how": how, "sort": sort, "indicator": True},
                               {"left": frame(k=("object", ["b", None, "a", NAN, "b"]),
                                              v=("int64", [0, 1, 2, 3, 4])),
                                "right": frame(k=("object", [None, "b", "c", "b"]),
                                               v=("bool", [True, False, True, False]))}))
    return chosen + list(drawn(104, 70, ("merge", "merge", "asof", "ordered")))


def packet_006():
    chosen = []
    values = {"float": ("float64", floats(0.1, float("nan"), 1e16, -1e16, INF, 0.3, float("nan"))),
              "int": ("int64", [2**62, 2**62, 2**62, -1, 5, 2**53 + 1, 0]),
              "null": ("Int64", [None, {"i": 1}, None, {"i": 2}, None, None, {"i": -7}]),
              "text": ("object", ["x", "y", "", "z", "é", "w", "v"]),
              "empty": ("float64", ["nan"] * 7)}
    for how in _random.AGGREGATES:
        for name, value in values.items():
            chosen.append(case(f"{how}_{name}", "groupby", {"by": ["k"], "col": "v", "agg": how},
                               {"df": frame(k=("int64", [1, 1, 1, 1, 1, 1, 2]), v=value)}))
    return chosen + list(drawn(106, 60, ("groupby", "named", "rowop")))


def packet_007():
    return list(drawn(107, 80, ("labels", "masks", "gfilter", "duplicates")))


BROKEN = {"long_row": "a,b\n1,2\n3,4,5\n6,7\n", "long_rows": "a,b\n1,2\n3,4,5\n6,7,8\n9,0\n",
          "long_quoted": "a,b\n1,2\n\"x,y\",4,5\n6,7\n", "long_crlf": "a,b\r\n1,2\r\n3,4,5\r\n6,7\r\n",
          "unterminated": "a,b\n1,\"x\n2,y\n", "empty": "", "blank": "\n\n  \n", "short": "a,b,c\n1\n2,3\n",
          "header_only": "a,b", "implicit_index": "a,b\n1,2,3\n4,5,6\n", "lone_quote": "a\n\"\n",
          "quote_inside": "a,b\n1\"2\",3\n", "after_quote": "a,b\n\"x\"yz,3\n", "embedded": "a,b\n\"1\n2\",3\n",
          "duplicate_names": "a,a,a.1\n1,2,3\n", "no_name": "a,,c\n1,2,3\n", "bom": "\ufeff\"a\",b\n1,2\n",
          "trailing_comma": "a,b\n1,2,\n3,4,\n", "commas": "a,b\n,\n,\n", "huge": "a\n1e400\n",
          "digits": "a\n" + "9" * 400 + "\n", "uint": "a\n9223372036854775808\n\n1\n",
          "uint_negative": "a\n9223372036854775808\n-1\n", "uint_na": "a,b\n9223372036854775808,1\n,2\n",
          "mixed_ends": "a\r1\n2\r\n3\r", "blanks": "a\n 1\n2 \n", "bools_na": "a,b\nTrue,1\n,2\n"}


def packet_008():
    """Hardened mode leaves rows that are too long out, and says so."""
    chosen = []
    for name, text in BROKEN.items():
        data = {"text": {"b64": base64.b64encode(text.encode()).decode(), "text": text}}
        one = case(f"csv_{name}", "read_csv", {"recover": 8}, data)
        rows = {"long_row": 1, "long_rows": 2, "long_quoted": 1, "long_crlf": 1}.get(name, 0)
        if rows:
            skip = {**one, "args": {"on_bad_lines": "skip"}}
            one["hardened"] = {"expect": label_ops.read_csv(skip),
                               "diagnostics": ["row_too_long"] * rows}
        chosen.append(one)
    bad = base64.b64encode(b"a,b\n1,\xff\n").decode()
    chosen.append(case("csv_not_utf8", "read_csv", {}, {"text": {"b64": bad}}))
    return chosen + list(drawn(108, 60, ("csv",)))


TYPES = {"bool": [True, False], "int8": [1, -2], "int16": [1, -2], "int32": [1, -2], "int64": [1, -2],
         "uint8": [1, 2], "uint16": [1, 2], "uint32": [1, 2], "uint64": [1, 2],
         "float32": floats(.5, 2.0), "float64": floats(.1, 2.0), "object": ["a", None]}


HOUR = 3600 * 10**9
NOON = 1704110400 * 10**9  # 2024-01-01T12:00Z
ZONED = {"naive": ("datetime64[ns]", [NOON, None, NOON + HOUR]),
         "utc": ("datetime64[ns, UTC]", [NOON, None, NOON + HOUR]),
         "east": ("datetime64[ns, UTC+02:00]", [NOON - HOUR, NOON, None]),
         "west": ("datetime64[ns, UTC-05:30]", [NOON + 1, NOON, NOON]),
         "nat": ("datetime64[ns]", [None, None, None]), "nat_utc": ("datetime64[ns, UTC]", [None, None, None]),
         "several": ("object", [{"ts": NOON, "zone": 0}, {"ts": NOON, "zone": 120}, None]),
         "int": ("int64", [1, 2, 3]), "text": ("object", ["a", "b", "c"])}
DATES = {"z": ["2024-01-02T00:00:00Z", "2024-01-01T10:30:00+00:00"],
         "missing": ["", "2024-01-02 00:00:00+0200", "NaT", "2024-01-01 10:30:00+02:00"],
         "west": ["2024-01-02 00:00-05:30", "2024-01-03 00:00-0530"], "hours": ["2024-01-02T00:00:00-05", "2024-01-02T00:00:00-5"],
         "mixed": ["2024-01-02T00:00:00Z", "", "2024-01-02T00:00:00+02:00"], "naive_aware": ["2024-01-02T00:00:00", "2024-01-02T00:00:00Z"],
         "aware_naive": ["2024-01-02T00:00:00Z", "2024-01-02T00:00:00"], "fraction": ["2024-01-02T00:00:00.5Z", "2024-01-02T00:00:00.123456789Z"],
         "digits": ["2024-01-02T00:00:00.1234567891+14:00", "2024-1-2T3:4:5.+14:00"], "a_day": ["2024-01-02T00:00:00Z", "2024-01-02T00:00:00+24:00"],
         "seconds": ["2024-01-02T00:00:00Z", "2024-01-02T00:00:60+00:00:59"], "utc": ["2024-01-02 00:00:00 UTC", "2024-01-02 00:00:00 gmt"],
         "blank": ["2024-01-02 00:00:00 +02:00", "2024-01-02  00:00:00   +0200"], "american": ["01/15/2024 10:00Z", "1/5/2024 9:00+00:00"],
         "slashes": ["2024/01/02 00:00:00+02:00", "2024/01/03 00:00:00+2"], "compact": ["20240102T10:00:00Z", "202413T10:00:00Z"],
         "form": ["2024-01-02T00:00:00Z", "2024-01-02 00:00:00Z"], "edge": ["2262-04-11T23:47:16Z", "1677-09-21T00:12:44Z"],
         "beyond": ["2262-04-11T23:47:16Z", "2262-04-11T23:47:17Z"]}
FORMATS = {"offset": ("%d.%m.%Y %H:%M%z", ["02.01.2024 10:00+02:00", "3.1.2024 9:05+0200"]),
           "in_front": ("%z %d/%m/%Y", ["-0530 02/01/2024", "Z 03/01/2024"]), "named": ("%Y-%m-%d %Z", ["2024-01-02 UTC", "2024-01-03 utc"]),
           "short": ("%Y-%m-%dT%H:%M%z", ["2024-01-02T10:00+02"]), "iso_short": ("%Y-%m-%dT%H:%M:%S%z", ["2024-01-02T10:00:00+2"]),
           "none": ("%Y-%m-%d", ["2024-01-02Z"])}


def zone_cases():
    """Times with an offset: read, and beside each other."""
    def text(name, fields, **options):
        return case(f"zone_read_{name}", "read_csv", {"parse_dates": ["t"], **options},
                    {"text": "v,t\n" + "".join(f"{n},{field}\n" for n, field in enumerate(fields))})
    for name, fields in DATES.items():
        yield text(name, fields)
    yield text("day_first", ["02/01/2024 10:00Z", "15/01/2024 10:00Z"], dayfirst=True)
    yield text("day_first_iso", ["2024-02-01T10:00:00Z", "2024-03-01T10:00:00Z"], dayfirst=True)
    for name, (form, fields) in FORMATS.items():
        yield text(f"format_{name}", fields, date_format=form)
    for x, y in itertools.product(ZONED, repeat=2):
        if not {x, y} <= {"int", "text", "naive", "nat"}:
            yield case(f"zone_concat_{x}_{y}", "concat", {"ignore_index": True},
                       {"s1": series(*ZONED[x]), "s2": series(*ZONED[y])})


def zone_orders():
    """Times with an offset as keys and values."""
    for name in ("utc", "east", "several"):
        data = {"df": frame(t=ZONED[name], u=ZONED[name], v=("int64", [3, 1, 2]), k=("int64", [1, 0, 1]))}
        yield case(f"zone_sort_{name}", "sort_values", {"by": ["t"], "ascending": False}, data)
        yield case(f"zone_key_{name}", "groupby", {"by": ["t"], "col": "v", "agg": "sum"}, data)
        for how in ("min", "max", "first", "last", "count", "nunique", "mean", "median", "std", "idxmin", "sum", "any"):
            if name != "several" or how in ("first", "last", "count", "nunique", "any"):
                yield case(f"zone_{how}_{name}", "groupby", {"by": ["k"], "col": "u", "agg": how}, data)
    for x, y in itertools.product(("naive", "utc", "east", "several"), repeat=2):
        for how in ("inner", "outer"):
            yield case(f"zone_merge_{x}_{y}_{how}", "merge", {"on": ["t"], "how": how},
                       {"left": frame(t=ZONED[x], a=("int64", [1, 2, 3])), "right": frame(t=ZONED[y], b=("int64", [4, 5, 6]))})
        ways = [("datetime64[ns]" if x == "naive" else ZONED[x][0], [NOON, NOON + HOUR]),
                ("datetime64[ns]" if y == "naive" else ZONED[y][0], [NOON - HOUR, NOON + 1])]
        if "several" not in (x, y):
            yield case(f"zone_asof_{x}_{y}", "merge_asof", {"on": "t", "direction": "nearest"},
                       {"left": frame(t=ways[0], a=("int64", [1, 2])), "right": frame(t=ways[1], b=("int64", [4, 5]))})


def packet_009():
    chosen = [case(f"concat_{x}_{y}", "concat", {"ignore_index": True},
                   {"s1": series(x, TYPES[x]), "s2": series(y, TYPES[y])})
              for x in TYPES for y in TYPES]
    chosen += zone_cases()
    return chosen + list(drawn(109, 40, ("stacked", "frames", "masks", "combine")))


def packet_010():
    return list(zone_orders()) + list(drawn(110, 80, ("chain", "chain", "pivot", "counts", "frames")))


OPERATIONS = {}


def packet(number):
    return lambda: globals()[f"packet_{number:03}"]() + list(_edges.cases(number))


PACKETS = {f"FP-P2C-{number:03}": packet(number) for number in (1, 2, 3, 4, 6, 7, 8, 9, 10)}
