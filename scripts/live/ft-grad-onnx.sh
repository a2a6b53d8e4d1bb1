#!/bin/bash
# ft-grad-onnx.sh: ONNX's own tests of its operators (Debian's libonnx-testdata).
#
# Nothing may be wrong, and at least 600 must pass.  Exit 4 without the tests.
set -eu
cd "$(dirname "$0")/../.."
scripts/setup.sh live || exit 4
PATH="${BIN:?}:$PATH"
report=$(ft-grad onnx check --json /usr/share/libonnx-testdata/data/node/*) || [ $? -eq 1 ]
echo "$report" | jq -r '"\(.passed) passed, \(.refused) refused, \(.wrong) wrong"'
echo "$report" | jq -e '.wrong == 0 and .passed >= 600' >/dev/null
