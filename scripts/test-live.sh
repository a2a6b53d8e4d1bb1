#!/bin/bash
# test-live.sh [PACKET]...: every packet's tool against the original itself, now; and,
# when no packet is named, what else only the originals can judge (scripts/live).
#
# The tool runs the packet's cases, gate-check has the original run them too and
# compares.  Without an original nothing is green: exit 4.  Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 4
. scripts/packets.bash
scripts/oracle.sh setup || exit 4
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for packet in $(packets "$@"); do
    tool=$(gate_value "$packet" tool)
    mapfile -t fixtures < <(fixtures "$packet")
    "$BIN/$tool" run "${fixtures[@]}" >"$work/results.jsonl" &&
        "$BIN/gate-check" compare --oracle live --fixtures "${fixtures[@]}" \
            --results "$work/results.jsonl" -o "$work/report.json" --mismatches "$work/mismatches.json"
    status=$?
    case $status in
    0)
        passed=$((passed + 1))
        echo "ok $packet ($tool against $(gate_value "$packet" oracle))"
        ;;
    4)
        echo "test-live.sh: $packet: the original could not be asked" >&2
        exit 4
        ;;
    *)
        failed=$((failed + 1))
        echo "not ok $packet (exit $status)"
        ;;
    esac
done

for script in scripts/live/*.sh; do
    [ $# -eq 0 ] || break
    if "$script" >"$work/log" 2>&1; then
        passed=$((passed + 1))
        echo "ok $script"
    else
        failed=$((failed + 1))
        cat "$work/log"
        echo "not ok $script"
    fi
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
