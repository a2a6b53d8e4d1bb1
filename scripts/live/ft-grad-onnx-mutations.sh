#!/bin/bash
# ft-grad-onnx-mutations.sh: attributes that no operator knows, on every operator set.
#
# Each model must be refused (exit 3) or give what ONNX Runtime gives; models that ONNX
# Runtime refuses and we run are listed.  Exit 4 without the tests or the original.
set -eu
cd "$(dirname "$0")/../.."
scripts/setup.sh live || exit 4
scripts/oracle.sh setup || exit 4
PATH="${BIN:?}:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The original sees this folder only.
mkdir "$work/models"
cp -r /usr/share/libonnx-testdata/data/node "$work/tests"
ft-grad onnx coverage --json >"$work/coverage.json"
scripts/oracle.sh run scripts/oracle/onnx_mutations.py make "$work/tests" "$work/coverage.json" "$work/models"
while read -r number inputs; do
    status=0
    # shellcheck disable=SC2086 # a list of files
    timeout 10 ft-grad onnx run --threads 1 --tensors "$work/models/$number.safetensors" \
        "$work/models/$number.onnx" $inputs >/dev/null 2>&1 || status=$?
    echo "$number $status"
done <"$work/models/list" >"$work/results"
scripts/oracle.sh run scripts/oracle/onnx_mutations.py judge "$work/models" "$work/results"
