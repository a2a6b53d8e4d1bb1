"""Random cases of every operation, the same for the same seed on every machine."""

import base64
import random

from pandas_ops import _table as table

NAN = {"f": "nan"}
TEXT = ["", "a", "b", "aa", "9", "10", "Z", "é"]
INTEGERS = {"int8": (-128, 127), "int16": (-2**15, 2**15 - 1), "int32": (-2**31, 2**31 - 1),
            "int64": (-2**63, 2**63 - 1), "uint8": (0, 255), "uint16": (0, 2**16 - 1),
            "uint32": (0, 2**32 - 1), "uint64": (0, 2**64 - 1)}
AGGREGATES = ["sum", "mean", "count", "size", "min", "max", "first", "last", "std", "var", "sem",
              "median", "prod", "nunique", "any", "all", "idxmin", "idxmax", "skew"]
ROWS = ["quantile", "cumcount", "ngroup", "cumsum", "cumprod", "cummin", "cummax", "rank",
        "shift", "diff", "head", "tail", "nth", "describe", "transform", "ohlc", "skew", "ffill",
        "bfill", "value_counts", "get_group", "idxmin", "idxmax"]


class Maker:
    """One stream of random columns, frames and cases."""

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def column(self, name, dtype, values, **more):
        return {"name": name, "dtype": dtype, **more, "values": values}

    def real(self):
        return self.rng.choice([-1, 1]) * self.rng.random() * 2.0 ** self.rng.randint(-30, 22)

    def key(self, name, n):
        """A column with few different values."""
        rng, kind = self.rng, self.rng.choice(
            ["small", "small", "big", "int8", "uint16", "uint64", "float", "bool", "text", "null",
             "mixed", "date", "category", "nullable", "float32", "objbool", "objint"])
        pick = lambda pool: [rng.choice(pool) for _ in range(n)]
        if kind == "small":
            return self.column(name, "int64", pick(range(5)))
        if kind == "big":
            return self.column(name, "int64", pick([rng.randint(-10**12, 10**12) for _ in range(4)]))
        if kind in ("int8", "uint16", "uint64"):
            return self.column(name, kind, pick(range(3)))
        if kind in ("float", "float32"):
            pool = [0.0, -0.0, 1.5, 2.0, float("inf"), float("-inf"), float("nan")]
            return self.column(name, "float64" if kind == "float" else kind,
                               [table.hexfloat(v) for v in pick(pool)])
        if kind == "bool":
            return self.column(name, "bool", pick([True, False]))
        if kind == "text":
            return self.column(name, "object", pick(TEXT))
        if kind == "null":
            return self.column(name, "object", pick(["x", "y", None, NAN]))
        if kind == "mixed":
            return self.column(name, "object", pick([{"i": 1}, {"i": 2}, "a", "b", None]))
        if kind == "objbool":
            return self.column(name, "object", pick([True, False, None]))
        if kind == "objint":
            return self.column(name, "object", pick([{"i": 3}, {"i": 1}, {"f": "0x1.8000000000000p+0"}]))
        if kind == "date":
            return self.column(name, "datetime64[ns]", pick([1590969600000000000, None,
                                                             1609459200000000000]))
        if kind == "nullable":
            return self.column(name, "Int64", pick([{"i": -2}, {"i": 0}, {"i": 1}, None]))
        return self.column(name, "category", pick(["a", "b", None] if rng.random() < .5 else ["a", "b"]),
                           categories=self.column(None, "object", ["c", "b", "a"]), ordered=False)

    def value(self, name, n, plain=False):
        rng = self.rng
        kind = rng.choice(["float", "float", "nan", "all_nan", "float32", "small", "small", "bool",
                           "text", "nullable", *([] if plain else INTEGERS)])
        if plain and kind == "nullable":
            kind = "float"
        if kind in ("float", "nan"):
            holes = .3 if kind == "nan" else 0
            return self.column(name, "float64", [
                "nan" if rng.random() < holes else table.hexfloat(self.real()) for _ in range(n)])
        if kind == "all_nan":
            return self.column(name, "float64", ["nan"] * n)
        if kind == "float32":
            import numpy
            return self.column(name, kind, [table.hexfloat(numpy.float32(rng.uniform(-100, 100)))
                                            for _ in range(n)])
        if kind == "small":
            return self.column(name, "int64", [rng.randint(-100, 100) for _ in range(n)])
        if kind == "bool":
            return self.column(name, "bool", [rng.random() < .5 for _ in range(n)])
        if kind == "text":
            return self.column(name, "object", [rng.choice(["", "p", "q", "rr"]) for _ in range(n)])
        if kind == "nullable":
            return self.column(name, "Int64", [rng.choice([None, {"i": rng.randint(-9, 9)}])
                                               for _ in range(n)])
        low, high = INTEGERS[kind]
        if rng.random() < .5:
            low, high = max(low, -20), min(high, 20)
        return self.column(name, kind, [rng.randint(low, high) for _ in range(n)])

    def index(self, n, unique=True, kinds=("int64", "object", "mixed", "float64")):
        kind = self.rng.choice(kinds)
        pool = {"int64": [1, 2, 3, 4, 5, 7], "object": ["a", "b", "c", "d", "e", ""],
                "mixed": [{"i": 1}, {"i": 2}, {"i": 3}, "a", "b", "c"],
                "float64": [table.hexfloat(v) for v in (-1.0, .5, 1.0, 2.5, 3.0, 9.0)]}[kind]
        labels = self.rng.sample(pool, n) if unique else [self.rng.choice(pool) for _ in range(n)]
        return self.column(None, "object" if kind == "mixed" else kind, labels)

    def frame(self, columns, index=None):
        result = {"columns": columns, "nrows": len(columns[0]["values"])}
        return {**result, "index": index} if index else result

    def maybe(self, args, **options):
        for key, values in options.items():
            if self.rng.random() < .5:
                args[key] = self.rng.choice(values)
        return args

    def groupby(self):
        rng = self.rng
        n = rng.choice([0, 1, 2, 5, 8, 12, 13])
        two = rng.random() < .35
        keys = [self.key("k", n)] + ([self.key("j", n)] if two else [])
        how = rng.choice(AGGREGATES)
        args = {"by": [key["name"] for key in keys], "col": "v", "agg": how}
        self.maybe(args, sort=[False], dropna=[False], as_index=[False])
        if any(key["dtype"] == "category" for key in keys):
            args["observed"] = rng.random() < .5
        if how in ("sum", "prod", "min", "max", "first", "last"):
            self.maybe(args, min_count=[1, 2])
        if how in ("std", "var", "sem"):
            self.maybe(args, ddof=[0, 2])
        if how == "nunique":
            self.maybe(args, nunique_dropna=[False])
        if how in ("idxmin", "idxmax"):
            args.pop("as_index", None)
        return "groupby", args, {"df": self.frame(keys + [self.value("v", n)])}

    def named(self):
        n = self.rng.choice([1, 4, 9])
        named = [[f"o{i}", self.rng.choice("vw"),
                  self.rng.choice(["sum", "mean", "min", "max", "count", "first", "last", "std",
                                   "median", "nunique", "var"])] for i in range(self.rng.randint(1, 5))]
        args = {"by": ["k"], "named": named, "sort": self.rng.random() < .5}
        columns = [self.key("k", n), self.value("v", n), self.value("w", n)]
        if columns[0]["dtype"] == "category":
            args["observed"] = True
        return "groupby", args, {"df": self.frame(columns)}

    def rowop(self):
        rng = self.rng
        n = rng.choice([1, 2, 5, 8, 11, 12])
        how = rng.choice(ROWS)
        key = self.key("k", n)
        while key["dtype"] == "category":
            key = self.key("k", n)
        args = {"by": ["k"], "col": "v", "agg": how, "sort": rng.random() < .5,
                "dropna": rng.random() < .5}
        kw = {}
        if how == "quantile":
            kw = {"q": rng.choice([.1, .25, .5, .9, [.1, .5], [.75, 0, 1]]),
                  "interpolation": rng.choice(["linear", "lower", "higher", "midpoint", "nearest"])}
        elif how in ("shift", "diff"):
            kw = {"periods": rng.choice([0, 1, 2, -1])}
        elif how in ("head", "tail"):
            kw = {"n": rng.choice([0, 1, 2, -1])}
        elif how == "nth":
            args["pos"] = [rng.choice([0, 1, -1, [0, 2]])]
        elif how in ("cumcount", "ngroup"):
            kw = {"ascending": rng.random() < .5}
        elif how == "rank":
            kw = {"method": rng.choice(["average", "min", "max", "first", "dense"]),
                  "ascending": rng.random() < .5, "pct": rng.random() < .3,
                  "na_option": rng.choice(["keep", "top", "bottom"])}
        elif how == "value_counts":
            kw = {"normalize": rng.random() < .5}
        elif how == "transform":
            args["pos"] = [rng.choice(["sum", "mean", "max", "min", "count", "size", "first", "std",
                                       "median", "nunique"])]
        elif how == "get_group":
            args["pos"] = [rng.choice([1, 2, "a", "x"])]
        if kw:
            args["kw"] = kw
        index = self.column(None, "int64", rng.sample(range(100), n)) if rng.random() < .4 else None
        return "groupby", args, {"df": self.frame([key, self.value("v", n)], index)}

    def merge(self):
        rng = self.rng
        sides, two = [], rng.random() < .25
        kind = self.key("k", 12)
        same = rng.random() < .85
        for name in "ab":
            n = rng.choice([0, 1, 3, 5, 8, 9, 11])
            key = dict(kind) if same else self.key("k", 12)
            key["values"] = [rng.choice(key["values"]) for _ in range(n)]
            columns = [key, self.value(name, n)]
            if two:
                columns.append(self.column("j", "int64", [rng.randint(0, 2) for _ in range(n)]))
            if rng.random() < .3:
                columns.append(self.value("v", n, plain=True))
            sides.append(self.frame(columns))
        args = {"on": ["k", "j"] if two else ["k"],
                "how": rng.choice(["inner", "left", "right", "outer", "inner"])}
        if rng.random() < .1:
            args = {"how": "cross"}
        self.maybe(args, suffixes=[["_l", "_r"], ["_x", None], [None, None]])
        if rng.random() < .4:
            args["sort"] = True
        if rng.random() < .3:
            args["indicator"] = True
        if "on" in args and rng.random() < .2:
            args["validate"] = rng.choice(["1:1", "1:m", "m:1", "m:m"])
        return "merge", args, {"left": sides[0], "right": sides[1]}

    def asof(self):
        rng = self.rng
        sides, real, grouped = [], rng.random() < .4, rng.random() < .5
        for name in "ab":
            n = rng.choice([0, 1, 4, 6, 8])
            times = sorted(rng.randint(0, 9) for _ in range(n))
            columns = [self.column("t", "float64", [table.hexfloat(t / 2) for t in times]) if real
                       else self.column("t", "int64", times),
                       self.column(name, "int64", [rng.randint(1, 8) for _ in range(n)])]
            if grouped:
                columns.append(self.column("g", "object", [rng.choice(TEXT) for _ in range(n)]))
            sides.append(self.frame(columns))
        args = {"on": "t", "direction": rng.choice(["backward", "forward", "nearest"])}
        if rng.random() < .4:
            args["allow_exact_matches"] = False
        if rng.random() < .4:
            args["tolerance"] = 2
        if grouped:
            args["by"] = "g"
        return "merge_asof", args, {"left": sides[0], "right": sides[1]}

    def ordered(self):
        rng = self.rng
        sides = []
        for name in "ab":
            n = rng.randint(1, 6)
            sides.append(self.frame([
                self.column("k", "int64", [rng.randint(0, 5) for _ in range(n)]),
                self.column(name, "int64", [rng.randint(1, 8) for _ in range(n)])]))
        args = self.maybe({"on": "k", "how": rng.choice(["outer", "left", "inner", "right"])},
                          fill_method=["ffill"])
        return "merge_ordered", args, {"left": sides[0], "right": sides[1]}

    def chain(self):
        rng = self.rng
        n, m = rng.choice([2, 5, 9, 13]), rng.choice([1, 3, 5])
        left = self.frame([self.column("k", "object", [rng.choice(TEXT) for _ in range(n)]),
                           self.value("v", n, plain=True)])
        while left["columns"][1]["dtype"] in ("object", "bool"):
            left["columns"][1] = self.value("v", n, plain=True)
        group = rng.choice([self.column("g", "object", [rng.choice(TEXT) for _ in range(m)]),
                            self.column("g", "object", [rng.choice(["x", "y", None, NAN]) for _ in range(m)]),
                            self.column("g", "int64", [rng.randint(0, 4) for _ in range(m)])])
        right = self.frame([self.column("k", "object", [rng.choice(TEXT) for _ in range(m)]), group])
        args = {"merge": {"on": "k", "how": rng.choice(["inner", "left", "right", "outer"])},
                "by": ["g"], "col": "v",
                "agg": rng.choice(["sum", "mean", "max", "count", "first", "std", "median"]),
                "sort": rng.random() < .5}
        if rng.random() < .5:
            args.update(order_by=["v"], ascending=rng.random() < .5)
        return "chain", args, {"left": left, "right": right}

    def sets(self):
        kinds = self.rng.choice([("int64",), ("object",), ("mixed", "object"), ("float64",),
                                 ("int64", "float64"), ("int64", "object")])
        unique = self.rng.random() < .6
        sides = [{"values": self.index(self.rng.choice([0, 1, 3, 5]), unique, kinds), "kind": "index"}
                 for _ in range(2)]
        for side in sides:
            if not side["values"]["values"]:
                side["values"]["dtype"] = "object"
        name = self.rng.choice(["union", "union", "intersection", "difference",
                                "symmetric_difference"])
        return f"index_{name}", {"sort": self.rng.choice([None, False])}, dict(zip(("left", "right"), sides))

    def series(self, name, n, index):
        result = {"values": self.value(name, n)}
        while result["values"]["dtype"] == "Int64" and index:
            result["values"] = self.value(name, n)
        return {**result, "index": index} if index else result

    def arith(self):
        rng = self.rng
        kinds = rng.choice([("int64",), ("object",), ("mixed",), ("float64",)])
        unique = rng.random() < .7
        n, m = rng.choice([0, 2, 3, 5]), rng.choice([1, 3, 4, 5])
        if rng.random() < .3:
            index = self.index(m, True, kinds)
            pair = [self.series("x", m, index), self.series("x", m, index)]
        else:
            pair = [self.series("x", size, self.index(size, unique, kinds)) for size in (n, m)]
        for side in pair:
            if side["values"]["dtype"] == "object":
                side["values"] = self.column("x", "int64", [rng.randint(-9, 9) for _ in side["values"]["values"]])
        args = self.maybe({}, fill_value=[0, 1])
        return f"series_{rng.choice(['add', 'sub', 'mul', 'div'])}", args, {"left": pair[0], "right": pair[1]}

    def duplicates(self):
        rng = self.rng
        n = rng.choice([0, 4, 7, 12])
        args = self.maybe({"keep": rng.choice(["first", "last", False])}, subset=[["a"]])
        key = self.key("a", n)
        return rng.choice(["duplicated", "drop_duplicates"]), args, {
            "df": self.frame([key, self.column("b", "bool", [rng.random() < .5 for _ in range(n)])])}

    def first(self):
        rng = self.rng
        series = {"values": self.key(None, rng.choice([0, 3, 6, 11]))}
        if rng.random() < .5:
            return "first_positions", {}, {"s": series}
        return "factorize", {"sort": rng.random() < .5, "na_sentinel": rng.random() < .5}, {"s": series}

    def labels(self):
        rng = self.rng
        kinds = rng.choice([("int64",), ("object",)])
        n = rng.randint(1, 6)
        index = self.index(n, rng.random() < .6, kinds)
        data = self.frame([self.column("a", "int64", [rng.randint(0, 8) for _ in range(n)]),
                           self.column("b", "float64", [table.hexfloat(rng.random()) for _ in range(n)])], index)
        if rng.random() < .6:
            pool = index["values"] + (["zz"] if rng.random() < .15 else [])
            return "loc", {"labels": [rng.choice(pool) for _ in range(rng.randint(1, 4))]}, {"df": data}
        order = rng.sample(index["values"], n if rng.random() < .8 else n - 1)
        mask = {"values": self.column(None, "bool", [rng.random() < .5 for _ in order]),
                "index": self.column(None, index["dtype"], order)}
        return "filter", {}, {"df": data, "mask": mask}

    def csv(self):
        rng = self.rng
        width, end = rng.randint(1, 3), rng.choice(["\n", "\n", "\r\n", "\r"])
        pools = [["1", "2", "30", "-7", "+3", "007"], ["1", "2.5", "3.5", "1e3", ".5"],
                 ["True", "False", "true"], ["x", "y", "abc", "\"q,r\"", "\"a\"\"b\"", "5 "],
                 ["", "NA", "nan", "null", "None"], ["9223372036854775807", "9223372036854775808", "1"],
                 ["123456789.123456789", "0.1", "inf", "1e-400", "0.000123456789012345678"],
                 ["18446744073709551616", "-1", "1"]]
        rows = [",".join(f"c{i}" for i in range(width))]
        picks = [[p for k in rng.sample(range(len(pools)), rng.choice([1, 1, 2])) for p in pools[k]]
                 for _ in range(width)]
        for _ in range(rng.randint(0, 6)):
            row = [rng.choice(pick) for pick in picks]
            if rng.random() < .06:
                row.append("9")
            elif rng.random() < .06:
                row.pop()
            rows.append(",".join(row))
            if rng.random() < .05:
                rows.append("")
        text = end.join(rows) + (end if rng.random() < .8 else "")
        if rng.random() < .1:
            text = "\ufeff" + text
        args = self.maybe({}, on_bad_lines=["skip"], float_precision=["round_trip"])
        if rng.random() < .1:
            args["keep_default_na"] = False
        raw = text.encode()
        return "read_csv", args, {"text": {"b64": base64.b64encode(raw).decode(), "text": text}}

    def stacked(self):
        rng = self.rng
        parts = [{"values": self.value(None, rng.choice([0, 1, 3]))} for _ in range(2)]
        return "concat", {"ignore_index": rng.random() < .5}, {"s1": parts[0], "s2": parts[1]}

    def frames(self):
        rng = self.rng
        axis, frames = rng.choice([0, 0, 1]), {}
        kinds = rng.choice([("int64",), ("object",)])
        for name, suffix in (("d1", ""), ("d2", "2" if axis else "")):
            n = rng.randint(1, 4)
            columns = [self.value(column + suffix, n, plain=True)
                       for column in sorted(rng.sample("abc", rng.randint(1, 3)))]
            frames[name] = self.frame(columns, self.index(n, True, kinds))
        args = self.maybe({"axis": axis, "join": rng.choice(["outer", "inner"])}, sort=[True],
                          ignore_index=[True])
        return "concat_frames", args, frames

    def combine(self):
        kinds = self.rng.choice([("int64",), ("object",)])
        make = lambda: self.rng.choice([
            lambda n: self.column(None, "int64", [self.rng.randint(-99, 99) for _ in range(n)]),
            lambda n: self.column(None, "float64", [self.rng.choice(["nan", table.hexfloat(self.real())])
                                                    for _ in range(n)])])(4)
        sides = [{"values": make(), "index": self.index(4, True, kinds)} for _ in range(2)]
        return "combine_first", {}, {"left": sides[0], "right": sides[1]}

    def masks(self):
        n = self.rng.choice([1, 2, 4, 6])
        series = {"values": self.value(None, n, plain=True)}
        cond = {"values": self.column(None, "bool", [self.rng.random() < .5 for _ in range(n)])}
        return self.rng.choice(["where", "mask"]), self.maybe({}, other=[0, 7]), {"s": series, "cond": cond}

    def counts(self):
        args = self.maybe({"dropna": self.rng.random() < .5}, normalize=[True])
        return "value_counts", args, {"s": {"values": self.key("q", self.rng.choice([0, 3, 6, 10]))}}

    def pivot(self):
        rng = self.rng
        n = rng.choice([1, 3, 6, 10])
        key = self.key("k", n)
        while key["dtype"] in ("category", "Int64"):
            key = self.key("k", n)
        value = self.column("v", "int64", [rng.randint(-99, 99) for _ in range(n)])
        if rng.random() < .5:
            value = self.column("v", "float64", [rng.choice(["nan", table.hexfloat(self.real())])
                                                 for _ in range(n)])
        args = {"index": "k", "columns": "c", "values": "v",
                "aggfunc": rng.choice(["sum", "mean", "count", "first", "max", "min"])}
        if rng.random() < .3:
            args["fill_value"] = 0
        return "pivot_table", args, {"df": self.frame([
            key, self.column("c", "object", [rng.choice(TEXT) for _ in range(n)]), value])}

    def gfilter(self):
        rng = self.rng
        n = rng.choice([1, 3, 8, 11])
        key = self.key("k", n)
        while key["dtype"] == "category":
            key = self.key("k", n)
        args = {"by": ["k"], "col": "v", "agg": rng.choice(["sum", "mean", "size", "max"]),
                "ge": rng.randint(0, 3), "dropna": rng.random() < .5}
        return "groupby_filter", args, {"df": self.frame([
            key, self.column("v", "int64", [rng.randint(-99, 99) for _ in range(n)])])}

    def numbers(self):
        """Arithmetic of nullable integers, without an index."""
        rng = self.rng
        n = rng.randint(1, 9)
        some = lambda: rng.choice([
            lambda: self.column(None, "Int64", [rng.choice([None, {"i": rng.randint(-9, 9)}]) for _ in range(n)]),
            lambda: self.column(None, "int64", [rng.randint(-99, 99) for _ in range(n)])])()
        return (f"series_{rng.choice(['add', 'sub', 'mul', 'div'])}", {},
                {"left": {"values": some()}, "right": {"values": some()}})


FAMILIES = ("groupby", "groupby", "groupby", "named", "rowop", "rowop", "merge", "merge", "asof",
            "ordered", "chain", "sets", "arith", "duplicates", "first", "labels", "csv", "stacked",
            "frames", "combine", "masks", "counts", "pivot", "gfilter", "numbers")


def cases(seed, count, families=FAMILIES):
    """count of (id, operation, args, inputs)."""
    maker = Maker(seed)
    for i in range(count):
        family = maker.rng.choice(families)
        yield (f"{family}-{seed}-{i}", *getattr(maker, family)())
