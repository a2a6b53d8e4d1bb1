load helper

# cases and results of four cases, all in agreement.
a_run() {
    cat > cases.json <<'END'
{"schema": "lockstep-cases/1", "packet_id": "P-1",
 "provenance": {"original": "pandas", "version": "2.2.3"},
 "cases": [
  {"case_id": "plain", "operation": "x", "modes": ["strict", "hardened"],
   "expect": {"v": [1, 2.0, "x"]}, "hardened": {"diagnostics": ["d1"]}},
  {"case_id": "loose", "operation": "x", "modes": ["strict"], "expect": [3, 1, 2.5],
   "compare": {"kind": "abs", "tolerance": 0.6, "unordered": true}},
  {"case_id": "ulp", "operation": "x", "modes": ["strict"], "expect": [1.0],
   "compare": {"kind": "ulp", "tolerance": 2}},
  {"case_id": "raises", "operation": "x", "modes": ["strict"], "error": {"class": "KeyError"}}
 ]}
END
    cat > results.jsonl <<'END'
{"schema":"lockstep-result/1","packet_id":"P-1","case_id":"plain","mode":"strict","outcome":"ok","value":{"v":[1,2.0,"x"]},"diagnostics":[]}
{"schema":"lockstep-result/1","packet_id":"P-1","case_id":"plain","mode":"hardened","outcome":"ok","value":{"v":[1,2.0,"x"]},"diagnostics":[{"code":"d1","where":"","message":""}]}
{"schema":"lockstep-result/1","packet_id":"P-1","case_id":"loose","mode":"strict","outcome":"ok","value":[2.0,3.5,1],"diagnostics":[]}
{"schema":"lockstep-result/1","packet_id":"P-1","case_id":"ulp","mode":"strict","outcome":"ok","value":[1.0000000000000004],"diagnostics":[]}
{"schema":"lockstep-result/1","packet_id":"P-1","case_id":"raises","mode":"strict","outcome":"error","error":{"class":"KeyError","message":"k"},"diagnostics":[]}
END
}

@test "compare is green when every case has a result and all agree" {
    a_run
    run -0 gate-check compare -f cases.json -r results.jsonl -o report.json -m mismatches.json
    [[ $output == "P-1: strict 4/4, hardened 1/1, 0 mismatches, against the fixtures: green" ]]
    [ "$(jq -r .status report.json)" = green ]
    [ "$(jq -r '.fixtures[0].blake2b_256' report.json)" = "$(b2sum -l 256 cases.json | cut -d' ' -f1)" ]
    [ "$(jq -r .mismatches.blake2b_256 report.json)" = "$(b2sum -l 256 mismatches.json | cut -d' ' -f1)" ]
    [ "$(jq .mismatch_count mismatches.json)" = 0 ]
}

@test "compare names the first difference and both values" {
    a_run
    sed -i 's/2.0,"x"/2,"x"/' results.jsonl
    run -1 gate-check compare -f cases.json -r - -m mismatches.json < results.jsonl
    [[ $output == *"strict 3/4, hardened 0/1, 2 mismatches"* ]]
    [ "$(jq -c '.mismatches[0].first_difference | [.at, .expected, .actual]' mismatches.json)" = '["/v/1",2.0,2]' ] ||
        [ "$(jq -c '.mismatches[0].first_difference.at' mismatches.json)" = '"/v/1"' ]
}

# LS-GATE-001
@test "a case without a result, a result without a case and an empty run are never green" {
    a_run
    sed 3d results.jsonl > fewer.jsonl
    run -1 gate-check compare -f cases.json -r fewer.jsonl
    [[ $output == *missing_result* ]]
    sed 's/"loose"/"other"/' results.jsonl > other.jsonl
    run -1 gate-check compare -f cases.json -r other.jsonl
    [[ $output == *unexpected_result* && $output == *"2 mismatches"* ]]
    : > none.jsonl
    run -1 gate-check compare -f cases.json -r none.jsonl
    echo '{"schema":"lockstep-cases/1","packet_id":"P-1","cases":[]}' > empty.json
    run -1 gate-check compare -f empty.json -r none.jsonl
    [[ $output == *red ]]
}

@test "wrong error class, wrong outcome and wrong diagnostics are mismatches" {
    a_run
    sed 's/"class":"KeyError"/"class":"ValueError"/' results.jsonl > r.jsonl
    run -1 gate-check compare -f cases.json -r r.jsonl
    [[ $output == *error_class*KeyError*ValueError* ]]
    sed 's/"outcome":"error","error":{[^}]*}/"outcome":"ok","value":1/' results.jsonl > r.jsonl
    run -1 gate-check compare -f cases.json -r r.jsonl
    [[ $output == *outcome* ]]
    sed 's/"code":"d1"/"code":"d2"/' results.jsonl > r.jsonl
    run -1 gate-check compare -f cases.json -r r.jsonl
    [[ $output == *diagnostics* ]]
}

@test "malformed results are refused with the line" {
    a_run
    head -c 200 results.jsonl > cut.jsonl
    run -3 gate-check compare -f cases.json -r cut.jsonl
    [[ $output == *"line 2 has no end"* ]]
    cat results.jsonl results.jsonl > twice.jsonl
    run -3 gate-check compare -f cases.json -r twice.jsonl
    [[ $output == *"two results for case"* ]]
    echo '{"schema":"lockstep-result/9"}' > wrong.jsonl
    run -3 gate-check compare -f cases.json -r wrong.jsonl
    [[ $output == *"wrong.jsonl:line 1"*"lockstep-result/9"* ]]
}

# LS-GATE-002
@test "compare --oracle live lets the original rule, and fails closed without it" {
    a_run
    printf '#!/bin/sh\n[ "$1" = answer ] && cat "%s/answers"\n' "$PWD" > oracle
    chmod +x oracle
    sed 's/"diagnostics":\[[^]]*\]/"diagnostics":[]/' results.jsonl > answers
    run -0 gate-check compare -f cases.json -r results.jsonl --oracle live --oracle-command ./oracle
    [[ $output == *"against the live original: green" ]]
    sed -i 's/2.0,"x"/2.5,"x"/' answers
    run -1 gate-check compare -f cases.json -r results.jsonl --oracle live --oracle-command ./oracle
    run -4 gate-check compare -f cases.json -r results.jsonl --oracle live --oracle-command ./absent --json
    [[ $output == *oracle_unavailable* ]]
    run -4 gate-check compare -f cases.json -r results.jsonl --oracle live --oracle-command false
    LOCKSTEP_ORACLE_COMMAND=/bin/true run -4 gate-check compare -f cases.json -r results.jsonl --oracle live
    [[ $output == *"answered nothing"* ]]
    sed -i 2,9d answers
    run -1 gate-check compare -f cases.json -r results.jsonl --oracle live --oracle-command ./oracle
    [[ $output == *oracle_missing* ]]
}

@test "a FrankenPandas packet compares by its own rule" {
    echo '{"packet_id":"FP-P2C-001","case_id":"c","mode":"strict","operation":"series_add",
        "expected_series":{"index":[{"kind":"utf8","value":"a"}],"values":[{"kind":"null","value":"na_n"}]}}' > case.json
    line='{"schema":"lockstep-result/1","packet_id":"FP-P2C-001","case_id":"c","mode":"strict","outcome":"ok","value":{"series":%s},"diagnostics":[]}\n'
    # shellcheck disable=SC2059
    printf "$line" '{"index":[{"kind":"str","value":"a"}],"values":[{"kind":"float64","value":"NaN"}],"name":null}' |
        gate-check compare -f case.json -r -
    # shellcheck disable=SC2059
    printf "$line" '{"index":[{"kind":"utf8","value":"a"}],"values":[{"kind":"int64","value":1}]}' > r.jsonl
    run -1 gate-check compare -f case.json -r r.jsonl
    [[ $output == */series/values/0* ]]
    sed -i '1s/{/{"fixture_provenance": 1,/' case.json
    run -3 gate-check compare -f case.json -r r.jsonl
    [[ $output == *fixture_provenance* ]]
    echo '{"schema": "fp-groupby-oracle/2", "pandas": "2.2.3"}' > case.json
    run -3 gate-check compare -f case.json -r r.jsonl
    [[ $output == *cases* ]]
}

@test "FrankenTorch's case files compare by name and mode" {
    cat > cases.json <<'END'
{"cases": [
 {"name": "route", "op": "add", "lhs": 2.0, "rhs": 3.0, "tolerance": 1e-6,
  "strict": {"expected_output": 5.0, "expected_kernel": "add", "expect_error": false},
  "hardened": {"expected_output": 5.0, "expected_kernel": "composite", "expect_error": false}},
 {"name": "refused", "op": "add", "strict": {"expect_error": true},
  "hardened": {"expected_output": 1.0, "expect_error": false}}]}
END
    line='{"schema":"lockstep-result/1","packet_id":"FT-P2C-002","case_id":"%s","mode":"%s",%s,"diagnostics":[]}\n'
    refusal='"outcome":"error","error":{"class":"UnknownKey","message":"m"}'
    # shellcheck disable=SC2059
    {
        printf "$line" route strict '"outcome":"ok","value":{"output":5.0000005,"kernel":"add"}'
        printf "$line" route hardened '"outcome":"ok","value":{"output":5.0,"kernel":"composite"}'
        printf "$line" refused strict "$refusal"
        printf "$line" refused hardened '"outcome":"ok","value":{"output":1.0}'
    } > r.jsonl
    run -0 gate-check compare -f cases.json -r r.jsonl
    [[ $output == *"strict 2/2, hardened 2/2"* ]]
    sed 's/composite/add/' r.jsonl > other.jsonl
    run -1 gate-check compare -f cases.json -r other.jsonl
    [[ $output == *route*hardened*/kernel* ]]
    sed 's/5.0000005/5.00001/' r.jsonl > other.jsonl
    run -1 gate-check compare -f cases.json -r other.jsonl
    sed 's/"outcome":"error".*}/"outcome":"ok","value":{},"diagnostics":[]}/' r.jsonl > other.jsonl
    run -1 gate-check compare -f cases.json -r other.jsonl
    [[ $output == *refused*strict*outcome* ]]
    echo '{"cases": [{"name": "nothing", "op": "add"}]}' > cases.json
    run -3 gate-check compare -f cases.json -r r.jsonl
    [[ $output == *"expects nothing of strict mode"* ]]
}

# LS-GATE-010
@test "a packet without evidence is red and every missing file is named" {
    mkdir -p artifacts/phase2c
    cp -r "$REPO/artifacts/phase2c/FP-P2C-005" artifacts/phase2c/
    rm -f artifacts/phase2c/FP-P2C-005/parity_*.json*
    run -1 gate-check packet FP-P2C-005
    for name in parity_report.json parity_mismatch_corpus.json parity_report.json.rq \
        parity_report.raptorq.json parity_report.decode_proof.json; do
        [[ $output == *"EVIDENCE_MISSING  artifacts/phase2c/FP-P2C-005/$name:"* ]]
    done
    run -1 gate-check packet FP-P2C-999 --json
    [ "$(jq -r .reason <<<"$output")" = EVIDENCE_MISSING ]
}

@test "no packets at all is not green" {
    run -1 gate-check packet
    [[ $output == *"nothing is shown"* ]]
    run -4 gate-check packet --root absent
}

@test "gate files are refused for every doubt" {
    local folder=artifacts/phase2c/FP-P2C-005
    mkdir -p artifacts/phase2c
    cp -r "$REPO/$folder" artifacts/phase2c/
    gate() {
        cp "$REPO/$folder/parity_gate.yaml" "$folder/"
        sed -i "$1" "$folder/parity_gate.yaml"
        gate-check packet FP-P2C-005 || [ $? -ne 0 ]
    }
    [[ $(gate 's/minimum_cases:/minimum_case:/') == *UNKNOWN_KEY* ]]
    [[ $(gate '$a tool: other') == *DUPLICATE_KEY* ]]
    [[ $(gate 's/ratio: 1.0/ratio: .nan/') == *RANGE_ERROR* ]]
    [[ $(gate 's/ratio: 1.0/ratio: "1.0"/') == *TYPE_ERROR* ]]
    [[ $(gate 's/strict: {required_cases_passed_ratio: 1.0/strict: {required_cases_passed_ratio: 0.5/') == *GATE_LOOSENED* ]]
    [[ $(gate 's/categories: null/categories: []/') == *ALLOWLIST_VIOLATION* ]]
    [[ $(gate 's/^packet_id: .*/packet_id: FP-P2C-006/') == *IDENTITY_MISMATCH* ]]
    [[ $(gate 's/^tool: /tool: \&x /') == *ALIAS_REFUSED* ]]
    printf '\xff' >> "$folder/parity_gate.yaml"
    [[ $(gate-check packet FP-P2C-005) == *ENCODING_ERROR* ]]
}

# a_result VERDICT: a gate result to record.
a_result() {
    printf '{"schema":"lockstep-gate-result/1","gate":"packet","verdict":"%s","subjects":[{"id":"P-1","verdict":"%s","reason":"OK","strict":{"total":4,"failed":0}}]}\n' \
        "$1" "$1" > result.json
}

@test "the ledger grows by whole lines, and only when something changed if asked" {
    a_result pass
    gate-check ledger append h.jsonl --result result.json
    gate-check ledger append h.jsonl --result result.json --if-changed
    [ "$(wc -l < h.jsonl)" = 1 ]
    cp h.jsonl before.jsonl
    a_result fail
    gate-check ledger append h.jsonl --result result.json --if-changed
    SOURCE_DATE_EPOCH=1700000000 gate-check ledger append h.jsonl --result result.json
    [ "$(wc -l < h.jsonl)" = 3 ]
    run -0 gate-check ledger verify h.jsonl --previous before.jsonl
    [ "$(jq -r .ts_unix_ms h.jsonl | tail -n 1)" = 1700000000000 ]
    run -1 env SOURCE_DATE_EPOCH=1600000000 gate-check ledger append h.jsonl --result result.json
    [ "$(wc -l < h.jsonl)" = 3 ]
}

# LS-GATE-020
@test "the ledger shows every kind of rewriting" {
    for verdict in pass fail pass; do
        a_result $verdict
        gate-check ledger append h.jsonl --result result.json
    done
    sed 2d h.jsonl > edited.jsonl
    run -1 gate-check ledger verify edited.jsonl
    sed 's/"verdict":"fail"/"verdict":"pass"/' h.jsonl > edited.jsonl
    run -1 gate-check ledger verify edited.jsonl
    [[ $output == *LEDGER_REWRITTEN*"line 2"* ]]
    sed '$s/"verdict":"pass"/"verdict":"fail"/' h.jsonl > edited.jsonl
    run -1 gate-check ledger verify edited.jsonl
    head -n 2 h.jsonl > edited.jsonl
    run -1 gate-check ledger verify edited.jsonl --previous h.jsonl
    [[ $output == *"shorter than its earlier copy"* ]]
    : > empty.jsonl
    run -3 gate-check ledger verify empty.jsonl
}

# LS-GATE-021
@test "a torn last line is malformed until the next line accounts for it" {
    a_result pass
    gate-check ledger append h.jsonl --result result.json
    printf '{"schema":"lockstep-drift/1","se' >> h.jsonl
    cp h.jsonl torn.jsonl
    run -3 gate-check ledger verify h.jsonl
    [[ $output == *LEDGER_MALFORMED* ]]
    gate-check ledger append h.jsonl --result result.json
    run -0 gate-check ledger verify h.jsonl --previous torn.jsonl
    [ "$(tail -n 1 h.jsonl | jq .torn.octets)" = 32 ]
    sed 2d h.jsonl > cleaned.jsonl
    run -3 gate-check ledger verify cleaned.jsonl
    sed '2s/schema/Schema/' h.jsonl > edited.jsonl
    run -1 gate-check ledger verify edited.jsonl
}

@test "twenty appenders at once leave a whole ledger" {
    a_result pass
    for _ in $(seq 20); do
        gate-check ledger append h.jsonl --result result.json &
    done
    wait
    run -0 gate-check ledger verify h.jsonl
    [ "$(wc -l < h.jsonl)" = 20 ]
}

# LS-GATE-011 LS-GATE-012 LS-GATE-013
@test "every octet of a green packet matters, and repair makes it green again" {
    mkdir -p artifacts tests
    cp -r "$REPO/artifacts/phase2c" artifacts/
    cp -r "$REPO/tests/fixtures" tests/
    local folder=artifacts/phase2c/FP-P2C-005 report
    report=$folder/parity_report.json
    run -0 gate-check packet FP-P2C-005
    cp $report kept.json
    printf x | dd of=$report bs=1 seek=700 conv=notrunc 2> /dev/null
    run -1 gate-check packet FP-P2C-005
    [[ $output == *"HASH_MISMATCH  $report"*claimed*actual* ]]
    rq-encode repair $report
    cmp $report kept.json
    run -0 gate-check packet FP-P2C-005
    for name in parity_report.json.rq parity_report.raptorq.json parity_report.decode_proof.json \
        parity_mismatch_corpus.json; do
        cp "$folder/$name" kept
        printf '\x7f' | dd of="$folder/$name" bs=1 seek=$(($(stat -c %s kept) / 2)) conv=notrunc 2> /dev/null
        run ! gate-check packet FP-P2C-005
        cp kept "$folder/$name"
    done
    sed -i 's/"case_id"/"case_id" /' tests/fixtures/FP-P2C-005/cases.json
    run -1 gate-check packet FP-P2C-005
    [[ $output == *HASH_MISMATCH*blake2b_256* ]]
}

@test "the man page and --help list the same commands and options" {
    same_options gate-check
}
