"""Models that are broken somewhere in their structure: shapes, types, attributes, initialisers,
edges, names, opsets; of ONNX's own tests, whole graphs among them.

    scripts/oracle.sh run scripts/oracle/onnx_fuzz.py NODE_TESTS FOLDER COUNT SEED

FOLDER/NUMBER becomes a backend test; what it should give is no longer known.
"""
import os
import random
import sys

import onnx_oracle

onnx_oracle.quiet_import()
# pylint: disable=wrong-import-position
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

INTS = [0, 1, -1, 2, 3, 5, 7, 16, 255, 1 << 16, 1 << 31, -(1 << 31), 1 << 40, (1 << 63) - 1, -(1 << 63)]
SMALL = [0, 1, 1, 2, 2, 3, 4, 5, -1, -1, -2, -3]
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-30, 1e30, float("inf"), float("-inf"), float("nan")]
WORDS = [b"", b"x", b"NOTSET", b"SAME_UPPER", b"linear", b"nearest", b"mean", b"none", b"bij,bjk->bik",
         b"...", b"\xff\xfe", b"a" * 5000]


def some(r, items):
    """One of them, or None."""
    return items[r.randrange(len(items))] if items else None


def change_attribute(r, model):
    """One of a node that has some; small numbers mostly, which kernels get to see."""
    nodes = [n for n in model.graph.node if n.attribute]
    if not nodes or r.random() < 0.05:
        some(r, model.graph.node).attribute.append(helper.make_attribute(
            some(r, ["axis", "axes", "kernel_shape", "pads", "strides", "mode", "alpha", "to", "k"]),
            some(r, [1, -1, [1, 2], 0.5, "x"])))
        return
    a, ints = some(r, some(r, nodes).attribute), SMALL if r.random() < 0.8 else INTS
    if a.type == a.STRING and r.random() < 0.7:
        a.s = some(r, WORDS)
    a.i, a.f = some(r, ints), some(r, FLOATS)
    for k in range(len(a.ints)):
        if r.random() < 0.5:
            a.ints[k] = some(r, ints)
    if len(a.ints) and r.random() < 0.1:
        a.ints.extend([some(r, ints)] * r.randrange(1, 40))
    if len(a.ints) and r.random() < 0.1:
        del a.ints[r.randrange(len(a.ints)):]
    for k in range(len(a.floats)):
        a.floats[k] = some(r, FLOATS)
    if r.random() < 0.05:
        a.type = r.randrange(0, 15)


def change_input(r, model):
    """An input becomes an initialiser of another shape and other values."""
    value = some(r, model.graph.input)
    kind = value.type.tensor_type.elem_type
    if not 0 < kind < 14 or kind == TensorProto.STRING:
        return
    old = [d.dim_value for d in value.type.tensor_type.shape.dim]
    dims = [some(r, [d, d, d, d, 0, 1, 2, 3]) for d in old]
    if r.random() < 0.3:
        dims = [some(r, [0, 1, 1, 2, 3, 5]) for _ in range(r.randrange(6))]
    dtype, n = helper.tensor_dtype_to_np_dtype(kind), int(np.prod(dims)) if dims else 1
    if n > 1 << 20:
        return
    values = [some(r, SMALL if np.dtype(dtype).kind != "f" or r.random() < 0.5 else FLOATS)
              for _ in range(min(n, 64))]
    with np.errstate(all="ignore"):
        array = np.resize(np.array(values or [0]).astype(dtype), dims)
    model.graph.initializer.append(numpy_helper.from_array(array, value.name))
    model.graph.input.remove(value)


def change_shape(r, model):
    """Of an input or output, as declared; or its type."""
    info = some(r, list(model.graph.input) + list(model.graph.output))
    dims = info.type.tensor_type.shape.dim
    if dims and r.random() < 0.7:
        some(r, dims).dim_value = some(r, INTS)
    elif r.random() < 0.5:
        info.type.tensor_type.shape.dim.add().dim_value = some(r, INTS)
    else:
        info.type.tensor_type.elem_type = r.randrange(0, 25)


def change_initializer(r, model):
    """Its octets, sizes, type or lists do not fit together."""
    if not model.graph.initializer:
        value = some(r, model.graph.input)
        model.graph.initializer.append(TensorProto(
            name=value.name, data_type=value.type.tensor_type.elem_type or 1,
            dims=[d.dim_value for d in value.type.tensor_type.shape.dim]))
    x = some(r, model.graph.initializer)
    what = r.randrange(6)
    if what == 0:
        x.raw_data = x.raw_data[:r.randrange(len(x.raw_data) + 1)]
    elif what == 1 and x.dims:
        x.dims[r.randrange(len(x.dims))] = some(r, INTS)
    elif what == 2:
        x.dims.append(some(r, INTS))
    elif what == 3:
        x.data_type = r.randrange(0, 25)
    elif what == 4:
        x.raw_data = bytes(r.randrange(256) for _ in range(r.randrange(64)))
    else:
        x.int64_data.extend([some(r, INTS)] * r.randrange(1, 9))


def change_edges(r, model):
    """Inputs and outputs of a node: renamed, many, fewer."""
    names = [n for node in model.graph.node for n in [*node.input, *node.output]]
    names += [i.name for i in model.graph.input] + ["", "nobody"]
    node = some(r, model.graph.node)
    what = r.randrange(5)
    if what == 0 and node.input:
        node.input[r.randrange(len(node.input))] = some(r, names)
    elif what == 1:
        node.input.extend([some(r, names)] * r.randrange(1, 80))
    elif what == 2 and node.output:
        node.output[r.randrange(len(node.output))] = some(r, names)
    elif what == 3 and node.input:
        del node.input[r.randrange(len(node.input)):]
    else:
        node.output.extend([f"o{k}" for k in range(r.randrange(1, 80))])


def change_nodes(r, model):
    """A node twice, of another operator or domain, or gone."""
    node = some(r, model.graph.node)
    what = r.randrange(4)
    if what == 0:
        copy = model.graph.node.add()
        copy.CopyFrom(node)
        for k in range(len(copy.output)):
            copy.output[k] += "'"
    elif what == 1:
        node.op_type = some(r, ["Relu", "Add", "Conv", "Gemm", "MatMul", "Reshape", "Slice", "Pad", "TopK",
                                "Einsum", "Resize", "LSTM", "ScatterND", "GatherND", "Loop", "Cast", "Tile"])
    elif what == 2:
        node.domain = some(r, ["", "ai.onnx", "com.microsoft", "x" * 300])
    elif len(model.graph.node) > 1:
        del model.graph.node[r.randrange(len(model.graph.node))]


def change_model(r, model):
    """Versions."""
    if r.random() < 0.7 and model.opset_import:
        model.opset_import[0].version = some(r, [1, 6, 7, 9, 10, 11, 13, 17, 18, 21, 22] + INTS)
    else:
        model.ir_version = some(r, INTS)


CHANGES = [change_attribute] * 5 + [change_input] * 6 + [
    change_shape, change_initializer, change_edges, change_edges, change_nodes, change_model]


def main(tests, folder, count, seed):
    """Write the models."""
    r = random.Random(int(seed))
    known = []
    for test in sorted(os.listdir(tests)):
        try:
            known.append((f"{tests}/{test}/test_data_set_0", onnx.load(f"{tests}/{test}/model.onnx")))
        except Exception:  # pylint: disable=broad-except  # no model
            continue
    for number in range(int(count)):
        data, original = some(r, known)
        model = onnx.ModelProto()
        model.CopyFrom(original)
        inputs = [i.name for i in original.graph.input]
        for _ in range(some(r, [1, 1, 1, 2, 3])):
            if model.graph.node and model.graph.input:
                try:
                    some(r, CHANGES)(r, model)
                except (ValueError, TypeError, OverflowError):
                    continue  # what protobuf itself will not hold
        made = f"{folder}/{number}/test_data_set_0"
        os.makedirs(made)
        kept = [inputs.index(i.name) for i in model.graph.input if i.name in inputs]
        for k, old in enumerate(kept):
            os.symlink(f"{data}/input_{old}.pb", f"{made}/input_{k}.pb")
        for k in range(len(original.graph.output)):
            os.symlink(f"{data}/output_{k}.pb", f"{made}/output_{k}.pb")
        with open(f"{folder}/{number}/model.onnx", "wb") as out:
            out.write(model.SerializeToString())


if __name__ == "__main__":
    main(*sys.argv[1:])
