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

@test "FrankenTorch: what upstream never opens must be of this packet, and add up" {
    local change
    tree ft
    for change in 's/"hardened"\]/"hardene"]/' 's/"strict", //' 's/"active"/"retired"/' \
        's/"oracle_family"/"family"/' 's/"assertions": \[/"assertions": [1, /'; do
        tree ft
        jq -c . "$packet/fixture_manifest.json" | sed 's/,/, /g; s/:/: /g' > m
        sed "$change" m > "$packet/fixture_manifest.json"
        run -1 cmp -s m "$packet/fixture_manifest.json"
        [ "$(reason)" != OK ]
    done
    for change in 's/"esi": 4/"esi": 5/' 's/"bytes": 64/"bytes": 63/' 's/"seed": 3/"seed": "3"/' \
        's/"last_ok_unix_ms": 1/"last_ok_unix_ms": null/'; do
        tree ft
        sed -i "$change" "$packet/parity_report.raptorq.json"
        [ "$(reason)" != OK ]
    done
    for change in 's/"schema_version": 1/"schema_version": 2/' 's/"packet_id": "FT-P2C-901/"packet_id": "FT-P2C-902/' \
        '1a"artifact_type": "other",'; do
        tree ft
        sed -i "$change" "$packet/parity_report.decode_proof.json"
        [ "$(reason)" != OK ]
    done
    tree ft
    echo '{"packet_id": "FT-P2C-901", "total_checks": 5, "pass_checks": 4, "non_pass_checks": 1, "allowlisted_checks": 1, "blocking_checks": 0}' > "$packet/differential.json"
    [ "$(reason)" = OK ]
    sed -i 's/"pass_checks": 4/"pass_checks": 3/' "$packet/differential.json"
    [ "$(reason)" = COUNT_INCONSISTENT ]
    echo '{"packet_id": "FT-P2C-902"}' > "$packet/differential.json"
    [ "$(reason)" = IDENTITY_MISMATCH ]
    echo '{"blocking_drifts": 1}' > "$packet/differential.json"
    [ "$(reason)" = THRESHOLD_EXCEEDED ]
    echo '{' > "$packet/differential.json"
    [ "$(reason)" = PARSE_ERROR ]
}

@test "FrankenPandas: proofs, verdict and fixtures say the same in every field" {
    local change
    for change in 's/"recovered_blocks": [0-9]*/"recovered_blocks": 77/' 's/"last_ok_unix_ms": [0-9]*/"last_ok_unix_ms": "x"/' \
        's/"repair_packets_per_block": [0-9]*/"repair_packets_per_block": 77/' \
        's/"artifact_type": "[a-z_]*"/"artifact_type": "x"/'; do
        tree fp
        sed -i "$change" "$packet/parity_report.raptorq.json"
        [ "$(reason)" != OK ]
    done
    tree fp
    jq '.reasons = ["x"]' "$packet/parity_gate_result.json" > r && mv r "$packet/parity_gate_result.json"
    [ "$(reason)" = RESULT_CONTRADICTION ]
    tree fp
    jq '.operation = "x"' tree/crates/fp-conformance/fixtures/packets/fp_p2c_901_a_strict.json > r
    mv r tree/crates/fp-conformance/fixtures/packets/fp_p2c_901_a_strict.json
    [ "$(reason)" = IDENTITY_MISMATCH ]
    tree fp
    sed -i 's/"mode": *"strict"/"mode": "stric"/' tree/crates/fp-conformance/fixtures/packets/fp_p2c_901_a_strict.json
    [ "$(reason)" = REFERENCE_MISSING ]
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
