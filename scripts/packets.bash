# shellcheck shell=bash
# packets.bash, to be sourced at the top of the repository: which packets there are,
# and what their files say.
BIN=${BIN:-$PWD/bin}
packet_root=artifacts/phase2c

# packets [ID]...: those named, else all, in order.
packets() {
    if [ $# -gt 0 ]; then
        printf '%s\n' "$@"
    else
        find "$packet_root" -mindepth 2 -maxdepth 2 -name parity_gate.yaml -printf '%h\n' |
            sed 's@.*/@@' | LC_ALL=C sort
    fi
}

# gate_value PACKET KEY: a scalar of its parity_gate.yaml.
gate_value() {
    sed -n "s/^$2: *//p" "$packet_root/$1/parity_gate.yaml"
}

# fixtures PACKET: the files of its fixture_manifest.json, in order.
fixtures() {
    grep -o '"path": *"[^"]*"' "$packet_root/$1/fixture_manifest.json" | sed 's/.*"\([^"]*\)"$/\1/'
}
