load helper

# A result with two reasons that hold every character that needs care.
setup_result() {
    cp -r "$FIXTURES/gate-check/ft" tree
    sed -i 's/"cases_passed": 2/"cases_passed": 1/' tree/artifacts/phase2c/*/parity_report.json
    gate-check packet --root tree -o result.json || true
    [ -s result.json ]
}

@test "explain names rule, file, place, values and the command that shows it again" {
    setup_result
    run -0 gate-check explain result.json
    [[ $output == *"THRESHOLD_EXCEEDED"* && $output == *"shown by gate-check packet --root tree FT-P2C-901"* ]]
    [[ $output == *"claimed"*"actual"* ]]
    run -3 gate-check explain /dev/null
}

# LS-GATE-031
@test "the page is one file without scripts, with a table and drift charts" {
    setup_result
    gate-check ledger append h.jsonl --result result.json
    run -0 gate-check report result.json --history h.jsonl
    [[ $output == *"<table>"* && $output == *"<svg"* && $output == *FT-P2C-901* ]]
    [[ $output != *"<script"* && $output != *"http"* ]]
}

@test "JUnit, SARIF, TAP, Markdown and annotations say the same" {
    setup_result
    sed -i 's/exceeds/<\&"exceeds/' result.json
    sed -i 's/<&"exceeds/<\&exceeds/' result.json
    gate-check report --format junit result.json -o r.xml
    grep -q '<testsuite name="gate-check" tests="1" failures="1"' r.xml
    grep -q '&lt;&amp;exceeds' r.xml
    gate-check report --format sarif result.json | jq -e '.version == "2.1.0" and (.runs[0].results | length) > 0'
    run -0 gate-check report --format tap result.json
    [ "${lines[0]}" = "TAP version 14" ]
    [[ ${lines[2]} == "not ok 1 - packet FT-P2C-901" ]]
    run -0 gate-check report --format markdown result.json
    [[ $output == *"1 judged, 1 not green"* ]]
    run -0 gate-check report --github result.json
    [[ ${lines[0]} == "::error file=artifacts/phase2c/FT-P2C-901/"*"title="* ]]
}

# LS-GATE-030
@test "a signed result binds every input it judged" {
    cat > k.sec <<'END'
untrusted comment: minisign encrypted secret key
RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACccsDtp58No4Lh0Cny2PkID/pS2SgcqjYFhqoMfhoZWEP7Kd9SEaSGiC+Sy4TSk92xaPlenQwP/SLuGvB0H8u2YdFLH9fnDCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
END
    key=RWQJxywO2nnw2miC+Sy4TSk92xaPlenQwP/SLuGvB0H8u2YdFLH9fnDC
    mkdir -p artifacts tests
    cp -r "$REPO/artifacts/phase2c" artifacts/
    cp -r "$REPO/tests/fixtures" tests/
    result=artifacts/phase2c/FP-P2C-005/parity_gate_result.json
    run -0 gate-check packet FP-P2C-005 -o $result
    run -1 gate-check packet FP-P2C-005 --require-signature $key
    [[ $output == *EVIDENCE_MISSING*minisig* ]]
    gate-check sign -k k.sec $result
    run -0 gate-check packet FP-P2C-005 --require-signature $key
    if command -v minisign > /dev/null; then
        minisign -V -P $key -m $result
    fi
    echo >> artifacts/phase2c/FP-P2C-005/risk_note.md
    run -1 gate-check packet FP-P2C-005 --require-signature $key
    [[ $output == *HASH_MISMATCH*risk_note.md* ]]
    cp "$REPO/artifacts/phase2c/FP-P2C-005/risk_note.md" artifacts/phase2c/FP-P2C-005/
    sed -i 's/"pass": 1/"pass": 2/' $result
    run -1 gate-check packet FP-P2C-005 --require-signature $key
    [[ $output == *SIGNATURE_INVALID* ]]
    run -3 gate-check sign -k k.sec /dev/null
}

@test "watch judges again when a file changes" {
    cp -r "$FIXTURES/gate-check/ft" tree
    gate-check watch tree --rounds 2 --timeout 20 > out &
    for _ in $(seq 100); do
        [ -s out ] && break
        sleep 0.05
    done
    rm tree/artifacts/phase2c/*/risk_note.md
    local status=0
    wait $! || status=$?
    [ $status -eq 1 ]
    grep -q 'FT-P2C-901  pass' out
    grep -q 'FT-P2C-901  fail' out
}
