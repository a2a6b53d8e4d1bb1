load helper

# y = w x + b over 8 samples in batches of 4; with inline weights.
line_program() {
    cat >line.json <<'END'
{"schema":"ft-grad-program/1","dtype":"f64",
 "leaves":[{"name":"x","shape":[4,1],"requires_grad":false},
  {"name":"y","shape":[4,1],"requires_grad":false},
  {"name":"w","shape":[1,1],"requires_grad":true,"data":[0]},
  {"name":"b","shape":[1],"requires_grad":true,"data":[0]}],
 "ops":[{"op":"linear","in":["x","w","b"],"out":["p"]},
  {"op":"mse_loss","in":["p","y"],"out":["loss"]}],
 "roots":[{"tensor":"loss","grad":null}],"call":{"kind":"backward"}}
END
    tensors data.safetensors x=-1,-0.5,0,0.25,0.5,0.75,1,2 y=-1,0,1,1.5,2,2.5,3,5
}

# tensors FILE NAME=NUMBER,...: float64 columns in safetensors.
tensors() {
    python3 - "$@" <<'END'
import json, struct, sys

header, data = {}, b""
for part in sorted(sys.argv[2:]):
    name, numbers = part.split("=")
    numbers = [float(x) for x in numbers.split(",")]
    header[name] = {"dtype": "F64", "shape": [len(numbers), 1],
                    "data_offsets": [len(data), len(data) + 8 * len(numbers)]}
    data += struct.pack(f"<{len(numbers)}d", *numbers)
text = json.dumps(header).encode()
open(sys.argv[1], "wb").write(struct.pack("<Q", len(text)) + text + data)
END
}

@test "train finds the line, writes its checkpoint and its curve" {
    line_program
    run -0 ft-grad train --data data.safetensors --steps 400 --params '{"lr": 0.2}' \
        --checkpoint out.safetensors --curve loss.svg line.json
    [[ "$output" == "400 steps, loss "*" to "*", weights "* ]]
    grep -q '<polyline' loss.svg
    python3 - <<'END'
import json, struct
raw = open("out.safetensors", "rb").read()
n = struct.unpack("<Q", raw[:8])[0]
header = json.loads(raw[8:8 + n])
at = {k: header[k]["data_offsets"][0] for k in ("w", "b")}
w, b = (struct.unpack_from("<d", raw, 8 + n + at[k])[0] for k in ("w", "b"))
assert abs(w - 2) < 1e-6 and abs(b - 1) < 1e-6, (w, b)
END
}

@test "a checkpoint becomes torch's own format and comes back to the bit" {
    line_program
    ft-grad train --data data.safetensors --steps 3 --checkpoint out.safetensors line.json
    ft-ckpt convert out.safetensors out.pt
    python3 -m zipfile -l out.pt | grep -q /data.pkl
    run -0 ft-ckpt diff out.safetensors out.pt
    ft-ckpt convert out.pt back.safetensors
    ft-grad train --data data.safetensors --steps 2 --weights out.safetensors --checkpoint a.safetensors line.json
    ft-grad train --data data.safetensors --steps 2 --weights back.safetensors --checkpoint b.safetensors line.json
    cmp a.safetensors b.safetensors
}

@test "train goes on from a checkpoint, to the bit" {
    line_program
    ft-grad train --data data.safetensors --order file --steps 6 --checkpoint all.safetensors line.json
    ft-grad train --data data.safetensors --order file --steps 4 --checkpoint four.safetensors line.json
    ft-grad train --data data.safetensors --order file --steps 2 --weights four.safetensors \
        --checkpoint rest.safetensors line.json
    cmp all.safetensors rest.safetensors
}

@test "train gives the same bits for any number of threads, another seed others" {
    line_program
    for threads in 1 2 8; do
        ft-grad train --data data.safetensors --optimizer Adam --threads $threads --json line.json >$threads.json
    done
    cmp 1.json 2.json
    cmp 1.json 8.json
    ft-grad train --data data.safetensors --optimizer Adam --seed 1 --json line.json >other.json
    run -1 cmp -s 1.json other.json
    jq -e '.schema == "ft-grad-train/1" and (.losses | length) == 100 and .samples == 8' 1.json
}

@test "train refuses data that is no batch, unknown parameters and a loss that is lost" {
    line_program
    tensors short.safetensors x=1,2 y=1,2
    run -3 ft-grad train --data short.safetensors line.json
    [[ "$output" == *"the leaf is no batch of this tensor"* ]]
    tensors other.safetensors z=1,2,3,4
    run -3 ft-grad train --data other.safetensors line.json
    [[ "$output" == *"z: the program has no leaf of this name"* ]]
    run -3 ft-grad train --params '{"speed": 1}' --data data.safetensors line.json
    [[ "$output" == *"optimizer parameter 'speed'"* ]]
    run -3 ft-grad train --params '{"lr": 1e200}' --data data.safetensors --checkpoint no.safetensors line.json
    [[ "$output" == *"the loss of step "*" is "* ]]
    [ ! -e no.safetensors ]
    run -3 ft-grad train line.json
    [[ "$output" == *"leaf 'x' has no data"* ]]
}

@test "200 steps on handwritten digits have torch's losses, and ft-ckpt reads the checkpoint" {
    digits=$FIXTURES/ft-grad
    ft-grad train --json --order file --steps 200 --params '{"lr": 0.5}' --data "$digits/digits.safetensors" \
        --weights "$digits/weights.safetensors" --checkpoint out.safetensors --curve loss.svg "$digits/net.json" >ours.json
    jq -ne --slurpfile a ours.json --slurpfile b "$digits/losses.json" '
        ($a[0].losses | length) == 200 and
        ([$a[0].losses, $b[0].losses] | transpose | map((.[0] - .[1]) | fabs) | max) <= 1e-6'
    run -0 ft-ckpt ls out.safetensors
    [[ "$output" == *"w1"*"w2"* ]]
    [[ "$(head -c 100 loss.svg)" == "<svg xmlns="* ]]
}
