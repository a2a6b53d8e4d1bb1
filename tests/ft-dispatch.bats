load helper

@test "the manual names every command and option" {
    same_options ft-dispatch
}

@test "run answers the packet's cases as torch did, in both modes" {
    ft-dispatch run "$FIXTURES/FT-P2C-002/cases.json" >results
    run gate-check compare --fixtures "$FIXTURES/FT-P2C-002/cases.json" --results results \
        -o report.json --mismatches mismatches.json
    [ "$status" -eq 0 ]
    [ "$(grep -c '"mode":"strict"' results)" -ge 120 ]
    [ "$(grep -c '"mode":"hardened"' results)" -ge 120 ]
}

@test "run --mode strict answers each case once" {
    ft-dispatch run --mode strict "$FIXTURES/FT-P2C-002/cases.json" >results
    [ "$(grep -c . results)" -eq "$(grep -c '"mode":"strict"' results)" ]
}

@test "a case with an unknown key is answered with the place and what is wrong" {
    cat >cases.json <<'END'
{"schema":"ft-dispatch-cases/1","torch_version":"2.6.0","cases":[
 {"id":"x","kind":"table","op":"a::b","steps":[{"do":"impl","key":"Toaster","kernel":"plain","debug":"k"}]}]}
END
    run -0 ft-dispatch run --mode strict cases.json
    [[ "$output" == *"\"outcome\":\"error\""* ]]
    [[ "$output" == *"no dispatch key 'Toaster'"* ]]
    [[ "$output" == *"/cases/0/steps/0/key"* ]]
}

@test "deregistering twice is refused" {
    cat >cases.json <<'END'
{"schema":"ft-dispatch-cases/1","torch_version":"2.6.0","cases":[
 {"id":"x","kind":"table","op":"a::b","steps":[{"do":"impl","key":"CPU","kernel":"plain","debug":"k"},
  {"do":"deregister","step":0},{"do":"deregister","step":0}]}]}
END
    run -0 ft-dispatch run --mode hardened cases.json
    [[ "$output" == *"deregistered_twice"* ]]
    [[ "$output" == *"/cases/0/steps/2"* ]]
}

@test "an unknown torch version is refused and the known ones are named" {
    echo '{"schema":"ft-dispatch-cases/1","torch_version":"9.9","cases":[]}' >cases.json
    run -3 ft-dispatch run cases.json
    [[ "$output" == *"no key table for torch '9.9' (there is 1.13, 2.6)"* ]]
}

@test "truncated JSON is refused with its place" {
    head -c 5000 "$FIXTURES/FT-P2C-002/cases.json" >cut.json
    run -3 ft-dispatch run cut.json
    [[ "$output" == "ft-dispatch: cut.json:"*":"*": "* ]]
}
