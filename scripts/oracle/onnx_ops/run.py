"""Small models, built with the onnx package and run by ONNX Runtime.

A case holds the model in hexadecimal and its inputs.  What ONNX Runtime refuses, when it
loads the model or when it runs it, has the class "Refused".
"""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from frame import OriginalError

TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE,
         "float16": TensorProto.FLOAT16, "int64": TensorProto.INT64,
         "int32": TensorProto.INT32, "int8": TensorProto.INT8, "uint8": TensorProto.UINT8,
         "bool": TensorProto.BOOL}


def run(case):
    """The outputs of the case's model."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    arrays = [np.array([float(v) if isinstance(v, str) else v for v in x["data"]],
                       dtype=x["dtype"]).reshape(x["shape"]) for x in case["in"]["inputs"]]
    try:
        session = onnxruntime.InferenceSession(bytes.fromhex(case["in"]["model"]), options,
                                               providers=["CPUExecutionProvider"])
        names = [i.name for i in session.get_inputs()]
        outputs = session.run(None, dict(zip(names, arrays)))
    except Exception as error:  # pylint: disable=broad-except  # all are refusals
        raise OriginalError("Refused", str(error)) from None
    return [{"dtype": str(y.dtype), "shape": list(y.shape), "data": y.ravel()} for y in outputs]


def model(nodes, inputs, outputs, opset=17, weights=()):
    """The octets of a model in hexadecimal; outputs: (name, dtype)."""
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info(n, TYPES[str(x.dtype)], x.shape)
         for n, x in inputs.items()],
        [helper.make_tensor_value_info(n, TYPES[d], None) for n, d in outputs],
        [numpy_helper.from_array(w, n) for n, w in weights])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = 8
    return made.SerializeToString().hex()


def tensor(x):
    """An array as cases have it."""
    return {"dtype": str(x.dtype), "shape": list(x.shape), "data": x.ravel()}


class Cases:
    """Collects cases with one seed of data."""

    def __init__(self):
        self.list = []
        self.random = np.random.RandomState(9)

    def floats(self, *shape):
        return np.round(self.random.uniform(-2, 2, shape), 3).astype(np.float32)

    def add(self, name, made, inputs, tolerance=2e-5):
        compare = {"kind": "abs", "tolerance": tolerance} if tolerance else {"kind": "exact"}
        self.list.append({"case_id": name, "operation": "onnx run", "compare": compare,
                          "in": {"model": made, "floats": True,
                                 "inputs": [tensor(x) for x in inputs]}})

    def node(self, name, op, inputs, dtype="float32", opset=17, tolerance=2e-5, outputs=1,
             **attributes):
        """A model of one node."""
        names = [f"x{i}" for i in range(len(inputs))]
        given = {n: x for n, x in zip(names, inputs) if x is not None}
        dtypes = dtype if isinstance(dtype, (list, tuple)) else [dtype] * outputs
        made = [f"y{i}" for i in range(len(dtypes))]
        node = helper.make_node(op, [n if n in given else "" for n in names], made,
                                name="n", **attributes)
        self.add(name, model([node], given, list(zip(made, dtypes)), opset),
                 list(given.values()), tolerance)


def elementwise(c):
    x, y = c.floats(2, 3), c.floats(3)
    for op in ("Add", "Sub", "Mul", "Div"):
        c.node(f"{op.lower()}_broadcast", op, [x, y])
    for op in ("Neg", "Abs", "Exp", "Sigmoid", "Tanh", "Relu", "Erf", "Softplus", "Softsign",
               "Floor", "Ceil", "Round", "Sign", "HardSwish", "Sin", "Atan"):
        c.node(op.lower(), op, [x])
    c.node("sqrt_of_negative", "Sqrt", [x])
    special = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0], np.float32)
    c.node("relu_special", "Relu", [special])
    c.node("isnan", "IsNaN", [special], "bool", tolerance=0)
    c.node("isinf_positive", "IsInf", [special], "bool", tolerance=0, detect_negative=0)
    i, j = np.array([7, -7, 2**62, -2**63], np.int64), np.array([3, 3, 4, 2], np.int64)
    for op in ("Add", "Sub", "Mul", "Div", "Max", "Min"):
        c.node(f"{op.lower()}_int64", op, [i, j], "int64", tolerance=0)
    c.node("mod_int64", "Mod", [i, j], "int64", tolerance=0)
    c.node("fmod_int64", "Mod", [i, j], "int64", tolerance=0, fmod=1)
    c.node("greater_int64_beyond_double", "Greater",
           [np.array([2**53 + 1, 1], np.int64), np.array([2**53, 1], np.int64)], "bool",
           tolerance=0)
    c.node("pow_float_int", "Pow", [x, np.array([2, 3, 0], np.int64)])
    c.node("where", "Where", [np.array([True, False, True]), y, c.floats(2, 1)])
    c.node("clip", "Clip", [x, np.float32(-1).reshape(()), np.float32(0.5).reshape(())])
    c.node("leaky_relu", "LeakyRelu", [x], alpha=0.2)
    c.node("elu", "Elu", [x], alpha=0.7)
    c.node("selu", "Selu", [x])
    c.node("hard_sigmoid", "HardSigmoid", [x], alpha=0.3, beta=0.4)
    c.node("prelu", "PRelu", [x, np.float32([0.1, 0.2, 0.3])])
    c.node("cast_to_int32", "Cast", [x], "int32", tolerance=0, to=TensorProto.INT32)
    c.node("cast_to_bool", "Cast", [special], "bool", tolerance=0, to=TensorProto.BOOL)


def shapes(c):
    x = c.floats(2, 3, 4)
    ints = lambda *v: np.array(v, np.int64)  # noqa: E731
    c.node("reshape_rest", "Reshape", [x, ints(0, -1)], tolerance=0)
    c.node("transpose", "Transpose", [x], tolerance=0, perm=[2, 0, 1])
    c.node("slice_backwards", "Slice", [x, ints(3, -1), ints(-10, -5), ints(2, 0), ints(-2, -1)],
           tolerance=0)
    c.node("gather_negative", "Gather", [x, ints(-1, 0)], tolerance=0, axis=1)
    c.node("gather_nd", "GatherND", [x, ints(0, 1, 1, 2).reshape(2, 2)], tolerance=0)
    c.node("gather_elements", "GatherElements", [x, ints(1, 0, 2, 1).reshape(1, 1, 4)],
           tolerance=0, axis=1)
    c.node("scatter_elements_add", "ScatterElements",
           [c.floats(3, 3), ints(0, 2, 0, 1, 1, 2).reshape(2, 3), c.floats(2, 3)], opset=16,
           axis=0, reduction="add")
    c.node("scatter_nd", "ScatterND", [c.floats(4), ints(3, 1).reshape(2, 1), c.floats(2)],
           tolerance=0)
    c.node("pad_reflect", "Pad", [x, ints(0, 1, 2, 0, 1, 1)], tolerance=0, mode="reflect")
    c.node("pad_negative", "Pad", [x, ints(0, -1, 0, 0, 2, -2), np.float32(7).reshape(())],
           tolerance=0)
    c.node("tile", "Tile", [c.floats(2, 2), ints(2, 3)], tolerance=0)
    c.node("expand", "Expand", [c.floats(3, 1), ints(2, 1, 4)], tolerance=0)
    c.node("concat", "Concat", [x, c.floats(2, 1, 4)], tolerance=0, axis=-2)
    c.node("split_uneven", "Split", [x, ints(1, 3)], tolerance=0, outputs=2, axis=2)
    c.node("shape_part", "Shape", [x], "int64", tolerance=0, start=-2)
    c.node("onehot", "OneHot", [ints(0, 3, -1, 9), ints(4), c.floats(2)], tolerance=0)
    c.node("cumsum_exclusive_reverse", "CumSum", [c.floats(2, 4), np.array(1, np.int64)],
           exclusive=1, reverse=1)
    c.node("topk_ties", "TopK", [np.float32([[1, 3, 3, 2, 3]]), ints(3)],
           ["float32", "int64"], tolerance=0)
    c.node("argmax_last", "ArgMax", [np.float32([[1, 3, 3, 2]])], "int64", tolerance=0, axis=1,
           select_last_index=1)
    c.node("trilu", "Trilu", [c.floats(3, 4), np.array(1, np.int64)], tolerance=0, upper=0)
    c.node("depth_to_space", "DepthToSpace", [c.floats(1, 8, 1, 2)], tolerance=0, blocksize=2,
           mode="CRD")
    c.node("nonzero", "NonZero", [np.float32([[0, 1], [2, 0]])], "int64", tolerance=0)
    c.node("range", "Range", [np.array(v, np.int64) for v in (10, 4, -2)], "int64", tolerance=0)
    for op in ("ReduceSum", ):
        c.node("reduce_sum_axes", op, [x, ints(0, 2)], keepdims=0)
    for op in ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
               "ReduceLogSumExp", "ReduceSumSquare"):
        c.node(op.lower(), op, [x], axes=[1])


def networks(c):
    c.node("matmul_batches", "MatMul", [c.floats(2, 1, 3, 4), c.floats(3, 4, 2)])
    c.node("gemm", "Gemm", [c.floats(3, 2), c.floats(4, 3), c.floats(4)], alpha=0.5, beta=2.0,
           transA=1, transB=1)
    c.node("einsum", "Einsum", [c.floats(2, 3, 4), c.floats(2, 4, 5)],
           equation="bij,bjk->bik")
    image = c.floats(1, 4, 5, 6)
    c.node("conv_groups", "Conv", [image, c.floats(6, 2, 3, 3), c.floats(6)], group=2,
           strides=[2, 1], pads=[1, 0, 2, 1], dilations=[1, 2])
    c.node("conv_same_lower", "Conv", [image, c.floats(2, 4, 2, 3)], auto_pad="SAME_LOWER",
           strides=[2, 2])
    c.node("conv_1d", "Conv", [c.floats(2, 3, 7), c.floats(4, 3, 3)])
    c.node("conv_transpose", "ConvTranspose", [image, c.floats(4, 2, 3, 3), c.floats(2)],
           strides=[2, 3], pads=[1, 0, 1, 2], output_padding=[1, 0])
    c.node("max_pool_ceil", "MaxPool", [image], ["float32", "int64"], kernel_shape=[3, 2],
           strides=[2, 2], ceil_mode=1)
    c.node("max_pool_dilated", "MaxPool", [image], kernel_shape=[2, 2], dilations=[2, 3])
    c.node("average_pool_pads", "AveragePool", [image], kernel_shape=[3, 3],
           pads=[1, 1, 1, 1], strides=[2, 2])
    c.node("average_pool_include_pad", "AveragePool", [image], kernel_shape=[3, 3],
           pads=[1, 1, 1, 1], strides=[2, 2], count_include_pad=1)
    c.node("global_average_pool", "GlobalAveragePool", [image])
    four = [c.floats(4), c.floats(4), c.floats(4), np.abs(c.floats(4)) + np.float32(0.1)]
    c.node("batch_norm", "BatchNormalization", [image] + four, epsilon=1e-3)
    c.node("instance_norm", "InstanceNormalization", [image] + four[:2])
    c.node("layer_norm", "LayerNormalization", [c.floats(2, 3, 4), c.floats(4), c.floats(4)])
    c.node("lrn", "LRN", [image], size=3, alpha=0.1, beta=0.5, bias=1.5)
    c.node("softmax", "Softmax", [c.floats(2, 3, 4)], axis=1)
    c.node("softmax_flat_opset11", "Softmax", [c.floats(2, 3, 4)], opset=11, axis=1)
    c.node("log_softmax", "LogSoftmax", [c.floats(2, 5)])
    for op, gates in (("RNN", 1), ("GRU", 3), ("LSTM", 4)):
        c.node(f"{op.lower()}_bidirectional", op,
               [c.floats(3, 2, 2), c.floats(2, 3 * gates, 2), c.floats(2, 3 * gates, 3),
                c.floats(2, 6 * gates)], outputs=2, hidden_size=3, direction="bidirectional")
    c.node("gru_linear_before_reset", "GRU",
           [c.floats(3, 2, 2), c.floats(1, 9, 2), c.floats(1, 9, 3), c.floats(1, 18),
            np.array([3, 1], np.int32)], outputs=2, hidden_size=3, linear_before_reset=1)
    c.node("resize_linear", "Resize", [image, None, None, np.array([1, 4, 7, 4], np.int64)],
           mode="linear")
    c.node("resize_nearest_floor", "Resize",
           [image, None, np.float32([1, 1, 2, 1.5])], mode="nearest", nearest_mode="floor",
           coordinate_transformation_mode="asymmetric")
    c.node("quantize", "QuantizeLinear",
           [c.floats(2, 4), np.float32(0.01).reshape(()), np.array(128, np.uint8)], "uint8",
           tolerance=0)
    c.node("dequantize_axis", "DequantizeLinear",
           [np.array([[1, 200], [3, 4]], np.uint8), np.float32([0.5, 0.25]),
            np.array([128, 0], np.uint8)], axis=1)
    c.node("matmul_integer", "MatMulInteger",
           [np.array([[1, 255], [7, 9]], np.uint8), np.array([[3, 4], [200, 6]], np.uint8),
            np.array(12, np.uint8)], "int32", tolerance=0)


def whole_models(c):
    """Several nodes: a network and a block of attention, weights inside."""
    make = helper.make_node
    weights = [("w", c.floats(3, 2, 3, 3)), ("b", c.floats(3)), ("v", c.floats(4, 27)),
               ("d", c.floats(4)), ("flat", np.array([0, -1], np.int64))]
    nodes = [make("Conv", ["x", "w", "b"], ["c"], pads=[1, 1, 1, 1]), make("Relu", ["c"], ["r"]),
             make("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
             make("Reshape", ["p", "flat"], ["f"]),
             make("Gemm", ["f", "v", "d"], ["g"], transB=1), make("Softmax", ["g"], ["y"])]
    x = c.floats(2, 2, 6, 6)
    c.add("small_cnn", model(nodes, {"x": x}, [("y", "float32")], weights=weights), [x])
    weights = [(n, c.floats(4, 4)) for n in ("wq", "wk", "wv", "wo")]
    weights += [("scale", np.float32([0.5])), ("g", c.floats(4)), ("h", c.floats(4))]
    nodes = [make("MatMul", ["x", "wq"], ["q"]), make("MatMul", ["x", "wk"], ["k"]),
             make("MatMul", ["x", "wv"], ["v"]), make("Transpose", ["k"], ["kt"], perm=[0, 2, 1]),
             make("MatMul", ["q", "kt"], ["s"]), make("Mul", ["s", "scale"], ["t"]),
             make("Softmax", ["t"], ["a"]), make("MatMul", ["a", "v"], ["o"]),
             make("MatMul", ["o", "wo"], ["p"]), make("Add", ["x", "p"], ["r"]),
             make("LayerNormalization", ["r", "g", "h"], ["y"])]
    x = c.floats(1, 3, 4)
    c.add("attention_block", model(nodes, {"x": x}, [("y", "float32")], weights=weights), [x])


def needless(c):
    """What the passes rewrite: identities, constants, the same twice, what nobody reads."""
    n, f = helper.make_node, np.float32
    nodes = [n("Mul", ["one", "x"], ["a"]), n("Transpose", ["a"], ["b"], perm=[1, 0]),
             n("Transpose", ["b"], ["c"], perm=[1, 0]), n("Identity", ["c"], ["d"]),
             n("Add", ["k1", "k2"], ["k"]), n("Sqrt", ["k"], ["root"]),
             n("Mul", ["d", "root"], ["e"]), n("Exp", ["y"], ["p"]), n("Exp", ["y"], ["q"]),
             n("Add", ["p", "q"], ["s"]), n("Log", ["y"], ["dead"]),
             n("Reshape", ["s", "shape"], ["u"]), n("Sub", ["u", "zero"], ["v"]),
             n("Add", ["v", "zero"], ["w"]), n("Tanh", ["w"], ["z"]), n("Neg", ["z"], ["z1"]),
             n("Neg", ["z1"], ["z2"]), n("Relu", ["z2"], ["z3"]), n("Sigmoid", ["z3"], ["z4"]),
             n("Add", ["e", "z4"], ["out"])]
    x, y = c.floats(3, 4), c.floats(3, 4)
    c.add("needless", model(nodes, {"x": x, "y": y}, [("out", "float32")], 17, [
        ("one", np.ones((), f)), ("k1", np.full(4, 2, f)), ("k2", np.full(4, 7, f)),
        ("zero", np.zeros(1, f)), ("shape", np.array([3, 4], np.int64))]), [x, y])


def adversarial(c):
    """What ONNX Runtime refuses as well."""
    x = c.floats(2, 3)
    c.add("not_a_model", "00ff17", [])
    c.add("cut_off", model([helper.make_node("Relu", ["x"], ["y"])], {"x": x},
                           [("y", "float32")])[:-20], [x])
    c.node("unknown_operator", "Frobnicate", [x])
    c.node("unknown_attribute", "Relu", [x], slope=1.0)
    c.node("shapes_that_do_not_broadcast", "Add", [x, c.floats(2)])
    c.node("matmul_that_does_not_fit", "MatMul", [x, c.floats(2, 2)])
    c.node("gather_beyond_the_end", "Gather", [x, np.array([2], np.int64)])
    c.node("reshape_to_another_count", "Reshape", [x, np.array([4, 2], np.int64)])
    c.node("axis_beyond_the_rank", "Softmax", [x], axis=2)
    c.node("axis_beyond_the_rank_opset11", "Softmax", [x], opset=11, axis=3)
    c.node("types_that_differ", "Add", [x, np.array([1, 2, 3], np.int64)])
    c.node("bool_arithmetic", "Add", [np.array([True]), np.array([False])], "bool")
    c.node("later_operator", "Gelu", [x], opset=17)
    c.add("nothing_makes_the_input",
          model([helper.make_node("Relu", ["z"], ["y"])], {"x": x}, [("y", "float32")]), [x])
    c.add("a_cycle", model([helper.make_node("Add", ["x", "b"], ["a"]),
                            helper.make_node("Relu", ["a"], ["b"])], {"x": x},
                           [("b", "float32")]), [x])
    c.add("two_values_of_one_name", model([helper.make_node("Relu", ["x"], ["y"]),
                                           helper.make_node("Exp", ["x"], ["y"])], {"x": x},
                                          [("y", "float32")]), [x])
    c.add("another_shape_than_declared",
          model([helper.make_node("Relu", ["x"], ["y"])], {"x": x}, [("y", "float32")]),
          [c.floats(3, 3)])
    c.add("another_type_than_declared",
          model([helper.make_node("Relu", ["x"], ["y"])], {"x": x}, [("y", "float32")]),
          [np.array([[1, 2, 3], [4, 5, 6]], np.int64)])


def misused(c):
    """One attribute or input beyond what an operator takes; results of integers."""
    x, i = c.floats(2, 3), np.array([[1, 2, 3], [4, 5, 6]], np.int32)
    for op in ("ReduceL2", "ReduceLogSum", "ReduceLogSumExp"):
        c.node(f"{op}_int32".lower(), op, [i], "int32", tolerance=0, axes=[1], keepdims=0)
    c.node("sign_of_nan", "Sign", [np.array([np.nan, -2, 0], np.float32)])
    c.node("clip_min_above_max", "Clip", [x], opset=6, min=2.0, max=1.0)
    c.node("concat_of_a_nameless_input", "Concat", [x, None], axis=0)
    c.node("flatten_below_zero_opset9", "Flatten", [x], opset=9, axis=-1)
    c.node("max_broadcast_opset7", "Max", [x, c.floats(3)], opset=7)
    c.node("slice_of_no_axes", "Slice", [x] + [np.array(v, np.int64) for v in ([0], [1], [])])
    c.node("split_into_another_number", "Split", [x], opset=11, split=[2, 1], axis=1)
    c.node("split_without_sizes", "Split", [x], opset=18, axis=1)
    c.node("shape_without_dimension", "Expand", [x, np.array(3, np.int64)])
    c.node("dropout_beyond_its_inputs", "Dropout", [x, None], opset=7)
    image = c.floats(1, 3, 4, 4)
    c.node("lrn_even_size", "LRN", [image], size=2)
    c.node("lrn_alpha_of_nothing", "LRN", [image], size=3, alpha=-1e30)
    c.node("layer_norm_scale_too_short", "LayerNormalization", [x, c.floats(3)], axis=0)
    c.node("pads_beside_auto_pad", "Conv", [image, c.floats(2, 3, 3, 3)],
           auto_pad="SAME_UPPER", pads=[0] * 4)
    grid = c.floats(1, 2, 2, 2) / 2
    c.node("grid_sample_linear_opset16", "GridSample", [image, grid], opset=16, mode="linear")
    c.node("grid_sample_bilinear_opset20", "GridSample", [image, grid], opset=20,
           mode="bilinear")
    sizes = np.array([1, 3, 8, 8], np.int64)
    c.node("resize_exclude_outside_linear", "Resize", [image, None, None, sizes],
           mode="linear", exclude_outside=1)
    c.node("resize_an_axis_twice", "Resize", [image, None, None, sizes[2:]], opset=18,
           axes=[2, 2])
    c.node("upsample_bilinear", "Upsample", [image], opset=7, mode="bilinear",
           scales=[1.0, 1.0, 2.0, 2.0])
    c.node("sequence_of_no_length", "ReverseSequence", [x, np.array([0, 0, 4], np.int64)])
    boxes = np.array([[[0, 0, 1, 1]]], np.float32)
    c.node("suppression_beyond_one", "NonMaxSuppression",
           [boxes, boxes[:, :, :1], np.array([1], np.int64), np.array([2], np.float32)],
           "int64", tolerance=0)


def cases():
    c = Cases()
    for part in (elementwise, shapes, networks, whole_models, adversarial, misused, needless):
        part(c)
    return c.list


OPERATIONS = {"onnx run": run}
PACKETS = {"VT-P2C-002": cases}
