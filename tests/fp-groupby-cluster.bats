load helper

QUERY=(--by k --by id --agg v:sum --agg m=v:mean --agg wm=w:median --agg n=size)
PYTHON=/usr/bin/python3

setup_file() {
    awk 'BEGIN {
        print "k,id,v,w"
        for (i = 0; i < 6000; i++)
            printf "%s,%d,%s,%s\n", i % 5 ? "k" i % 3 : "\"two\nlines\"", i * i % 53, i * 0.37 - 900, i % 4 ? i / 7 : ""
    }' > "$BATS_FILE_TMPDIR/table.csv"
}

teardown() {
    for pid in $pids; do
        kill -9 "$pid" 2>/dev/null || true
    done
}

# one: what one process answers.
one() {
    cp "$BATS_FILE_TMPDIR/table.csv" .
    fp-groupby groupby "${QUERY[@]}" table.csv > one.csv
}

@test "GNU parallel gives the answer of one process" {
    command -v parallel || skip 'no GNU parallel'
    one
    PATH=$REPO/scripts:$PATH
    mv table.csv "it's 5% of {} {.} {1}, \$HOME.csv"
    fp-groupby-parallel.sh -j 2 -n 5 -p 3 "${QUERY[@]}" -- it*.csv | cmp one.csv -
    tr , '\t' < it*.csv > table.tsv
    fp-groupby-parallel.sh --delimiter $'\t' "${QUERY[@]}" -o tab.csv -- table.tsv
    cmp one.csv tab.csv
    fp-groupby-parallel.sh --fast --by k --agg n=size -- it*.csv | cmp <(fp-groupby groupby --by k --agg n=size it*.csv) -
    run -3 fp-groupby-parallel.sh -o none.csv --by none --agg n=size -- it*.csv
    [[ "$output" = *"'none'"* ]]
    [ ! -e none.csv ]
}

@test "GNU parallel over ssh gives the answer of one process, though a host is dead" {
    command -v parallel || skip 'no GNU parallel'
    one
    mkdir bin
    cat > bin/ssh <<SH
#!/bin/bash
while [[ "\$1" = -* ]]; do shift; done
echo "\$1" >> "$PWD/hosts"
[ "\$1" != dead ] || exit 255
shift
[ "\$1" != -- ] || shift
exec env SHELL=/bin/sh sh -c "\$*" # sshd sets SHELL
SH
    chmod +x bin/ssh
    export PARALLEL_SSH=$PWD/bin/ssh
    PARALLEL='-S one,dead,two --retries 3' "$REPO/scripts/fp-groupby-parallel.sh" -j 2 -n 5 -p 3 "${QUERY[@]}" -- table.csv | cmp one.csv -
    [ "$(sort -u hosts)" = $'dead\none\ntwo' ]
    PARALLEL='-S dead' run ! "$REPO/scripts/fp-groupby-parallel.sh" -o none.csv "${QUERY[@]}" -- table.csv
    [ ! -e none.csv ]
}

@test "fp-groupby-parallel.sh refuses what it cannot pass on" {
    PATH=$REPO/scripts:$PATH
    refused() {
        local words=$1
        shift
        run -2 fp-groupby-parallel.sh "$@"
        [ "$output" = "fp-groupby-parallel.sh: $words" ]
    }
    refused '--by and --agg are needed (see --help)' --by k -- table.csv
    refused 'no files (they come behind --, see --help)' --by k --agg n=size
    refused '-n x: not a number from 1' -n x --by k --agg n=size -- table.csv
    refused '--shard is no option here (see --help; files come behind --)' --by k --agg n=size --shard 1/2 -- table.csv
    refused 'table.csv is no option here (see --help; files come behind --)' --by k --agg n=size table.csv
    refused '-j needs a value (see --help)' -j
    run -0 fp-groupby-parallel.sh --help
    [ "${#lines[@]}" -le 24 ]
    run -0 fp-groupby-slurm.sh --help
    [ "${#lines[@]}" -le 24 ]
}

# dask_start N: a scheduler and N workers; their numbers in pids (teardown ends them) and
# workers.
dask_start() {
    "$PYTHON" -c 'import distributed' || skip 'no python3-distributed'
    # fp-groupby, but the later tasks of round X wait for the file go-X (or the test's end).
    cat > holding <<SH
#!/bin/bash
for round in types rows answers; do
    if [[ "\$*" = *"/\$round-"[4-8]" "* ]]; then
        until [ -e "$PWD/go-\$round" ] || [ ! -e "$PWD" ]; do sleep 0.1; done
    fi
done
exec fp-groupby "\$@"
SH
    chmod +x holding
    dask-scheduler --no-dashboard --port 0 --scheduler-file s.json > scheduler.log 2>&1 3>&- &
    scheduler=$!
    pids=$!
    workers=()
    for i in $(seq "$1"); do
        dask-worker --no-nanny --no-dashboard --nthreads 1 --scheduler-file s.json --local-directory "w$i" > "worker$i.log" 2>&1 3>&- &
        pids="$pids $!"
        workers+=($!)
    done
    for i in $(seq "$1"); do
        until grep -q Registered "worker$i.log"; do sleep 0.1; done
    done
}

# dask OPTION...: the driver in the background; answer in all.csv, words in progress.
dask() {
    mkdir states
    "$PYTHON" "$REPO/scripts/fp-groupby-dask.py" --scheduler-file s.json --program "$PWD/holding" --work states \
        "$@" "${QUERY[@]}" table.csv > all.csv 2> progress 3>&- &
    driver=$!
    pids="$pids $!"
}

# reached WORDS: the driver has said them.
reached() {
    until grep -q "^$1" progress; do
        kill -0 $driver
        sleep 0.05
    done
}

# ended STATUS: of the driver, which leaves no states.
ended() {
    local status=0
    wait $driver || status=$?
    [ "$status" -eq "$1" ]
    rmdir states
}

@test "Dask gives the answer of one process, though workers die in both of the last rounds" {
    one
    dask_start 3
    dask --shards 8 --parts 8
    touch go-types
    reached 'rows 1/8'
    kill -9 "${workers[2]}"
    run -1 grep -q '^rows 7/8' progress
    touch go-rows
    reached 'answers 1/8'
    kill -9 "${workers[1]}"
    run -1 grep -q '^answers 7/8' progress
    touch go-answers
    ended 0
    grep -q '^answers 8/8' progress
    [ "$(sha256sum < all.csv)" = "$(sha256sum < one.csv)" ]
}

@test "a Dask run whose workers all die, or whose scheduler does, says so and answers nothing" {
    one
    dask_start 1
    dask --shards 8 --patience 1
    reached 'types 1/8'
    kill -9 "${workers[0]}"
    ended 4
    [[ "$(tail -n 1 progress)" = "fp-groupby-dask.py: no worker is left (types: "?" of 8 tasks done)" ]]
    [ ! -s all.csv ]
    dask --shards 8
    timeout 60 sh -c 'until [ "$(grep -c "Receive client connection" scheduler.log)" -eq 2 ]; do sleep 0.1; done'
    sleep 1 # the driver hands its tasks over
    kill -9 "$scheduler"
    ended 4
    [ "$(tail -n 1 progress)" = 'fp-groupby-dask.py: the connection to the scheduler was lost' ]
    [ ! -s all.csv ]
}

@test "a Dask task that cannot succeed ends the run with its reason" {
    "$PYTHON" -c 'import distributed' || skip 'no python3-distributed'
    one
    dask=$REPO/scripts/fp-groupby-dask.py
    run -3 --separate-stderr "$PYTHON" "$dask" --workers 1 --shards 1 --by none --agg n=size table.csv
    [[ "$stderr" = *"fp-groupby-dask.py: fp-groupby: 'none'" ]]
    [ -z "$output" ]
    run -4 --separate-stderr "$PYTHON" "$dask" --work nowhere --by k --agg n=size table.csv
    [[ "$stderr" = "fp-groupby-dask.py: "*"No such file or directory"* ]]
    run -2 "$PYTHON" "$dask" --shards 0 --by k --agg n=size table.csv
}
