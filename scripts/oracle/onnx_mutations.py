"""Models whose attributes are wrong: for every attribute of every supported operator set,
values beyond what the operator knows, of its own type and of another.

    scripts/oracle.sh run scripts/oracle/onnx_mutations.py make NODE_TESTS COVERAGE FOLDER
    scripts/oracle.sh run scripts/oracle/onnx_mutations.py judge FOLDER RESULTS

make: the first test of NODE_TESTS that has just one node of an operator set gives the model;
COVERAGE is what `ft-grad onnx coverage --json` prints.  FOLDER gets NUMBER.onnx and index.json.
judge: RESULTS holds a line "NUMBER STATUS" a model, and NUMBER.safetensors what was computed;
ONNX Runtime computes the same.  Prints the table; exit 1 when something is wrong.
"""
import json
import os
import sys

import onnx_oracle

onnx_oracle.quiet_import()
# pylint: disable=wrong-import-position
import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from safetensors.numpy import load_file

# What no operator takes, by the letter of the attribute's type in the coverage table.
BEYOND = {"i": [-7, 3, 99, 2**62], "f": [float("nan"), -1e30], "s": ["FRANK", ""],
          "I": [[], [-5], [1, 2, 3, 4, 5, 6, 7, 8, 9], [2**62, 2**62]],
          "F": [[], [float("nan")] * 9], "S": [[], ["FRANK"]]}
ANOTHER_TYPE = {"i": 0.5, "f": 1, "s": 1, "I": 1.5, "F": "x", "S": 3}
NO_SUCH = [("lockstep_no_such_attribute", 1)]


def attributes(text):
    """name and letter of each attribute of a row of the coverage table."""
    for word in text.split():
        if ":" in word:
            name, kind = word.split(":", 1)
            yield name, kind[0]


def examples(folder):
    """operator -> tests that are one node of it"""
    found = {}
    for test in sorted(os.listdir(folder)):
        path = f"{folder}/{test}/model.onnx"
        try:
            model = onnx.load(path)
        except Exception:  # pylint: disable=broad-except  # not a model alone
            continue
        if len(model.graph.node) == 1:
            found.setdefault(model.graph.node[0].op_type, []).append((f"{folder}/{test}", model))
    return found


def mutations(row):
    """The wrong attributes of an operator set: (name, value)"""
    for name, letter in attributes(row["attributes"]):
        for value in BEYOND.get(letter, []):
            yield name, value
        if letter in ANOTHER_TYPE:
            yield name, ANOTHER_TYPE[letter]
    yield from NO_SUCH


def mutated(model, name, value):
    """The model with one attribute set to value."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    node = copy.graph.node[0]
    kept = [a for a in node.attribute if a.name != name]
    del node.attribute[:]
    kind = onnx.AttributeProto.INTS if isinstance(value, list) and not value else None
    node.attribute.extend(kept + [helper.make_attribute(name, value, attr_type=kind)])
    return copy


def make(tests, coverage, folder):
    """Write the models."""
    with open(coverage, encoding="utf-8") as file:
        rows = json.load(file)["operators"]
    found, index = examples(tests), []
    for row in rows:
        for test, model in found.get(row["operator"], [])[:1]:
            # The operator set of the row: what the newest one of it means.
            changed = onnx.ModelProto()
            changed.CopyFrom(model)
            changed.ir_version = 8
            changed.opset_import[0].version = row["opset_until"]
            for name, value in mutations(row):
                path = f"{folder}/{len(index)}.onnx"
                with open(path, "wb") as out:
                    out.write(mutated(changed, name, value).SerializeToString())
                data, inputs = f"{test}/test_data_set_0", []
                while os.path.exists(f"{data}/input_{len(inputs)}.pb"):
                    inputs.append(f"{data}/input_{len(inputs)}.pb")
                index.append({"operator": row["operator"], "opset": row["opset_until"],
                              "attribute": name, "value": repr(value), "inputs": inputs})
    with open(f"{folder}/index.json", "w", encoding="utf-8") as out:
        json.dump(index, out)
    with open(f"{folder}/list", "w", encoding="utf-8") as out:
        for i, one in enumerate(index):
            print(i, *one["inputs"], file=out)


def original(path, inputs):
    """What ONNX Runtime makes of the model, or None: refused."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        arrays = []
        for name in inputs:
            with open(name, "rb") as file:
                arrays.append(numpy_helper.to_array(onnx.TensorProto.FromString(file.read())))
        names = [o.name for o in session.get_outputs()]
        feed = dict(zip([i.name for i in session.get_inputs()], arrays))
        return dict(zip(names, session.run(None, feed)))
    except Exception:  # pylint: disable=broad-except  # all are refusals
        return None


def equal(ours, theirs):
    """Floats within the tolerance of ONNX's own tests, the rest exactly."""
    for name, value in theirs.items():
        got = ours.get(name)
        if got is None or got.shape != value.shape:
            return False
        near = value.dtype.kind == "f"
        if near and not np.allclose(got, value, rtol=1e-3, atol=1e-6, equal_nan=True):
            return False
        if not near and not np.array_equal(got, value):
            return False
    return True


def judge(folder, results):
    """Compare, count, print."""
    with open(f"{folder}/index.json", encoding="utf-8") as file:
        index = json.load(file)
    counts = {"refused": 0, "equal": 0, "ours alone": 0, "wrong": 0, "crashed": 0}
    listed, sets = [], set()
    with open(results, encoding="utf-8") as file:
        for line in file:
            number, status = (int(x) for x in line.split())
            one = index[number]
            sets.add((one["operator"], one["opset"]))
            outcome = "refused" if status == 3 else "crashed"
            if status == 0:
                theirs = original(f"{folder}/{number}.onnx", one["inputs"])
                outcome = "ours alone"
                if theirs is not None:
                    ours = load_file(f"{folder}/{number}.safetensors")
                    outcome = "equal" if equal(ours, theirs) else "wrong"
            counts[outcome] += 1
            if outcome in ("wrong", "crashed", "ours alone"):
                listed.append(f"{outcome}: {one['operator']}, opset {one['opset']}: "
                              f"{one['attribute']} = {one['value']} ({number}.onnx)")
    print(f"{len(sets)} operator sets, {len(index)} models: " +
          ", ".join(f"{n} {k}" for k, n in counts.items()))
    print("\n".join(listed))
    return 1 if counts["wrong"] or counts["crashed"] else 0


if __name__ == "__main__":
    sys.exit(make(*sys.argv[2:]) if sys.argv[1] == "make" else judge(*sys.argv[2:]))
