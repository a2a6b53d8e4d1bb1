#!/bin/bash
# fp-groupby.sh: group-by from a CSV file to a CSV file, beside DuckDB and Polars.
#
# The data are those of the h2o db-benchmark: FP_BENCH_CSV names a file with columns
# id1,id2,id3,id4,id5,id6,v1,v2,v3; without one, FP_BENCH_ROWS (1000000) rows of the
# same distributions are made with awk.  The peers are the npm packages @duckdb/node-api
# and nodejs-polars in FP_BENCH_PEERS/node_modules (install them there: npm i --prefix
# DIR @duckdb/node-api nodejs-polars); what is not there is skipped with a note.
#
# Environment: FP_BENCH_CSV, FP_BENCH_ROWS, FP_BENCH_PEERS, FP_BENCH_RUNS (3),
# FP_BENCH_THREADS (2); TMPDIR.
set -eu
PATH="${BIN:?}:$PATH"
rows=${FP_BENCH_ROWS:-1000000}
runs=${FP_BENCH_RUNS:-3}
threads=${FP_BENCH_THREADS:-2}
peers=${FP_BENCH_PEERS:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

csv=${FP_BENCH_CSV:-}
if [ -z "$csv" ]; then
    csv=$work/g1.csv
    awk -v n="$rows" 'BEGIN {
        srand(108)
        print "id1,id2,id3,id4,id5,id6,v1,v2,v3"
        for (i = 0; i < n; i++)
            printf "id%03d,id%03d,id%010d,%d,%d,%d,%d,%d,%.6f\n", 1 + rand() * 100, 1 + rand() * 100,
                1 + rand() * n / 100, 1 + rand() * 100, 1 + rand() * 100, 1 + rand() * n / 100,
                1 + rand() * 5, 1 + rand() * 15, rand() * 100
    }' >"$csv"
fi

# The questions: name, keys, aggregates as COLUMN:HOW.
questions='q1 id1 v1:sum
q2 id1,id2 v1:sum
q3 id3 v1:sum,v3:mean
q4 id4 v1:mean,v2:mean,v3:mean
q5 id6 v1:sum,v2:sum,v3:sum
q6 id4,id5 v3:median,v3:std
q7 id3 v1:max,v2:min
q10 id1,id2,id3,id4,id5,id6 v3:sum,v1:count'

cat >"$work/duckdb.mjs" <<'END'
import { createRequire } from "module";
const [dir, csv, threads, keys, terms, out] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(dir + "/")("@duckdb/node-api");
const db = await DuckDBInstance.create(":memory:", { threads, preserve_insertion_order: "false" });
const names = { mean: "avg", std: "stddev_samp" };
const columns = terms.split(",").map((t) => t.split(":")).map(([c, h]) => `${names[h] ?? h}(${c}) AS ${c}_${h}`);
await (await db.connect()).run(
    `COPY (SELECT ${keys}, ${columns} FROM read_csv('${csv}') GROUP BY ${keys}) TO '${out}' (HEADER)`);
END
cat >"$work/polars.mjs" <<'END'
import { createRequire } from "module";
const [dir, csv, , keys, terms, out] = process.argv.slice(2);
const pl = createRequire(dir + "/")("nodejs-polars").default ?? createRequire(dir + "/")("nodejs-polars");
const columns = terms.split(",").map((t) => t.split(":")).map(([c, h]) => pl.col(c)[h]().alias(`${c}_${h}`));
const frame = await pl.scanCSV(csv).groupBy(keys.split(","), false).agg(...columns).collect();
frame.writeCSV(out);
END

# have PACKAGE: is the peer there, and does it run?
have() {
    [ -n "$peers" ] && (cd "$peers" && node -e "require('$1')") >/dev/null 2>&1
}

# median FILE: of one number a line.
median() {
    sort -n "$1" | awk '{ v[NR] = $1 } END { printf "%.3f", v[int((NR + 1) / 2)] }'
}

# timed LOG COMMAND...: wall seconds, and user and system seconds, of a command.
timed() {
    local log=$1
    shift
    TIMEFORMAT='%R %U %S'
    { time "$@" >"$work/out" 2>&1; } 2>"$work/time" || { cat "$work/out" >&2 && return 1; }
    awk '{ print $1 }' "$work/time" >>"$work/$log.wall"
    awk '{ print $2 + $3 }' "$work/time" >>"$work/$log.cpu"
}

# ours KEYS TERMS: the tool on the file.
ours() {
    local options=() item
    for item in ${1//,/ }; do options+=(-b "$item"); done
    for item in ${2//,/ }; do options+=(-a "$item"); done
    fp-groupby groupby "${options[@]}" --no-sort --threads "$threads" -o "$work/ours.csv" "$csv"
}

# node_peer NAME KEYS TERMS
node_peer() {
    POLARS_MAX_THREADS=$threads node "$work/$1.mjs" "$peers" "$csv" "$threads" "$2" "$3" "$work/$1.csv"
}

# report NAME LOG: cells of a table row: wall, CPU.
report() {
    if [ -s "$work/$1.wall" ]; then
        printf ' %s | %s |' "$(median "$work/$1.wall")" "$(median "$work/$1.cpu")"
    else
        printf ' - | - |'
    fi
}

list=
have @duckdb/node-api && list="$list duckdb"
have nodejs-polars && list="$list polars"

echo "## fp-groupby"
echo
echo "\`make bench ONLY=fp-groupby\`: CSV file to result file, whole process, $threads threads, medians of $runs runs in"
echo "turns; seconds of wall clock, and of CPU (user and system, which other load disturbs less)."
echo "The file has $(($(wc -l <"$csv") - 1)) rows, $(($(wc -c <"$csv") / 1000000)) MB."
for peer in duckdb polars; do
    case $list in *$peer*) ;; *) echo "$peer: not installed, skipped." ;; esac
done
echo
echo "| question | ours wall | ours CPU | DuckDB wall | DuckDB CPU | Polars wall | Polars CPU | best peer / ours, CPU |"
echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
cat "$csv" >/dev/null
while read -r name keys terms; do
    rm -f "$work"/*.wall "$work"/*.cpu
    for ((i = 0; i < runs; i++)); do
        timed ours ours "$keys" "$terms"
        for peer in $list; do
            timed "$peer" node_peer "$peer" "$keys" "$terms" </dev/null
        done
    done
    for peer in $list; do
        [ "$(wc -l <"$work/$peer.csv")" = "$(wc -l <"$work/ours.csv")" ] || echo "fp-groupby.sh: $peer has another number of groups" >&2
    done
    ratio=-
    [ -z "$list" ] || ratio=$(for peer in $list; do median "$work/$peer.cpu" && echo; done | sort -n |
        awk -v ours="$(median "$work/ours.cpu")" 'NR == 1 { printf "%.1f", $1 / ours }')
    echo "| $name: $keys: $terms |$(report ours)$(report duckdb)$(report polars) $ratio |"
done <<<"$questions"
printf '\nPeak memory of q1: '
if [ -x /usr/bin/time ]; then
    /usr/bin/time -f '%M KiB' fp-groupby groupby -b id1 -a v1:sum --no-sort --threads "$threads" -o "$work/q1.csv" "$csv" 2>&1
else
    echo '(no /usr/bin/time)'
fi
