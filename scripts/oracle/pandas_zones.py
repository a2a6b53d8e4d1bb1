"""Families of pandas_commands.py whose dates have a time zone: an offset from UTC.

A file has dates of one zone, of none, or of several; `d` is such a column.
"""

import io

import pandas

from pandas_rare import Rare, keywords, read_words

__all__ = ["Zoned", "keywords"]

ZONES = ["Z", "+00:00", "+0000", "+02:00", "+0200", "-05:30", "-0530", "+14:00", "-00:30"]
SHORT = ["+02", "-5", "+5:3", "+0", "-11:45"]
ODD = ["+02:00:30", "+24:00", "+530", "z", " Z", "", "UTC", " UTC", "gmt", " +02:00", "  +02:00", "+02:60", "Z "]
BASES = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S.%f", "%Y/%m/%d %H:%M:%S",
         "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%Y%m%d %H:%M:%S"]
OTHERS = ["aggregates", "aggregates", "windows", "places", "tallies", "numbered", "sorts", "unique",
          "spread", "merges", "labelled", "inorder", "beside", "arithmetic"]


class Zoned(Rare):
    """Tables as those of Rare; each file has a zone of its own."""

    def __init__(self, seed):
        super().__init__(seed)
        self.zones = ["Z"]

    def choose(self, likely=None):
        """The zones of the next file."""
        rng = self.rng
        self.zones = rng.choice([["Z"], ["Z", "+00:00"], ["+02:00"], ["+02:00", "+0200"], ["-05:30"],
                                 [likely or "Z"], [likely or "+02:00"]])
        if self.flip(.12):
            self.zones = rng.choice([[""], ["Z", "+02:00"], ["-05:30", "+02:00"]])
        if self.flip(.1):
            self.zones = [rng.choice(SHORT)]

    def moment(self, base="%Y-%m-%dT%H:%M:%S"):
        rng = self.rng
        day = pandas.Timestamp(f"2024-0{rng.randint(1, 2)}-{rng.randint(1, 3):02d}")
        return (day + pandas.Timedelta(rng.randint(0, 8) * 1800, unit="s")).strftime(base)

    def field(self, kind, holes):
        if kind == "date":
            if self.rng.random() < holes:
                return self.rng.choice(["", "NA", "NaT"])
            return self.moment() + self.rng.choice(self.zones)
        return super().field(kind, holes)

    def frame(self, names, rows=None, holes=None):
        self.choose(self.zones[0])
        return super().frame(names, rows, holes)

    def zoned(self):
        return getattr(self, self.rng.choice(OTHERS))()

    def zone_texts(self):
        """What parse_dates makes of texts, most of one form."""
        rng = self.rng
        base, blank, first = rng.choice(BASES), rng.choice(["", "", "", " "]), self.flip(.2)
        if base.startswith("%Y%m"):
            first = False  # pandas would guess each value
        short = base.startswith("%Y") and "%S" in base and not blank and not first
        zone = rng.choice(ZONES + SHORT * short + ["UTC"] + [""] * (not blank))
        own = [zone] if self.flip(.6) else [zone, rng.choice(ZONES), rng.choice(SHORT)]
        lines = [f"{self.moment(base)}{blank}{zone},0"]
        for number in range(rng.randint(0, 5)):
            text = self.moment(rng.choice(BASES) if self.flip(.05) else base) + blank + rng.choice(own)
            if self.flip(.08):
                text = self.moment(base) + rng.choice(ODD)
            if self.flip(.1):
                text = rng.choice(["NaT", "x", text.replace("0", "", 1), text.replace(" ", "  ", 1), text.lower(),
                                   text.replace(":00", ":60", 1), text.replace(".", ".123456789"), " " + text])
            lines.append(f"{'' if self.flip(.15) else text},{number}")
        if self.flip(.1):
            lines.insert(0, ",9")
        data = "\n".join(["d,v", *lines]) + "\n"
        more, keyword = (["-r", "dayfirst=true"], {"dayfirst": True}) if first else ([], {})
        return {"t.csv": data}, ["csv", "convert", "-r", "parse_dates=d", *more, "t.csv"], lambda data: (
            pandas.read_csv(io.StringIO(data), parse_dates=["d"], **keyword))

    def zone_formats(self):
        rng = self.rng
        form = rng.choice([*(b + rng.choice(["%z", " %z", "%Z", " %Z"]) for b in BASES), "%z %d/%m/%Y", "%Y%z-%m-%d",
                           "%H:%M%z %d.%m.%Y", "%d%b%Y%z", "%Y.%m.%d %H:%M:%S.%f%z"])
        pool = rng.sample(ZONES, rng.choice([1, 1, 1, 2])) if "%z" in form else ["UTC", "utc", "GMT"]
        lines = []
        for _ in range(rng.randint(1, 5)):
            zone = rng.choice(SHORT + ODD) if self.flip(.1) else rng.choice(pool)
            lines.append("" if self.flip(.1) else self.moment(form.replace("%z", "@").replace("%Z", "@")).replace("@", zone))
        data = "d,v\n" + "".join(f'"{line}",1\n' for line in lines)
        return ({"t.csv": data}, ["csv", "convert", "-r", "parse_dates=d", "-r", "date_format=" + form, "t.csv"],
                lambda data: pandas.read_csv(io.StringIO(data), parse_dates=["d"], date_format=form))

    def zone_asks(self):
        rng = self.rng
        when = lambda: repr(self.moment(rng.choice(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d"])))
        zone = lambda: repr(self.moment(rng.choice(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"])) + rng.choice(ZONES))
        text = lambda: zone() if self.flip(.8) else when()
        sign = lambda: rng.choice(["<", "<=", ">", ">=", "==", "!="])
        items = rng.choice([zone, when])
        fixed = repr(self.moment("%Y-%m-%d %H:%M") + "Z")
        term = lambda: rng.choice([
            f"d {sign()} {text()}", f"{text()} {sign()} d", f"d in [{items()}]", f"d not in [{fixed}, {fixed}]",
            f"d == [{items()}]", f"d != [{fixed}]", f"d.isin([{fixed}])", f"d.between({text()}, {text()})", "d == d",
            "d.isna()", "e > d", "d == e", "d != e", "d >= e", "e < d"])
        expression = f" {rng.choice(['and', 'or'])} ".join(
            rng.choice(["{}", "not ({})", "~({})"]).format(term()) for _ in range(rng.randint(1, 2)))
        data = self.frame(list("kid"))
        left = data.splitlines()
        self.choose(self.zones[0])
        lines = [left[0] + ",e"] + [f"{line},{self.field('date', .2)}" for line in left[1:]]
        read = {"parse_dates": ["d", "e"]}
        return ({"t.csv": "\n".join(lines) + "\n"},
                ["filter", "-r", "parse_dates=d,e", "--", expression, "t.csv"],
                lambda data: pandas.read_csv(io.StringIO(data), **read).query(expression).reset_index(drop=True))

    def zone_stacks(self):
        """Files of several zones below each other, and what then is done."""
        rng = self.rng
        files = {f"{n}.csv": self.frame(rng.choice([["d", "i"], ["d", "k", "i"]]), rng.randint(1, 4))
                 for n in "abc"[:rng.randint(2, 3)]}
        then, after = rng.choice([
            ([], lambda t: t), ([], lambda t: t),
            (["--then", "sort", "-b", "d"], lambda t: t.sort_values("d", kind="stable")),
            (["--then", "dedup", "-b", "d"], lambda t: t.drop_duplicates("d")),
            (["--then", "groupby", "-b", "d", "-a", "i:sum"], lambda t: t.groupby("d", as_index=False).i.sum()),
            (["--then", "groupby", "-b", "d", "--no-sort", "-a", "i:max"],
             lambda t: t.groupby("d", as_index=False, sort=False).i.max()),
            (["--then", "value-counts", "-b", "d"],
             lambda t: t.d.value_counts(sort=False).sort_values(ascending=False, kind="stable").reset_index()),
            (["--then", "factorize", "-b", "d"], lambda t: t[["d"]].assign(code=pandas.factorize(t.d)[0]))])
        return (files, ["concat", "-r", "parse_dates=d", *files, *then],
                lambda *t: after(pandas.concat(t, ignore_index=True)))

    def zone_joins(self):
        rng = self.rng
        how, order = rng.choice(["inner", "left", "right", "outer"]), self.flip(.3)
        files = {"l.csv": self.frame(["d", "i"]), "r.csv": self.frame(["d", "y"])}
        on, keys = rng.choice([(["--on", "d"], {"on": "d"}),
                               (["--left-on", "d", "--right-on", "d"], {"left_on": "d", "right_on": "d"})])
        words = ["join", "--how", how, *["--sort"] * order, *on]
        return (files, words + read_words(["d"]) + list(files),
                lambda l, r: l.merge(r, how=how, sort=order, **keys))

    def zone_asof(self):
        rng = self.rng
        way = rng.choice(["backward", "forward", "nearest"])
        exact, by = self.flip(.7), self.flip(.4)
        files = {}
        for name, value in (("l.csv", "v"), ("r.csv", "w")):
            self.choose(self.zones[0])
            rows = sorted(self.moment() for _ in range(rng.randint(1, 8)))
            zone = self.zones[0]
            files[name] = f"d,s,{value}\n" + "".join(f"{t}{zone},{rng.choice('ab')},{n}\n" for n, t in enumerate(rows))
        words = ["asof", "--on", "d", "--direction", way, *["--no-exact"] * (not exact), *["--by", "s"] * by]
        return (files, words + read_words(["d"]) + list(files),
                lambda l, r: pandas.merge_asof(l, r, on="d", direction=way, allow_exact_matches=exact,
                                               by="s" if by else None))

    def zone_sets(self):
        """Indexes of two files: union and its kin."""
        rng = self.rng
        how = rng.choice(["intersection", "difference"])
        files = {n: self.frame(["d", "i"], holes=0) for n in ("l.csv", "r.csv")}
        words = ["align", "--how", how, "--index", "d", *read_words(["d"]), *files]

        def respond(l, r):
            x, y = pandas.Index(l.d), pandas.Index(r.d)
            labels = getattr(x, how)(y, **({} if how == "difference" else {"sort": None}))
            first = lambda index: [next((n for n, w in enumerate(index) if w == v), None) for v in labels]
            got = pandas.DataFrame({"left": first(x), "right": first(y)}, dtype="Int64")
            got.insert(0, labels.name or "index", pandas.Series(labels, dtype=labels.dtype))
            return got
        return files, words, respond


FAMILIES = ["zoned", "zone_texts", "zone_formats", "zone_asks", "zone_stacks", "zone_joins", "zone_asof", "zone_sets"]
RAW = ["zone_texts", "zone_formats", "zone_asks"]
