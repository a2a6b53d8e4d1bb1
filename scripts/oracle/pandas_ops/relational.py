"""Joins, chains of a join and a group-by, concatenation and pivot tables."""

import pandas as pd

from pandas_ops import _table as table


def sides(case):
    return table.decode(case["in"]["left"]), table.decode(case["in"]["right"])


def merge_options(args):
    options = dict(args)
    if "suffixes" in options:
        options["suffixes"] = tuple(options["suffixes"])
    if isinstance(options.get("tolerance"), dict):
        options["tolerance"] = pd.Timedelta(options["tolerance"]["td"], "ns")
    return options


def merge(case):
    return table.encode(pd.merge(*sides(case), **merge_options(case["args"])))


def merge_asof(case):
    return table.encode(pd.merge_asof(*sides(case), **merge_options(case["args"])))


def merge_ordered(case):
    return table.encode(pd.merge_ordered(*sides(case), **merge_options(case["args"])))


def chain(case):
    """merge, then group-by with the keys as columns, then sort_values."""
    args = case["args"]
    merged = pd.merge(*sides(case), **merge_options(args["merge"]))
    groups = merged.groupby(args["by"], sort=args.get("sort", True), as_index=False)
    result = getattr(groups[args["col"]], args["agg"])()
    if "order_by" in args:
        result = result.sort_values(args["order_by"], ascending=args.get("ascending", True),
                                    kind="stable")
    return table.encode(result)


def concat(case):
    parts = [table.decode(case["in"]["s1"]), table.decode(case["in"]["s2"])]
    return table.encode(pd.concat(parts, **case["args"]))


def concat_frames(case):
    parts = [table.decode(case["in"]["d1"]), table.decode(case["in"]["d2"])]
    return table.encode(pd.concat(parts, **case["args"]))


def combine_first(case):
    left, right = sides(case)
    return table.encode(left.combine_first(right))


def pivot_table(case):
    return table.encode(pd.pivot_table(table.decode(case["in"]["df"]), **case["args"]))


def sort_values(case):
    return table.encode(table.decode(case["in"]["df"]).sort_values(kind="stable", **case["args"]))


OPERATIONS = {function.__name__: function for function in (
    merge, merge_asof, merge_ordered, chain, concat, concat_frames, combine_first,
    pivot_table, sort_values)}
PACKETS = {}
