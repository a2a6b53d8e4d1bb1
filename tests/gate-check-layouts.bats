load helper

# tree ft|fp: a writable copy of the packet in that project's layout.
tree() {
    rm -rf tree
    cp -r "$FIXTURES/gate-check/$1" tree
    packet=$(echo tree/artifacts/phase2c/*)
}

# reason: the class that decides.
# shellcheck disable=SC2120
reason() {
    gate-check packet --root tree "$@" --json | jq -r .reason
}

@test "packets of FrankenTorch and FrankenPandas are judged in their own layout" {
    tree ft
    run -0 gate-check packet --root tree
    [[ $output == *"FT-P2C-901  pass"*2/2*2/2* ]]
    tree fp
    run -0 gate-check packet --root tree
    [[ $output == *"FP-P2C-901  pass"* ]]
}

@test "upstream's own verdict is shown beside the strict one" {
    tree ft
    sed -i 's/"cases_passed": 2/"cases_passed": 1/' "$packet/parity_report.json"
    run -0 gate-check packet --root tree --profile ft
    [[ $output == *READY* ]]
    run -1 gate-check packet --root tree
    rm "$packet/risk_note.md"
    run -1 gate-check packet --root tree --profile ft
    [[ $output == *NOT_READY* && $output == *"missing required artifact file 'risk_note.md'"* ]]
    tree fp
    sed -i 's/"status": "pass"/"status": "fail"/;s/"failed": 0/"failed": 1/' "$packet/parity_report.json"
    run -1 gate-check packet --root tree --profile fp
    [[ $output == *"failed=1 but gate requires 0"* ]]
    [[ $output == *"strict failure percent 100.000% exceeds 0.100%"* ]]
}

@test "FrankenTorch: content that is not what its sidecar was made from" {
    tree ft
    sed -i 's/make test/make  test/' "$packet/parity_report.json"
    [ "$(reason)" = HASH_MISMATCH ]
    tree ft
    sed -i 's/"tampered_source_hash": "det64:./"tampered_source_hash": "det64:x/' "$packet/parity_report.decode_proof.json"
    [ "$(reason)" = PROOF_INVALID ]
    tree ft
    sed -i 's/"status": "ok"/"status": "fail"/' "$packet/parity_report.raptorq.json"
    [ "$(reason)" = SCRUB_FAILED ]
}

@test "FrankenTorch: gates that are loosened, empty or point nowhere" {
    tree ft
    rm -r tree/crates
    [ "$(reason)" = REFERENCE_MISSING ]
    tree ft
    sed -i '0,/ratio: 1.0/s//ratio: 0.9/' "$packet/parity_gate.yaml"
    [ "$(reason)" = GATE_LOOSENED ]
    tree ft
    : > "$packet/parity_gate.yaml"
    [ "$(reason)" = EMPTY_FILE ]
    tree ft
    sed -i 's@crates/x@../x@' "$packet/parity_gate.yaml"
    [ "$(reason)" = PATH_ESCAPE ]
}

@test "FrankenPandas: every stored octet is looked at" {
    tree fp
    sed -i 's/"serialized_hex": "00000000../"serialized_hex": "0000000000/' "$packet/parity_report.raptorq.json"
    [ "$(reason)" = SCRUB_FAILED ]
    tree fp
    sed -i 's/"oracle_present": false/"oracle_present": true/' "$packet/parity_report.json"
    [ "$(reason)" = HASH_MISMATCH ]
    tree fp
    sed -i 's/"proof_hash": "sha256:../"proof_hash": "sha256:zz/' "$packet/parity_report.decode_proof.json"
    [ "$(reason)" = PROOF_UNPAIRED ]
    tree fp
    sed -i 's/"pass": true/"pass": false/' "$packet/parity_gate_result.json"
    [ "$(reason)" = RESULT_CONTRADICTION ]
}

@test "FrankenPandas: fixtures and results are paired" {
    tree fp
    rm tree/crates/fp-conformance/fixtures/packets/*_strict.json
    [ "$(reason)" = REFERENCE_MISSING ]
    tree fp
    sed 's/"case_id": "a"/"case_id": "c"/' tree/crates/fp-conformance/fixtures/packets/*_strict.json > \
        tree/crates/fp-conformance/fixtures/packets/more.json
    [ "$(reason)" = COUNT_INCONSISTENT ]
}

# LS-GATE-015
@test "a missing gate is not written, and nothing else is either" {
    tree fp
    rm "$packet/parity_gate.yaml"
    find tree -type f -exec sha256sum {} + | sort > before
    [ "$(reason)" = EVIDENCE_MISSING ]
    find tree -type f -exec sha256sum {} + | sort | diff before -
}

# LS-GATE-014
@test "symbolic links out of the root and in circles are refused" {
    tree ft
    mv "$packet/risk_note.md" outside.md
    ln -s "$PWD/outside.md" "$packet/risk_note.md"
    [ "$(reason)" = PATH_ESCAPE ]
    ln -sf risk_note.md "$packet/risk_note.md"
    [ "$(reason)" = SYMLINK_LOOP ]
}
