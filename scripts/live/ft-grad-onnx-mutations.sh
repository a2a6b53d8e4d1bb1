#!/bin/bash
# ft-grad-onnx-mutations.sh [EXAMPLES]: models wrong in one place, for every version of
# every operator.
#
# Each must be refused (exit 3) or give what ONNX Runtime gives, or ONNX's own evaluator
# where ONNX Runtime lacks a kernel.  Exit 4 without the tests or the originals.
set -eu
cd "$(dirname "$0")/../.."
scripts/setup.sh live || exit 4
scripts/oracle.sh setup || exit 4
PATH="${BIN:?}:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mutations=scripts/oracle/onnx_mutations.py

# check NUMBER...: "NUMBER OUTCOME" of each, one by one when a process does not end well.
check() {
    (cd "$work/models" && timeout 60 ft-grad onnx check --json --threads 1 --atol 1e-4 "$@") \
        >"$work/report.json" 2>/dev/null || :
    if jq -e ".tests | length == $#" "$work/report.json" >/dev/null 2>&1; then
        jq -r '.tests[] | "\(.test) \(.outcome)"' "$work/report.json"
        return
    fi
    [ $# -gt 1 ] || echo "$1 crashed"
    [ $# -eq 1 ] || for one in "$@"; do check "$one"; done
}
export -f check
export work

# The originals see the temporary folder only.
mkdir "$work/models"
cp -r /usr/share/libonnx-testdata/data/node "$work/tests"
ft-grad onnx coverage --json >"$work/coverage.json"
scripts/oracle.sh run $mutations make "$work/tests" "$work/coverage.json" "$work/models" "${1:-1}"
# ask NUMBERS [ORIGINAL,...]: results of the originals; outcomes of the models they are for.
ask() {
    scripts/oracle.sh run $mutations answer "$work/models" "$@"
    xargs -n 200 bash -c 'check "$@"' check <"$1"
}

jq -r 'keys[]' "$work/models/index.json" | xargs -n 200 bash -c 'check "$@"' check >"$work/first"
awk '$2 != "refused" && $2 != "crashed" { print $1 }' "$work/first" >"$work/accepted"
ask "$work/accepted" >"$work/second"
# What ONNX Runtime rounds or orders in its own way, and models that end it.
{
    awk '$2 == "wrong" { print $1 }' "$work/second"
    jq -r 'to_entries[] | select(.value == "none: the original crashed").key' "$work/models/answers.json"
} | sort -u >"$work/doubtful"
ask "$work/doubtful" reference >"$work/third"
awk '!/ (refused|crashed)$/ { if (!seen[$1]++) print }' "$work/third" "$work/second" >"$work/models/outcomes"
awk '/ (refused|crashed)$/' "$work/first" "$work/second" "$work/third" >>"$work/models/outcomes"
scripts/oracle.sh run $mutations judge "$work/models"
