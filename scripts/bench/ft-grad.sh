#!/bin/bash
# ft-grad.sh: schedules, matrix products, a network's pass, training and gradcheck, beside
# torch and OpenBLAS in the same run.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-$PWD/bin}
export OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-} # OpenBLAS may not know a new CPU
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/peer.py" <<'PYTHON'
"""torch: a pass of the network, a process of 100 training steps (by its clock)."""
import json
import time

import torch

torch.set_num_threads(1)
net = torch.nn.Sequential(torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Linear(512, 512), torch.nn.ReLU(),
                          torch.nn.Linear(512, 10))
x, y = torch.randn(64, 784), torch.arange(64) % 10
times = []
for _ in range(20):
    net.zero_grad()
    start = time.perf_counter()
    torch.nn.functional.cross_entropy(net(x), y).backward()
    times.append(time.perf_counter() - start)
leaf = torch.ones(4, dtype=torch.float64, requires_grad=True)
chain, n = leaf, 10000
for _ in range(n):
    chain = chain * 1.0
chain = chain.sum()
start = time.perf_counter()
chain.backward()
print(json.dumps({"network": sorted(times)[0], "chain": (time.perf_counter() - start) / n}))
PYTHON

# seconds COMMAND...: of the whole process, the best of three
seconds() {
    local TIMEFORMAT=%R best=999 now
    for _ in 1 2 3; do
        now=$({ time "$@" >/dev/null 2>&1; } 2>&1)
        best=$(awk -v a="$best" -v b="$now" 'BEGIN { print a < b ? a : b }')
    done
    echo "$best"
}

echo "## ft-grad"
echo
echo "\`make bench ONLY=ft-grad\`, one thread, best of 50.  The ceiling is the widest tile of a product on"
echo "operands in L1; torch is Debian 13's, with the BLAS it finds there.${OPENBLAS_CORETYPE:+  OPENBLAS_CORETYPE=$OPENBLAS_CORETYPE.}"
echo
echo "| work | best | median | rate |"
echo "| --- | ---: | ---: | ---: |"
"$BIN/ft-grad" bench --threads 1 --json >"$work/bench.json"
jq -r '.results[] | [.name, .best, .median, .work] | @tsv' "$work/bench.json" |
    awk -F'\t' '{
        rate = index($1, "schedule") ? sprintf("%.1f ns a node", $2 / $4 * 1e9) : sprintf("%.1f GFLOP/s", $4 / $2 / 1e9)
        printf "| %s | %.3f ms | %.3f ms | %s |\n", $1, $2 * 1e3, $3 * 1e3, rate }'
for nodes in 1000000 10000000; do
    "$BIN/ft-grad" bench --threads 1 --nodes $nodes --repeat 1 --json |
        jq -r '.results[:3][] | "| \(.name), \(.work) nodes | \(.best * 1e3 | round) ms | | \(.best / .work * 1e10 | round / 10) ns a node |"'
done
if scripts/oracle.sh run "$work/peer.py" >"$work/peer.json" 2>/dev/null; then
    jq -r '"| torch: the same network | \(.network * 1e3 * 1000 | round / 1000) ms | | |",
        "| torch: chain of 10000 x * 1.0, backward | | | \(.chain * 1e9 | round) ns a node |"' "$work/peer.json"
else
    echo "| torch: the same network | missing | | |"
fi

data=tests/fixtures/ft-grad
ours=$(seconds "$BIN/ft-grad" train --threads 1 --order file --steps 100 --params '{"lr": 0.5}' \
    --data "$data/digits.safetensors" --weights "$data/weights.safetensors" "$data/net.json")
echo "| train, 100 steps of SGD on digits, whole process | $ours s | | |"
if scripts/oracle.sh setup >/dev/null 2>&1; then
    theirs=$(seconds scripts/oracle.sh run scripts/oracle/train_digits.py "$data" 100 SGD '{"lr": 0.5}')
    echo "| torch: the same, whole process | $theirs s | | $(awk -v a="$ours" -v b="$theirs" 'BEGIN { printf "%.1fx ours", b / a }') |"
fi
