#!/bin/bash
# ft-grad-onnx-fuzz.sh [COUNT [SEED]]: models broken in their structure (1000).
#
# Each runs or is refused within a minute and 5 GB; nothing else may happen.  With BIN a
# build of `make asan` every access is checked.  Exit 4 without the tests or the original.
set -eu
cd "$(dirname "$0")/../.."
scripts/setup.sh live || exit 4
scripts/oracle.sh setup || exit 4
PATH="${BIN:?}:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# check NUMBER...: "NUMBER STATUS" of the models that end a process other than well.
check() {
    local status=0
    (ulimit -v "$memory" && cd "$work/models" && timeout 60 ft-grad onnx check --json --threads 1 "$@") \
        >"$work/report.json" 2>"$work/error" || status=$?
    if jq -e ".tests | length == $#" "$work/report.json" >/dev/null 2>&1; then
        return
    fi
    [ $# -gt 1 ] || echo "$1 $status $(head -c 200 "$work/error")"
    [ $# -eq 1 ] || for one in "$@"; do check "$one"; done
}
export -f check
export work
# A sanitizer reserves address space of its own.
memory=unlimited
ft-grad onnx coverage Relu >/dev/null && (ulimit -v 2000000 && ft-grad onnx coverage Relu >/dev/null 2>&1) && memory=5000000
export memory

mkdir "$work/models"
cp -r /usr/share/libonnx-testdata/data/node "$work/tests"
scripts/oracle.sh run scripts/oracle/onnx_fuzz.py "$work/tests" "$work/models" "${1:-1000}" "${2:-1}"
seq 0 $((${1:-1000} - 1)) | xargs -n 50 bash -c 'check "$@"' check >"$work/broken"
echo "${1:-1000} models, $(wc -l <"$work/broken") that neither run nor are refused"
cat "$work/broken"
[ ! -s "$work/broken" ]
