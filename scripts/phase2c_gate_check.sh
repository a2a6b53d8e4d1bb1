#!/bin/bash
# phase2c_gate_check.sh: judge what is committed; regenerate nothing.
#
# Every packet, every ledger, the commands README.md shows, and the way from our own
# requirements to code and tests.  With --record FILE the packets' verdicts are
# appended to that ledger.  Ends with "N passed, N failed"; exit 0 only when all pass.
set -u
cd "$(dirname "$0")/.." || exit 4
BIN=${BIN:-$PWD/bin}
export PATH="$BIN:$PATH"
passed=0
failed=0
record=''
case ${1:-} in
'') ;;
--record) record=${2:?--record needs a ledger} ;;
*)
    echo "usage: phase2c_gate_check.sh [--record LEDGER]" >&2
    exit 2
    ;;
esac

# check COMMAND...: one gate.
check() {
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not green: $*" >&2
    fi
}

result=$(mktemp)
trap 'rm -f "$result"' EXIT
check gate-check packet -o "$result"
for ledger in artifacts/phase2c/*/drift_history.jsonl; do
    [ ! -e "$ledger" ] || check gate-check ledger verify "$ledger"
done
if [ -e README.md ]; then
    check gate-check claims README.md --execute --timeout 120
fi
check gate-check trace --prefix LS- --specs docs/specs --requirements docs/requirements \
    --code tools --tests tests
[ -z "$record" ] || gate-check ledger append "$record" --result "$result" || exit 4

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
