load helper

graph='{"schema":"ft-grad-graph/1","nodes":[
 {"id":10,"sequence_nr":1,"next":[[11,0],[12,0]]},{"id":11,"sequence_nr":0,"next":[[12,0],[13,0]]},
 {"id":12,"sequence_nr":"max","next":[]},{"id":13,"sequence_nr":"max","next":[]}],"roots":[[10,0]]}'

program='{"schema":"ft-grad-program/1","dtype":"f64",
 "leaves":[{"name":"x","shape":[3],"requires_grad":true,"data":[0,1,-2]}],
 "ops":[{"op":"relu","in":["x"],"out":["y"]},{"op":"exp","in":["y"],"out":["z"]}],
 "roots":[{"tensor":"z","grad":[1,1,1]}],"call":{"kind":"backward"}}'

@test "schedule gives torch's order, and FrankenTorch's on request" {
    echo "$graph" >g.json
    run -0 ft-grad schedule g.json
    [ "${lines[2]}" = "order: 10 11 12 13" ]
    run -0 ft-grad schedule --order nodeid g.json
    [ "${lines[2]}" = "order: 10 11 13 12" ]
    ft-grad schedule --json g.json | jq -e '.queue_pushes == 4 and .max_queue_len == 2'
}

@test "the compact form gives the same schedule" {
    echo "$graph" | jq 'del(.nodes[].id) | .nodes = [.nodes | to_entries[] | .value + {id: .key}]
        | .nodes |= map(.next |= map([.[0] - 10, .[1]])) | .roots = [[0, 0]]' >g.json
    ft-grad graph --binary g.ftg g.json
    [ "$(ft-grad schedule g.json)" = "$(ft-grad schedule g.ftg)" ]
    head -c 100 g.ftg >cut.ftg
    run -3 ft-grad schedule cut.ftg
    [[ "$output" == "ft-grad: cut.ftg:"*"the header announces"* ]]
}

@test "replay names the first deviation" {
    echo "$graph" >g.json
    echo '[10,11,12,13]' >good.json
    echo '{"execution_order":[10,11,13,12]}' >bad.json
    run -0 ft-grad replay g.json good.json
    run -1 ft-grad replay g.json bad.json
    [ "$output" = "first deviation at position 2: recorded node 13, the rule says node 12" ]
}

@test "reentrant depth: strict fails, hardened clamps and says so" {
    echo "$graph" >g.json
    run -3 ft-grad schedule --policy frankentorch --max-reentrant-depth 1 --reentrant-depth 2 g.json
    [[ "$output" == *"reentrant backward depth exceeded: current=2 max=1"* ]]
    run -0 ft-grad schedule --mode hardened --policy frankentorch --max-reentrant-depth 1 \
        --reentrant-depth 2 g.json
    [[ "$output" == *"reentrant guard triggered, clamped, depth 1"* ]]
}

@test "broken graphs are refused by class and place" {
    echo "$graph" | jq -c '.nodes[2].next = [[10, 0]]' >cycle.json
    run -3 ft-grad schedule cycle.json
    [[ "$output" == *"the graph has a cycle"* ]]
    echo "$graph" | jq -c '.nodes[0].next[0][0] = 99' >unknown.json
    run -3 ft-grad schedule unknown.json
    [[ "$output" == *"node 99 does not exist"* ]]
    echo "$graph" | jq -c '.nodes[1].id = 10' >twice.json
    run -3 ft-grad schedule twice.json
    [[ "$output" == *"two nodes have the id 10"* ]]
    echo "$graph" | jq -c '.nodes[0].next[0][1] = 7' >input.json
    run -3 ft-grad schedule input.json
}

@test "graph draws DOT, and large graphs by levels" {
    echo "$graph" >g.json
    run -0 ft-grad graph g.json
    [ "$(grep -c -- '->' <<<"$output")" -eq 4 ]
    run -0 ft-grad graph --max-nodes 2 g.json
    [[ "$output" == *"4 nodes, 4 edges, 3 levels"* ]]
}

@test "grad prints outputs, gradients and order" {
    echo "$program" >p.json
    run -0 ft-grad grad p.json
    [[ "$output" == *"order: ExpBackward0 ReluBackward0 torch::autograd::AccumulateGrad"* ]]
    ft-grad grad --json p.json | jq -e '.grads.x.data[2] == "0x0.0p+0" and .first_non_finite == null'
    jq -c '.leaves[0].data[1] = 800' p.json >inf.json
    ft-grad grad --json inf.json | jq -e '.first_non_finite == "forward z"'
}

@test "gradcheck tells a kink from a mistake" {
    echo "$program" >p.json
    run -0 ft-grad gradcheck p.json
    [[ "${lines[0]}" == "9 elements: 8 ok, 1 kink, 0 noise, 0 wrong; torch: fails" ]]
    ft-grad gradcheck --json p.json | jq -e '.not_ok[0].verdict == "kink"'
}

@test "gradcheck passes for every operator, in both orders, and fast" {
    ft-grad gradcheck --all --json | jq -e '.wrong == 0 and (.operators | length > 240) and all(.operators[]; .torch_passes)'
    ft-grad gradcheck --all --order 2 --json | jq -e '.wrong == 0'
    run -0 ft-grad gradcheck --all --fast
    [[ "${lines[-1]}" == *", 0 wrong" ]]
    # Every operator but the two without a gradient.
    comm -3 <(ft-grad operators --json | jq -r '.operators[].name' | sort) \
        <(ft-grad gradcheck --all --json | jq -r '.operators[].op' | sort) >rest
    [ "$(tr '\n' ' ' <rest)" = "argsort detach " ]
    run -2 ft-grad gradcheck --all p.json
    run -2 ft-grad gradcheck
    run -2 ft-grad gradcheck --all --order 3
}

@test "stress finds one digest over threads" {
    echo "$program" >p.json
    run -0 ft-grad stress --runs 20 --threads 4 p.json
    [[ "$output" == "20 runs, 0 differ;"* ]]
}

@test "what a program may not hold is refused by name" {
    echo "$program" >p.json
    jq -c '.ops[0].op = "frobnicate"' p.json >op.json
    run -3 ft-grad grad op.json
    [[ "$output" == *"unsupported operator 'frobnicate'"* ]]
    jq -c '.ops[0].attrs = {"slope": 1}' p.json >attr.json
    run -3 ft-grad grad attr.json
    [[ "$output" == *"operator relu has no attribute 'slope' (supported: none)"* ]]
    jq -c '.leaves[0].shape = [4611686018427387904, 4611686018427387904]' p.json >huge.json
    run -3 ft-grad grad huge.json
    jq -c '.leaves[0].shape = [-1]' p.json >negative.json
    run -3 ft-grad grad negative.json
    jq -c '.ops[0].in = ["nobody"]' p.json >producer.json
    run -3 ft-grad grad producer.json
    [[ "$output" == *"makes 'nobody'"* ]]
    jq -c '.leaves[0].shape = [1099511627776] | del(.leaves[0].data)' p.json >memory.json
    run -3 ft-grad grad memory.json
    [[ "$output" == "ft-grad: memory.json:/leaves/0: a tensor would not fit"* ]]
    jq -c '.leaves[0] += {"dtype":"bool","requires_grad":false,"data":[1,0,1]}' p.json >bool.json
    run -3 ft-grad grad bool.json
    [ "$output" = "ft-grad: bool.json:/ops/0: not supported for operands of this type (float32 and float64 always are)" ]
    jq -c '.leaves += [{"name":"w","dtype":"f32","shape":[3],"requires_grad":true,"data":[1,2,3]}]
        | .ops[0] = {"op":"mul","in":["x","w"],"out":["y"]}' p.json >mix.json
    run -3 ft-grad grad mix.json
    [[ "$output" == *"/ops/0: operands of type float64 and float32 do not mix"* ]]
    jq -c '.ops[0].thread = 99' p.json >thread.json
    run -3 ft-grad grad thread.json
    [[ "$output" == *"/ops/0: thread 99 (0 to 62 are there)" ]]
    sed 's/\[0,1,-2\]/[NaN,1,2]/' p.json >nan.json
    run -3 ft-grad grad nan.json
    [[ "$output" == "ft-grad: nan.json:"*"unexpected 'N'"* ]]
}

@test "long chains and rings need no recursion" {
    jq -nc '{schema: "ft-grad-graph/1", nodes: [range(200000) | {id: ., sequence_nr: (200000 - .), next: [[. + 1, 0]]}],
        roots: [[0, 0]]} | .nodes += [{id: 200000, sequence_nr: "max", next: []}]' >chain.json
    ft-grad schedule --json chain.json | jq -e '.queue_pops == 200001'
    sed 's/\[\[200000,0\]\]/[[0,0]]/' chain.json >ring.json
    run -3 ft-grad schedule ring.json
    [[ "$output" == *"the graph has a cycle"* ]]
    jq -nc '{schema: "ft-grad-program/1", dtype: "f64", leaves: [{name: "y0", shape: [1], requires_grad: true, data: [1]}],
        ops: [range(100000) | {op: "neg", in: ["y\(.)"], out: ["y\(. + 1)"]}],
        roots: [{tensor: "y100000", grad: [1]}], call: {kind: "backward"}}' >deep.json
    ft-grad grad --json deep.json >out.json
}

@test "operands that are missing and attributes beyond reason are refused" {
    echo "$program" | jq -c '.leaves[0].shape = [1,1,3] | .ops[1].in = ["y"]' >p.json
    jq -c '.ops[0].in = [null]' p.json >null.json
    run -3 ft-grad grad null.json
    [[ "$output" == *"operator relu cannot do without its input 0" ]]
    jq -c '.ops[0] = {"op":"conv1d","in":["x","x"],"out":["y"],"attrs":{"groups":1000000}}' p.json >groups.json
    run -3 ft-grad grad groups.json
    [[ "$output" == *"expected weight to be at least 1000000 at dimension 0"* ]]
    jq -c '.ops[0] = {"op":"gru","in":["x","x","x","x"],"out":["y","h"],"attrs":{"num_layers":-4}}' p.json >layers.json
    run -3 ft-grad grad layers.json
    [[ "$output" == *"num_layers -4 is not in 1..16" ]]
}

@test "shapes that do not broadcast are named, not the memory" {
    echo "$program" >p.json
    jq -c '.ops[0] = {"op":"masked_fill","in":["x"],"out":["y"],"attrs":{"mask":[1,0],"value":2}}' p.json >fill.json
    run -3 ft-grad grad fill.json
    [[ "$output" == *"/ops/0: The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0" ]]
    jq -c '.ops[0] = {"op":"where","in":["x","x"],"out":["y"],"attrs":{"mask":[[1,0],[0,1]]}}' p.json >where.json
    run -3 ft-grad grad where.json
    [[ "$output" == *"The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 1" ]]
}

@test "run answers the packets" {
    run -0 ft-grad run --mode strict "$FIXTURES/FT-P2C-004/cases.json"
    [ "${#lines[@]}" -ge 150 ]
    run ! grep -q '"outcome":"error"' <<<"$output"
    run -0 ft-grad run --mode strict "$FIXTURES/VT-P2C-001/cases.json"
    [ "${#lines[@]}" -ge 300 ]
    [ -z "$(grep '"outcome":"error"' <<<"$output" | grep -v '"case_id":"refused_')" ]
}

@test "edges that were once missed are as torch has them" {
    ft-grad run --mode strict "$FIXTURES/ft-grad/edges.json" >edges.jsonl
    run -0 gate-check compare --mode strict -f "$FIXTURES/ft-grad/edges.json" -r edges.jsonl
}

@test "run refuses cases of other tools, by name" {
    echo '{"cases":[{"name":"r","op":"add","lhs":4,"rhs":5,"keyset":["CPU"],"strict":{"expect_error":true}}]}' >keys.json
    run -3 ft-grad run keys.json
    [[ "$output" == "ft-grad: keys.json:/cases/0: neither a case of "*"dispatch_key_cases are for ft-dispatch run)" ]]
    echo '{"id":1,"kind":2}' >numbers.json
    run -3 ft-grad run numbers.json
    [[ "$output" == "ft-grad: numbers.json: \"id\" must be a string, not 1" ]]
    echo '{"schema":"ft-conformance-log-v1","cases":[]}' >log.json
    run -3 ft-grad run log.json
    [[ "$output" == *"not a file of cases"* ]]
}

@test "no roots: backward does nothing, grad misses its inputs, as in torch" {
    echo '{"dtype":"f64","leaves":[{"name":"x","shape":[1],"data":[1],"requires_grad":true}],"ops":[],"roots":[],
        "call":{"kind":"backward"}}' >none.json
    run -0 ft-grad grad none.json
    [[ "$output" == *"gradient  none"* ]]
    jq '.call = {"kind":"grad","inputs":["x"]}' none.json >asked.json
    run -3 ft-grad grad asked.json
    [[ "$output" == *"appears to not have been used in the graph"* ]]
    jq '.call.allow_unused = true' asked.json >unused.json
    run -0 ft-grad grad unused.json
}

@test "what torch refuses is refused in torch's words" {
    jq -r '.cases[] | select(.error) | [.case_id, .error.class, .error.message] | @tsv' \
        "$FIXTURES/VT-P2C-001/cases.json" >want
    ft-grad run --mode strict "$FIXTURES/VT-P2C-001/cases.json" |
        jq -r 'select(.outcome == "error") | [.case_id, .error.class, .error.message] | @tsv' >have
    [ "$(wc -l <want)" -ge 100 ]
    diff want have
}

@test "torch 1.13 and 2.6 differ where they do" {
    jq -nc '{schema: "ft-grad-cases/1", cases: [
        {id: "hooks_capture_leaf", kind: "hooks", result: []},
        {id: "err_backward_inputs_empty", kind: "error_text", type: "RuntimeError", text: ""},
        {id: "nadam", kind: "optimizer", optimizer: "NAdam", params: {lr: 0.01}, dtype: "f64",
         w0: ["0x0p+0"], grads: [["0x1p+0"]], weights_after: []},
        {id: "norm", kind: "edge_reduction", op: "norm", attrs: {p: 2}, rows: [{x: ["0x1p+600"], grad_out: ["0x1p+0"]}]},
        {id: "names", kind: "program", dtype: "f64", leaves: [{name: "x", shape: [3], requires_grad: true, data: [1, 2, 3]},
            {name: "w", shape: [2, 3], requires_grad: false, data: [1, 2, 3, 4, 5, 6]}],
         ops: [{op: "linear", in: ["x", "w", "b"], out: ["y"]}, {op: "reshape", in: ["y"], out: ["z"], attrs: {shape: [2, 1]}},
            {op: "norm", in: ["z"], out: ["n"], attrs: {p: 3}}],
         roots: [{tensor: "n", grad: null}], call: {kind: "backward", inputs: null}, expect: {}}]}
        | .cases[4].leaves += [{name: "b", shape: [2], requires_grad: false, data: [1, 2]}]' >cases.json
    for version in 1.13 2.6; do
        ft-grad run --graph --mode strict --torch $version cases.json | jq -c '.value | (.result // empty | map(. + 0)) // .text // .weights_after
            // (.rows // empty | .[0].forward) // [.graph.nodes[].name | rtrimstr("Backward0")]' >$version
    done
    diff - 1.13 <<'END'
[3,3]
"'inputs' argument to backward() cannot be empty."
[["-0x1.57e90e4ced267p-7"]]
["inf"]
["NormBackward1","ReshapeAlias","Add","SqueezeBackward3","Mm","Unsqueeze","torch::autograd::AccumulateGrad"]
END
    diff - 2.6 <<'END'
[30,30]
"`inputs` argument to `backward()` cannot be empty."
[["-0x1.5a2d993db537dp-7"]]
["0x1.0000000000000p+600"]
["LinalgVectorNorm","View","View","Addmm","View","torch::autograd::AccumulateGrad"]
END
}

@test "FrankenTorch's scheduler fixture" {
    echo '{"cases":[{"name":"dac","x":2,"y":3,"expected_x_grad":7,"expected_y_grad":2,
        "expected_execution_order":[3,2,1,0],"tolerance":1e-9}]}' >seed.json
    ft-grad run --mode strict seed.json |
        jq -e '.value == {"x_grad":7.0,"y_grad":2.0,"execution_order":[3,2,1,0]}'
}

@test "a gradcheck case of an unknown name is refused" {
    echo '{"schema":"ft-grad-cases/1","cases":[{"id":"gc_cosine","kind":"gradcheck","args":{},"result":true,"error":null}]}' >gc.json
    ft-grad run --mode strict gc.json | jq -e '.outcome == "error" and .error.class == "unsupported"'
    sed -i s/cosine/square/ gc.json
    ft-grad run --mode strict gc.json | jq -e '.value == {"result":true,"error":null}'
}

@test "operators lists what programs may use" {
    run -0 ft-grad operators
    [[ "$output" == *"conv2d"* ]]
    ft-grad operators --json | jq -e '.operators | length > 100'
}

@test "the list of ONNX operators in docs/ is the one the importer uses" {
    ft-grad onnx coverage --markdown | diff - "$REPO/docs/ONNX_COVERAGE.md"
    ft-grad onnx coverage --json Conv | jq -e '.operators | length == 2'
    run -3 ft-grad onnx coverage Loop
    [ "$output" = "ft-grad: unsupported operator 'Loop'" ]
}

# model CASE: the model of a case of the packet, as CASE.onnx.
model() {
    jq -r --arg id "$1" '.cases[] | select(.case_id == $id) | .in.model' \
        "$FIXTURES/VT-P2C-002/cases.json" | python3 -c \
        'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read().strip()))' >"$1.onnx"
}

# npy FILE SHAPE: numbers 0, 1, 2 ... of float32 as numpy writes them.
npy() {
    python3 - "$1" "$2" <<'PYTHON'
import struct, sys
shape = eval(sys.argv[2])
count = 1
for n in shape:
    count *= n
head = "{'descr': '<f4', 'fortran_order': False, 'shape': %r, }" % (shape,)
head += " " * (63 - (len(head) + 10) % 64) + "\n"
with open(sys.argv[1], "wb") as out:
    out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
    out.write(struct.pack("<%df" % count, *[i * 0.125 for i in range(count)]))
PYTHON
}

@test "an imported ONNX model is a program that gives the same bits" {
    model attention_block
    npy x.npy "(1, 3, 4)"
    ft-grad onnx inspect attention_block.onnx | grep -q "opset 17, 8 leaves, 11 nodes"
    ft-grad onnx run --tensors a.safetensors attention_block.onnx x.npy | grep -q "1, 3, 4"
    ft-grad onnx import attention_block.onnx p.json
    ft-grad onnx run --tensors b.safetensors p.json x.npy
    cmp a.safetensors b.safetensors
    jq -e '.tensors == "p.safetensors" and .ops[0].op == "onnx.MatMul.13"' p.json
}

@test "onnx run --repeat times runs that give the same" {
    model attention_block
    npy x.npy "(1, 3, 4)"
    ft-grad onnx run --json attention_block.onnx x.npy >once.json
    ft-grad onnx run --json --repeat 5 attention_block.onnx x.npy >often.json
    jq -e '.seconds | .runs == 5 and .best > 0 and .best <= .median' often.json
    jq 'del(.seconds)' often.json | cmp - <(jq . once.json)
    ft-grad onnx run --repeat 3 attention_block.onnx x.npy | grep -qE '^3 runs: best [0-9.]+ ms, median'
    run -2 ft-grad onnx run --repeat 100001 attention_block.onnx x.npy
}

@test "gradients of an imported ONNX model stand up to gradcheck" {
    model attention_block
    npy x.npy "(1, 3, 4)"
    ft-grad onnx import --grad all attention_block.onnx p.json x.npy
    ft-grad grad --json p.json | jq -e '.grads.wq.shape == [4,4] and .grads.x.shape == [1,3,4]'
    ft-grad gradcheck --eps 1e-2 --atol 1e-2 --rtol 5e-2 p.json
}

@test "passes rewrite what an ONNX model computes in vain, forward only or not" {
    model needless
    npy x.npy "(3, 4)"
    local grad rewrites
    while read -r grad rewrites; do
        ft-grad onnx import --grad "$grad" needless.onnx p.json x.npy x.npy
        ft-grad passes --json p.json >passes.json
        jq -e 'all(.passes[]; .taken_back | not)' passes.json
        [ "$(jq -c '[.passes[1:][].rewrites]' passes.json)" = "$rewrites" ]
        [[ "$(ft-grad stress --runs 4 --threads 1,2 p.json)" == "4 runs, 0 differ; "* ]]
    done <<<'none [6,2,1,3,5,1,0]
inputs [6,2,0,3,5,0,2]
all [4,0,0,3,1,0,3]'
}

@test "diverge finds the first node that differs between two runs of an ONNX model" {
    model attention_block
    npy x.npy "(1, 3, 4)"
    ft-grad onnx run --trace a.jsonl attention_block.onnx x.npy >/dev/null
    ft-grad onnx run --trace b.jsonl attention_block.onnx x.npy >/dev/null
    ft-grad diverge a.jsonl b.jsonl
    ft-grad onnx import attention_block.onnx p.json
    python3 - <<'PYTHON'
import struct
data = bytearray(open("p.safetensors", "rb").read())
data[-2] ^= 1  # the last weight, one bit of it
open("p.safetensors", "wb").write(data)
PYTHON
    ft-grad onnx run --trace c.jsonl p.json x.npy >/dev/null
    run -1 ft-grad diverge a.jsonl c.jsonl
}

@test "passes, stress and diverge work on imported ONNX models" {
    local name shape
    while read -r name shape; do
        model "$name"
        npy x.npy "$shape"
        ft-grad onnx import --grad all "$name.onnx" p.json x.npy
        ft-grad passes --json p.json | jq -e '.passes | length == 8 and all(.taken_back | not)'
        run -0 ft-grad stress --runs 8 --threads 1,2 p.json
        [[ "$output" == "8 runs, 0 differ; "* ]]
        ft-grad grad --threads 1 --trace one.trace p.json
        ft-grad grad --threads 2 --trace two.trace p.json
        run -0 ft-grad diverge one.trace two.trace
        # Another input: the first node that reads it is named.
        cp p.safetensors q.safetensors
        printf '\177' | dd of=q.safetensors bs=1 seek=$(($(stat -c %s q.safetensors) - 2)) conv=notrunc status=none
        sed 's/p.safetensors/q.safetensors/' p.json >q.json
        ft-grad grad --trace two.trace q.json
        run -1 ft-grad diverge one.trace two.trace
        [[ "$output" == "first difference at record "*"forward"* ]]
    done <<'END'
small_cnn (2, 2, 6, 6)
attention_block (1, 3, 4)
END
}

@test "a refusal names node, operator, opset, attribute, value and what is supported" {
    model unknown_attribute
    run -3 ft-grad onnx inspect unknown_attribute.onnx
    [ "$output" = "ft-grad: unknown_attribute.onnx: node 'n' (Relu, opset 17): operator onnx.Relu.14 has no attribute 'slope' (supported: none)" ]
    model later_operator
    run -3 ft-grad onnx inspect later_operator.onnx
    [ "$output" = "ft-grad: later_operator.onnx: node 'n' (Gelu, opset 17): not at this opset (supported: opset 20 to 22)" ]
    model a_cycle
    run -3 ft-grad onnx inspect a_cycle.onnx
    [[ "$output" == *"input 'b' is made by a later node (the graph has a cycle, or is not sorted)" ]]
}

@test "onnx check passes, refuses or finds wrong" {
    mkdir -p t/test_data_set_0
    model relu
    mv relu.onnx t/model.onnx
    # float32 (2, 3) as TensorProto: dims, data_type, raw_data
    { printf '\010\002\010\003\020\001J\030' && head -c 24 /dev/zero; } >t/test_data_set_0/input_0.pb
    cp t/test_data_set_0/input_0.pb t/test_data_set_0/output_0.pb
    run -0 ft-grad onnx check t
    [[ "$output" == *"1 passed, 0 refused, 0 wrong" ]]
    { printf '\010\002\010\003\020\001J\030\000\000\200\077' && head -c 20 /dev/zero; } >t/test_data_set_0/output_0.pb
    run -1 ft-grad onnx check t
    [[ "$output" == *"element 0 is 0, expected 1"* ]]
    printf '\010\002\010\003\020\001J\004\000\000\200\077' >t/test_data_set_0/output_0.pb
    run -3 ft-grad onnx check t
    [[ "$output" == *"4 octets of values, 24 are wanted" ]]
}

# hostile: models made octet by octet, each wrong in another way.
hostile() {
    python3 - <<'PYTHON'
import os
import struct


def number(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def field(no, data):
    return number(no << 3 | 2) + number(len(data)) + data


def save(name, graph):
    with open(name + ".onnx", "wb") as out:
        out.write(b"\x08\x08" + field(8, b"\x0a\x00\x10\x11") + field(7, graph))


def value(no, name):  # float32 [3]
    shape = field(2, field(1, b"\x08\x03"))
    return field(no, field(1, name) + field(2, field(1, b"\x08\x01" + shape)))


def external(name, location, **keys):
    entries = b"".join(field(13, field(1, k.encode()) + field(2, v.encode()))
                       for k, v in {"location": location, **keys}.items())
    weight = b"\x08\x03\x10\x01" + field(8, b"w") + entries + b"\x70\x01"
    node = field(1, b"x") + field(1, b"w") + field(2, b"y") + field(4, b"Add")
    save(name, field(1, node) + field(5, weight) + value(11, b"x") + value(12, b"y"))


nested = b""
for _ in range(200):
    nested = field(1, field(5, field(1, b"a") + field(6, nested)))
save("deep", nested)
save("sizes", field(5, (b"\x08" + number(1 << 62)) * 2 + b"\x10\x01" + field(8, b"w")))
with open("length.onnx", "wb") as out:
    out.write(b"\x08\x08\x3a\xff\xff\xff\xff\x07")
with open("two.onnx", "wb") as out:
    out.truncate(1 << 31)
with open("w.bin", "wb") as out:
    out.write(struct.pack("<3f", 1, 2, 3))
os.mkdir("below")
os.symlink("/etc/passwd", "link.bin")
os.symlink("/etc", "below/etc")
external("fine", "w.bin")
external("above", "../w.bin")
external("root", "/etc/passwd")
external("link", "link.bin")
external("links", "below/etc/passwd")
external("behind", "w.bin", offset="9223372036854775807", length="12")
PYTHON
}

@test "hostile ONNX models are refused in one line, at once and within little memory" {
    hostile
    npy x.npy "(3,)"
    ft-grad onnx run fine.onnx x.npy | grep -q "1 2.125 3.25"
    local name what
    while read -r name what; do
        run -3 bash -c "[ -n \"\${LOCKSTEP_SANITIZED:-}\" ] || ulimit -v 500000; exec timeout 20 ft-grad onnx run $name.onnx x.npy"
        [ "${#lines[@]}" = 1 ]
        [[ "$output" == "ft-grad: $name.onnx:"*"$what"* ]]
    done <<'CASES'
deep nested too deep
sizes more than 2^59 elements
length a length beyond the end
two more than the limit of 2147483647
above a file below the model's folder
root a file below the model's folder
link a file below the model's folder
links a file below the model's folder
behind 12 octets at 9223372036854775807
CASES
}

@test "what is no ONNX model is refused in one line" {
    printf 'not a model' >bad.onnx
    run -3 ft-grad onnx inspect bad.onnx
    [[ "$output" == "ft-grad: bad.onnx:byte "*": ModelProto has no field 13"* ]]
    : >empty.onnx
    run -3 ft-grad onnx run empty.onnx
    [ "$output" = "ft-grad: empty.onnx: not an ONNX model: it has no graph" ]
    run -2 ft-grad onnx frobnicate
}

@test "the man page and --help list the same commands and options" {
    same_options ft-grad
    mandoc -Tlint -Wwarning "$REPO/tools/ft-grad/ft-grad.1"
}

product='{"schema":"ft-grad-program/1","dtype":"f32",
 "leaves":[{"name":"a","shape":[2,3],"requires_grad":true},{"name":"b","shape":[3,2],"data":[1,2,3,4,5,6]}],
 "ops":[{"op":"mm","in":["a","b"],"out":["y"]},{"op":"exp","in":["y"],"out":["z"]},{"op":"sum","in":["z"],"out":["s"]}],
 "roots":[{"tensor":"s","grad":null}],"call":{"kind":"backward"}}'

# weights FILE NUMBER: six times the number as float32 tensor "a" of shape (2, 3).
weights() {
    python3 - "$@" <<'END'
import json, struct, sys
text = json.dumps({"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}).encode()
data = struct.pack("<6f", *[float(sys.argv[2])] * 6)
open(sys.argv[1], "wb").write(struct.pack("<Q", len(text)) + text + data)
END
}

@test "grad takes leaves from safetensors and writes outputs and gradients there" {
    echo "$product" >p.json
    weights w.safetensors 0
    run -3 ft-grad grad p.json
    [[ "$output" == *"leaf 'a' has no data"* ]]
    run -0 ft-grad grad --weights w.safetensors --save out.safetensors p.json
    grep -q '"a.grad":{"dtype":"F32","shape":\[2,3\]' out.safetensors
    grep -q '"s":{"dtype":"F32","shape":\[\]' out.safetensors
    echo "$product" | jq -c '.leaves[0].shape = [3, 2]' >other.json
    run -3 ft-grad grad --weights w.safetensors other.json
    [[ "$output" == "ft-grad: w.safetensors: leaf 'a' is float32 [3, 2], here it is not"* ]]
}

@test "diverge names the first record in which two runs differ" {
    echo "$product" >p.json
    weights w.safetensors 0.5
    weights v.safetensors 0.50000006
    ft-grad grad --weights w.safetensors --trace one.trace p.json
    ft-grad grad --weights w.safetensors --threads 1 --trace same.trace p.json
    ft-grad grad --weights v.safetensors --trace two.trace p.json
    run -0 ft-grad diverge one.trace same.trace
    [ "$output" = "the same 7 records" ]
    run -1 ft-grad diverge one.trace two.trace
    [[ "$output" == "first difference at record 0: step 0, forward, y, output 0; 4 elements differ"*"at most "*" ULP" ]]
    ft-grad diverge --json one.trace two.trace >d.json || true
    jq -e '.difference == "value" and .a.node == "y" and .ulp > 0' d.json
    head -n 3 one.trace >short.trace
    run -1 ft-grad diverge short.trace one.trace
    [[ "$output" == "first difference at record 2: the first trace ends"* ]]
    head -c 300 one.trace >cut.trace
    run -3 ft-grad diverge cut.trace one.trace
    [[ "$output" == "ft-grad: cut.trace:line "*"the trace ends within a line"* ]]
}

@test "stress finds one digest on every number of threads, for either kind of product" {
    echo "$product" >p.json
    weights w.safetensors 0.3
    run -0 ft-grad stress --runs 20 --weights w.safetensors p.json
    [[ "$output" == "20 runs, 0 differ;"* ]]
    run -0 ft-grad stress --runs 8 --threads 3,1 --matmul blas --weights w.safetensors p.json
    [[ "$output" == "8 runs, 0 differ;"* ]]
    run -2 ft-grad stress --threads 0 p.json
    [[ "$output" == *"--threads: '0'"* ]]
}

@test "bench prints a rate for each kind of work" {
    ft-grad bench --nodes 1000 --repeat 1 --json | jq -e '.results | length == 12 and all(.best > 0)'
}

@test "stability: every operator answers special values as torch does, and as Volta on request" {
    run -0 ft-grad stability
    [[ "${lines[-1]}" =~ ^([0-9]+)\ of\ ([0-9]+)\ cells\ agree\ with\ torch$ ]]
    [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
    [ "${BASH_REMATCH[1]}" -gt 7000 ]
    run -0 ft-grad stability --policy volta
    ft-grad stability --json | jq -e '.cells == .agree and (.operators | map(.operator) | index("exp"))'
}

@test "stability names the first value that is not finite, forward or backward" {
    sqrt='{"schema":"ft-grad-program/1","dtype":"f64",
      "leaves":[{"name":"x","shape":[3],"requires_grad":true,"data":[1,0,4]}],
      "ops":[{"op":"sqrt","in":["x"],"out":["y"]},{"op":"OP","in":["y"],"out":["z"]},{"op":"sum","in":["z"],"out":["s"]}],
      "roots":[{"tensor":"s","grad":null}],"call":{"kind":"backward"}}'
    echo "${sqrt/OP/exp}" >back.json
    echo "${sqrt/OP/log}" >front.json
    run -1 ft-grad stability back.json
    [ "$output" = "first NaN or infinity: backward SqrtBackward0, output 0, element 1 is inf" ]
    run -1 ft-grad stability front.json
    [ "$output" = "first NaN or infinity: forward z of log, output 0, element 1 is -inf" ]
    run -1 ft-grad stability --policy volta front.json
    [[ "$output" == *"element 1 is nan" || "$output" == *"element 1 is -nan" ]]
}

@test "passes: fewer operators after each, fingerprints, results unchanged to the bit" {
    cat >p.json <<'END'
{"schema":"ft-grad-program/1","dtype":"f64",
 "leaves":[{"name":"x","shape":[3],"requires_grad":true,"data":[0.5,-1,2]},
  {"name":"c","shape":[3],"data":[1,2,3]},{"name":"v","shape":[3],"input":true,"data":[2,3,4]},{"name":"unused","shape":[1],"data":[1]}],
 "ops":[{"op":"mul_scalar","in":["x"],"out":["same"],"attrs":{"value":1}},{"op":"exp","in":["c"],"out":["e"]},
  {"op":"sin","in":["v"],"out":["a"]},{"op":"sin","in":["v"],"out":["b"]},{"op":"cos","in":["a"],"out":["a2"]},{"op":"abs","in":["a2"],"out":["a3"]},
  {"op":"mul","in":["a3","b"],"out":["ab"]},{"op":"tan","in":["x"],"out":["dead"]},
  {"op":"mul","in":["same","e"],"out":["m"]},{"op":"sigmoid","in":["m"],"out":["g"]},{"op":"add","in":["g","ab"],"out":["y"]},{"op":"sum","in":["y"],"out":["loss"]}],
 "roots":[{"tensor":"loss","grad":null}],"call":{"kind":"backward"}}
END
    ft-grad passes --json p.json >r.json
    jq -e '[.passes[].rewrites] == [0, 1, 1, 1, 1, 2, 1, 1] and .passes[-1].operators == 5 and
        ([.passes[].fingerprint] | unique | length) == 8 and all(.passes[]; .taken_back | not)' r.json
    ft-grad passes --json p.json | cmp - r.json
    jq -c '.ops[0].inplace = true' p.json >place.json
    run -3 ft-grad passes place.json
    [[ "$output" == *"/ops/0"*"in place"* ]]
}

@test "graph draws SVG, each node or by levels" {
    echo "$graph" >g.json
    run -0 ft-grad graph --format svg g.json
    [ "$(grep -c '<line' <<<"$output")" = 4 ]
    [ "$(grep -c '<text' <<<"$output")" = 8 ]
    [ "${lines[-1]}" = "</svg>" ]
    run -0 ft-grad graph --format svg --max-nodes 2 g.json
    [[ "$output" == *"viewBox="*">4 nodes, 4 edges, 3 levels<"*">level 0<"*"2 nodes, 0 edges"* ]]
}

@test "hooks of a program are events, in torch's order, and may change gradients" {
    jq -c '.hooks = [{"tensor":"x","kind":"post_accumulate"},{"tensor":"y","kind":"pre"},{"tensor":"y","kind":"tensor","factor":10},
        {"tensor":"y","kind":"post"}]' <<<"$program" >h.json
    ft-grad grad --json h.json >r.json
    jq -e '.events == ["y tensor", "y pre", "y post", "x post_accumulate"]' r.json
    [ "$(ft-grad grad h.json | grep -c '^hook: ')" = 4 ]
    echo "$program" >plain.json
    [ "$(ft-grad grad plain.json | awk '$1 == "x" { print $4 * 10 }')" = "$(ft-grad grad h.json | awk '$1 == "x" { print $4 }')" ]
    jq -c '.hooks[0].kind = "sideways"' h.json >bad.json
    run -3 ft-grad grad bad.json
    [[ "$output" == *"hook kind 'sideways'"* ]]
}
