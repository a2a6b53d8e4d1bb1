#!/bin/bash
# artifacts.sh [PACKET]...: every packet (or those named) regenerated and judged, from a
# machine with nothing but git and sh.  Sets up what is missing, builds, runs each
# packet through scripts/packet.sh, prints the gate table.
#
# A second run changes no byte.  Ends with "N passed, N failed", one a packet; fails when
# one is not green or there is none.
set -eu
cd "$(dirname "$0")/.."
. scripts/packets.bash
scripts/setup.sh build
unset MAKEFLAGS MFLAGS MAKELEVEL # when make itself called us
make -s -j"$(nproc)" all >&2

passed=0
failed=0
mapfile -t ids < <(packets "$@")
for packet in "${ids[@]}"; do
    if scripts/packet.sh "$packet" >&2; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "artifacts.sh: $packet is not green" >&2
    fi
done
# All together once more: the table, and the last word.
if [ ${#ids[@]} -gt 0 ] && ! "$BIN/gate-check" packet "${ids[@]}" && [ "$failed" -eq 0 ]; then
    failed=1
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
