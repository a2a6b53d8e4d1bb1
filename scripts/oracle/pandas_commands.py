"""pandas_commands.py SEED COUNT FOLDER [FAMILY...]: random command lines and what pandas answers.

Makes FOLDER/N/ with the CSV files a command reads, `words` (its words, one a line) and
`expect.csv`, or `error` when pandas raises.  scripts/test-commands.sh runs and compares.
"""

import io
import os
import random
import sys
import warnings

import numpy
import pandas

WORDS = ["a", "b", "c", "aa", "x y", "Z", "é", "10", "a,b", 'q"q']


def text(frame, index=False):
    return frame.to_csv(index=index, lineterminator="\n")


class Maker:
    """Random files and options of one seed."""

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def flip(self, chance=.5):
        return self.rng.random() < chance

    def field(self, kind, holes):
        rng = self.rng
        if rng.random() < holes:
            return rng.choice(["", "NA", "nan"])
        if kind == "key":
            return str(rng.randint(0, 4))
        if kind == "int":
            return str(rng.randint(-20, 20))
        if kind == "float":
            return rng.choice([f"{rng.uniform(-9, 9):.3f}", f"{rng.uniform(-9, 9):.17g}", "0.0", "-0.0", "1e3"])
        if kind == "bool":
            return rng.choice(["True", "False"])
        return rng.choice(WORDS[:6])

    def csv(self, columns, rows=None, holes=None):
        """columns: {name: kind}."""
        rng = self.rng
        rows = rng.randint(1, 14) if rows is None else rows
        gaps = {name: rng.choice([0, 0, .25]) if holes is None else holes for name in columns}
        lines = [",".join(columns)]
        for _ in range(rows):
            fields = [self.field(kind, gaps[name]) for name, kind in columns.items()]
            lines.append(",".join(f'"{f}"' if "," in f or '"' in f else f for f in fields))
        return "\n".join(lines) + "\n"

    def table(self, **more):
        return self.csv({"k": "key", "s": "text", "i": "int", "x": "float", "b": "bool"}, **more)

    # each family returns files, words and a function of the frames read

    def sort(self):
        by = self.rng.sample(["k", "s", "i", "x"], self.rng.randint(1, 3))
        down = [self.flip() for _ in by]
        words = ["sort"]
        for name, descending in zip(by, down):
            words += ["-b", name + (":desc" if descending else "")]
        return {"t.csv": self.table()}, words + ["t.csv"], lambda t: t.sort_values(
            by, ascending=[not d for d in down], kind="stable")

    def dedup(self):
        by = self.rng.sample(["k", "s", "b"], self.rng.randint(1, 3))
        keep = self.rng.choice(["first", "last", "none"])
        words = ["dedup", "--keep", keep] + [w for n in by for w in ("-b", n)]
        return {"t.csv": self.table()}, words + ["t.csv"], lambda t: t.drop_duplicates(
            by, keep=False if keep == "none" else keep)

    def counts(self):
        by = self.rng.sample(["k", "s", "b"], self.rng.randint(1, 2))
        normalize, missing = self.flip(.3), self.flip(.3)
        words = ["value-counts"] + [w for n in by for w in ("-b", n)]
        words += ["--normalize"] * normalize + ["--keep-missing"] * missing

        def answer(t):
            values = t[by[0]] if len(by) == 1 else t[by]
            counted = values.value_counts(sort=False, normalize=normalize, dropna=not missing)
            return counted.sort_values(ascending=False, kind="stable").reset_index()
        return {"t.csv": self.table()}, words + ["t.csv"], answer

    def factorize(self):
        name, ordered = self.rng.choice(["k", "s", "i"]), self.flip()
        words = ["factorize", "-b", name] + ["--sort"] * ordered

        def answer(t):
            return pandas.DataFrame({name: t[name], "code": pandas.factorize(t[name], sort=ordered)[0]})
        return {"t.csv": self.table()}, words + ["t.csv"], answer

    def pivot(self):
        how = self.rng.choice(["sum", "mean", "count", "min", "max"])
        fill = self.flip(.3)
        words = ["pivot", "--rows", "k", "--columns", "s", "--values", "x", "-a", how]
        words += ["--fill", "0"] * fill
        return ({"t.csv": self.table()}, words + ["t.csv"], lambda t: t.pivot_table(
            index="k", columns="s", values="x", aggfunc=how,
            **({"fill_value": 0} if fill else {})).reset_index())

    def concat(self):
        inner, axis = self.flip(.3), self.flip(.3)
        parts = [self.csv({n: kind for n, kind in (("k", "key"), ("s", "text"), ("x", "float"), ("i", "int"))
                           if self.flip(.7)} or {"k": "key"}, rows=self.rng.randint(1, 5)) for _ in range(3)]
        files = {f"{n}.csv": part for n, part in zip("abc", parts)}
        words = ["concat"] + ["--inner"] * inner + ["--axis", "1"] * axis + list(files)
        return files, words, lambda *t: pandas.concat(
            t, axis=int(axis), join="inner" if inner else "outer", ignore_index=not axis)

    def join(self):
        rng = self.rng
        how = rng.choice(["inner", "left", "right", "outer"])
        on = rng.choice([["k"], ["s"], ["k", "s"]])
        order, flag, suffix = self.flip(.3), self.flip(.3), self.flip(.3)
        words = ["join", "--how", how] + [w for n in on for w in ("--on", n)]
        words += ["--sort"] * order + ["--indicator"] * flag
        words += ["--suffix", "_l", "--suffix", "_r"] * suffix
        files = {"l.csv": self.table(), "r.csv": self.csv({"s": "text", "k": "key", "x": "float", "y": "int"})}
        return files, words + list(files), lambda l, r: l.merge(
            r, how=how, on=on, sort=order, indicator=flag,
            suffixes=("_l", "_r") if suffix else ("_x", "_y"))

    def sides(self):
        how = self.rng.choice(["inner", "left", "right", "outer"])
        check = self.rng.choice([None, "1:1", "m:1", "1:m"])
        words = ["join", "--how", how, "--left-on", "k", "--right-on", "id"]
        words += ["--validate", check] if check else []
        files = {"l.csv": self.table(holes=0), "r.csv": self.csv({"id": "key", "y": "int"}, rows=4, holes=0)}
        return files, words + list(files), lambda l, r: l.merge(
            r, how=how, left_on="k", right_on="id", validate=check)

    def index(self):
        how = self.rng.choice(["inner", "left", "right", "outer"])
        words = ["join", "--how", how, "--index", "k", "--left-index", "--right-index"]
        files = {"l.csv": self.csv({"k": "key", "x": "float"}, holes=0),
                 "r.csv": self.csv({"k": "key", "y": "int"}, holes=0)}
        return files, words + list(files), lambda l, r: l.set_index("k").merge(
            r.set_index("k"), how=how, left_index=True, right_index=True).reset_index()

    def ordered(self):
        fill = self.flip()
        files = {"l.csv": self.csv({"k": "key", "x": "float"}, holes=0),
                 "r.csv": self.csv({"k": "key", "y": "int"}, holes=0)}
        words = ["ordered", "--on", "k"] + ["--ffill"] * fill
        return files, words + list(files), lambda l, r: pandas.merge_ordered(
            l, r, on="k", fill_method="ffill" if fill else None)

    def asof(self):
        rng = self.rng
        way = rng.choice(["backward", "forward", "nearest"])
        near, exact, by = self.flip(.4), self.flip(.7), self.flip(.4)
        def keyed(**more):
            keys = sorted(rng.randint(0, 30) for _ in range(rng.randint(1, 9)))
            lines = [",".join(["k", "s", *more])]
            return "\n".join(lines + [f"{k},{rng.choice('ab')},{rng.randint(0, 99)}" for k in keys]) + "\n"
        files = {"l.csv": keyed(v=1), "r.csv": keyed(w=1)}
        words = ["asof", "--on", "k", "--direction", way] + ["--tolerance", "3"] * near
        words += ["--no-exact"] * (not exact) + ["--by", "s"] * by
        return files, words + list(files), lambda l, r: pandas.merge_asof(
            l, r, on="k", direction=way, tolerance=3 if near else None,
            allow_exact_matches=exact, by="s" if by else None)

    def arith(self):
        op = self.rng.choice(["add", "sub", "mul", "div", "floordiv", "mod"])
        fill = self.flip(.4)
        files = {}
        for name, value in (("l.csv", "x"), ("r.csv", "y")):
            keys = self.rng.sample(range(8), self.rng.randint(1, 6))
            columns = {"i": "int", "f": "float", **({value: "int"} if self.flip(.3) else {})}
            body = self.csv(columns, rows=len(keys), holes=0).splitlines()
            files[name] = "\n".join(["k," + body[0]] + [f"{k},{line}" for k, line in zip(keys, body[1:])]) + "\n"
        words = ["arith", op, "--index", "k"] + ["--fill", "1"] * fill
        return files, words + list(files), lambda l, r: getattr(l.set_index("k"), op)(
            r.set_index("k"), **({"fill_value": 1} if fill else {})).reset_index()

    def term(self, depth):
        """A condition and its parts."""
        rng = self.rng
        if depth > 0 and self.flip(.7):
            op = rng.choice(["and", "or", "&", "|"])
            left, right = self.term(depth - 1), self.term(depth - 1)
            wrapped = op in "&|" or self.flip(.4)
            both = f"({left}) {op} ({right})" if wrapped else f"{left} {op} {right}"
            return rng.choice(["not ({})", "~({})", "{}", "{}"]).format(both)
        number = rng.choice(["x", "i", "k", "x + i", "i * 2 - k", "(x - 1) / 2", "i // 3", "i % 4", "-x",
                             "i ** 2", "x // 2", "k % 2.5", "abs_"])
        if number == "abs_":
            number = "i.abs()"
        value = rng.choice(["0", "1", "2.5", "-3", "i", "k", "x", "1e1"])
        return rng.choice([
            f"{number} {rng.choice(['<', '<=', '>', '>=', '==', '!='])} {value}",
            f"{value} < {number}", f"-5 <= {number} < 5", f"k in [1, 2, {rng.randint(0, 5)}]",
            f"s in ['a', \"b\"]", f"s not in ['a', 'x y']", f"s == '{rng.choice(WORDS[:6])}'",
            f"s != 'a'", f"x != x", "s < 'b'" if rng.random() < .2 else "k == [0, 3]", "i.between(-4, 9)",
            "s.isna()", "x.notnull()", "s.isin(['c', 'Z'])", "index > 2", "`b` == True"])

    def filter(self):
        expression = self.term(self.rng.randint(0, 3))
        return {"t.csv": self.table()}, ["filter", "--", expression, "t.csv"], lambda t: t.query(expression)

    def slices(self):
        end = lambda: self.rng.choice(["", *map(str, range(-16, 17))])
        step = self.rng.choice(["", "1", "2", "-1", "-3"])
        start, stop = end(), end()
        number = lambda w: int(w) if w else None
        if self.flip():
            words = ["filter", f"--iloc={start}:{stop}:{step}", "t.csv"]
            return {"t.csv": self.table()}, words, lambda t: t.iloc[number(start):number(stop):number(step)]
        words = ["filter", f"--loc={start}:{stop}", "--index", "k", "t.csv"]
        return ({"t.csv": self.table(holes=0)}, words,
                lambda t: t.set_index("k").loc[number(start):number(stop)].reset_index())

    def group(self):
        rng = self.rng
        by = rng.choice([["k"], ["s"], ["k", "s"], ["b"]])
        order, missing = self.flip(.7), self.flip(.3)
        hows = ["sum", "mean", "count", "min", "max", "first", "last", "std", "var", "sem", "median", "prod",
                "nunique", "any", "all", "skew"]
        terms = [(f"n{n}", rng.choice("ix"), rng.choice(hows)) for n in range(rng.randint(1, 4))]
        words = ["groupby"] + [w for n in by for w in ("-b", n)] + ["--no-sort"] * (not order)
        words += ["--keep-missing"] * missing + [w for n, c, h in terms for w in ("-a", f"{n}={c}:{h}")]
        return {"t.csv": self.table()}, words + ["t.csv"], lambda t: t.groupby(
            by, sort=order, dropna=not missing, as_index=False).agg(**{n: (c, h) for n, c, h in terms})

    def special(self):
        rng = self.rng
        column = rng.choice("ix")
        which, how = rng.choice([  # of describe the sign of a zero between others is chance
            ("std(ddof=0)", lambda g: g.std(ddof=0)), ("var(ddof=2)", lambda g: g.var(ddof=2)),
            ("sum(min_count=3)", lambda g: g.sum(min_count=3)), ("quantile(0.3)", lambda g: g.quantile(.3)),
            ("quantile(0.8,nearest)", lambda g: g.quantile(.8, interpolation="nearest")),
            ("nunique(dropna=0)", lambda g: g.nunique(dropna=False)), ("ohlc", None), ("describe", None)])
        words = ["groupby", "-b", "k", "-a", f"{column}:{which}", "t.csv"]

        def answer(t):
            groups = t.groupby("k")[column]
            if how is None:
                return getattr(groups, which)().add_prefix(column + "_").reset_index()
            return how(groups).reset_index()
        data = self.table()
        return {"t.csv": data.replace("-0.0", "0.5") if which == "describe" else data}, words, answer

    def transform(self):
        rng = self.rng
        column, missing = rng.choice("ix"), self.flip(.3)
        which, how = rng.choice([
            *((name, lambda g, name=name: g.transform(name)) for name in
              ("sum", "mean", "count", "min", "max", "first", "std", "size")),
            *((name, lambda g, name=name: getattr(g, name)()) for name in
              ("cumsum", "cumprod", "cummin", "cummax", "cumcount", "ngroup", "ffill", "bfill", "diff")),
            ("shift(2)", lambda g: g.shift(2)), ("shift(-1)", lambda g: g.shift(-1)),
            ("rank(dense)", lambda g: g.rank(method="dense")), ("rank(pct=1)", lambda g: g.rank(pct=True)),
            ("rank(min,bottom,ascending=0)", lambda g: g.rank("min", na_option="bottom", ascending=False)),
            ("cumcount(ascending=0)", lambda g: g.cumcount(ascending=False)),
            ("cumsum(skipna=0)", lambda g: g.cumsum(skipna=False))])
        words = ["groupby", "-b", "s", "-t", f"new={column}:{which}"] + ["--keep-missing"] * missing
        return ({"t.csv": self.table()}, words + ["t.csv"],
                lambda t: t.assign(new=how(t.groupby("s", dropna=not missing)[column])))

    def some(self):
        rng = self.rng
        which, n = rng.choice(["head", "tail", "nth"]), rng.randint(-3, 3)
        words = ["groupby", "-b", "k", f"--{which}={n}", "t.csv"]
        return {"t.csv": self.table()}, words, lambda t: getattr(t.groupby("k"), which)(n)

    def having(self):
        least = self.rng.randint(1, 4)
        words = ["groupby", "-b", "k", "-a", "n=size", "-a", "m=x:mean", "--filter", f"n >= {least} and m < 2", "t.csv"]
        return {"t.csv": self.table()}, words, lambda t: t.groupby("k").filter(
            lambda g: len(g) >= least and g.x.mean() < 2)

    def chain(self):
        how = self.rng.choice(["sum", "mean", "max"])
        files = {"t.csv": self.table(), "r.csv": self.csv({"k": "key", "name": "text"}, rows=4)}
        words = ["filter", "x > -5 and s == s", "t.csv", "--then", "groupby", "-k", "k", "-a", f"x:{how}",
                 "--then", "join", "--on", "k", "--how", "left", "r.csv", "--then", "sort", "-k", "x:desc"]
        return files, words, lambda t, r: t.query("x > -5 and s == s").groupby("k", as_index=False).agg(
            x=("x", how)).merge(r, on="k", how="left").sort_values("x", ascending=False, kind="stable")

    def read(self):
        """Options of read_csv: words, and keywords."""
        rng = self.rng
        chosen = rng.sample([
            ("skiprows=1", {"skiprows": 1}), ("skiprows=[0,2]", {"skiprows": [0, 2]}), ("nrows=3", {"nrows": 3}),
            ("usecols=i,k", {"usecols": ["i", "k"]}), ("usecols=2,0", {"usecols": [2, 0]}),
            ("dtype=str", {"dtype": str}), ("dtype=i:float64,s:str", {"dtype": {"i": "float64", "s": str}}),
            ("dtype=k:Int64", {"dtype": {"k": "Int64"}}), ("dtype=i:int32", {"dtype": {"i": "int32"}}),
            ("dtype=b:bool", {"dtype": {"b": "bool"}}), ("dtype=s:category", {"dtype": {"s": "category"}}),
            ("dtype=x:float32", {"dtype": {"x": "float32"}}), ("header=1", {"header": 1}),
            ("header=none", {"header": None}), ("names=p,q,r,s,t", {"names": list("pqrst")}),
            ("names=p,q,r", {"names": list("pqr")}), ("na_values=a,3", {"na_values": ["a", "3"]}),
            ("keep_default_na=false", {"keep_default_na": False}), ("true_values=a", {"true_values": ["a"], "false_values": ["b"]}),
            ("comment=-", {"comment": "-"}), ("skip_blank_lines=false", {"skip_blank_lines": False}),
            ("quoting=3", {"quoting": 3}), ("skipinitialspace=true", {"skipinitialspace": True}),
            ("escapechar=a", {"escapechar": "a"}), ("thousands=.", {"thousands": "."}),
            ("float_precision=round_trip", {"float_precision": "round_trip"})], rng.randint(1, 2))
        words, keywords = ["csv", "convert"], {}
        for word, keyword in chosen:
            if keyword.keys() & keywords.keys():
                continue
            words += ["-r", word]
            words += ["-r", "false_values=b"] if "true_values" in keyword else []
            keywords.update(keyword)
        body = self.table().splitlines()
        if self.flip(.3):
            body.insert(rng.randint(0, len(body)), rng.choice(["", "   ", "1,2", '"q",,', "1, a , 3"]))
        words.append("t.csv")
        return {"t.csv": "\n".join(body) + "\n"}, words, (
            lambda data: pandas.read_csv(io.StringIO(data), **keywords))

    def dates(self):
        rng = self.rng
        form = rng.choice(["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d", "%m/%d/%Y", "%Y%m%d", "%Y-%m-%dT%H:%M"])
        day = lambda: pandas.Timestamp(rng.randint(0, 2 * 10**9), unit="s").strftime(form)
        lines = ["d,v"] + [rng.choice([day, day, day, lambda: ""])() + f",{n}" for n in range(rng.randint(1, 6))]
        if self.flip(.2):
            lines.append("2020-01-01 10:00:00.5,1")
        data = "\n".join(lines) + "\n"
        return ({"t.csv": data}, ["csv", "convert", "-r", "parse_dates=d", "t.csv"],
                lambda data: pandas.read_csv(io.StringIO(data), parse_dates=["d"]))


FAMILIES = ["sort", "dedup", "counts", "factorize", "pivot", "concat", "join", "sides", "index", "ordered", "asof",
            "arith", "filter", "slices", "group", "special", "transform", "some", "having", "chain", "read", "dates"]

RAW = ["read", "dates"]  # answers to the text, not to tables


def answer(name, files, respond, keywords):
    """What pandas prints and the columns' types, or None when it raises."""
    try:
        if name in RAW:
            frame = respond(files["t.csv"])
        else:
            frame = respond(*(pandas.read_csv(io.StringIO(data), **keywords(data)) for data in files.values()))
        default = isinstance(frame.index, pandas.RangeIndex) or name not in RAW
        types = ([] if default else frame.index.to_frame().dtypes.tolist()) + frame.dtypes.tolist()
        return text(frame, index=not default), "".join(f"{t}\n" for t in types)
    except Exception:  # pylint: disable=broad-except  # whatever it is, it is refused
        return None


def makers():
    """The class and the keywords of every family."""
    import pandas_rare  # pylint: disable=import-outside-toplevel  # their classes extend this one's
    import pandas_zones  # pylint: disable=import-outside-toplevel
    known = {name: (Maker, lambda _: {}) for name in FAMILIES}
    for module, maker in ((pandas_rare, pandas_rare.Rare), (pandas_zones, pandas_zones.Zoned)):
        RAW.extend(module.RAW)
        known.update({name: (maker, module.keywords) for name in module.FAMILIES})
    return known


def main():
    seed, count, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    known = makers()
    families = sys.argv[4:] or list(known)
    warnings.simplefilter("ignore")
    numpy.seterr(all="ignore")
    for number in range(count):
        name = families[number % len(families)]
        maker, keywords = known[name]
        maker = maker(f"{seed}/{number}/{name}")
        files, words, respond = getattr(maker, name)()
        place = os.path.join(folder, f"{number:05d}-{name}")
        os.makedirs(place)
        expected = answer(name, files, respond, keywords)
        wanted = {"error": ""} if expected is None else dict(zip(("expect.csv", "types"), expected))
        for file, data in {**files, "words": "\n".join(words) + "\n", **wanted}.items():
            with open(os.path.join(place, file), "w", encoding="utf-8", newline="") as stream:
                stream.write(data)


if __name__ == "__main__":
    main()
