load helper

# reason COMMAND...: the class that decides.
reason() {
    gate-check "$@" --json | jq -r .reason
}

@test "two passes regress only together, and nothing missing is forgiven" {
    probe() {
        printf '{"metrics":{"matmul_ms":{"lower_is_better":true,"median":%s,"stdev":0.1}}}\n' "$1" > "$2"
    }
    printf '{"signature":"s","probe":{"metrics":{"matmul_ms":{"lower_is_better":true,"median":10.0,"stdev":0.1}}}}\n' > base.json
    probe 10.5 ok.json
    probe 10.6 bad.json
    probe 10.7 worse.json
    [ "$(reason perf --baseline base.json --pass1 ok.json --pass2 bad.json)" = OK ]
    [ "$(reason perf --baseline base.json --pass1 bad.json --pass2 worse.json)" = PERF_REGRESSION ]
    [ "$(reason perf --baseline absent.json --pass1 ok.json --pass2 bad.json)" = EVIDENCE_MISSING ]
    sed 's/matmul_ms/relu_ms/' ok.json > other.json
    [ "$(reason perf --baseline base.json --pass1 ok.json --pass2 other.json)" = METRIC_MISSING ]
    probe 0 zero.json
    [ "$(reason perf --baseline base.json --pass1 zero.json --pass2 ok.json)" = RANGE_ERROR ]
    sed 's/true/false/' ok.json > other.json
    [ "$(reason perf --baseline base.json --pass1 other.json --pass2 ok.json)" = RESULT_CONTRADICTION ]
    jq -c '.dim = 97' ok.json > other.json
    jq -c '.probe.dim = 96' base.json > sized.json
    [ "$(reason perf --baseline sized.json --pass1 other.json --pass2 ok.json)" = IDENTITY_MISMATCH ]
    run -2 gate-check perf --baseline base.json --pass1 ok.json
}

@test "noisy samples regress only when the whole interval does" {
    samples() {
        printf '{"metrics":{"t":{"lower_is_better":true,"samples":[%s]}}}\n' "$1"
    }
    samples 10,10.1,9.9,10,10.05,9.95,10.02 > old.json
    samples 12,12.1,11.9,12,12.05,11.95,12.02 > slow.json
    samples 9,12,10,11,10.4,10.6,10.2 > noisy.json
    [ "$(reason perf --baseline old.json --samples old.json)" = OK ]
    [ "$(reason perf --baseline old.json --samples slow.json)" = PERF_REGRESSION ]
    [ "$(reason perf --baseline old.json --samples noisy.json)" = UNPROVEN ]
    samples 10,10 > few.json
    [ "$(reason perf --baseline old.json --samples few.json)" = ZERO_EXECUTED ]
}

@test "the flaky registry wants owners and clean blocking lanes" {
    table() {
        printf '| Lane | Flaky Item | Severity | Owner | Issue | First Seen | ETA | Status | Mitigation |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n| %s | t | high | %s | #1 | d | d | %s | m |\n' "$@" > r.md
    }
    table 'PR Gates (blocking)' A resolved
    [ "$(reason flaky r.md)" = OK ]
    table 'PR Gates (blocking)' A open
    [ "$(reason flaky r.md)" = FLAKE_BUDGET ]
    table 'Nightly (non-blocking)' A open
    [ "$(reason flaky r.md)" = OK ]
    table 'Nightly' TBD resolved
    [ "$(reason flaky r.md)" = OWNER_MISSING ]
    table 'Nightly' A forgotten
    [ "$(reason flaky r.md)" = PARSE_ERROR ]
    echo text > r.md
    [ "$(reason flaky r.md)" = EVIDENCE_MISSING ]
}

@test "claims are read from the table and run from the document" {
    printf '| Claim Source | Claim | Evidence | Status | Notes |\n| --- | --- | --- | --- | --- |\n| a | b | `c` | verified | |\n| a | d | `e` | %s | %s |\n' pending '' > c.md
    [ "$(reason claims c.md)" = CLAIM_PENDING ]
    sed -i 's/pending/mismatch/' c.md
    [ "$(reason claims c.md)" = CLAIM_MISMATCH ]
    cat > r.md <<'END'
```console
$ echo one; echo two
one
...
$ false  # exit 1
```
<!-- claims: skip -->
```sh
exit 9
```
```sh
test "$HOME" = "$PWD" && \
  touch made-here
test -f made-here
```
END
    [ "$(reason claims r.md)" = UNPROVEN ]
    run -0 gate-check claims r.md --execute
    [ ! -e made-here ]
    sed -i 's/^one/eins/' r.md
    [ "$(reason claims r.md --execute)" = CLAIM_MISMATCH ]
    printf '```sh\nsleep 20\n```\n' > slow.md
    [ "$(reason claims slow.md --execute --timeout 1)" = CLAIM_MISMATCH ]
}

@test "replays are compared bit for bit" {
    echo '{"loss":1.5,"p":{"w":[1,2]}}' > a.json
    echo '{"p":{"w":[1,2]},"loss":15e-1}' > b.json
    [ "$(reason replay a.json b.json)" = OK ]
    echo '{"p":{"w":[1,3]},"loss":1.5}' > b.json
    run -1 gate-check replay a.json b.json
    [[ $output == *REPLAY_DIVERGED*/p/w/1* ]]
    echo '{}' > e.json
    [ "$(reason replay e.json e.json)" = ZERO_EXECUTED ]
}

@test "runtime bands, a failed test and three slow runs" {
    echo '{"max_s": 90, "warn_s": 60, "expected_s": 36, "expected_tolerance_s": 5, "min_s": 20}' > g.json
    took() {
        printf '<?xml version="1.0"?><testsuites><testsuite><testcase name="t" time="%s">%s</testcase></testsuite></testsuites>' "$1" "$2" > j.xml
    }
    took 35.92; [ "$(reason runtime --guardrail g.json --junit j.xml)" = OK ]
    took 45; [ "$(reason runtime --guardrail g.json --junit j.xml)" = OUTSIDE_EXPECTED ]
    took 90; [ "$(reason runtime --guardrail g.json --junit j.xml)" = SLOW ]
    took 90.01; [ "$(reason runtime --guardrail g.json --junit j.xml)" = RUNTIME_EXCEEDED ]
    took 19.99; [ "$(reason runtime --guardrail g.json --junit j.xml)" = INCOMPLETE_RUN ]
    took 35 '<failure/>'; [ "$(reason runtime --guardrail g.json --junit j.xml)" = TESTS_FAILED ]
    took 35 '<skipped/>'; [ "$(reason runtime --guardrail g.json --junit j.xml)" = ZERO_EXECUTED ]
    took 35 '&xxe;'; run -0 gate-check runtime --guardrail g.json --junit j.xml
    echo '<!DOCTYPE x><testsuites/>' > j.xml
    [ "$(reason runtime --guardrail g.json --junit j.xml)" = PARSE_ERROR ]
    took 61; printf '{"duration_s":62}\n{"duration_s":63}\n' > h.jsonl
    run -1 gate-check runtime --guardrail g.json --junit j.xml --history h.jsonl
    [[ $output == *"3 in a row (RT-002, owner TEST-PYTORCH-001)"* ]]
}

@test "cadence: never run, overdue, failed, in time" {
    printf 'checks:\n  - {selector: a, period: 24h, owner: O}\n' > plan.yaml
    echo '{"selector":"a","ts_unix_ms":1000000000,"outcome":"passed"}' > runs.jsonl
    [ "$(reason cadence plan.yaml runs.jsonl --now 1080000)" = OK ]
    [ "$(reason cadence plan.yaml runs.jsonl --now 1090000)" = OVERDUE ]
    sed -i 's/passed/failed/' runs.jsonl
    [ "$(reason cadence plan.yaml runs.jsonl --now 1080000)" = TESTS_FAILED ]
    : > none.jsonl
    [ "$(reason cadence plan.yaml none.jsonl --now 1080000)" = OVERDUE ]
    sed -i 's/, owner: O//' plan.yaml
    [ "$(reason cadence plan.yaml runs.jsonl --now 1080000)" = OWNER_MISSING ]
}

@test "the ratchet lets entries go, never come" {
    printf '# known\na\nb\n' > old.txt
    printf 'b\n' > new.txt
    [ "$(reason ratchet old.txt new.txt)" = OK ]
    printf 'b\nc\n' > new.txt
    [ "$(reason ratchet old.txt new.txt)" = RATCHET_LOOSENED ]
}

@test "run artifacts: sizes, PNG files, hyper_parameters from a listing" {
    mkdir -p out/checkpoints
    head -c 1100000 /dev/zero > out/checkpoints/last.ckpt
    {
        printf '\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0xxxx'
        head -c 1100 /dev/zero
        printf '\0\0\0\0IEND\xae\x42\x60\x82'
    } > out/reconstruction_amplitude.png
    cp out/reconstruction_amplitude.png out/reconstruction_phase.png
    echo '{"entries":[{"path":"hyper_parameters.lr"}]}' > ls.json
    [ "$(reason artifacts out --listing ls.json)" = OK ]
    echo '{"entries":[{"path":"state_dict"}]}' > no.json
    [ "$(reason artifacts out --listing no.json)" = EVIDENCE_MISSING ]
    [ "$(reason artifacts out)" = EVIDENCE_MISSING ]
    head -c 100 out/reconstruction_phase.png > p && mv p out/reconstruction_phase.png
    [ "$(reason artifacts out --listing ls.json)" = SIZE_OUT_OF_BOUNDS ]
}

@test "a Prometheus exposition against its contract" {
    echo '{"required_metrics":[{"name":"n_total","type":"counter","labels":["engine"]},{"name":"lat_ms","type":"histogram","labels":[]}],"label_cardinality_budget":{"engine":1}}' > l.json
    cat > m.prom <<'END'
# HELP n_total things
# TYPE n_total counter
n_total{engine="a"} 1
# TYPE lat_ms histogram
lat_ms_bucket{le="1"} 1
lat_ms_bucket{le="+Inf"} 2
lat_ms_sum 3
lat_ms_count 2
END
    judge() {
        sed "$1" m.prom | gate-check metrics --lint l.json --json | jq -r .reason
    }
    [ "$(judge '')" = OK ]
    [ "$(judge '3d')" = METRIC_MISSING ]
    [ "$(judge '3s/engine/motor/')" = LABEL_MISMATCH ]
    [ "$(judge '2s/counter/gauge/')" = TYPE_ERROR ]
    [ "$(judge '3s/1$/1.5/')" = OK ]
    [ "$(judge '3s/1$/NaN/')" = RANGE_ERROR ]
    [ "$(judge '3s/1$/abc/')" = PARSE_ERROR ]
    [ "$(judge '3p')" = DUPLICATE_ID ]
    [ "$(judge '6s/2$/0/')" = COUNT_INCONSISTENT ]
    [ "$(judge '3a n_total{engine="b"} 1')" = CARDINALITY_EXCEEDED ]
    [ "$(judge '3s/"} /" /')" = PARSE_ERROR ]
}

@test "requirements lead to code and tests and back" {
    mkdir -p specs requirements src tests
    printf '# S\n\n## 1) Queue & Admission\n\n- [OC-CORE-1001] It MUST hold.\n- [OC-CORE-1002] It SHOULD keep.\n' > specs/a.md
    printf 'schema_version: 1\nsource: specs/a.md\nnotes: n\nrequirements:\n' > requirements/a.yaml
    for row in '1001 It\ MUST\ hold. must' '1002 It\ SHOULD\ keep. should'; do
        eval "set -- $row"
        printf '  OC-CORE-%s:\n    title: %s\n    section: 1) Queue & Admission\n    level: %s\n    links: [specs/a.md#1-queue-admission]\n' "$@" >> requirements/a.yaml
    done
    echo '// OC-CORE-1001' > src/a.c
    echo '# OC-CORE-1001' > tests/a.sh
    trace() {
        reason trace --specs specs --requirements requirements --code src --tests tests
    }
    [ "$(trace)" = OK ]
    echo > tests/a.sh
    [ "$(trace)" = UNTESTED_REQUIREMENT ]
    echo '# OC-CORE-1001 OC-CORE-9999' > tests/a.sh
    [ "$(trace)" = DANGLING_ID ]
    echo '# OC-CORE-1001' > tests/a.sh
    sed -i 's/It MUST hold/It MUST stay/' specs/a.md
    [ "$(trace)" = REGEN_DRIFT ]
    sed -i 's/It MUST stay/It MUST hold/' specs/a.md
    sed -i 's/#1-queue/#2-queue/' requirements/a.yaml
    [ "$(trace)" = BROKEN_LINK ]
    sed -i 's/#2-queue/#1-queue/' requirements/a.yaml
    printf '# T\n- [OC-CORE-1001] MUST again.\n' > specs/b.md
    [ "$(trace)" = DUPLICATE_ID ]
}

@test "ten release KPIs with five fields each" {
    mkdir ev
    echo log > ev/out.txt
    {
        echo kpis:
        for i in 01 02 03 04 05 06 07 08 09 10; do
            echo "  - {id: KPI-$i}"
            printf 'command_output: out.txt\nworkflow_url: https://ci.example/1\nartifact: out.txt\nowner: A\ntimestamp: 2026-03-08T12:00:00Z\n' > ev/KPI-$i.yaml
        done
    } > kpi.yaml
    [ "$(reason release --kpi kpi.yaml --evidence ev)" = OK ]
    sed -i /owner/d ev/KPI-03.yaml
    [ "$(reason release --kpi kpi.yaml --evidence ev)" = EVIDENCE_MISSING ]
    printf 'owner: TBD\n' >> ev/KPI-03.yaml
    [ "$(reason release --kpi kpi.yaml --evidence ev)" = OWNER_MISSING ]
    sed -i 's/TBD/A/' ev/KPI-03.yaml
    rm ev/KPI-07.yaml
    [ "$(reason release --kpi kpi.yaml --evidence ev)" = EVIDENCE_MISSING ]
}

@test "FrankenTorch's reliability budgets" {
    echo '{"schema_version":"ft-reliability-budget-policy-v1","coverage_floors":{"P":{"min_scenarios":2,"min_pass_ratio":1.0,"required_suites":["s"]}},"flake_budget":{"max_flake_suspects":0},"global_budgets":{"max_failed_entries":0,"max_unknown_reason_codes":0}}' > p.json
    row() {
        printf '{"schema_version":"ft-conformance-log-v1","ts_unix_ms":1,"suite_id":"s","scenario_id":"%s","fixture_id":"f","packet_id":"P","mode":"strict","seed":1,"env_fingerprint":"e","artifact_refs":["a"],"replay_command":"c","outcome":"%s","reason_code":"%s"}\n' "$@"
    }
    { row a pass parity_ok; row b pass parity_ok; } > e.jsonl
    [ "$(reason reliability --policy p.json --e2e e.jsonl)" = OK ]
    gate-check reliability --policy p.json --e2e e.jsonl --report r.json
    [ "$(jq -r .status r.json)" = pass ]
    row a fail parity_ok >> e.jsonl
    run -1 gate-check reliability --policy p.json --e2e e.jsonl
    [[ $output == *"pass_ratio:P"* && $output == *FLAKE_BUDGET* ]]
    { row a pass odd; row b pass parity_ok; } > e.jsonl
    [ "$(reason reliability --policy p.json --e2e e.jsonl)" = UNKNOWN_REASON_CODE ]
    : > e.jsonl
    [ "$(reason reliability --policy p.json --e2e e.jsonl)" = COVERAGE_FLOOR ]
    local change
    for change in log-v1/log-v2 '"strict"/"lax"' '"pass"/"ok"' '\["a"\]/[1]'; do
        { row a pass parity_ok; row b pass parity_ok; } | sed "1s/$change/" > e.jsonl
        run -3 gate-check reliability --policy p.json --e2e e.jsonl --report r.json
        [ "$(jq -r .status r.json)" = fail ]
    done
    echo '{' > e.jsonl
    [ "$(reason reliability --policy p.json --e2e e.jsonl)" = PARSE_ERROR ]
}

@test "a bundle of one artifact is found beside its sidecar" {
    cp "$FIXTURES"/gate-check/ft/artifacts/phase2c/FT-P2C-901/parity_report.* .
    [ "$(reason bundle parity_report.raptorq.json)" = OK ]
    cp "$FIXTURES"/gate-check/fp/artifacts/phase2c/FP-P2C-901/parity_report.* .
    [ "$(reason bundle parity_report.raptorq.json)" = OK ]
    echo >> parity_report.json
    [ "$(reason bundle parity_report.raptorq.json)" = HASH_MISMATCH ]
    head -c 5000 /dev/urandom > data.bin
    rq-encode protect data.bin
    rq-encode drill data.bin
    [ "$(reason bundle data.bin.raptorq.json)" = OK ]
    # under another name the manifest still names its content
    cp data.bin.raptorq.json other.raptorq.json
    cp data.bin.decode_proof.json other.decode_proof.json
    [ "$(reason bundle other.raptorq.json)" = OK ]
    mv data.bin kept
    [ "$(reason bundle other.raptorq.json)" = EVIDENCE_MISSING ]
    mv kept data.bin
    printf x | dd of=data.bin bs=1 seek=700 conv=notrunc 2>/dev/null
    [ "$(reason bundle data.bin.raptorq.json)" = HASH_MISMATCH ]
    printf x | dd of=data.bin.rq bs=1 seek=500 conv=notrunc 2>/dev/null
    run -1 gate-check bundle data.bin.raptorq.json
}

@test "samples that would take hours to draw again are refused" {
    jq -nc '{metrics: {t: {lower_is_better: true, samples: [range(1; 1000)]}}}' > base.json
    run -3 gate-check perf --baseline base.json --samples base.json --resamples 1000000
    [[ $output == *SIZE_LIMIT*"--resamples 134"* ]]
    run -0 gate-check perf --baseline base.json --samples base.json --resamples 100
}
