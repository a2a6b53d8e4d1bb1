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

# A report that says no is for the gate to judge; anything worse ends here.
status=0
"$BIN/$tool" run "${fixtures[@]}" >"$results"
"$BIN/gate-check" compare --fixtures "${fixtures[@]}" --results "$results" \
    -o "$folder/parity_report.json" --mismatches "$folder/parity_mismatch_corpus.json" || status=$?
[ $status -le 1 ] || exit $status
"$BIN/rq-encode" protect --force "$folder/parity_report.json"
"$BIN/rq-encode" drill "$folder/parity_report.json"
status=0
"$BIN/gate-check" packet -o "$folder/parity_gate_result.json" "$packet" || status=$?
[ $status -le 1 ] || exit $status
"$BIN/gate-check" ledger append "$folder/drift_history.jsonl" \
    --result "$folder/parity_gate_result.json" --if-changed
exit $status
