#!/bin/bash
# ft-dispatch.sh: the tables of every operator of torch 2.6 beside torch's own dump loop,
# and resolve on a pipe.
#
# Environment: DISPATCH_BENCH_RUNS (7), DISPATCH_BENCH_LINES (1000000); TMPDIR.
set -eu
PATH="${BIN:?}:$PATH"
runs=${DISPATCH_BENCH_RUNS:-7}
lines=${DISPATCH_BENCH_LINES:-1000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TIMEFORMAT='%R %U %S'

# median FILE: of one number a line.
median() {
    sort -n "$1" | awk '{ v[NR] = $1 } END { printf "%.0f", v[int((NR + 1) / 2)] }'
}

# timed LOG COMMAND...: milliseconds of wall and of user and system time.
timed() {
    local log=$1
    shift
    { time "$@" >"$work/out"; } 2>"$work/time"
    awk '{ print $1 * 1000 }' "$work/time" >>"$work/$log.wall"
    awk '{ print ($2 + $3) * 1000 }' "$work/time" >>"$work/$log.cpu"
}

resolve_pipe() {
    # shellcheck disable=SC2002 # a pipe is what is measured
    cat "$1" | ft-dispatch resolve
}

echo "## ft-dispatch"
echo
echo "\`make bench ONLY=ft-dispatch\`, medians of $runs runs; whole processes, reading their file included."
echo
echo "| work | wall ms | cpu ms | note |"
echo "| --- | ---: | ---: | --- |"

if scripts/oracle.sh run scripts/import-torch.py --tables "$work/torch.txt" \
    >"$work/torch.json" 2>"$work/log"; then
    for _ in $(seq "$runs"); do
        timed summary ft-dispatch table --summary "$work/torch.json"
        timed text ft-dispatch table --torch-text "$work/torch.json"
    done
    cmp "$work/out" "$work/torch.txt" && same='equal to torch to the byte'
    operators=$(grep -c '^== ' "$work/torch.txt")
    theirs=$(sed -n 's/.*dump loop took \([0-9]*\) ms.*/\1/p' "$work/log")
    echo "| $operators operators: tables computed, counted | $(median "$work/summary.wall") | $(median "$work/summary.cpu") | goal: below 50 |"
    echo "| the same, printed as text | $(median "$work/text.wall") | $(median "$work/text.cpu") | ${same:-DIFFERS FROM TORCH} |"
    echo "| torch's own loop over _dispatch_dump_table | $theirs | | in a running Python, without its start |"
else
    echo "| tables of every operator | missing | missing | no live torch here |"
fi

awk -v n="$lines" 'BEGIN {
    srand(1)
    for (i = 0; i < n; i++)
        printf "{\"keyset\":\"0x%04x%04x%04x%04x\"}\n", rand() * 8192, rand() * 65536, rand() * 65536, rand() * 65536
}' >"$work/sets.jsonl"
for _ in $(seq "$runs"); do
    timed resolve resolve_pipe "$work/sets.jsonl"
done
wall=$(median "$work/resolve.wall")
echo "| resolve, $lines lines through a pipe | $wall | $(median "$work/resolve.cpu") | $(awk -v n="$lines" -v ms="$wall" 'BEGIN { printf "%.1f", n / ms / 1000 }') M lines/s; goal: 2 |"
