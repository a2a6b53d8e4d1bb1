# The shell and Python side: setup, the oracles, the pipelines, CI.

load helper

# fake NAME: a command of that name, before all others in PATH; its body on stdin.
fake() {
    mkdir -p fakes
    { echo '#!/bin/sh' && cat; } >"fakes/$1"
    chmod +x "fakes/$1"
    PATH="$PWD/fakes:$PATH"
}

# toy_oracle: the frame around an "original" that needs no package (Python's own json).
toy_oracle() {
    mkdir -p toy/toy_ops
    cp "$REPO/scripts/oracle/frame.py" toy
    cat >toy/toy_oracle.py <<'END'
import sys
import frame
sys.exit(frame.main("json", "toy_ops", "2."))
END
    cat >toy/toy_ops/_shape.py <<'END'
SCALE = 2
END
    cat >toy/toy_ops/toy.py <<'END'
import json
from frame import OriginalError
from toy_ops import _shape


def load(case):
    print("noise on standard output")
    text = case["in"]["text"]
    if text == "named":
        raise OriginalError("ToyError", "as named")
    if text == "change":
        case["in"]["text"] = ""
    return {"value": json.loads(text), "scale": _shape.SCALE, "nan": float("nan")}


def cases():
    texts = {"list": "[1, 2.5]", "bad": "[1,", "named": "named"}
    return [{"case_id": k, "operation": "load", "in": {"text": v}} for k, v in texts.items()]


OPERATIONS = {"load": load}
PACKETS = {"TOY-1": cases}
END
}

toy() {
    python3 -B toy/toy_oracle.py "$@"
}

# ask CASE...: the toy's answers to JSON Lines.
ask() {
    printf '%s\n' "$@" | toy answer
}

@test "setup.sh --check names all that is missing in one line and changes nothing" {
    fake dpkg-query <<<'exit 1'
    fake apt-get <<<'touch installed'
    run -4 "$REPO/scripts/setup.sh" --check build
    [ "${#lines[@]}" = 1 ]
    [[ "$output" == "setup.sh: missing for build: gcc make "*"(run scripts/setup.sh build)" ]]
    [ ! -e installed ]
}

@test "setup.sh does nothing when everything is there" {
    fake dpkg-query <<'END'
shift 3
for name; do echo "$name installed"; done
END
    fake apt-get <<<'touch installed'
    run -0 "$REPO/scripts/setup.sh" all
    [ "$output" = "" ]
    run -0 "$REPO/scripts/setup.sh" --check all
    [ "$output" = "" ]
    [ ! -e installed ]
}

@test "setup.sh installs what is missing, by the name this release has, without asking" {
    fake dpkg-query <<'END'
shift 3
for name; do [ "$name" = gcc ] || [ "$name" = pkg-config ] || echo "$name not-installed"; done
echo gcc installed
echo pkg-config installed
END
    fake apt-cache <<<'[ "$2" != libclang-rt-14-dev ]'
    fake apt-get <<<'echo "$DEBIAN_FRONTEND $*" >>calls'
    fake id <<<'echo 0'
    run -0 "$REPO/scripts/setup.sh" build fuzz
    grep -q '^noninteractive .*install.* make .*libclang-rt-19-dev' calls
    ! grep -qE 'install.* (gcc|pkgconf|pkg-config|libclang-rt-14-dev)( |$)' calls
}

@test "setup.sh neither starts nor enables the daemons it installs" {
    [ "$(id -u)" = 0 ] || skip 'not root'
    policy=/usr/sbin/policy-rc.d
    before=$(cat "$policy" 2>/dev/null || true)
    fake dpkg-query <<<'exit 1'
    fake apt-cache <<<true
    fake apt-get <<'END'
[ "$2" = update ] || { sh /usr/sbin/policy-rc.d slurmd start; echo "$? $*"; } >>calls
END
    fake update-rc.d <<<'echo "$*" >>calls'
    run -0 "$REPO/scripts/setup.sh" cluster
    [[ "$(head -n 1 calls)" = "101 "*install*" slurmctld slurmd slurm-client munge"* ]]
    [ "$(tail -n +2 calls)" = $'slurmctld disable\nslurmd disable\nmunge disable' ]
    [ "$(cat "$policy" 2>/dev/null || true)" = "$before" ]
}

@test "setup.sh says what failed when apt cannot install" {
    fake dpkg-query <<<'exit 1'
    fake apt-cache <<<true
    fake apt-get <<<'echo "E: no network"; exit 100'
    fake id <<<'echo 0'
    run -4 "$REPO/scripts/setup.sh" memory
    [[ "$output" == *"E: no network"* ]]
    [[ "${lines[-1]}" == "setup.sh: could not install valgrind" ]]
}

@test "setup.sh refuses an unknown purpose" {
    run -2 "$REPO/scripts/setup.sh" everything
    [[ "$output" == "usage: setup.sh "* ]]
    run -2 "$REPO/scripts/setup.sh"
}

@test "setup.sh knows the package of every library the Makefile names" {
    for library in $(sed -n 's/^PKGS_[a-z-]* *:= *//p' "$REPO/Makefile"); do
        folder=$(pkg-config --variable=pcfiledir "$library")
        package=$(dpkg -S "$(readlink -f "$folder/$library.pc")" | cut -d: -f1)
        # One variant of libopenblas-dev holds its file.
        grep -qE "^build .* (lib)?${package%-pthread-dev}(-dev)?( |\$)" "$REPO/scripts/setup.sh"
    done
}

@test "without an original the oracle says so in one line and exits 4" {
    for place in "$PWD/nowhere" "$PWD" /bin/true; do
        LOCKSTEP_ORACLE=$place run -4 "$REPO/scripts/oracle.sh" run scripts/oracle/pandas_oracle.py list
        [ "${#lines[@]}" = 1 ]
        [[ "$output" == "oracle.sh: LOCKSTEP_ORACLE=$place "* ]]
    done
}

@test "an interpreter without the original, or with another version, is no oracle" {
    printf 'raise ImportError("none here")\n' >pandas.py
    printf '#!/bin/sh\nPYTHONPATH=%s exec python3 "$@"\n' "$PWD" >python
    chmod +x python
    LOCKSTEP_ORACLE=$PWD/python run -4 "$REPO/scripts/oracle.sh" run scripts/oracle/pandas_oracle.py list
    [ "$output" = "pandas_oracle: this Python has no pandas: none here" ]
    printf '__version__ = "1.5.3"\n' >pandas.py
    LOCKSTEP_ORACLE=$PWD/python run -4 "$REPO/scripts/oracle.sh" run scripts/oracle/pandas_oracle.py list
    [ "$output" = "pandas_oracle: pandas 1.5.3 is here, 2.2.* is wanted" ]
}

@test "oracle.sh run passes arguments, input and exit status, from the top of the repository" {
    cat >script.py <<'END'
import os, sys
print(os.getcwd(), sys.argv[1:], sys.stdin.read(), os.environ["PYTHONHASHSEED"], os.environ.get("SECRET"))
sys.exit(7)
END
    run -7 bash -c 'echo in | SECRET=x LOCKSTEP_ORACLE=$(command -v python3) "$1/scripts/oracle.sh" run "$PWD/script.py" "a b" "*"' _ "$REPO"
    [ "${lines[0]}" = "$REPO ['a b', '*'] in" ]
    [ "${lines[1]}" = " 0 None" ]
}

@test "oracle.sh run wants a script" {
    run -2 "$REPO/scripts/oracle.sh" run
    run -2 "$REPO/scripts/oracle.sh"
    run -4 "$REPO/scripts/oracle.sh" run no/such.py
    [ "$output" = "oracle.sh: no/such.py: no such script" ]
}

@test "a generated packet is canonical, names its makers and never differs" {
    toy_oracle
    toy generate TOY-1 >one.json 2>summary
    PYTHONHASHSEED=7 toy generate TOY-1 >two.json 2>/dev/null
    cmp one.json two.json
    [ "$(cat summary | grep -c '^TOY-1: 3 cases; errors of the original: JSONDecodeError 1, ToyError 1$')" = 1 ]
    [ "$(jq -r .schema one.json)" = lockstep-cases/1 ]
    [ "$(jq -r .provenance.version one.json)" = "$(python3 -c 'import json; print(json.__version__)')" ]
    [ "$(jq -c '.cases[0] | [keys_unsorted, .expect]' one.json)" = \
        '[["case_id","operation","modes","args","in","expect"],{"value":[1,2.5],"scale":2,"nan":"NaN"}]' ]
    [ "$(jq -c '.cases[2].error' one.json)" = '{"class":"ToyError","message":"as named"}' ]
}

@test "the script digest covers the frame, the module and its helpers" {
    toy_oracle
    digest() { toy generate TOY-1 2>/dev/null | jq -r .provenance.script_sha256; }
    before=$(digest)
    for file in frame.py toy_ops/toy.py toy_ops/_shape.py; do
        echo '# another line' >>"toy/$file"
        [ "$(digest)" != "$before" ]
        before=$(digest)
    done
    echo 'UNUSED = 1' >toy/toy_ops/_other.py
    [ "$(digest)" = "$before" ]
}

@test "answers are one line for each case and mode, the same as the fixture holds" {
    toy_oracle
    toy generate TOY-1 >cases.json 2>/dev/null
    run -0 --separate-stderr toy answer cases.json
    [ "${#lines[@]}" = 6 ]
    [ "${lines[0]}" = '{"schema":"lockstep-result/1","packet_id":"TOY-1","case_id":"list","mode":"strict","outcome":"ok","value":{"value":[1,2.5],"scale":2,"nan":"NaN"},"diagnostics":[]}' ]
    [ "$(jq -c '[.mode, .error.class]' <<<"${lines[3]}")" = '["hardened","JSONDecodeError"]' ]
    run -0 --separate-stderr toy answer - <cases.json
    [ "${#lines[@]}" = 6 ]
}

@test "answers to JSON Lines come one by one and keep the packet and modes named" {
    toy_oracle
    run -0 --separate-stderr ask '{"case_id":"x","operation":"load","packet_id":"P","modes":["hardened"],"in":{"text":"3"}}'
    [ "${#lines[@]}" = 1 ]
    [ "$(jq -c '[.packet_id, .mode, .value.value]' <<<"$output")" = '["P","hardened",3]' ]
}

@test "malformed cases are refused with their place and exit 3" {
    toy_oracle
    local good='"case_id":"x","operation":"load","in":{"text":"1"}'
    local -A wrong=(
        ['{']='stdin:1:1:2: '
        ["{$good,\"case_id\":\"y\"}"]='stdin:1: duplicate keys'
        ["{$good,\"args\":{\"a\":NaN}}"]='stdin:1: NaN is not JSON'
        ["{$good,\"args\":{\"a\":1e999}}"]='stdin:1: 1e999 is not JSON'
        ["{$good,\"extra\":1}"]="stdin:1: unknown key 'extra'"
        ["{$good,\"modes\":[\"lax\"]}"]='stdin:1: unknown mode'
        ['{"case_id":"x"}']="stdin:1: 'operation' is missing"
        ['[]']='stdin:1: a case must be an object'
        ['{"case_id":"x","operation":"dump"}']="x: unknown operation 'dump'"
        [$'\xff']='stdin:1: byte 0: not UTF-8'
    )
    for text in "${!wrong[@]}"; do
        run -3 --separate-stderr ask "$text"
        [ "$output" = "" ]
        [[ "$stderr" == "json_oracle: ${wrong[$text]}"* ]]
    done
    echo '{"schema":"lockstep-cases/2"}' >cases.json
    run -3 toy answer cases.json
    [ "$output" = "json_oracle: cases.json: not a lockstep-cases/1 file" ]
    run -3 toy generate NONE
    run -4 toy answer missing.json
    run -2 toy generate
}

@test "a slip in our own oracle code is a bug, never the original's answer" {
    toy_oracle
    run -5 --separate-stderr ask '{"case_id":"x","operation":"load"}'
    [ "$output" = "" ]
    [[ "$stderr" == *"json_oracle: bug in the oracle: x: KeyError in our own code: 'text'" ]]
    run -5 ask '{"case_id":"x","operation":"load","in":{"text":"change"}}'
    cat >>toy/toy_ops/toy.py <<'END'
PACKETS["TOY-2"] = lambda: cases() + cases()
PACKETS["TOY-3"] = lambda: [{"case_id": "a", "operation": "load", "expect": 1}]
PACKETS["TOY-4"] = lambda: []
OPERATIONS["object"] = lambda case: object()
PACKETS["TOY-5"] = lambda: [{"case_id": "a", "operation": "object"}]
END
    for packet in TOY-2 TOY-3 TOY-4 TOY-5; do
        run -5 --separate-stderr toy generate $packet
        [ "$output" = "" ]
    done
}

@test "every committed fixture was made by the oracle scripts that are committed" {
    run -0 python3 -B - "$REPO" <<'END'
import glob, json, os, sys
sys.path.insert(0, os.path.join(sys.argv[1], "scripts/oracle"))
import frame
stale = 0
for path in glob.glob(os.path.join(sys.argv[1], "tests/fixtures/*/cases.json")):
    with open(path, encoding="utf-8") as stream:
        made = json.load(stream)["provenance"]
    script = os.path.join(sys.argv[1], made["script"])
    if frame.script_digest(script, os.path.basename(os.path.dirname(script))) != made["script_sha256"]:
        print(f"{path}: stale, run scripts/fixtures.sh")
        stale = 1
sys.exit(stale)
END
}

# packet_tree: a tree with one committed packet, its fixtures and what runs it.
packet_tree() {
    mkdir -p tree/scripts tree/artifacts/phase2c tree/tests/fixtures
    cp "$REPO"/scripts/packet*.* tree/scripts
    cp -r "$REPO/artifacts/phase2c/FP-P2C-005" tree/artifacts/phase2c
    cp -r "$REPO/tests/fixtures/FP-P2C-005" tree/tests/fixtures
    export BIN
}

@test "a packet made again is the committed one, to the byte" {
    packet_tree
    rm -f tree/artifacts/phase2c/FP-P2C-005/parity_[!g]*
    run -0 tree/scripts/packet.sh FP-P2C-005
    diff -r "$REPO/artifacts/phase2c/FP-P2C-005" tree/artifacts/phase2c/FP-P2C-005
}

@test "a packet with a wrong expectation is red, and its ledger remembers" {
    packet_tree
    local cases=tree/tests/fixtures/FP-P2C-005/cases.json ledger=tree/artifacts/phase2c/FP-P2C-005/drift_history.jsonl
    jq '.cases[0].expect = {"wrong": 1}' "$cases" >new.json
    mv new.json "$cases"
    local before
    before=$(wc -l <"$ledger")
    run -1 tree/scripts/packet.sh FP-P2C-005
    [ "$(wc -l <"$ledger")" = $((before + 1)) ]
    [ "$(tail -n 1 "$ledger" | jq -r .verdict)" = fail ]
}

@test "a flipped byte in the report is named by the gate and repaired from the sidecar" {
    packet_tree
    cd tree
    local report=artifacts/phase2c/FP-P2C-005/parity_report.json
    cp "$report" whole.json
    printf '#' | dd of="$report" bs=1 seek=1000 conv=notrunc 2>/dev/null
    run -1 gate-check packet FP-P2C-005
    [[ "$output" == *"$report"* ]]
    run -0 rq-encode repair "$report"
    cmp "$report" whole.json
    run -0 gate-check packet FP-P2C-005
}

@test "packet.sh refuses a packet that is not there" {
    run -2 "$REPO/scripts/packet.sh"
    run -3 "$REPO/scripts/packet.sh" NO-1
    [[ "$output" == *"no such packet" ]]
}

@test "live comparison without an original is never green" {
    LOCKSTEP_ORACLE=/nowhere run -4 "$REPO/scripts/test-live.sh" FP-P2C-005
    [[ "$output" != *passed* ]]
}

# ci STAGE BODY...: a repository of which only CI is real, its stages replaced.
ci() {
    mkdir -p ci/.ci ci/scripts ci/artifacts
    cp "$REPO/.ci/run" ci/.ci
    while [ $# -gt 0 ]; do
        printf '#!/bin/sh\n%s\n' "$2" >"ci/scripts/$1.sh"
        chmod +x "ci/scripts/$1.sh"
        shift 2
    done
    printf '%s:\n\t@scripts/$@.sh\n' 'test-live lint asan' >ci/Makefile
    printf 'gate:\n\t@echo 1 passed, 0 failed\n' >>ci/Makefile
    git -C ci init -q
    git -C ci -c user.name=t -c user.email=t@localhost commit -q --allow-empty -m t
    bash ci/.ci/run
}

@test "CI sums the counts of its stages in its last line" {
    run -0 ci artifacts 'echo 2 passed, 0 failed' test 'echo 30 passed, 0 failed' \
        test-live 'echo 1 passed, 0 failed' lint 'echo 9 passed, 0 failed' asan 'echo 30 passed, 0 failed'
    [ "${lines[-1]}" = "74 passed, 0 failed" ]
}

@test "CI fails when a stage fails, counts nothing or leaves artifacts changed" {
    local good='echo 1 passed, 0 failed'
    run -1 ci artifacts "$good" test 'echo 3 passed, 2 failed; exit 1' test-live "$good" lint "$good" asan "$good"
    [ "${lines[-1]}" = "9 passed, 2 failed" ]
    run -1 ci artifacts "$good" test "$good" test-live 'echo no oracle; exit 4' lint "$good" asan "$good"
    [ "${lines[-1]}" = "6 passed, 1 failed" ]
    run -1 ci artifacts "$good" test 'echo 0 passed, 0 failed' test-live "$good" lint "$good" asan "$good"
    [ "${lines[-1]}" = "6 passed, 1 failed" ]
    run -1 ci artifacts "$good; touch artifacts/new" test "$good" test-live "$good" lint "$good" asan "$good"
    [ "${lines[-1]}" = "6 passed, 1 failed" ]
}

@test "a bench section replaces the one of its name and leaves the rest" {
    mkdir -p book/scripts/bench book/docs
    cp "$REPO/scripts/bench.sh" book/scripts
    for name in one two; do
        printf '#!/bin/sh\necho "## %s $(cat count)"\n' $name >book/scripts/bench/$name.sh
        chmod +x book/scripts/bench/$name.sh
    done
    echo 1 >book/count
    book/scripts/bench.sh
    echo 2 >book/count
    book/scripts/bench.sh two
    [ "$(grep '^## ' book/docs/BENCHMARKS.md | tr '\n' ' ')" = "## one 1 ## two 2 " ]
    run -2 book/scripts/bench.sh three
}

@test "fuzz.sh reports a crash and fails" {
    mkdir -p tree/scripts tree/tests/fuzz/t/fuzz_good.corpus tree/build/fuzz/tests/fuzz/t
    cp "$REPO/scripts/fuzz.sh" tree/scripts
    touch tree/tests/fuzz/t/fuzz_good.c
    printf '#!/bin/sh\necho "stat::number_of_executed_units: 5"\n' >tree/build/fuzz/tests/fuzz/t/fuzz_good
    chmod +x tree/build/fuzz/tests/fuzz/t/fuzz_good
    BUILD=build/fuzz run -0 tree/scripts/fuzz.sh
    [ "${lines[-1]}" = "1 passed, 0 failed" ]
    touch tree/tests/fuzz/t/fuzz_bad.c
    printf '#!/bin/sh\necho "stat::number_of_executed_units: 5"\necho boom; exit 77\n' >tree/build/fuzz/tests/fuzz/t/fuzz_bad
    chmod +x tree/build/fuzz/tests/fuzz/t/fuzz_bad
    BUILD=build/fuzz run -1 tree/scripts/fuzz.sh
    [ "${lines[-1]}" = "1 passed, 1 failed" ]
    [[ "$output" == *boom* ]]
}
