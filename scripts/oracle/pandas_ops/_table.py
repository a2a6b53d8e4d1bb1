"""Columns, Series, frames and indexes as the case files write them (docs/fp-groupby.md)."""

import datetime

import numpy as np
import pandas as pd


def hexfloat(value):
    """C99 hexadecimal; "nan", "inf" and "-inf" as they are."""
    value = float(value)
    return str(value) if value != value or value in (np.inf, -np.inf) else value.hex()


def unhex(text):
    return float.fromhex(text) if "0x" in text else float(text)


def encode_cell(value):
    """A value inside an object column."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return {"i": int(value)}
    if isinstance(value, (float, np.floating)):
        return {"f": hexfloat(value)}
    if isinstance(value, pd.Timestamp) and value.tz is not None:
        return {"ts": value.value, "zone": int(value.utcoffset().total_seconds()) // 60}
    if isinstance(value, pd.Timestamp):
        return {"ts": value.value}
    if isinstance(value, pd.Timedelta):
        return {"td": value.value}
    return str(value)


def decode_cell(value):
    if isinstance(value, dict):
        if "i" in value:
            return value["i"]
        if "zone" in value:
            zone = datetime.timezone(datetime.timedelta(minutes=value["zone"]))
            return pd.Timestamp(value["ts"], tz="UTC").tz_convert(zone)
        return unhex(value["f"]) if "f" in value else pd.Timestamp(value["ts"])
    return value


def encode_array(array):
    """The values of an array of one dtype."""
    dtype = str(array.dtype)
    if dtype == "category":
        return [None if pd.isna(v) else encode_cell(v) for v in array]
    if dtype in ("object", "Int64", "Float64", "boolean", "string"):
        return [encode_cell(v) for v in array]
    if array.dtype.kind in "mM":
        whole = np.asarray(array.asi8 if dtype.startswith("datetime64[ns, ") else array).astype("int64")
        return [None if v == np.iinfo("int64").min else int(v) for v in whole]
    plain = np.asarray(array)
    if plain.dtype.kind == "f":
        return [hexfloat(v) for v in plain]
    if plain.dtype.kind == "b":
        return [bool(v) for v in plain]
    return [int(v) for v in plain]


def encode_name(name):
    if name is None or isinstance(name, str):
        return name
    return None if isinstance(name, (float, np.floating)) and np.isnan(name) else str(name)


def encode_values(values, name):
    """{"name", "dtype", "values"} of a Series, an Index or a level."""
    array = values.array if hasattr(values, "array") else values
    dtype = str(array.dtype)
    result = {"name": encode_name(name), "dtype": dtype}
    if dtype == "category":
        result["categories"] = encode_values(array.categories, array.categories.name)
        result["ordered"] = bool(array.ordered)
    result["values"] = encode_array(array)
    return result


def encode_index(index):
    """None for the default index."""
    if isinstance(index, pd.MultiIndex):
        return {"levels": [encode_values(index.get_level_values(i), index.names[i])
                           for i in range(index.nlevels)]}
    if index.dtype == "int64" and index.name is None and list(index) == list(range(len(index))):
        return None
    return encode_values(index, index.name)


def with_index(result, index):
    encoded = encode_index(index)
    if encoded is not None:
        result["index"] = encoded
    return result


def encode(value):
    """Whatever an operation answered."""
    if isinstance(value, pd.DataFrame):
        columns = []
        for i in range(value.shape[1]):
            name = value.columns[i]
            name = ".".join(map(str, name)) if isinstance(name, tuple) else name
            columns.append(encode_values(value.iloc[:, i], name))
        return with_index({"columns": columns, "nrows": len(value)}, value.index)
    if isinstance(value, pd.Series):
        return with_index({"values": encode_values(value, value.name)}, value.index)
    if isinstance(value, pd.Index):
        return {"values": encode_values(value, value.name)}
    return value


def decode_values(column):
    """An array, or a list with its dtype, from {"dtype", "values"}."""
    dtype, values = column["dtype"], column["values"]
    if dtype == "category":
        categories = decode_index(column["categories"])
        return pd.Categorical([decode_cell(v) for v in values], categories=categories,
                              ordered=column.get("ordered", False))
    if dtype == "object":
        result = np.empty(len(values), dtype=object)
        for i, value in enumerate(values):
            result[i] = decode_cell(value)
        return result
    if dtype in ("Int64", "Float64", "boolean", "string"):
        return pd.array([pd.NA if v is None else decode_cell(v) for v in values], dtype=dtype)
    if dtype.startswith(("datetime64", "timedelta64")):
        least = np.iinfo("int64").min
        whole = np.array([least if v is None else v for v in values], dtype="int64")
        if "," in dtype:
            return pd.DatetimeIndex(whole, tz="UTC").astype(dtype).array
        return whole.view(dtype)
    if dtype.startswith("float"):
        return np.array([unhex(v) for v in values], dtype=dtype)
    return np.array(values, dtype=dtype)


def decode_index(node):
    if "levels" in node:
        return pd.MultiIndex.from_arrays([decode_index(level) for level in node["levels"]],
                                         names=[level["name"] for level in node["levels"]])
    return pd.Index(decode_values(node), name=node["name"],
                    dtype=None if node["dtype"] == "category" else node["dtype"])


def decode(node):
    """A frame, a Series or an Index."""
    if node.get("kind") == "index":
        return decode_index(node["values"])
    index = decode_index(node["index"]) if "index" in node else None
    if "columns" in node:
        data = {i: pd.Series(decode_values(c)) for i, c in enumerate(node["columns"])}
        frame = pd.DataFrame(data, index=range(node["nrows"]))
        for i, column in enumerate(node["columns"]):
            if column["dtype"] == "object":
                frame[i] = frame[i].astype(object)
        frame.columns = [c["name"] for c in node["columns"]]
        if index is not None:
            frame.index = index
        return frame
    column = node["values"]
    dtype = None if column["dtype"] == "category" else column["dtype"]
    return pd.Series(decode_values(column), index=index, name=column["name"], dtype=dtype)
