#!/bin/bash
# test-commands.sh SEED COUNT [FAMILY...]: random command lines of fp-groupby beside live pandas.
#
# Prints every difference and keeps its files; exit 1 when there is one, 4 without pandas.
set -eu
cd "$(dirname "$0")/.."
[ $# -ge 2 ] || {
    echo "usage: test-commands.sh SEED COUNT [FAMILY...]" >&2
    exit 2
}
tool=$PWD/${BIN:-bin}/fp-groupby
seed=$1 count=$2
shift 2
folder=$(mktemp -d /tmp/commands.XXXXXX)
scripts/oracle.sh run scripts/oracle/pandas_commands.py "$seed" "$count" "$folder" "$@"
bad=0
for place in "$folder"/*/; do
    cd "$place"
    mapfile -t words <words
    status=0
    "$tool" "${words[@]}" >got.csv 2>got.err || status=$?
    if [ -e error ]; then
        case $status in 2 | 3) continue ;; esac
    elif [ $status -eq 0 ] && cmp -s expect.csv got.csv; then
        "$tool" "${words[0]}" --json "${words[@]:1}" | jq -r '.columns[].dtype' >got.types
        cmp -s types got.types && continue
    fi
    echo "$place: ${words[*]}: status $status $(head -c 200 got.err)"
    bad=$((bad + 1))
done
echo "$count command lines, $bad differences"
[ $bad -gt 0 ] || rm -r "$folder"
[ $bad -eq 0 ]
