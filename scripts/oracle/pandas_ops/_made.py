"""Columns, frames, Series and indexes of chosen cases."""

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
