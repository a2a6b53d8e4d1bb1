#!/bin/bash
# ft-grad.sh: nanoseconds a node for scheduling, milliseconds a pass for a small network.
#
# Each figure is the difference of two runs of the same command that repeat the work a
# different number of times, in user time, so that start and reading do not count.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-$PWD/bin}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 - "$dir" <<'PYTHON'
import json, random, struct, sys

N, folder = 100000, sys.argv[1]


def graph(name, edges, sequence):
    first, flat = [0], []
    for targets in edges:
        flat += targets
        first.append(len(flat))
    with open(f"{folder}/{name}.ftg", "wb") as out:
        out.write(b"FTGRAPH1" + struct.pack("<5Q", N, len(flat), 1, 0, 0))
        out.write(struct.pack(f"<{N}Q", *sequence) + struct.pack(f"<{N + 1}Q", *first))
        out.write(struct.pack(f"<{N}I", *[1] * N))
        out.write(b"".join(struct.pack("<2I", t, 0) for t in flat) + struct.pack("<2I", 0, 0))


down = [N - i for i in range(N)]
graph("chain", [[i + 1] if i + 1 < N else [] for i in range(N)], down)
graph("fan", [list(range(1, N - 1))] + [[N - 1]] * (N - 2) + [[]], [N, *range(N - 2), 2**64 - 1])
graph("tree", [[c for c in (2 * i + 1, 2 * i + 2) if c < N] for i in range(N)], down)

rng = random.Random(1)


def leaf(name, shape, grad):
    count = shape[0] * (shape[1] if len(shape) > 1 else 1)
    return {"name": name, "shape": shape, "requires_grad": grad,
            "data": [round(rng.gauss(0, 0.05), 4) for _ in range(count)]}


leaves = [leaf("x", [64, 784], False)]
for k, (out, into) in enumerate(((512, 784), (512, 512), (10, 512)), 1):
    leaves += [leaf(f"w{k}", [out, into], True), leaf(f"b{k}", [out], True)]
ops, last = [], "x"
for k in (1, 2, 3):
    ops.append({"op": "linear", "in": [last, f"w{k}", f"b{k}"], "out": [f"h{k}"]})
    last = f"h{k}"
    if k < 3:
        ops.append({"op": "relu", "in": [last], "out": [f"a{k}"]})
        last = f"a{k}"
ops.append({"op": "cross_entropy", "in": ["h3"], "out": ["loss"],
            "attrs": {"target": [i % 10 for i in range(64)]}})
json.dump({"schema": "ft-grad-program/1", "dtype": "f32", "leaves": leaves, "ops": ops,
           "roots": [{"tensor": "loss", "grad": None}], "call": {"kind": "backward"}},
          open(f"{folder}/mlp.json", "w"))
PYTHON

# user_seconds COMMAND...
user_seconds() {
    local TIMEFORMAT=%U
    { time "$@" >/dev/null; } 2>&1
}

# difference NAME UNITS WORK COMMAND... REPEAT: (time of 51 - time of 1) / 50 / work
figure() {
    local name=$1 scale=$2 unit=$3
    shift 3
    local one many
    one=$(user_seconds "$@" 1)
    many=$(user_seconds "$@" 51)
    awk -v a="$one" -v b="$many" -v s="$scale" -v n="$name" -v u="$unit" \
        'BEGIN { printf "%-34s %8.2f %s\n", n, (b - a) / 50 * s, u }'
}

schedule() { "$BIN/ft-grad" schedule "$1" --repeat "$2"; }
stress() { "$BIN/ft-grad" stress --threads 1 "$1" --runs "$2"; }

for shape in chain fan tree; do
    figure "schedule, 100k-node $shape" 10000 "ns a node" schedule "$dir/$shape.ftg"
done
figure "MLP 784-512-512-10, B=64, with digests" 1000 "ms a pass" stress "$dir/mlp.json"
