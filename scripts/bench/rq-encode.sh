#!/bin/bash
# rq-encode.sh: the codec in memory, and whole files beside par2 and openssl.
#
# Environment: RQ_BENCH_SIZE octets of the file (268435456), RQ_BENCH_RUNS (5); TMPDIR.
set -eu
PATH="${BIN:?}:$PATH"
size=${RQ_BENCH_SIZE:-268435456}
runs=${RQ_BENCH_RUNS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "## rq-encode"
echo
echo "\`make bench ONLY=rq-encode\`, one thread, medians; MB/s are 10^6 octets of source a second of its CPU time.  The"
echo "bound is what the plan's additions alone would take in the second-level cache, measured in the same run, and for decodings"
echo "their plan as measured; decoding 5 %"
echo "of K=1000 reuses the encode plan, the other decodings make a plan for each block."
echo
echo "| work | MB/s | of scalar | bound MB/s | memcpy MB/s | goal |"
echo "| --- | ---: | ---: | ---: | ---: | ---: |"

# row NAME GOAL FIELD BENCH-OPTIONS...
row() {
    local name=$1 goal=$2 field=$3 ours scalar
    shift 3
    ours=$(rq-encode bench --threads 1 --json "$@")
    scalar=$(LOCKSTEP_CPU=scalar rq-encode bench --threads 1 --json "$@")
    jq -rn --arg name "$name" --arg goal "$goal" --arg f "$field" --argjson a "$ours" --argjson s "$scalar" \
        '"| \($name) | \($a[$f] | round) | \($a[$f] / $s[$f] * 10 | round / 10)x | \((if $f == "decode_mb_s" then $a.decode_bound_mb_s else $a.l2_bound_mb_s end) | round) | \($a.memcpy_mb_s | round) | \($goal) |"'
}

row 'encode, plan kept, K=1000 T=1280, 5 %' '>= 3000' encode_mb_s -k 1000
row 'same, K=10000' '>= 2000' encode_mb_s -k 10000
row 'same, K=50000' '>= 1000' encode_mb_s -k 50000
row 'encode, K=1000 T=65472' '>= 2500' encode_mb_s -k 1000 -t 65472
row 'encode, plan for each block, K=1000' '>= 1800' encode_cold_mb_s -k 1000
row 'decode 5 % loss, K=1000' '>= 2000' decode_mb_s -k 1000
row 'decode 5 % loss, K=10000' '>= 1300' decode_mb_s -k 10000
row 'decode all source lost, K=1000' '>= 1300' decode_mb_s -k 1000 --loss all
row 'decode all source lost, K=10000' '>= 900' decode_mb_s -k 10000 --loss all

echo
echo "What the layouts of \`protect\` survive at 5 %: bounds on the chance that random losses of 0.85 of the"
echo "redundancy, or a burst as long as the redundancy less two symbols, cannot be repaired, and 1000 simulated losses:"
echo
echo "| file octets | T | K | Z | R | random | burst | simulated failures |"
echo "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
rq-encode bench --placement --json | jq -r '"| \(.size) | \(.T) | \(.K) | \(.Z) | \(.R) | \(.random_failure_bound) | \(.burst_failure_bound) | " +
    (if .simulated > 0 then "\(.failures) of \(.simulated)" else "" end) + " |"'

# median FILE: of one number a line.
median() {
    sort -n "$1" | awk '{ v[NR] = $1 } END { printf "%.3f", v[int((NR + 1) / 2)] }'
}

# timed LOG COMMAND...: seconds of user and system time, and wall, appended to the logs.
timed() {
    local log=$1
    shift
    TIMEFORMAT='%R %U %S'
    { time "$@" >"$work/out" 2>&1; } 2>"$work/time" || { cat "$work/out" >&2 && exit 4; }
    awk '{ print $1 }' "$work/time" >>"$work/$log.wall"
    awk '{ print $2 + $3 }' "$work/time" >>"$work/$log.cpu"
}

# damage FILE: 4.5 % of it, in 1000 runs of whole sectors at fixed random places.
damage() {
    local run=$((size * 45 / 1000 / 1000 / 512))
    awk -v n="$((size / 512 - run))" 'BEGIN { srand(7); for (i = 0; i < 1000; i++) print int(rand() * n) }' |
        while read -r sector; do
            head -c $((run * 512)) /dev/zero | tr '\0' '#' |
                dd of="$1" bs=512 seek="$sector" conv=notrunc status=none
        done
}

# damage_slices FILE: 4.5 % of 2000 slices, one octet run each.
damage_slices() {
    local slice=$((size / 2000)) i
    for ((i = 3; i < 2000; i += 22)); do
        printf 'damaged!' | dd of="$1" bs=1 seek=$((i * slice + 99)) conv=notrunc status=none
    done
}

openssl enc -aes-128-ctr -K 00000000000000000000000000000000 -iv 00000000000000000000000000000000 \
    -in /dev/zero 2>/dev/null | head -c "$size" >"$work/file" || true
cp "$work/file" "$work/good"
damage "$work/good"
mv "$work/good" "$work/damaged"
cp "$work/file" "$work/damaged_slices"
damage_slices "$work/damaged_slices"
cp "$work/file" "$work/protected"
cp "$work/file" "$work/slices"
for ((i = 0; i < runs; i++)); do
    timed sha256 openssl dgst -sha256 "$work/file"
    timed blake2b b2sum -l 256 "$work/file"
    timed copy cp "$work/file" "$work/copy"
    timed protect rq-encode protect --force --threads 1 "$work/protected"
    timed verify rq-encode verify "$work/protected"
    cp "$work/damaged" "$work/protected"
    timed repair rq-encode repair --threads 1 "$work/protected"
    cmp "$work/protected" "$work/file"
done
if command -v par2 >/dev/null; then
    timed par2_create par2 create -q -q -t1 -r5 -n1 -b2000 "$work/slices.par2" "$work/slices"
    cp "$work/damaged_slices" "$work/slices"
    timed par2_repair par2 repair -q -q -t1 "$work/slices.par2"
fi

echo
echo "A file of $((size >> 20)) MiB, page cache warm, one thread, whole processes with digests and the wait for the disk:"
echo
echo "| command | wall s | CPU s | CPU of sha256 |"
echo "| --- | ---: | ---: | ---: |"
base=$(median "$work/sha256.cpu")
for entry in "sha256:openssl dgst -sha256" "blake2b:b2sum -l 256" "copy:cp" "protect:rq-encode protect, 5 %" "verify:rq-encode verify" \
    "repair:rq-encode repair, 4.5 % damaged" \
    "par2_create:par2 create -t1 -r5 -b2000" "par2_repair:par2 repair -t1, 4.5 % of the slices damaged"; do
    log=${entry%%:*}
    if [ -e "$work/$log.wall" ]; then
        cpu=$(median "$work/$log.cpu")
        printf '| %s | %s | %s | %s |\n' "${entry#*:}" "$(median "$work/$log.wall")" "$cpu" \
            "$(awk -v a="$cpu" -v b="$base" 'BEGIN { printf "%.2fx", a / b }')"
    else
        printf '| %s | not installed | | |\n' "${entry#*:}"
    fi
done
