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

registrations() {
    cat >r.yaml <<'END'
schema: ft-dispatch-registrations/1
torch: "2.6"
operators:
  - name: my::op
    schema: "my::op(Tensor a) -> Tensor"
    steps:
      - {do: impl, key: CompositeImplicitAutograd, kernel: plain, debug: math}
      - {do: impl, key: SparseCPU, kernel: plain, debug: sparse}
END
}

@test "keys lists both versions, as text and as JSON" {
    run -0 ft-dispatch keys --torch 1.13
    [[ "$output" == *"ORT"* ]]
    [ "$(ft-dispatch keys --json | jq .num_runtime_entries)" = 131 ]
    [ "$(ft-dispatch keys --json --torch 1.13 | jq .num_runtime_entries)" = 106 ]
    run -3 ft-dispatch keys --torch 3.0
    [[ "$output" == *"no key table for torch '3.0'"* ]]
}

@test "keyset computes an expression" {
    run -0 ft-dispatch keyset 'CPU|AutogradCPU - Autograd'
    [ "${lines[0]}" = "0x0000000000008001  DispatchKeySet(CPU)" ]
    [ "$(ft-dispatch keyset --json '(CPU|SparseCUDA) - SparseCUDA' | jq -r .str)" = "DispatchKeySet(CPU, CUDA)" ]
}

@test "keyset names the column of what it does not know" {
    run -3 ft-dispatch keyset 'CPU|Toaster'
    [[ "$output" == "ft-dispatch: CPU|Toaster:column 5: torch 2.6 has no dispatch key"* ]]
    run -3 ft-dispatch keyset '0x8000000000000000'
    [[ "$output" == *"unknown bitmask 0x8000000000000000"* ]]
    run -3 ft-dispatch keyset '(CPU'
    [[ "$output" == *"column 5"* ]]
}

@test "resolve answers JSON Lines and stops at an alias in a set" {
    run -0 ft-dispatch resolve <<<'{"keys":["CPU","AutogradCPU"]}'
    [ "$output" = '{"keyset":"0x0000002000008001","selected_key":"AutogradCPU","backend_key":"CPU","table_index":93}' ]
    run -3 ft-dispatch resolve <<<'{"keys":["CPU","Autograd"]}'
    [[ "$output" == *":1:"*"no dispatch key 'Autograd'"* ]]
}

@test "resolve --profile frankentorch: strict refuses the fallback, hardened reports it" {
    run -3 ft-dispatch resolve --profile frankentorch <<<'{"keys":["CompositeExplicitAutograd","CPU"]}'
    [[ "$output" == *"strict mode forbids composite/backend fallback routing"* ]]
    run -0 ft-dispatch resolve --profile frankentorch --mode hardened <<<'{"keys":["CompositeExplicitAutograd","CPU"]}'
    [[ "$output" == *'"effective_key":"CPU"'*'"fallback_used":true'* ]]
    run -3 ft-dispatch resolve --profile frankentorch --mode hardened <<<'{"keys":["AutogradCPU"]}'
    [[ "$output" == *"AutogradCPU requires CPU backend availability"* ]]
}

@test "run answers FrankenTorch's cases in its own shape" {
    cat >cases.json <<'END'
{"cases":[
 {"name":"route","op":"mul","lhs":2.0,"rhs":3.0,"requires_grad":true,"strict":{},"hardened":{}},
 {"name":"split","op":"add","lhs":4.0,"rhs":5.0,"requires_grad":false,
  "keyset":["CompositeExplicitAutograd","CPU","BackendSelect"],"strict":{},"hardened":{}},
 {"name":"dtype","op":"add","lhs":1.0,"rhs":2.0,"requires_grad":false,"lhs_dtype":"F64","rhs_dtype":"F32",
  "keyset":["CPU"],"strict":{},"hardened":{}}]}
END
    ft-dispatch run cases.json >results
    grep -F '"value":{"output":6.0,"selected_key":"AutogradCPU","backend_key":"CPU","kernel":"autograd_cpu::mul_scalar","fallback":false}' results
    [ "$(jq -r 'select(.case_id=="split").outcome' results | tr '\n' ' ')" = "error ok " ]
    [ "$(jq -r 'select(.case_id=="split").diagnostics[].code' results)" = composite_backend_fallback ]
    [ "$(jq -r 'select(.case_id=="dtype").outcome' results | sort -u)" = error ]
}

@test "table shows the stale slot and exits 1 for it" {
    registrations
    run -1 ft-dispatch table --stale r.yaml
    [[ "$output" == *"AutogradOther"*"ambiguous_autogradother"*"STALE: math"* ]]
    [ "$(ft-dispatch table --json r.yaml | jq -c '.[0].runtime_differs')" = \
        '[["AutogradOther","<ambiguous_autogradother>","math"]]' ]
}

@test "table --torch-text is what _dispatch_dump_table prints" {
    registrations
    run -0 ft-dispatch table --torch-text --op my::op r.yaml
    jq -r '.cases[] | select(.case_id=="stale_implicit_first").expect.table_text' \
        "$FIXTURES/FT-P2C-002/cases.json" |
        sed 's@registered at /dev/null:1 @math @; s@registered at /dev/null:2 @sparse @' | sed '/^$/d' >wanted
    diff <(printf '%s\n' "$output") wanted
}

@test "explain tells who wins, who lost and why the slot is stale" {
    registrations
    run -0 ft-dispatch explain --key AutogradOther r.yaml
    [[ "$output" == *"* ambiguous_autogradother"*"sparse at SparseCPU shares AutogradOther"* ]]
    [[ "$output" == *"registering sparse at SparseCPU refreshes SparseCPU, AutogradCPU, but not AutogradOther"* ]]
    [ "$(ft-dispatch explain --json --key AutogradOther r.yaml | jq .stale)" = true ]
    run -0 ft-dispatch explain --args 'SparseCPU|AutogradOther' r.yaml
    [[ "$output" == *"enter math, which returns"* ]]
}

@test "call follows the kernels and raises as torch does" {
    registrations
    run -0 ft-dispatch call --args CUDA r.yaml
    [ "${lines[0]}" = "1  math at CUDA  DispatchKeySet(CUDA)" ]
    run -1 ft-dispatch call --args DeferredInit r.yaml
    [[ "$output" == *"invariant_violation at DeferredInit"* ]]
    run -3 ft-dispatch call --args Toaster r.yaml
    [[ "$output" == *"--args:column 1"* ]]
}

@test "a redispatch that gets nowhere is reported as a cycle" {
    cat >loop.json <<'END'
{"schema":"ft-dispatch-registrations/1","operators":[{"name":"a::b","steps":[
 {"do":"impl","key":"CompositeExplicitAutograd","kernel":"redispatch","debug":"k"}]}]}
END
    run -1 ft-dispatch call --args '' loop.json
    [[ "$output" == *"redispatch_cycle at Undefined"* ]]
}

@test "graph draws a chain in DOT" {
    registrations
    run -0 ft-dispatch graph --args 'CPU|AutogradCPU' r.yaml
    [ "${lines[0]}" = "digraph redispatch {" ]
    [[ "$output" == *"AutogradCPU\\nmath"* ]]
}

@test "diff compares orders and versions" {
    registrations
    sed 's/CompositeImplicitAutograd, kernel: plain, debug: math/SparseCPU, kernel: plain, debug: sparse/;t
         s/SparseCPU, kernel: plain, debug: sparse/CompositeImplicitAutograd, kernel: plain, debug: math/' r.yaml >s.yaml
    run -0 ft-dispatch diff r.yaml s.yaml
    run -1 ft-dispatch diff --runtime r.yaml s.yaml
    [[ "$output" == *"AutogradOther"*"math"*"ambiguous_autogradother"* ]]
    run -1 ft-dispatch diff --torch-a 1.13 --torch-b 2.6 r.yaml r.yaml
    [[ "$output" == *"MTIA"*"(no such key)"* ]]
}

@test "search finds the smallest order that goes wrong" {
    run -0 ft-dispatch search --goal ambiguous
    [ "${lines[2]}" = "then AutogradOther is ambiguous" ]
    run -0 ft-dispatch search --torch 1.13 --goal stale
    [[ "${lines[2]}" == "then "*" is stale" ]]
    registrations
    [ "$(ft-dispatch search --json r.yaml | jq -r '[.steps[].key] | join(" ")')" = "CompositeImplicitAutograd SparseCPU" ]
    run -1 ft-dispatch search --goal missing r.yaml
}

@test "dtype selects a kernel or refuses with torch's text" {
    run -0 ft-dispatch dtype atan2 torch.float16
    [ "$output" = "atan2_cpu<at::Half>" ]
    run -1 ft-dispatch dtype atan2 ComplexFloat
    [ "$output" = "RuntimeError: \"atan2_cpu\" not implemented for 'ComplexFloat'" ]
    run -3 ft-dispatch dtype atan2 float17
    run -1 ft-dispatch dtype --cases INTEGRAL_TYPES+Bool my_cpu Float
}

@test "bad registrations are refused with their place" {
    registrations
    sed 's/key: SparseCPU/key: Sparsely/' r.yaml >bad.yaml
    run -3 ft-dispatch table bad.yaml
    [[ "$output" == *"no dispatch key 'Sparsely'"* ]]
    sed 's/kernel: plain, debug: sparse/kernel: plain, debug: sparse, color: red/' r.yaml >bad.yaml
    run -3 ft-dispatch table bad.yaml
    [[ "$output" == *"unknown key 'color'"* ]]
    cat >twice.json <<'END'
{"schema":"ft-dispatch-registrations/1","operators":[{"name":"a::b","steps":[
 {"do":"fallback","key":"HIP","kernel":"plain","debug":"x"},
 {"do":"fallback","key":"HIP","kernel":"plain","debug":"y"}]}]}
END
    run -3 ft-dispatch table twice.json
    [[ "$output" == *"/operators/0/steps/1: Tried to register multiple backend fallbacks for the same dispatch key HIP; previous registration x, new registration y" ]]
    head -c 120 twice.json >cut.json
    run -3 ft-dispatch table cut.json
    [[ "$output" == "ft-dispatch: cut.json:2:"* ]]
    sed 's/a::b/a::c/; s/"steps"/"schema":"a::b(Tensor x -> Tensor","steps"/' twice.json >schema.json
    run -3 ft-dispatch table schema.json
    [[ "$output" == *"expected ) but found 'arrow' here:"* ]]
}

@test "an operator given twice and contradictory dumps are refused" {
    echo '{"schema":"ft-dispatch-registrations/1","operators":[{"name":"a::b","steps":[]},{"name":"a::b","steps":[]}]}' >twice.json
    run -3 ft-dispatch table --summary twice.json
    [[ "$output" == *"the operator a::b stands here a second time"* ]]
    echo '{"schema":"ft-dispatch-registrations/1","operators":[{"name":"a::b","registrations":[
     {"key":"CPU","kernel":"plain","debug":"x"},{"key":"CPU","kernel":"plain","debug":"y"}]}]}' >dump.json
    run -3 ft-dispatch table dump.json
    [[ "$output" == "ft-dispatch: dump.json:2:"*"inactive when a newer one of its key stands above" ]]
}

@test "a file of very many entries is read in bounded memory" {
    {
        printf '{"schema":"ft-dispatch-registrations/1","operators":[{"name":"a::b","steps":['
        yes '{"do":"impl","key":"HIP","kernel":"plain","debug":"k"},' | head -n 1100000
        printf '{"do":"deregister","step":0}]}]}'
    } >many.json
    [ -n "${LOCKSTEP_SANITIZED:-}" ] || ulimit -v 400000
    run -3 ft-dispatch table --summary many.json
    [[ "$output" == *"more than 1000000 steps for one operator" ]]
}
