"""A CNN and a transformer block, and ONNX Runtime's time of them on one thread.

    scripts/oracle.sh run scripts/oracle/onnx_bench.py make FOLDER      cnn.onnx, block.onnx, NAME.npy
    scripts/oracle.sh run scripts/oracle/onnx_bench.py once FOLDER/NAME.onnx   one run, nothing printed
    scripts/oracle.sh run scripts/oracle/onnx_bench.py time FOLDER/NAME.onnx   {"best", "median"} in seconds
"""
import json
import os
import sys
import time

import onnx_oracle

onnx_oracle.quiet_import()
# pylint: disable=wrong-import-position
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

RANDOM = np.random.RandomState(9)


def weight(*shape):
    """Random numbers that keep a layer's results about as large as its inputs."""
    scale = 1 / np.sqrt(np.prod(shape[1:]) if len(shape) > 2 else shape[0])
    return (RANDOM.standard_normal(shape) * scale).astype(np.float32)


def write(folder, name, nodes, shape, weights):
    """NAME.onnx with input x and output y, and NAME.npy."""
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(w), n) for n, w in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, f"{folder}/{name}.onnx")
    np.save(f"{folder}/{name}.npy", RANDOM.standard_normal(shape).astype(np.float32))


def cnn(folder):
    """Two convolutions with pools and two full layers over 8 images of 3 x 32 x 32."""
    node = helper.make_node
    weights = {"w1": weight(32, 3, 3, 3), "b1": weight(32), "w2": weight(64, 32, 3, 3),
               "b2": weight(64), "v1": weight(4096, 128), "c1": weight(128),
               "v2": weight(128, 10), "c2": weight(10)}
    nodes = [node("Conv", ["x", "w1", "b1"], ["a"], pads=[1] * 4), node("Relu", ["a"], ["b"]),
             node("MaxPool", ["b"], ["c"], kernel_shape=[2, 2], strides=[2, 2]),
             node("Conv", ["c", "w2", "b2"], ["d"], pads=[1] * 4), node("Relu", ["d"], ["e"]),
             node("MaxPool", ["e"], ["f"], kernel_shape=[2, 2], strides=[2, 2]),
             node("Flatten", ["f"], ["g"]), node("Gemm", ["g", "v1", "c1"], ["h"]),
             node("Relu", ["h"], ["i"]), node("Gemm", ["i", "v2", "c2"], ["j"]),
             node("Softmax", ["j"], ["y"], axis=1)]
    write(folder, "cnn", nodes, [8, 3, 32, 32], weights)


def block(folder, tokens=128, width=256, heads=4):
    """A transformer block: attention of four heads, two layers, norms before each."""
    node, part = helper.make_node, width // heads
    weights = {n: weight(width, width) for n in ("wq", "wk", "wv", "wo")}
    weights |= {"w1": weight(width, 4 * width), "b1": weight(4 * width),
                "w2": weight(4 * width, width), "b2": weight(width),
                "g1": np.ones(width, np.float32), "h1": np.zeros(width, np.float32),
                "g2": np.ones(width, np.float32), "h2": np.zeros(width, np.float32),
                "scale": np.float32(part**-0.5), "root2": np.float32(2**0.5),
                "one": np.float32(1), "half": np.float32(0.5),
                "split": np.array([1, tokens, heads, part], np.int64),
                "join": np.array([1, tokens, width], np.int64)}
    nodes = [node("LayerNormalization", ["x", "g1", "h1"], ["n"])]
    for name, perm in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
        nodes += [node("MatMul", ["n", f"w{name}"], [f"{name}1"]),
                  node("Reshape", [f"{name}1", "split"], [f"{name}2"]),
                  node("Transpose", [f"{name}2"], [name], perm=perm)]
    nodes += [node("MatMul", ["q", "k"], ["s"]), node("Mul", ["s", "scale"], ["t"]),
              node("Softmax", ["t"], ["a"], axis=-1), node("MatMul", ["a", "v"], ["o1"]),
              node("Transpose", ["o1"], ["o2"], perm=[0, 2, 1, 3]),
              node("Reshape", ["o2", "join"], ["o3"]), node("MatMul", ["o3", "wo"], ["o"]),
              node("Add", ["x", "o"], ["r"]), node("LayerNormalization", ["r", "g2", "h2"], ["m"]),
              node("MatMul", ["m", "w1"], ["u1"]), node("Add", ["u1", "b1"], ["u"]),
              node("Div", ["u", "root2"], ["e1"]), node("Erf", ["e1"], ["e2"]),
              node("Add", ["e2", "one"], ["e3"]), node("Mul", ["u", "e3"], ["e4"]),
              node("Mul", ["e4", "half"], ["e"]), node("MatMul", ["e", "w2"], ["f1"]),
              node("Add", ["f1", "b2"], ["f"]), node("Add", ["r", "f"], ["y"])]
    write(folder, "block", nodes, [1, tokens, width], weights)


def session(path):
    """What runs the model once, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    made = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    x = np.load(os.path.splitext(path)[0] + ".npy")
    return lambda: made.run(None, {"x": x})


def main(action, path):
    if action == "make":
        cnn(path)
        block(path)
        return
    run = session(path)
    y = run()[0]
    if action == "once":
        np.save(os.path.splitext(path)[0] + ".want.npy", y)
        return
    times = []
    for _ in range(30):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    print(json.dumps({"best": min(times), "median": sorted(times)[15]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
