#!/bin/bash
# run.sh [ONLY]...: run every test and count; with ONLY, those of the named folders
# (common, scripts or a tool).  Ends with "N passed, N failed"; fails when none ran.
#
# Environment: BUILD and BIN say where the programs are.
set -u
cd "$(dirname "$0")/.." || exit 4
BUILD=${BUILD:-build}
BIN=${BIN:-$PWD/bin}
export BUILD BIN
only=("$@")
[ $# -gt 0 ] || only=('*')
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# suites FOLDER: its bats files, each once.
suites() {
    # shellcheck disable=SC2086 # '*' is meant to expand here
    ls -1 tests/$1.bats tests/$1-*.bats 2>/dev/null | sort -u
}

# check NAME COMMAND...: silent when it passes.
check() {
    local name=$1
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok $name"
        sed 's/^/    /' "$log" | tail -n 40
    fi
}

for folder in "${only[@]}"; do
    for source in tests/unit/$folder/test_*.c; do
        [ -e "$source" ] || continue
        check "$source" "$BUILD/${source%.c}"
    done
    for source in tests/fuzz/$folder/fuzz_*.c; do
        [ -e "$source" ] || continue
        corpus=("${source%.c}.corpus"/*)
        check "$source (corpus)" "$BUILD/${source%.c}" "${corpus[@]}"
    done
    for suite in $(suites "$folder"); do
        # One job a core inside a suite; TAP is read back for the counts.
        bats --tap "$suite" >"$log" 2>&1
        status=$?
        ok=$(grep -c '^ok ' "$log")
        bad=$(grep -c '^not ok ' "$log")
        if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
            bad=1
        fi
        passed=$((passed + ok))
        failed=$((failed + bad))
        if [ "$bad" -ne 0 ]; then
            echo "in $suite:"
            grep -v '^ok ' "$log" | sed 's/^/    /' | tail -n 60
        fi
    done
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
