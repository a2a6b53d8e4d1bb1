#!/bin/bash
# gate-check.sh: many packets judged, beside jq reading the same files in a loop.
#
# Environment: GATE_BENCH_PACKETS (10000), GATE_BENCH_RUNS (5), GATE_BENCH_JQ (500
# packets for jq, whose time is then scaled); TMPDIR.
set -eu
PATH="${BIN:?}:$PATH"
packets=${GATE_BENCH_PACKETS:-10000}
runs=${GATE_BENCH_RUNS:-5}
few=${GATE_BENCH_JQ:-500}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TIMEFORMAT='%R %U %S'
model=tests/fixtures/gate-check/ft

python3 scripts/bench/gate-check-packets.py "$model" "$packets" "$work/root"
cp -r "$model/crates" "$work/root/"

# What a script without gate-check would do: parse, and look at a few fields.
jq_loop() {
    local folder
    for folder in "$work/root/artifacts/phase2c/"*; do
        [ $((--left)) -ge 0 ] || break
        jq -e '.strict.cases_total == .strict.cases_passed' "$folder/parity_report.json"
        jq -e '.fixtures | length > 0' "$folder/fixture_manifest.json"
        jq -e '.scrub.status == "ok"' "$folder/parity_report.raptorq.json"
        jq -e '.status == "decode_verified"' "$folder/parity_report.decode_proof.json"
    done
}

for _ in $(seq "$runs"); do
    { time gate-check packet --root "$work/root" -o "$work/result.json" >/dev/null; } 2>>"$work/times"
done
left=$few
{ time jq_loop >/dev/null; } 2>"$work/jq"
read -r wall cpu < <(awk '{ print $1, $2 + $3 }' "$work/times" | sort -n |
    awk '{ w[NR] = $1; c[NR] = $2 } END { k = int((NR + 1) / 2); print w[k], c[k] }')
peak=$(python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)' \
    gate-check packet --root "$work/root" --json)
scaled=$(awk -v n="$packets" -v few="$few" '{ print $1 * n / few }' "$work/jq")

echo "## gate-check"
echo
echo "\`make bench ONLY=gate-check\`: $packets packets of eight files, verdict $(jq -r .verdict "$work/result.json"); page cache warm, median of $runs."
echo
echo "| work | wall s | CPU s | peak MiB | goal |"
echo "| --- | ---: | ---: | ---: | --- |"
echo "| gate-check packet: all parsed, digests computed, counts and proofs checked | $wall | $cpu | $peak | 5 s on 2 cores, 200 MiB |"
awk -v w="$scaled" -v few="$few" -v ours="$wall" 'BEGIN {
    printf "| jq in a loop, one field of each of four files (timed on %d, scaled) | %.1f | | | %.0fx our time |\n", few, w, w / ours }'
