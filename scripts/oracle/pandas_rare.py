"""Families of pandas_commands.py that other tests seldom touch: many keys with holes, types that
options of read_csv make (categories, Int64, dates, uint64), and the corners of joins.

A family returns files, words, and a function of the frames read with READ's keywords.
"""

import io

import pandas

from pandas_commands import Maker

READ = {"c": ("category", "dtype=c:category"), "n": ("Int64", "dtype=n:Int64"), "d": (None, "parse_dates=d")}
NUMBERS = ["i", "x", "n", "u"]


def keywords(data):
    """What read_csv is told of the columns that are there."""
    names = data.split("\n", 1)[0].split(",")
    return {"dtype": {n: t for n, (t, _) in READ.items() if t and n in names},
            "parse_dates": [n for n in ("d",) if n in names]}


def read_words(names):
    return [w for n in names if n in READ for w in ("-r", READ[n][1])]


def by_words(by):
    return [w for n in by for w in ("-b", n)]


def labels_first(frame):
    """reset_index(), which would give labels that are objects a type."""
    got = frame.reset_index(drop=True)
    got.insert(0, frame.index.name, pandas.Series(frame.index.array, dtype=frame.index.dtype))
    return got


class Rare(Maker):
    """Tables of k s i x b and c (category), n (Int64), u (uint64), d (dates)."""

    def field(self, kind, holes):
        rng = self.rng
        if kind == "large":
            return str(rng.choice([0, 1, 2, 2**63, 2**64 - 1, 2**63 - 1, 12345678901234567890, rng.getrandbits(64)]))
        if rng.random() < holes:
            return rng.choice(["", "NA", "nan"])
        if kind == "date":
            return f"20{rng.randint(10, 12)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        if kind == "wide":
            return str(rng.choice([rng.randint(-9, 9), 2**53 + 1, -2**62, 2**62, 2**63 - 1]))
        if kind == "float" and self.flip(.1):
            return rng.choice(["inf", "-inf", "1e308", "5e-324", "-1e308"])
        if kind == "few":
            return rng.choice(["p", "q", "r"])
        return super().field(kind, holes)

    def frame(self, names, rows=None, holes=None):
        kinds = {"k": "key", "s": "text", "i": "int", "x": "float", "b": "bool", "c": "few", "n": "wide",
                 "u": "large", "d": "date", "y": "int", "z": "float"}
        data = self.csv({n: kinds[n] for n in names}, rows, holes)
        if "u" in names:  # some value must not fit int64
            lines = data.splitlines()
            fields = lines[-1].split(",")
            fields[names.index("u")] = str(2**64 - 1)
            data = "\n".join(lines[:-1] + [",".join(fields)]) + "\n"
        return data

    def keys(self):
        rng = self.rng
        return rng.sample(["k", "s", "c", "n", "d", "b"], rng.choice([1, 2, 2, 3]))

    def grouping(self):
        by = self.keys()
        order, missing, observed = self.flip(.7), self.flip(.4), self.flip(.7)
        words = by_words(by) + ["--no-sort"] * (not order) + ["--keep-missing"] * missing + ["--observed"] * observed
        return by, words, {"sort": order, "dropna": not missing, "observed": observed}

    def aggregates(self):
        rng = self.rng
        by, words, how = self.grouping()
        names = [n for n in "ksixbcnud"]
        free = [n for n in names if n not in by]
        terms = []
        for number in range(rng.randint(1, 6)):
            column = rng.choice(free)
            choices = ["count", "size", "nunique", "first", "last"]
            if column in "ixnud":
                choices += ["min", "max", "mean", "median", "std"]
            if column in "ixnud":
                choices += ["any", "all"]
            if column in "ixnu":
                choices += ["sum", "prod", "var", "sem", "skew"]
            if column in "ixd":
                choices += ["idxmin", "idxmax"]
            if column in "sb":
                choices += ["min", "max", "sum"]
            terms.append((f"a{number}", column, rng.choice(choices)))
        words = ["groupby", *words, *(w for n, c, h in terms for w in ("-a", f"{n}={c}:{h}")), *read_words(names)]

        def respond(t):
            try:
                return t.groupby(by, as_index=False, **how).agg(**{n: (c, h) for n, c, h in terms})
            except ValueError as error:  # a bug: keys of groups beside rows of the product
                if "Length of values" not in str(error):
                    raise
            got = t.groupby(by, **how).agg(**{n: (c, h) for n, c, h in terms}).reset_index()
            return got.astype({n: t[n].dtype for n in by if n == "b"})
        return {"t.csv": self.frame(names)}, words + ["t.csv"], respond

    def argument(self):
        """One aggregate with arguments."""
        rng = self.rng
        by, words, how = self.grouping()
        column = rng.choice([n for n in NUMBERS if n not in by])
        q, kind = rng.choice([0, .1, .25, .5, .75, .9, 1]), rng.choice(
            ["linear", "lower", "higher", "midpoint", "nearest"])
        ddof, least = rng.randint(0, 3), rng.randint(0, 4)
        text, answer = rng.choice([
            (f"quantile({q},{kind})", lambda g: g.quantile(q, interpolation=kind)),
            (f"std(ddof={ddof})", lambda g: g.std(ddof=ddof)), (f"var(ddof={ddof})", lambda g: g.var(ddof=ddof)),
            (f"sem(ddof={ddof})", lambda g: g.sem(ddof=ddof)),
            *((f"{h}(min_count={least})", lambda g, h=h: getattr(g, h)(min_count=least))
              for h in ("sum", "prod", "min", "max", "first", "last")),
            ("nunique(dropna=0)", lambda g: g.nunique(dropna=False)), ("kurt", None), ("ohlc", lambda g: g.ohlc())])
        if answer is None:
            text, answer = "skew", lambda g: g.skew()
        words = ["groupby", *words, "-a", f"{column}:{text}", *read_words("ksixbcnud"), "t.csv"]

        def respond(t):
            if text != "ohlc":
                return answer(t.groupby(by, as_index=False, **how)[column])
            got = answer(t.groupby(by, **how)[column]).add_prefix(column + "_").reset_index()
            return got.astype({n: t[n].dtype for n in by})
        return {"t.csv": self.frame(list("ksixbcnud"))}, words, respond

    def windows(self):
        rng = self.rng
        by, words, how = self.grouping()
        column = rng.choice([n for n in "ixnud" if n not in by])
        method, na, pct, up = (rng.choice(["average", "min", "max", "first", "dense"]),
                               rng.choice(["keep", "top", "bottom"]), self.flip(.4), self.flip())
        move = rng.randint(-3, 3)
        flag = lambda on: str(int(on))
        text, answer = rng.choice([
            *[(f"rank({method},{na},pct={flag(pct)},ascending={flag(up)})",
               lambda g: g.rank(method=method, na_option=na, pct=pct, ascending=up))] * 5,
            *((f"{h}(skipna={flag(up)})", lambda g, h=h: getattr(g, h)(skipna=up)) for h in
              ("cumsum", "cumprod", "cummin", "cummax")),
            (f"shift({move})", lambda g: g.shift(move)), (f"diff({move})", lambda g: g.diff(move)),
            (f"cumcount(ascending={flag(up)})", lambda g: g.cumcount(ascending=up)),
            (f"ngroup(ascending={flag(up)})", lambda g: g.ngroup(ascending=up)),
            ("ffill", lambda g: g.ffill()), ("bfill", lambda g: g.bfill()),
            *((h, lambda g, h=h: g.transform(h)) for h in ("sum", "mean", "min", "max", "first", "last", "median",
                                                          "std", "count", "nunique", "size", "prod", "any", "all"))])
        words = ["groupby", *words, "-t", f"new={column}:{text}", *read_words("ksixbcnud"), "t.csv"]
        return {"t.csv": self.frame(list("ksixbcnud"))}, words, lambda t: t.assign(
            new=answer(t.groupby(by, **how)[column]))

    def places(self):
        rng = self.rng
        by, words, how = self.grouping()
        which = rng.choice(["head", "tail", "nth"])
        numbers = [rng.randint(-3, 3) for _ in range(rng.randint(1, 3) if which == "nth" else 1)]
        words = ["groupby", *words, *(f"--{which}={n}" for n in numbers), *read_words("ksixbcnud"), "t.csv"]
        argument = numbers if which == "nth" and len(numbers) > 1 else numbers[0]
        return {"t.csv": self.frame(list("ksixbcnud"))}, words, lambda t: getattr(
            t.groupby(by, **how), which)(argument)

    def keeps(self):
        rng = self.rng
        by, words, how = self.grouping()
        least = rng.randint(1, 4)
        words = ["groupby", *words, "-a", "m=i:max", "-a", "z=size", "--filter", f"z >= {least} or m > 10",
                 *read_words("ksixbcnud"), "t.csv"]

        def respond(t):
            # filter() itself loses the groups of a missing key
            groups = t.groupby(by, **{**how, "observed": True}).i
            return t[(groups.transform("size") >= least) | (groups.transform("max") > 10)]
        return {"t.csv": self.frame(list("ksixbcnud"))}, words, respond

    def tallies(self):
        rng = self.rng
        by = rng.sample(["k", "s", "c", "n", "d", "b"], rng.choice([1, 1, 2]))
        normalize, missing, up, order = self.flip(.3), self.flip(.4), self.flip(.4), self.flip(.6)
        words = ["value-counts", *by_words(by), *["--normalize"] * normalize, *["--keep-missing"] * missing,
                 *["--ascending"] * up, *["--no-sort"] * (not order), *read_words("ksixbcnud"), "t.csv"]

        def respond(t):
            values = t[by[0]] if len(by) == 1 else t[by]
            got = values.value_counts(sort=False, normalize=normalize, dropna=not missing)
            return (got.sort_values(ascending=up, kind="stable") if order else got).reset_index()
        return {"t.csv": self.frame(list("ksixbcnud"))}, words, respond

    def numbered(self):
        rng = self.rng
        name, order, missing = rng.choice("ksxcndbu"), self.flip(), self.flip()
        words = ["factorize", "-b", name, *["--sort"] * order, *["--keep-missing"] * missing,
                 *read_words("ksixbcnud"), "t.csv"]
        return {"t.csv": self.frame(list("ksixbcnud"))}, words, lambda t: pandas.DataFrame(
            {name: t[name], "code": pandas.factorize(t[name], sort=order, use_na_sentinel=not missing)[0]})

    def sorts(self):
        by = self.rng.sample(list("ksxcndbu"), self.rng.randint(1, 3))
        down = [self.flip() for _ in by]
        words = ["sort", *(w for n, d in zip(by, down) for w in ("-b", n + (":desc" if d else ""))),
                 *read_words("ksixbcnud"), "t.csv"]
        return {"t.csv": self.frame(list("ksixbcnud"))}, words, lambda t: t.sort_values(
            by, ascending=[not d for d in down], kind="stable")

    def unique(self):
        by = self.rng.sample(list("ksxcndb"), self.rng.randint(1, 3))
        keep = self.rng.choice(["first", "last", "none"])
        words = ["dedup", "--keep", keep, *by_words(by), *read_words("ksixbcnud"), "t.csv"]
        return {"t.csv": self.frame(list("ksixbcnud"))}, words, lambda t: t.drop_duplicates(
            by, keep=False if keep == "none" else keep)

    def spread(self):
        rng = self.rng
        rows, columns = rng.sample(["k", "s", "c", "d", "b", "n"], 2)
        values = rng.choice([n for n in "ixnu" if n not in (rows, columns)])
        how = rng.choice(["sum", "mean", "count", "min", "max", "first", "last", "median", "std", "nunique", "size"])
        fill, empty, observed = self.flip(.3), self.flip(.3), True
        words = ["pivot", "--rows", rows, "--columns", columns, "--values", values, "-a", how,
                 *["--fill", "0"] * fill, *["--keep-empty"] * empty]
        names = [rows, columns, values]
        if "c" in names:
            names = [n for n in names if n != "c"] + ["c"]
        return ({"t.csv": self.frame(names)}, words + read_words(names) + ["t.csv"], lambda t: t.pivot_table(
            index=rows, columns=columns, values=values, aggfunc=how, observed=False, dropna=not empty,
            **({"fill_value": 0} if fill else {})).reset_index(allow_duplicates=True))

    def merges(self):
        rng = self.rng
        how = rng.choice(["inner", "left", "right", "outer"])
        order, flag = self.flip(.3), rng.choice([None, None, "_merge", "src"])
        check = rng.choice([None, None, None, "1:1", "m:1", "1:m", "m:m"])
        suffix = rng.choice([None, None, ("_l", "_r"), ("", "_r"), ("_x", ""), ("", "")])
        pools = rng.sample(["k", "s", "n", "d", "b", "x"], rng.choice([1, 1, 2, 3]))
        left, right = [*pools, "i", "z"], [*rng.sample(pools, len(pools)), "i", "y"]
        sided = self.flip(.3)
        words = ["join", "--how", how, *["--sort"] * order]
        words += ["--indicator"] if flag == "_merge" else ["--indicator-name", flag] if flag else []
        words += ["--validate", check] if check else []
        words += ["--suffix", suffix[0], "--suffix", suffix[1]] if suffix else []
        words += [w for n in pools for w in (("--left-on", n, "--right-on", n) if sided else ("--on", n))]
        rows = 4 if check else None
        files = {"l.csv": self.frame(left, rows), "r.csv": self.frame(right, rows)}
        same = {"left_on": pools, "right_on": pools} if sided else {"on": pools}
        return files, words + read_words(pools) + list(files), lambda l, r: l.merge(
            r, how=how, sort=order, indicator=flag or False, validate=check,
            suffixes=suffix or ("_x", "_y"), **same)

    def crossed(self):
        suffix = self.rng.choice([None, ("_l", "_r"), ("", "_r")])
        words = ["join", "--how", "cross", *(["--suffix", suffix[0], "--suffix", suffix[1]] if suffix else [])]
        files = {"l.csv": self.frame(["k", "x", "s"], 3), "r.csv": self.frame(["x", "s", "y"], 3)}
        return files, words + list(files), lambda l, r: l.merge(r, how="cross", suffixes=suffix or ("_x", "_y"))

    def labelled(self):
        rng = self.rng
        how, order = rng.choice(["inner", "left", "right", "outer"]), self.flip(.3)
        key = rng.choice(["k", "s", "d", "x", "b"])
        files = {"l.csv": self.frame([key, "i", "z"]), "r.csv": self.frame([key, "i", "y"])}
        words = ["join", "--how", how, "--index", key, "--left-index", "--right-index", *["--sort"] * order]
        return files, words + read_words([key]) + list(files), lambda l, r: labels_first(l.set_index(key).merge(
            r.set_index(key), how=how, left_index=True, right_index=True, sort=order))

    def nearest(self):
        rng = self.rng
        way, exact = rng.choice(["backward", "forward", "nearest"]), self.flip(.6)
        near = rng.choice([None, None, 0, 2, 5])
        by = rng.choice([[], ["s"], ["s", "b"]])
        real = self.flip(.3)

        def side(name):
            keys = sorted(rng.choice([rng.randint(0, 20), rng.uniform(0, 20)]) if real else rng.randint(0, 20)
                          for _ in range(rng.randint(1, 9)))
            lines = [f"{k + 0.0 if real else k!r},{self.field('few', .15)},{self.field('bool', 0)},{rng.randint(0, 9)}"
                     for k in keys]
            return "\n".join([f"k,s,b,{name}", *lines]) + "\n"
        files = {"l.csv": side("v"), "r.csv": side(rng.choice(["w", "v"]))}
        words = ["asof", "--on", "k", "--direction", way, *(["--tolerance", repr(near + .5 if real else near)]
                                                            if near is not None else [])]
        words += ["--no-exact"] * (not exact) + [w for n in by for w in ("--by", n)]
        return files, words + list(files), lambda l, r: pandas.merge_asof(
            l, r, on="k", direction=way, tolerance=None if near is None else near + .5 if real else near,
            allow_exact_matches=exact, by=by or None)

    def inorder(self):
        rng = self.rng
        how, fill = rng.choice(["outer", "inner", "left", "right"]), self.flip()
        on = rng.choice([["k"], ["s"], ["d"], ["k", "s"]])
        files = {"l.csv": self.frame([*on, "i", "x"]), "r.csv": self.frame([*on, "i", "y"])}
        words = ["ordered", *(w for n in on for w in ("--on", n)), "--how", how, *["--ffill"] * fill]
        return files, words + read_words(on) + list(files), lambda l, r: pandas.merge_ordered(
            l, r, on=on, how=how, fill_method="ffill" if fill else None)

    def beside(self):
        rng = self.rng
        inner, order = self.flip(.4), self.flip(.3)
        key = rng.choice(["k", "s", "d"])
        files = {}
        for name in "abc"[:rng.randint(1, 3)]:
            data = self.frame([key, *rng.sample(["i", "x", "b", "s" if key != "s" else "y"], 2)],
                              rng.randint(1, 5), holes=rng.choice([0, 0, .2])).splitlines()
            if self.flip(.7):  # labels that do not repeat
                seen = {}
                for line in data[1:]:
                    seen.setdefault(line.split(",")[0], line)
                data = data[:1] + list(seen.values())
            files[name + ".csv"] = "\n".join(data) + "\n"
        words = ["concat", "--axis", "1", "--index", key, *["--inner"] * inner, *["--sort"] * order]

        def respond(*tables):
            got = pandas.concat([t.set_index(key) for t in tables], axis=1, join="inner" if inner else "outer",
                                sort=order)
            got.index.name = got.index.name or "index"
            return got.reset_index()
        return files, words + read_words([key]) + list(files), respond

    def below(self):
        rng = self.rng
        inner, order = self.flip(.4), self.flip(.3)
        files = {f"{n}.csv": self.frame(rng.sample(list("ksixbyzu"), rng.randint(1, 5)), rng.randint(1, 4))
                 for n in "abc"}
        words = ["concat", *["--inner"] * inner, *["--sort"] * order]
        return files, words + list(files), lambda *t: pandas.concat(
            t, join="inner" if inner else "outer", sort=order, ignore_index=True)

    def asks(self):
        """Queries of columns of other types."""
        rng = self.rng
        terms = ["n > 3", "n == 4", "n != 4", "n.isna()", "d > '2011-01-01'", "d <= '2011-06-30'", "d.notna()",
                 "c == 'p'", "c != 'q'", "c in ['p', 'r']", "u > 5", "u == 18446744073709551615", "n + i > 2",
                 "n * 2 == i", "d == d", "c == c", "u % 2 == 0", "n.between(1, 5)", "d.between('2010-05-01', '2011-05-01')"]
        expression = f" {rng.choice(['and', 'or'])} ".join(
            rng.choice(["{}", "not ({})", "~({})"]).format(t) for t in rng.sample(terms, rng.randint(1, 2)))
        words = ["filter", *read_words("kicnud"), "--", expression, "t.csv"]
        return {"t.csv": self.frame(list("kicnud"))}, words, lambda t: t.query(expression)

    def arithmetic(self):
        rng = self.rng
        op = rng.choice(["add", "sub", "mul", "div", "floordiv", "mod", "pow"])
        fill = self.flip(.4)
        key = rng.choice(["k", "s", "d", "z"])
        names = rng.sample(["i", "x", "u", "n", *["b"] * (op in ("add", "sub", "mul", "div"))], rng.randint(1, 3))
        files = {n: self.frame([key, *names], rng.randint(1, 6), holes=rng.choice([0, .2])) for n in ("l.csv", "r.csv")}
        words = ["arith", op, "--index", key, *["--fill", "1"] * fill, *read_words([key, *names]), *files]
        return files, words, lambda l, r: getattr(l.set_index(key), op)(
            r.set_index(key), **({"fill_value": 1} if fill else {})).reset_index()


    def patterns(self):
        """Separators that are regular expressions."""
        rng = self.rng
        pattern, texts = rng.choice([
            ("::", ["::"]), (r"\|\|", ["||"]), ("[,;]", [",", ";"]), (r"\s*,\s*", [",", " ,", ", ", " , "]),
            (" +", [" ", "  "]), (r"\s{2,}", ["  ", "   ", "\t "]), (r"\.", ["."]), (r"[ \t]*;+", [";", " ;", ";;"]),
            (",|;;", [",", ";;"]), ("a?b?,", ["ab,", ",", "b,"]), ("[^0-9.a-zA-Z_-]+", [",", ";;", "!"]),
            ("--|-", ["-", "--"]), (r"\s", [" ", "\t"])])
        fields = ["1", "-2", "3.5", "", "NA", "x", '"q"', "True", "é", "1e3", "18446744073709551615", "z z"]
        pool = rng.sample(fields, rng.randint(2, 6))
        width = rng.randint(1, 4)
        lines = [rng.choice(texts).join("pqrs"[:width])]
        for _ in range(rng.randint(0, 6)):
            wide = width + (rng.choice([-1, 1]) if self.flip(.05) else 0)
            line = rng.choice(texts).join(rng.choice(pool) for _ in range(max(wide, 1)))
            lines.append(rng.choice(["", "", "", " ", "\t"]) + line + rng.choice(["", "", "", " ", "\xa0"]))
        if self.flip(.2):
            lines.insert(rng.randint(1, len(lines)), rng.choice(["", "  ", "# c"]))
        chosen, keyword = rng.choice([([], {})] * 4 + [
            (["-r", "header=none"], {"header": None}), (["-r", "comment=#"], {"comment": "#"}),
            (["-r", "nrows=2"], {"nrows": 2}), (["-r", "skiprows=1"], {"skiprows": 1}), (["-r", "dtype=str"], {"dtype": str})])
        data = rng.choice(["\n", "\n", "\r\n"]).join(lines) + "\n" * self.flip(.8)
        return {"t.csv": data}, ["csv", "convert", "-r", "sep=" + pattern, *chosen, "t.csv"], lambda data: pandas.read_csv(
            io.StringIO(data, newline=""), sep=pattern, engine="python", **keyword)


    def moments(self):
        """Dates by a format."""
        rng = self.rng
        form = rng.choice(["%d/%m/%Y", "%m-%d-%Y", "%Y-%m-%d", "%Y%m%d", "%d.%m.%y %H:%M", "%b %d, %Y", "%d %B %Y",
                           "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%I:%M %p %d/%m/%y", "%H:%M:%S.%f %d/%m/%Y",
                           "%m%d%Y", "%%%Y-%m", "%d/%m/%Y %p %H", "dayfirst"])
        day = pandas.Timestamp("2024-01-01")
        lines = []
        for _ in range(rng.randint(1, 6)):
            text = (day + pandas.Timedelta(rng.randint(-10**9, 10**9), unit="s")).strftime(
                "%d/%m/%Y" if form == "dayfirst" else form)
            if self.flip(.2) and form != "dayfirst":
                text = text.replace("0", "", 1)
            if self.flip(.08) and form != "dayfirst":
                text = rng.choice(["", "x", text + " ", text.upper(), text.replace(" ", "  "), text + "1"])
            lines.append(f'"{text}",1')
        data = "d,v\n" + "\n".join(lines) + "\n"
        option = ("dayfirst=true", {"dayfirst": True}) if form == "dayfirst" else (
            "date_format=" + form, {"date_format": form})
        words = ["csv", "convert", "-r", "parse_dates=d", "-r", option[0], "t.csv"]
        return {"t.csv": data}, words, lambda data: pandas.read_csv(io.StringIO(data), parse_dates=["d"], **option[1])


FAMILIES = ["aggregates", "argument", "windows", "places", "keeps", "tallies", "numbered", "sorts", "unique", "spread",
            "merges", "crossed", "labelled", "nearest", "inorder", "beside", "below", "asks", "arithmetic", "patterns",
            "moments"]
RAW = ["patterns", "moments"]  # answers to the text, not to tables
