bats_require_minimum_version 1.5.0

# Every test runs built tools by name, in a private directory.
setup() {
    PATH="${BIN:?run through make test}:$PATH"
    REPO=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
    FIXTURES="$BATS_TEST_DIRNAME/fixtures"
    export REPO FIXTURES
    cd "$BATS_TEST_TMPDIR" || exit
}

# same_options TOOL: man page and --help name the same commands and options.
same_options() {
    local page="$REPO/tools/$1/$1.1" command option
    for command in $("$1" completion words commands); do
        grep -q "^\.It Cm $command\b\|^\.Ss $command\b" "$page" ||
            { echo "man page lacks command $command" && return 1; }
        for option in $("$1" completion words "$command"); do
            grep -q "Fl -${option#--}\b" "$page" ||
                { echo "man page lacks $command $option" && return 1; }
        done
    done
}
