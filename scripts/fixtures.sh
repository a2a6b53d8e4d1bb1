#!/bin/sh
# fixtures.sh [PACKET]...: write every fixture again from the live originals.
#
# A fixture names the script that made it; with the same originals the bytes are the
# same, so `git diff` shows what a change of an oracle script changed, or nothing.
set -eu
cd "$(dirname "$0")/.."
scripts/oracle.sh setup
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT

# oracle_of FILE: the oracle that made it ("pandas", "torch"), from its provenance.
oracle_of() {
    sed -n 's/^ *"original": "\([a-z]*\)",$/\1/p' "$1" | head -n 1
}

[ $# -gt 0 ] || set -- '*'
for packet in "$@"; do
    # shellcheck disable=SC2231 # '*' is meant to expand
    for file in tests/fixtures/$packet/cases.json; do
        [ -e "$file" ] || continue
        oracle=$(oracle_of "$file")
        [ -n "$oracle" ] || continue
        id=$(basename "$(dirname "$file")")
        scripts/oracle.sh run "scripts/oracle/${oracle}_oracle.py" generate "$id" >"$new/cases.json"
        cmp -s "$new/cases.json" "$file" || cp "$new/cases.json" "$file"
    done
done
