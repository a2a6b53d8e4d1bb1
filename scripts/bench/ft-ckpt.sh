#!/bin/bash
# ft-ckpt.sh: a file of a hundred float32 tensors, read, digested and converted, beside
# what reads or copies the same octets.
#
# Environment: CKPT_BENCH_SIZE octets of the file (1073741824), CKPT_BENCH_RUNS (5); TMPDIR.
set -eu
PATH="${BIN:?}:$PATH"
size=${CKPT_BENCH_SIZE:-1073741824}
runs=${CKPT_BENCH_RUNS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# header COUNT EACH: the beginning of a safetensors file of COUNT tensors of EACH octets.
header() {
    local text i
    text=$(jq -cn --argjson k "$1" --argjson n "$2" '[range($k) | {key: "layer\(.).weight",
        value: {dtype: "F32", shape: [$n / 4], data_offsets: [. * $n, (. + 1) * $n]}}] | from_entries')
    while [ $((${#text} % 8)) -ne 0 ]; do text+=' '; done
    for ((i = 0; i < 64; i += 8)); do
        # shellcheck disable=SC2059 # the octet is the format
        printf "\\x$(printf %02x $((${#text} >> i & 255)))"
    done
    printf '%s' "$text"
}

# One raw storage, cut into a hundred tensors.
each=$((size / 100 / 4 * 4))
{
    header 100 $each
    openssl enc -aes-128-ctr -K 0 -iv 0 -in /dev/zero 2>/dev/null | head -c $((each * 100))
} >model.safetensors
ft-ckpt convert model.safetensors model.pt
cp model.pt same.pt

# Files of 100 GiB that take no room on disk.
for count in 1000 10000 100000; do
    each=$((107374182400 / count / 4 * 4))
    header $count $each >$count.safetensors
    truncate -s +$((each * count)) $count.safetensors
done

# median FILE: of one number a line.
median() {
    sort -n "$1" | awk '{ v[NR] = $1 } END { printf "%.3f", v[int((NR + 1) / 2)] }'
}

# once LOG COMMAND...: wall seconds of one run, appended.
once() {
    local log=$1
    shift
    rm -f out.*
    TIMEFORMAT=%R
    { time "$@" >/dev/null 2>&1; } 2>>"$log"
}

peak() {
    if [ -x /usr/bin/time ]; then
        rm -f out.*
        /usr/bin/time -f %M "$@" 2>&1 >/dev/null | tail -n 1 | awk '{ printf "%.1f", $1 / 1024 }'
    else
        printf -- -
    fi
}

# row NAME GOAL PEER OURS: two commands in turn.
row() {
    local name=$1 goal=$2
    local -a peer ours
    read -ra peer <<<"$3"
    read -ra ours <<<"$4"
    : >peer.log
    : >ours.log
    if ! command -v "${peer[0]}" >/dev/null; then
        echo "| $name | ${peer[0]} is missing | | | | $goal |"
        return
    fi
    for ((i = 0; i < runs; i++)); do
        once peer.log "${peer[@]}"
        once ours.log "${ours[@]}"
    done
    awk -v name="$name" -v goal="$goal" -v peer="$3" -v p="$(median peer.log)" \
        -v o="$(median ours.log)" -v rss="$(peak "${ours[@]}")" \
        'BEGIN { printf "| %s | `%s` %s | %s | %.2f | %s | %s |\n", name, peer, p, o, (p > 0 ? o / p : 0), rss, goal }'
}

echo "## ft-ckpt"
echo
echo "\`make bench ONLY=ft-ckpt\`: $size octets in 100 tensors, warm cache, medians of $runs, seconds."
echo
echo "| work | beside | ft-ckpt | ratio | peak MiB | goal |"
echo "| --- | --- | ---: | ---: | ---: | --- |"
row 'ls' '3 ms, 8 MiB' 'unzip -l model.pt' 'ft-ckpt ls model.pt'
row 'scan' '3 ms' 'unzip -l model.pt' 'ft-ckpt scan model.pt'
row 'hash -a xxh3' '1.05 of cat' 'cat model.pt' 'ft-ckpt hash -a xxh3 model.pt'
row 'verify' '1.05 of cat' 'cat model.pt' 'ft-ckpt verify model.pt'
row 'hash (BLAKE2b)' '0.55 of b2sum, 2 threads' 'b2sum model.pt' 'ft-ckpt hash --threads 2 model.pt'
row 'diff, equal' '1.2 of cmp' 'cmp model.pt same.pt' 'ft-ckpt diff model.pt same.pt'
row 'convert pt to safetensors' '1.1 of dd and sync' 'dd if=model.pt of=out.pt bs=1M conv=fsync' 'ft-ckpt convert model.pt out.safetensors'
row 'convert pt to npz' '1.1 of dd and sync' 'dd if=model.pt of=out.pt bs=1M conv=fsync' 'ft-ckpt convert model.pt out.npz'
row 'ls, 100 GiB, 10,000 tensors' '10 of 1,000; 32 MiB' 'ft-ckpt ls 1000.safetensors' 'ft-ckpt ls 10000.safetensors'
row 'ls, 100 GiB, 100,000 tensors' '10 of 10,000' 'ft-ckpt ls 10000.safetensors' 'ft-ckpt ls 100000.safetensors'
