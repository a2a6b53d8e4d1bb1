"""Models that are wrong in one place, for every operator at every version of it that is
supported: values and types of attributes, attributes left out or unknown, inputs of another
type, rank or number, outputs too many.

    scripts/oracle.sh run scripts/oracle/onnx_mutations.py make NODE_TESTS COVERAGE FOLDER [EXAMPLES]
    scripts/oracle.sh run scripts/oracle/onnx_mutations.py answer FOLDER NUMBERS [ORIGINAL,...]
    scripts/oracle.sh run scripts/oracle/onnx_mutations.py judge FOLDER

make: tests of NODE_TESTS that are one node give EXAMPLES (1) models a version, fitted to it where
inputs of newer versions were attributes; COVERAGE is what `ft-grad onnx coverage --json` prints.
FOLDER/NUMBER becomes a backend test without results, index.json says what each is.
answer: NUMBERS lists the models that ft-grad runs; ONNX Runtime's results become theirs.  Where it
says that it lacks something that ONNX has, it is asked for another type, then ONNX's own evaluator.
judge: FOLDER/outcomes has lines "NUMBER passed|refused|wrong|crashed".  Prints the table; exit 1
when something is wrong, crashed, or runs here alone.
"""
import itertools
import json
import os
import sys

import onnx_oracle
from onnx.reference import ReferenceEvaluator  # before ONNX Runtime adds schemas of its own

onnx_oracle.quiet_import()
# pylint: disable=wrong-import-position
import numpy as np
import onnx
import onnxruntime
from onnx import AttributeProto, TensorProto, helper, numpy_helper

VALUES = {"i": [-7, -2, -1, 0, 1, 2, 3, 99, 2**62],
          "f": [float("nan"), float("inf"), -1e30, -1.0, 0.0, 2.5],
          "s": ["FRANK", ""],
          "I": [[], [-5], [-1], [0], [1], [1, 1], [2, 2], [0, 0, 0, 0], [2, 1, 0, 1],
                [1, 2, 3, 4, 5, 6, 7, 8, 9], [2**62, 2**62]],
          "F": [[], [0.5], [float("nan")] * 9], "S": [[], ["FRANK"]]}
ANOTHER_TYPE = {"i": 0.5, "f": 1, "s": 1, "I": 1.5, "F": "x", "S": 3}
LISTS = {"I": AttributeProto.INTS, "F": AttributeProto.FLOATS, "S": AttributeProto.STRINGS}
DTYPES = [np.bool_, np.uint8, np.uint16, np.uint32, np.uint64, np.int8, np.int16, np.int32,
          np.int64, np.float16, np.float32, np.float64]
OPTIONAL = onnx.defs.OpSchema.FormalParameterOption.Optional
# By these words ONNX Runtime says, of a valid model, that it cannot run it.
LACKS = ["NOT_IMPLEMENTED", "InsertedPrecisionFreeCast", "not supported", "only supports",
         "count == 1 was false", "bound to different types"]
SUBSTITUTES = [np.float32, np.float64, np.int64, np.int32, np.uint8]


def attributes(text):
    """name, letter and allowed words of each attribute of a row of the coverage table."""
    for word in text.split():
        if ":" in word:
            name, kind = word.split(":", 1)
            allowed = kind[kind.index("{") + 1:-1].split(",") if "{" in kind else []
            yield name, kind[0], allowed


class Example:
    """A model of one node with the arrays it is fed."""

    def __init__(self, folder):
        self.model = onnx.load(f"{folder}/model.onnx")
        self.node = self.model.graph.node[0]
        self.arrays, data = [], f"{folder}/test_data_set_0"
        while os.path.exists(path := f"{data}/input_{len(self.arrays)}.pb"):
            with open(path, "rb") as file:
                self.arrays.append(numpy_helper.to_array(TensorProto.FromString(file.read())))

    def feed(self):
        """name -> array"""
        return dict(zip([i.name for i in self.model.graph.input], self.arrays))


def examples(folder):
    """operator -> examples of it, those that say most first"""
    found = {}
    for test in sorted(os.listdir(folder)):
        try:
            example = Example(f"{folder}/{test}")
        except Exception:  # pylint: disable=broad-except  # inputs that are no tensors
            continue
        names = {i for i in example.node.input if i} - {o.name for o in example.model.graph.input}
        if len(example.model.graph.node) == 1 and not names:
            found.setdefault(example.node.op_type, []).append(example)
    for tests in found.values():
        tests.sort(key=lambda e: -len(e.node.attribute) - len(e.arrays))
    return found


def fitted(example, schema, newest):
    """Node, arrays by name for an older version: inputs that were attributes become such."""
    node, feed = onnx.NodeProto(), dict(example.feed())
    node.CopyFrom(example.node)
    formal = [i.name for i in newest.inputs]
    for k, name in list(enumerate(node.input)):
        called = formal[k] if k < len(formal) else None
        if k < len(schema.inputs) or not name or called not in schema.attributes:
            continue
        value = feed.pop(name)
        kind = schema.attributes[called].type
        listed = kind in (onnx.defs.OpSchema.AttrType.INTS, onnx.defs.OpSchema.AttrType.FLOATS)
        node.attribute.append(helper.make_attribute(
            called, value.tolist() if listed else value.item(),
            attr_type=LISTS["I" if value.dtype.kind == "i" else "F"] if listed else None))
        node.input[k] = ""
    while node.input and not node.input[-1]:
        del node.input[-1]
    kept = [a for a in node.attribute if a.name in schema.attributes]
    del node.attribute[:]
    node.attribute.extend(kept)
    for a in node.attribute:
        if schema.name == "GridSample" and schema.since_version >= 20 and a.name == "mode":
            a.s = {b"bilinear": b"linear", b"bicubic": b"cubic"}.get(a.s, a.s)
    return node, feed


def with_attribute(node, name, value, letter=None):
    """The node with an attribute set, or left out (None)."""
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    kept = [a for a in copy.attribute if a.name != name]
    del copy.attribute[:]
    copy.attribute.extend(kept)
    if value is not None:
        kind = LISTS.get(letter) if value == [] else None
        copy.attribute.append(helper.make_attribute(name, value, attr_type=kind))
    return copy


def attribute_mutations(node, row):
    """(what, node)"""
    for name, letter, allowed in attributes(row["attributes"]):
        values = list(VALUES.get(letter, []))
        if letter == "s":
            values += allowed + [w.swapcase() for w in allowed[:1]]
        for value in values:
            yield f"{name} = {value!r}", with_attribute(node, name, value, letter)
        if letter in ANOTHER_TYPE:
            other = ANOTHER_TYPE[letter]
            yield f"{name} = {other!r}", with_attribute(node, name, other)
        yield f"without {name}", with_attribute(node, name, None)
    yield "an unknown attribute", with_attribute(node, "lockstep_no_such_attribute", 1)


def with_inputs(node, names):
    """The node with other inputs."""
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    del copy.input[:]
    copy.input.extend(names)
    return copy


def array_mutations(x):
    """(what, array) of one input"""
    for dtype in DTYPES:
        if dtype != x.dtype:
            with np.errstate(all="ignore"):
                yield f"as {np.dtype(dtype).name}", x.astype(dtype)
    yield "one dimension more", x[None]
    yield "empty", x.reshape(-1)[:0] if x.ndim < 2 else x[..., :0]
    if x.ndim > 0 and x.shape[0] > 0:
        yield "one dimension less", x[0]
        yield "the last shorter", x[..., :-1]
        yield "the first shorter", x[:-1]
    if x.dtype.kind == "f":
        yield "not a number", np.full_like(x, np.nan)
    if x.dtype.kind in "fiu":
        yield "large", (x * x.dtype.type(100) if x.dtype.kind == "f"
                        else np.full_like(x, np.iinfo(x.dtype).max))
    if x.dtype.kind == "i":
        yield "all -1", np.full_like(x, -1)
        yield "all 0", np.zeros_like(x)


def input_mutations(node, feed):
    """(what, node, feed)"""
    names = list(node.input)
    for k, name in enumerate(names):
        if not name:
            continue
        for what, array in array_mutations(feed[name]):
            yield f"input {k} {what}", node, {**feed, name: array}
        yield f"input {k} left out", with_inputs(node, names[:k] + [""] + names[k + 1:]), feed
        yield f"inputs from {k} on left out", with_inputs(node, names[:k]), feed
    if names:
        yield "an input more", with_inputs(node, names + [names[0]]), feed
        yield "ten inputs more", with_inputs(node, names + [names[0]] * 10), feed


def mutations(node, feed, row):
    """(what, node, feed)"""
    yield "as it is", node, feed
    for what, changed in attribute_mutations(node, row):
        yield what, changed, feed
    yield from input_mutations(node, feed)
    more = onnx.NodeProto()
    more.CopyFrom(node)
    more.output.extend(f"lockstep_output_{i}" for i in range(9))
    yield "nine outputs more", more, feed


def model_of(node, feed, outputs, version):
    """A model of the node alone."""
    used = {n: x for n, x in feed.items() if n in node.input}
    graph = helper.make_graph(
        [node], "g",
        [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)
         for n, x in used.items()], outputs)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)])
    made.ir_version = 8
    return made, used


def output_infos(example, node, feed, schema):
    """The outputs, of the type of the input or attribute that the schema names."""
    given = [o.type.tensor_type.elem_type for o in example.model.graph.output]
    types = {formal.type_str: helper.np_dtype_to_tensor_dtype(feed[name].dtype)
             for formal, name in zip(schema.inputs, node.input) if name}
    named = [a.i for a in node.attribute
             if a.name in ("to", "dtype", "output_datatype", "output_dtype") and 0 < a.i < 17]
    infos = []
    for k, name in enumerate(node.output):
        formal = schema.outputs[min(k, len(schema.outputs) - 1)]
        kind = types.get(formal.type_str) or (given[k:k + 1] or [TensorProto.FLOAT])[0]
        if name:
            infos.append(helper.make_tensor_value_info(name, named[0] if named else kind, None))
    return infos


def write_test(folder, made, feed, outputs):
    """A backend test whose results are none."""
    data = f"{folder}/test_data_set_0"
    os.makedirs(data)
    with open(f"{folder}/model.onnx", "wb") as file:
        file.write(made.SerializeToString())
    none = numpy_helper.from_array(np.zeros((0, 7, 0), np.bool_))
    for kind, tensors in (("input", [numpy_helper.from_array(x) for x in feed.values()]),
                          ("output", [none] * outputs)):
        for k, tensor in enumerate(tensors):
            with open(f"{data}/{kind}_{k}.pb", "wb") as file:
                file.write(tensor.SerializeToString())


def versions(rows):
    """row, schema of every version of every supported operator"""
    history = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        if schema.domain == "":
            history.setdefault(schema.name, {})[schema.since_version] = schema
    for row in rows:
        known = history[row["operator"]]
        for since in sorted(known):
            if row["opset_since"] <= since <= row["opset_until"]:
                yield row, known[since], known[max(known)]


def make(tests, coverage, folder, count="1"):
    """Write the models."""
    with open(coverage, encoding="utf-8") as file:
        rows = json.load(file)["operators"]
    found, index = examples(tests), []
    for row, schema, newest in versions(rows):
        version = schema.since_version
        for example in found.get(row["operator"], [])[:int(count)]:
            base, given = fitted(example, schema, newest)
            for what, node, feed in mutations(base, given, row):
                infos = output_infos(example, node, feed, schema)
                made, used = model_of(node, feed, infos, version)
                write_test(f"{folder}/{len(index)}", made, used, len(infos))
                index.append({"operator": row["operator"], "opset": version, "what": what})
    with open(f"{folder}/index.json", "w", encoding="utf-8") as out:
        json.dump(index, out)


def by_runtime(made, feed):
    """What ONNX Runtime makes of it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(made.SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    return session.run(None, feed)


def by_reference(made, feed):
    """What ONNX's own evaluator makes of it, if types and shapes fit."""
    onnx.shape_inference.infer_shapes(made, check_type=True, strict_mode=True)
    return ReferenceEvaluator(made).run(None, feed)


def as_another_type(made, feed):
    """ONNX Runtime's results for another type, where it has no kernel for that of the model."""
    onnx.shape_inference.infer_shapes(made, check_type=True, strict_mode=True)
    node, version = made.graph.node[0], made.opset_import[0].version
    schema = onnx.defs.get_schema(node.op_type, version, "")
    formal = {name: schema.inputs[min(k, len(schema.inputs) - 1)].type_str
              for k, name in enumerate(node.input) if name}
    for group, target in itertools.product(sorted(set(formal.values())), SUBSTITUTES):
        old = next(feed[n].dtype for n, g in formal.items() if g == group)
        changed = {n: x.astype(target) if formal[n] == group else x for n, x in feed.items()}
        kinds = [schema.outputs[min(k, len(schema.outputs) - 1)].type_str
                 for k in range(len(node.output))]
        outputs = [helper.make_tensor_value_info(
            o.name, helper.np_dtype_to_tensor_dtype(np.dtype(target)) if kind == group
            else o.type.tensor_type.elem_type, None)
                   for o, kind in zip(made.graph.output, kinds)]
        try:
            results = by_runtime(model_of(node, changed, outputs, version)[0], changed)
        except Exception:  # pylint: disable=broad-except  # the next one
            continue
        return [x.astype(old) if kind == group else x for x, kind in zip(results, kinds)]
    raise NotImplementedError("no type that ONNX Runtime has a kernel for")


def not_batch_first(made, feed):
    """ONNX Runtime's results of a recurrent network with layout 1, by way of layout 0."""
    copy = onnx.ModelProto()
    copy.CopyFrom(made)
    node = copy.graph.node[0]
    kept = [a for a in node.attribute if a.name != "layout"]
    if not any(a.name == "layout" and a.i == 1 for a in node.attribute):
        raise NotImplementedError("no layout 1")
    del node.attribute[:]
    node.attribute.extend(kept)
    turned = {n: x.swapaxes(0, 1) if k in (0, 5, 6) else x
              for k, n in enumerate(node.input) if n for x in [feed[n]]}
    for info in copy.graph.input:
        info.CopyFrom(helper.make_tensor_value_info(
            info.name, info.type.tensor_type.elem_type, turned[info.name].shape))
    return [y.transpose(2, 0, 1, 3) if y.ndim == 4 else y.swapaxes(0, 1)
            for y in by_runtime(copy, turned)]


def without_last_empty(made):
    """The model without the names of optional inputs left out at the end."""
    copy = onnx.ModelProto()
    copy.CopyFrom(made)
    node = copy.graph.node[0]
    schema = onnx.defs.get_schema(node.op_type, copy.opset_import[0].version, "")
    while node.input and not node.input[-1] and len(node.input) <= len(schema.inputs) and \
            schema.inputs[len(node.input) - 1].option == OPTIONAL:
        del node.input[-1]
    return copy


ORIGINALS = {"ONNX Runtime": by_runtime, "another layout": not_batch_first,
             "another type": as_another_type, "reference": by_reference}


def answer_one(folder, only):
    """Write the results; which original they are from."""
    example, why = Example(folder), []
    made, feed = without_last_empty(example.model), example.feed()
    for name, original in ORIGINALS.items():
        if only[0] and name not in only:
            continue
        try:
            results = original(made, feed)
        except Exception as error:  # pylint: disable=broad-except  # all are refusals
            why.append(" ".join(str(error).split())[:300])
            if name == "ONNX Runtime" and not any(w in why[0] for w in LACKS):
                break
            continue
        for k, value in enumerate(results):
            with open(f"{folder}/test_data_set_0/output_{k}.pb", "wb") as file:
                file.write(numpy_helper.from_array(np.asarray(value)).SerializeToString())
        return name
    return "none: " + " | ".join(why)


def answer(folder, numbers, only=""):
    """In a process of its own: a mutated model may end the original's."""
    with open(numbers, encoding="utf-8") as file:
        numbers = file.read().split()
    known = f"{folder}/answers.json"
    answers = {}
    while len(answers) < len(numbers):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            for number in itertools.islice(numbers, len(answers), None):
                found = answer_one(f"{folder}/{number}", only.split(","))
                os.write(writing, f"{number} {found}\n".encode())
            os._exit(0)  # pylint: disable=protected-access
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as lines:
            answers.update(line.rstrip("\n").split(" ", 1) for line in lines)
        os.wait()
        if len(answers) < len(numbers):
            answers[numbers[len(answers)]] = "none: the original crashed"
    if os.path.exists(known):
        with open(known, encoding="utf-8") as file:
            answers = json.load(file) | answers
    with open(known, "w", encoding="utf-8") as out:
        json.dump(answers, out)


def judge(folder):
    """Count and print."""
    with open(f"{folder}/index.json", encoding="utf-8") as file:
        index = json.load(file)
    with open(f"{folder}/answers.json", encoding="utf-8") as file:
        answers = json.load(file)
    counts, listed = dict.fromkeys(("refused", "equal", "wrong", "ours alone", "crashed"), 0), []
    with open(f"{folder}/outcomes", encoding="utf-8") as file:
        for line in file:
            number, outcome = line.split()
            if number in answers and outcome != "crashed":
                outcome = {"passed": "equal"}.get(outcome, outcome)
                outcome = "ours alone" if answers[number].startswith("none") else outcome
            counts[outcome] += 1
            if outcome not in ("refused", "equal"):
                one = index[int(number)]
                listed.append(f"{outcome}: {one['operator']}, opset {one['opset']}: {one['what']} "
                              f"({number}, {answers.get(number)})")
    sets = {(one["operator"], one["opset"]) for one in index}
    print(f"{len(sets)} versions of operators, {len(index)} models: " +
          ", ".join(f"{n} {k}" for k, n in counts.items()))
    print("\n".join(listed))
    return 1 if counts["wrong"] or counts["crashed"] or counts["ours alone"] else 0


if __name__ == "__main__":
    sys.exit({"make": make, "answer": answer, "judge": judge}[sys.argv[1]](*sys.argv[2:]))
