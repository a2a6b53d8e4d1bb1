#!/bin/bash
# packet.sh PACKET: one packet through the whole flow, in its folder under artifacts/phase2c:
#
#   fixtures -> the packet's tool -> gate-check compare -> parity_report.json
#   -> rq-encode protect -> sidecar and manifest -> rq-encode drill -> decode proof
#   -> gate-check packet -> parity_gate_result.json -> gate-check ledger -> drift_history.jsonl
#
# Writes the same bytes when nothing changed.  Exit 0 when the packet is green, 1 when not.
set -eu
cd "$(dirname "$0")/.."
. scripts/packets.bash
[ $# -eq 1 ] || {
    echo "usage: packet.sh PACKET" >&2
    exit 2
}
packet=$1
folder=$packet_root/$packet
[ -f "$folder/parity_gate.yaml" ] || {
    echo "packet.sh: $folder/parity_gate.yaml: no such packet" >&2
    exit 3
}
tool=$(gate_value "$packet" tool)
mapfile -t fixtures < <(fixtures "$packet")
results=$(mktemp)
trap 'rm -f "$results"' EXIT

# refused COMMAND...: run it; a "no" (1) is for the gate to tell, anything else ends here.
may_refuse() {
    local status=0
    "$@" || status=$?
    [ $status -le 1 ] || exit $status
}

"$BIN/$tool" run "${fixtures[@]}" >"$results"
may_refuse "$BIN/gate-check" compare --fixtures "${fixtures[@]}" --results "$results" \
    -o "$folder/parity_report.json" --mismatches "$folder/parity_mismatch_corpus.json"
"$BIN/rq-encode" protect "$folder/parity_report.json"
"$BIN/rq-encode" drill "$folder/parity_report.json"
may_refuse "$BIN/gate-check" packet "$packet"
