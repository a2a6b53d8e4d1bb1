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
    "$REPO/scripts/fp-groupby-parallel.sh" -j 2 -n 5 -p 3 "${QUERY[@]}" -- table.csv | cmp one.csv -
    "$REPO/scripts/fp-groupby-parallel.sh" --fast --by k --agg n=size -- table.csv |
        cmp <(fp-groupby groupby --by k --agg n=size table.csv) -
    run -2 "$REPO/scripts/fp-groupby-parallel.sh" --by k table.csv
    run "$REPO/scripts/fp-groupby-parallel.sh" --by none --agg n=size -- table.csv
    [ "$status" -ne 0 ]
    [[ "$output" = *"KeyError"* || "$output" = *"'none'"* ]]
}

@test "Dask gives the answer of one process, though a worker dies in mid-run" {
    "$PYTHON" -c 'import distributed' || skip 'no python3-distributed'
    one
    printf '#!/bin/sh\nsleep 0.2\nexec fp-groupby "$@"\n' > slow
    chmod +x slow
    dask-scheduler --no-dashboard --port 0 --scheduler-file s.json > scheduler.log 2>&1 3>&- &
    pids=$!
    for i in 1 2; do
        dask-worker --no-nanny --no-dashboard --nthreads 1 --scheduler-file s.json --local-directory "w$i" > "worker$i.log" 2>&1 3>&- &
        pids="$pids $!"
        worker=$!
    done
    until grep -q Registered worker1.log && grep -q Registered worker2.log; do sleep 0.1; done
    "$PYTHON" "$REPO/scripts/fp-groupby-dask.py" --scheduler-file s.json --shards 8 --parts 3 --program "$PWD/slow" \
        "${QUERY[@]}" table.csv > all.csv 2> progress 3>&- &
    driver=$!
    until grep -q '^rows 2/8' progress || ! kill -0 $driver; do sleep 0.05; done
    run -1 grep -q '^rows 7/8' progress
    kill -9 "$worker"
    wait $driver
    grep -q '^answers 3/3' progress
    [ "$(sha256sum < all.csv)" = "$(sha256sum < one.csv)" ]
}

@test "a Dask task that cannot succeed ends the run with its reason" {
    "$PYTHON" -c 'import distributed' || skip 'no python3-distributed'
    one
    run -1 --separate-stderr "$PYTHON" "$REPO/scripts/fp-groupby-dask.py" --workers 1 --shards 1 --by none --agg n=size table.csv
    [[ "$stderr" = *"fp-groupby-dask.py: fp-groupby: 'none'"* ]]
    [ -z "$output" ]
}
