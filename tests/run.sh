#!/bin/bash
# run.sh [ONLY]...: run every test and count; with ONLY, those of the named folders
# (common, scripts or a tool).  Ends with "N passed, N failed"; fails when none ran.
#
# One program or suite a core at a time; what fails is told in the order of their names.
#
# Environment: BUILD and BIN say where the programs are.
set -u
cd "$(dirname "$0")/.." || exit 4
export BUILD=${BUILD:-build} BIN=${BIN:-$PWD/bin}

# Longest first, so that no core is left with one of them at the end.
items() {
    local folder
    for folder; do
        # shellcheck disable=SC2086 # '*' is meant to expand in these
        ls -1S tests/$folder.bats tests/$folder-*.bats tests/fuzz/$folder/fuzz_*.c tests/unit/$folder/test_*.c 2>/dev/null
    done | awk '!seen[$0]++'
}

# suite FILE: its TAP is read back for the counts.
suite() {
    local status ok bad
    bats --tap "$1" >"$2.log" 2>&1
    status=$?
    ok=$(grep -c '^ok ' "$2.log")
    bad=$(grep -c '^not ok ' "$2.log")
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
    fi
    if [ "$bad" -ne 0 ]; then
        echo "in $1:"
        grep -v '^ok ' "$2.log" | sed 's/^/    /' | tail -n 60
    fi >"$2.said"
    echo "$ok $bad" >"$2.counts"
}

# program FILE ARGUMENT...: silent when it passes.
program() {
    if "$BUILD/${1%.c}" "${@:3}" >"$2.log" 2>&1; then
        echo '1 0' >"$2.counts"
    else
        { echo "not ok $1" && sed 's/^/    /' "$2.log" | tail -n 40; } >"$2.said"
        echo '0 1' >"$2.counts"
    fi
}

run() {
    local out=$WORK/${1//\//_}
    case $1 in
    *.bats) suite "$1" "$out" ;;
    tests/fuzz/*) program "$1" "$out" "${1%.c}.corpus"/* ;;
    *) program "$1" "$out" ;;
    esac
}
export -f suite program run

[ $# -gt 0 ] || set -- '*'
WORK=$(mktemp -d)
export WORK
trap 'rm -rf "$WORK"' EXIT
items "$@" >"$WORK/items"
# shellcheck disable=SC2016 # the other shell expands it
xargs -r -P "$(nproc)" -I '{}' bash -c 'run "$1"' run '{}' <"$WORK/items"
cat "$WORK"/*.said 2>/dev/null
cat "$WORK"/*.counts 2>/dev/null | awk -v items="$(wc -l <"$WORK/items")" '
    { passed += $1; failed += $2 }
    END {
        failed += items - NR # who left no counts has not run
        print passed + 0 " passed, " failed + 0 " failed"
        exit failed > 0 || passed == 0
    }'
