load helper

cases() {
    cat > cases.json <<END
{"schema": "lockstep-cases/1", "packet_id": "T-1",
 "provenance": {"original": "pandas", "version": "2.2.3", "script": "s", "script_sha256": "0"},
 "cases": [{"case_id": "a", "operation": "${1:-groupby}", "modes": ["strict"],
  "args": {"by": ["k"], "col": "v", "agg": "sum"},
  "in": {"df": {"nrows": 3, "columns": [
    {"name": "k", "dtype": "int64", "values": [2, 1, 2]},
    {"name": "v", "dtype": "${2:-int8}", "values": [100, 7, 100]}]}},
  "expect": {}}]}
END
}

@test "run answers a case with the type pandas gives" {
    cases
    run -0 fp-groupby run cases.json
    [ "$output" = '{"schema":"lockstep-result/1","packet_id":"T-1","case_id":"a","mode":"strict","outcome":"ok","value":{"values":{"name":"v","dtype":"int64","values":[7,200]},"index":{"name":"k","dtype":"int64","values":[1,2]}},"diagnostics":[]}' ]
}

@test "run answers every case of the groupby sum packet as pandas did" {
    fp-groupby run --mode strict "$FIXTURES/FP-P2C-005/cases.json" > out
    [ "$(wc -l < out)" -ge 60 ]
    jq -c '[.case_id, .value, .error.class]' out > ours
    jq -c '.cases[] | [.case_id, .expect, .error.class]' "$FIXTURES/FP-P2C-005/cases.json" > theirs
    diff <(jq -cS . theirs) <(jq -cS . ours)
}

@test "an unknown operation is the answer of its case, not the end of the run" {
    cases no_such_thing
    run -0 fp-groupby run cases.json
    [[ "$output" == *'"outcome":"error"'*'unknown operation'* ]]
}

@test "an unknown dtype is refused with its place" {
    cases groupby int128
    run -0 fp-groupby run cases.json
    [[ "$output" == *"dtype 'int128' is not supported"* ]]
}

@test "an unknown schema is refused" {
    echo '{"schema": "zz/1"}' > cases.json
    run -3 fp-groupby run cases.json
    [[ "$output" == *"unknown schema 'zz/1'"* ]]
}

@test "a truncated file is refused with line and column" {
    cases
    head -c 300 cases.json > cut.json
    run -3 fp-groupby run cut.json
    [[ "$output" == "fp-groupby: cut.json:"* ]]
}

@test "a failed run leaves no output file" {
    echo '{' > cases.json
    run -3 fp-groupby run -o out.jsonl cases.json
    [ ! -e out.jsonl ]
}

@test "man page and --help name the same commands and options" {
    same_options fp-groupby
}
