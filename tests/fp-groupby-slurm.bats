# A group-by over the nodes of a real Slurm cluster, which setup_file starts.

load helper
load slurm

QUERY=(--by k --by id --agg v:sum --agg m=v:mean --agg wm=w:median --agg n=size)

setup_file() {
    [ -z "$(slurm_missing)" ] || return 0
    slurm_start "$BATS_FILE_TMPDIR/slurm"
}

teardown_file() {
    slurm_stop
}

teardown() {
    jobs -p | xargs -r kill 2>/dev/null || true
}

setup_test() {
    [ -z "$(slurm_missing)" ] || skip "no $(slurm_missing) (scripts/setup.sh cluster installs Slurm)"
    PATH=$REPO/scripts:$PATH
    awk 'BEGIN {
        print "k,id,v,w"
        for (i = 0; i < 6000; i++)
            printf "%s,%d,%s,%s\n", i % 5 ? "k" i % 3 : "\"two\nlines\"", i * i % 53, i * 0.37 - 900, i % 4 ? i / 7 : ""
    }' >table.csv
}

# driver NAME OPTION...: fp-groupby-slurm.sh beside others; its words in NAME.words.
driver() {
    local name=$1
    shift
    fp-groupby-slurm.sh -o "$name.csv" "$@" >"$name.words" 2>&1 3>&- 4>&- &
}

# ended STATUS PROCESS
ended() {
    local status=0
    wait "$2" || status=$?
    [ "$status" -eq "$1" ]
}

held() {
    [ "$(ls held 2>/dev/null | wc -l)" -ge "$1" ]
}

# held_on NODE: the tasks that wait for the file "go" there, ARRAY_TASK.RESTARTS.
held_on() {
    grep -lx "$1" held/* | sed 's,held/,,'
}

@test "Slurm jobs give the answer of one process, though a node is lost and a task requeued" {
    setup_test
    fp-groupby groupby "${QUERY[@]}" table.csv >one.csv
    cp table.csv "it's 5% of {} @home, \$HOME.csv"
    tr , '\t' <table.csv >table.tsv
    mkdir held
    cat >holding <<SH
#!/bin/bash
# fp-groupby, but the second pass notes where it is and waits for the file "go".
if [[ "\$*" = *--types* ]]; then
    echo "\$SLURMD_NODENAME" >"$PWD/held/\${SLURM_ARRAY_JOB_ID}_\$SLURM_ARRAY_TASK_ID.\${SLURM_RESTART_COUNT:-0}"
    until [ -e "$PWD/go" ]; do sleep 0.1; done
fi
exec fp-groupby "\$@"
SH
    chmod +x holding
    FP_GROUPBY=$PWD/holding driver lost -n 12 -p 3 "${QUERY[@]}" -- table.csv
    lost=$!
    driver 'all of it' -n 5 -p 1 "${QUERY[@]}" -- "it's"*.csv
    odd=$!
    driver fast -n 5 -p 2 --delimiter $'\t' --fast --by k --agg n=size --agg id:sum -- table.tsv
    fast=$!
    driver none -n 2 --by zz --agg n=size -- table.csv
    none=$!
    wait_for 60 held 12
    task=$(held_on n1 | head -n 1)
    [ "$(held_on n2 | wc -l)" -gt 1 ]
    slurm_lose n2
    scontrol requeue "${task%.*}"
    touch go
    wait $odd
    cmp one.csv 'all of it.csv'
    wait $fast
    fp-groupby groupby --by k --agg n=size --agg id:sum table.csv | cmp - fast.csv
    ended 4 $none
    grep -qF "fp-groupby: 'zz'" none.words
    [ ! -e none.csv ]
    wait $lost
    cmp one.csv lost.csv
    # Those of the node and the one that was sent back ran twice, the rest once.
    [ "$(ls held/*.1 | sed 's/[.]1$//' | sort)" = "$({ held_on n2 && echo "held/$task"; } | sed 's,held/,,; s,^,held/,; s/[.]0$//' | sort)" ]
    # States go with success and stay, with the logs, after a failure.
    [ "$(echo fp-groupby-*)" = "$(sed -n 's,.*states and logs are in .*/,,p' none.words)" ]
    slurm_empty
}

@test "a driver that is stopped cancels its jobs and leaves nothing" {
    setup_test
    printf '#!/bin/sh\nexec sleep 60\n' >stuck
    chmod +x stuck
    FP_GROUPBY=$PWD/stuck driver never -n 3 --by k --agg n=size -- table.csv
    driver=$!
    running() { [ -n "$(squeue -h -t R)" ]; }
    wait_for 60 running
    kill -TERM $driver
    ended 143 $driver
    wait_for 60 slurm_empty
    rm stuck table.csv never.words
    [ -z "$(ls)" ]
}

@test "fp-groupby-slurm.sh refuses what cannot work, before any job" {
    PATH=$REPO/scripts:$PATH
    touch table.csv
    run -2 fp-groupby-slurm.sh --by k --agg n=size -- table.csv
    [ "$output" = "fp-groupby-slurm.sh: -o OUTPUT is needed (see --help)" ]
    run -2 fp-groupby-slurm.sh -o x -n 0 --by k --agg n=size -- table.csv
    [ "$output" = "fp-groupby-slurm.sh: -n 0: not a number from 1" ]
    run -4 fp-groupby-slurm.sh -o nowhere/x --by k --agg n=size -- table.csv
    [[ "$output" = *"/nowhere/x: cannot be written" ]]
    for program in basename dirname realpath mktemp; do ln -s "$(command -v $program)" .; done
    PATH=$PWD run -4 /bin/bash "$REPO/scripts/fp-groupby-slurm.sh" -o x --by k --agg n=size -- table.csv
    [ "$output" = "fp-groupby-slurm.sh: sbatch is not installed" ]
    [ ! -e x ]
}
