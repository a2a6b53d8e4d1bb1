#!/bin/bash
# fuzz.sh [ONLY]...: run every fuzz target of build/fuzz for FUZZ_SECONDS (10) each,
# several at a time, and print a table.  `make fuzz` builds them first.
#
# Each starts from its committed corpus; what it finds is kept in build/fuzz/corpus,
# and an input that crashes it in build/fuzz/crashes.  Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 4
build=${BUILD:-build/fuzz}
seconds=${FUZZ_SECONDS:-10}
jobs=${FUZZ_JOBS:-$(nproc)}
mkdir -p "$build/corpus" "$build/crashes" "$build/logs"
export build seconds

# fuzz TARGET: one target, its log in logs/, its verdict as a row in logs/*.row.
fuzz() {
    local target=$1
    local name corpus log runs status
    name=$(basename "$(dirname "$target")")-$(basename "$target")
    corpus=$build/corpus/$name
    log=$build/logs/$name
    mkdir -p "$corpus"
    "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
        -print_final_stats=1 -artifact_prefix="$build/crashes/$name-" \
        "$corpus" "${target#"$build"/}.corpus" >"$log" 2>&1
    status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    [ "$status" -eq 0 ] && [ "${runs:-0}" -gt 0 ] && status=ok || status=CRASH
    printf '%-44s %12s  %s\n' "$name" "${runs:--}" "$status" >"$log.row"
}
export -f fuzz

[ $# -gt 0 ] || set -- '*'
targets=()
for only in "$@"; do
    # shellcheck disable=SC2231 # '*' is meant to expand
    for source in tests/fuzz/$only/fuzz_*.c; do
        [ -e "$source" ] && targets+=("$build/${source%.c}")
    done
done
if [ ${#targets[@]} -eq 0 ]; then
    echo "fuzz.sh: no fuzz targets" >&2
    exit 2
fi
rm -f "$build"/logs/*
printf '%s\n' "${targets[@]}" | xargs -P "$jobs" -I{} bash -c 'fuzz {}'

printf '%-44s %12s  %s\n' target runs verdict
cat "$build"/logs/*.row
failed=0
while read -r row; do
    failed=$((failed + 1))
    echo "in ${row%.row}:"
    tail -n 25 "${row%.row}"
done < <(grep -l 'CRASH$' "$build"/logs/*.row)
echo "$((${#targets[@]} - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
