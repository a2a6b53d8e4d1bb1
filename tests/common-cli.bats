load helper

# What lib/common/cli promises for every tool, as a user meets it.

tools='ft-dispatch ft-grad fp-groupby ft-ckpt rq-encode gate-check'

@test "every tool: --help fits a screen's width, --version names the release" {
    for tool in $tools; do
        run -0 --separate-stderr "$tool" --help
        [[ "$output" == "$tool: "* ]]
        [ -z "${stderr:-}" ]
        [ "$(awk 'length > 110' <<<"$output")" = "" ]
        run -0 "$tool" --version
        [ "$output" = "$tool $(cat "$REPO/VERSION")" ]
    done
}

@test "every command of every tool has help, and every option a line of it" {
    for tool in $tools; do
        for command in $("$tool" completion words commands); do
            run -0 "$tool" "$command" --help
            [[ "${lines[0]}" == "usage: $tool $command [OPTION...]"* ]]
            for option in $("$tool" completion words "$command"); do
                [[ "$output" == *"$option"* ]] || { echo "$tool $command: $option"; false; }
            done
        done
    done
}

@test "a slip in a command or option is answered with the nearest word" {
    run -2 --separate-stderr rq-encode protekt x
    [ "${stderr:-}" = "rq-encode: unknown command 'protekt' (did you mean 'protect'?)" ]
    run -2 --separate-stderr rq-encode verify --jsn x
    [ "${stderr:-}" = "rq-encode: unknown option '--jsn' (did you mean '--json'?)" ]
    run -2 --separate-stderr rq-encode zzz
    [ "${stderr:-}" = "rq-encode: unknown command 'zzz' (try rq-encode --help)" ]
}

@test "usage errors name the option and the value" {
    run -2 --separate-stderr fp-groupby run --mode lenient x.json
    [ "${stderr:-}" = "fp-groupby: --mode: 'lenient' is none of strict, hardened, both" ]
    run -2 --separate-stderr rq-encode protect --threads 0 x
    [ "${stderr:-}" = "rq-encode: --threads: '0' is not in 1..1024" ]
    run -2 --separate-stderr rq-encode verify --json=yes x
    [ "${stderr:-}" = "rq-encode: --json takes no value" ]
    run -2 --separate-stderr rq-encode protect x --threads
    [ "${stderr:-}" = "rq-encode: --threads needs a value" ]
    run -2 --separate-stderr rq-encode verify
    [[ "${stderr:-}" == "rq-encode: verify needs FILE..."* ]]
    run -2 --separate-stderr rq-encode
    [ "${stderr:-}" = "rq-encode: no command given (try rq-encode --help)" ]
}

@test "an instruction set this machine or nobody has is a usage error" {
    LOCKSTEP_CPU=sse9 run -2 --separate-stderr rq-encode verify x
    [[ "${stderr:-}" == *"LOCKSTEP_CPU: 'sse9' is none of scalar"* ]]
}

@test "with --json an error is an object on stdout too" {
    run -4 --separate-stderr rq-encode verify --json missing
    [ "$(jq -r .error.class <<<"$output")" = io ]
    [ "$(jq -r .error.file <<<"$output")" != null ]
    [[ "${stderr:-}" == *"missing"* ]]
}

@test "a full disk is noticed, an early closed pipe is fine" {
    seq 1 50000 >x.csv
    run -4 --separate-stderr sh -c 'rq-encode --help >/dev/full'
    [[ "${stderr:-}" == *"cannot write to standard output"* ]]
    run -0 --separate-stderr sh -c 'rq-encode packets x.csv | head -c 12 | wc -c'
    [ "$output" = 12 ]
    [ -z "${stderr:-}" ]
}

@test "completion scripts are valid and offer commands, options and choices" {
    for tool in $tools; do
        "$tool" completion bash >"$tool.bash"
        run -0 bash -n "$tool.bash"
        run -0 "$tool" completion zsh
        [ "${lines[0]}" = "#compdef $tool" ]
    done
    run -0 bash -c '. ./rq-encode.bash
        COMP_WORDS=(rq-encode pro) COMP_CWORD=1; _rq_encode; echo "${COMPREPLY[@]}"
        COMP_WORDS=(rq-encode verify --js) COMP_CWORD=2; _rq_encode; echo "${COMPREPLY[@]}"'
    [ "${lines[0]}" = protect ]
    [ "${lines[1]}" = --json ]
    run -2 rq-encode completion fish
}
