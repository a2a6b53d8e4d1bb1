#!/bin/bash
# fp-groupby.sh: group-by and joins on CSV files, beside DuckDB, Polars and others.
#
# The data are those of the h2o db-benchmark, under its names (G1_1e7_1e2_0_0.csv, ...,
# J1_1e7_NA_0_0.csv, ...) in the folder FP_BENCH_DATA; without it, FP_BENCH_ROWS
# (1000000) rows of the same distributions are made with awk.  DuckDB and Polars are the
# npm packages @duckdb/node-api and nodejs-polars in FP_BENCH_PEERS/node_modules, where
# they are installed when they are missing and npm can; what is not there is skipped
# with a note.
#
# Environment: FP_BENCH_DATA, FP_BENCH_ROWS, FP_BENCH_PEERS (a folder in the user's
# cache), FP_BENCH_RUNS (3), FP_BENCH_THREADS (2), FP_BENCH_FILES (patterns); TMPDIR.
set -eu
PATH="${BIN:?}:$PATH"
rows=${FP_BENCH_ROWS:-1000000}
runs=${FP_BENCH_RUNS:-3}
threads=${FP_BENCH_THREADS:-2}
peers=${FP_BENCH_PEERS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/lockstep/peers}
data=${FP_BENCH_DATA:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -z "$data" ]; then
    data=$work
    awk -v n="$rows" -v g1="$work/G1_made_0_0.csv" -v left="$work/J1_made_NA_0_0.csv" -v medium="$work/J1_made_medium.csv" '
        BEGIN {
        srand(108)
        print "id1,id2,id3,id4,id5,id6,v1,v2,v3" > g1
        print "id1,id2,id4,id5,v1" > left
        print "id1,id2,id4,id5,v2" > medium
        for (i = 0; i < n; i++) {
            printf "id%03d,id%03d,id%010d,%d,%d,%d,%d,%d,%.6f\n", 1 + rand() * 100, 1 + rand() * 100,
                1 + rand() * n / 100, 1 + rand() * 100, 1 + rand() * 100, 1 + rand() * n / 100,
                1 + rand() * 5, 1 + rand() * 15, rand() * 100 > g1
            k = 1 + int(rand() * n / 900)
            printf "%d,%d,id%d,id%d,%.6f\n", 1 + rand() * 10, k, 1 + rand() * 10, k, rand() * 100 > left
        }
        for (k = 1; k <= n / 1000; k++)
            printf "%d,%d,id%d,id%d,%.6f\n", 1 + rand() * 10, k, 1 + rand() * 10, k, rand() * 100 > medium
    }'
fi

# Name, keys, aggregates as COLUMN:HOW; of q8 the two largest, of q9 a squared correlation.
questions='q1 id1 v1:sum
q2 id1,id2 v1:sum
q3 id3 v1:sum;v3:mean
q4 id4 v1:mean;v2:mean;v3:mean
q5 id6 v1:sum;v2:sum;v3:sum
q6 id4,id5 v3:median;v3:std
q7 id3 v1:max;v2:min
q8 id6 v3:top2
q9 id2,id4 v1,v2:r2
q10 id1,id2,id3,id4,id5,id6 v3:sum;v1:count'

cat >"$work/duckdb.mjs" <<'END'
import { createRequire } from "module";
const [dir, threads, task, ...rest] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(dir + "/")("@duckdb/node-api");
const db = await DuckDBInstance.create(":memory:", { threads, preserve_insertion_order: "false" });
const c = await db.connect();
const names = { mean: "avg", std: "stddev_samp" };
const question = (table, keys, terms) => {
    const columns = terms.split(";").map((t) => t.split(":")).map(([x, h]) =>
        h === "r2" ? `pow(corr(${x}), 2) AS r2` : h === "top2" ? `unnest(max(${x}, 2)) AS ${x}`
            : `${names[h] ?? h}(${x}) AS ${x}_${h}`);
    return `SELECT ${keys}, ${columns} FROM ${table} GROUP BY ${keys}`;
};
if (task === "csv") {
    const [csv, keys, terms, out] = rest;
    await c.run(`COPY (${question(`read_csv('${csv}')`, keys, terms)}) TO '${out}' (HEADER)`);
} else if (task === "join") {
    const [left, right, how, key, out] = rest;
    await c.run(`COPY (SELECT * FROM read_csv('${left}') l ${how} JOIN read_csv('${right}') r USING (${key})) TO '${out}' (HEADER)`);
} else {
    const [csv, runs, ...questions] = rest;
    let start = performance.now();
    await c.run(`CREATE TABLE x AS SELECT * FROM read_csv('${csv}')`);
    console.log("load", (performance.now() - start) / 1e3);
    for (const k of ["id1", "id2", "id3"]) {
        await c.run(`CREATE TYPE ${k} AS ENUM (SELECT DISTINCT ${k} FROM x WHERE ${k} IS NOT NULL)`);
        await c.run(`ALTER TABLE x ALTER ${k} TYPE ${k}`);
    }
    for (const q of questions) {
        const [name, keys, terms] = q.split(" ");
        const times = [];
        for (let i = 0; i < runs; i++) {
            await c.run("DROP TABLE IF EXISTS ans");
            start = performance.now();
            await c.run(`CREATE TABLE ans AS ${question("x", keys, terms)}`);
            times.push((performance.now() - start) / 1e3);
        }
        console.log(name, times.sort((a, b) => a - b)[Math.floor(runs / 2)]);
    }
}
END
cat >"$work/polars.mjs" <<'END'
import { createRequire } from "module";
const [dir, , task, ...rest] = process.argv.slice(2);
const module = createRequire(dir + "/")("nodejs-polars");
const pl = module.default ?? module;
if (task === "csv") {
    const [csv, keys, terms, out] = rest;
    const columns = terms.split(";").map((t) => t.split(":")).map(([x, h]) =>
        h === "r2" ? pl.pearsonCorr(...x.split(",")).pow(2).alias("r2")
            : h === "top2" ? pl.col(x).sort({ descending: true }).head(2) : pl.col(x)[h]().alias(`${x}_${h}`));
    let lazy = pl.scanCSV(csv).groupBy(keys.split(","), false).agg(...columns);
    if (terms.includes("top2")) lazy = lazy.explode("v3");
    (await lazy.collect()).writeCSV(out);
} else if (task === "join") {
    const [left, right, how, key, out] = rest;
    const frame = await pl.scanCSV(left).join(pl.scanCSV(right), { on: key, how: how.toLowerCase() }).collect();
    frame.writeCSV(out);
} else {
    const start = performance.now();
    const frame = pl.readCSV(rest[0]);
    console.log("load", (performance.now() - start) / 1e3, frame.height);
}
END

cat >"$work/pandas_q1.py" <<'END'
import sys, time
import pandas
start = time.perf_counter()
frame = pandas.read_csv(sys.argv[1])
loaded = time.perf_counter()
frame.groupby("id1", as_index=False, sort=False)["v1"].sum().to_csv(sys.argv[2], index=False)
print(loaded - start, time.perf_counter() - loaded)
END

# have PACKAGE: is the peer there, and does it run?
have() {
    (cd "$peers" 2>/dev/null && node -e "require('$1')") >/dev/null 2>&1
}

# median FILE: of one number a line.
median() {
    sort -n "$1" | awk '{ v[NR] = $1 } END { printf v[1] < .1 ? "%.4f" : "%.3f", v[int((NR + 1) / 2)] }'
}

# timed LOG COMMAND...: wall seconds, and user and system seconds, of a command.
timed() {
    local log=$1
    shift
    TIMEFORMAT='%R %U %S'
    { time "$@" >"$work/out" 2>"$work/err" </dev/null; } 2>"$work/time" || return 0
    awk '{ print $1 }' "$work/time" >>"$work/$log.wall"
    awk '{ print $2 + $3 }' "$work/time" >>"$work/$log.cpu"
}

# arguments KEYS TERMS: options of ours, in the array `options`.
arguments() {
    local item
    options=()
    for item in ${1//,/ }; do options+=(-b "$item"); done
    case $2 in
    *:top2) options=(nlargest "${options[@]}" -c "${2%:*}" -n 2) ;;
    *)
        options=(groupby "${options[@]}")
        for item in ${2//;/ }; do options+=(-a "$item"); done
        ;;
    esac
}

# ours CSV KEYS TERMS: the tool on the file; it sorts the groups, which peers need not.
ours() {
    arguments "$2" "$3"
    fp-groupby "${options[@]}" --threads "$threads" "$1" >"$work/ours.csv"
}

# peer NAME TASK ARGUMENT...
peer() {
    POLARS_MAX_THREADS=$threads node "$work/$1.mjs" "$peers" "$threads" "${@:2}"
}

cell() {
    if [ -s "$work/$1" ]; then printf ' %s |' "$(median "$work/$1")"; else printf ' - |'; fi
}

# best KIND: the best peer's median over ours.
best() {
    local peer
    for peer in $list; do
        [ -s "$work/$peer.$1" ] && median "$work/$peer.$1" && echo
    done | sort -n | awk -v ours="$(median "$work/ours.$1")" 'NR == 1 { printf "%.1f", $1 / ours; found = 1 }
        END { if (!found) printf "-" }'
}

heading() {
    echo
    echo "### $1"
    echo
    echo "| $2 | ours wall | ours CPU | DuckDB wall | DuckDB CPU | Polars wall | Polars CPU | best peer / ours: wall | CPU |"
    echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
}

# row NAME: what `timed` has logged.
row() {
    local who
    printf '| %s |' "$1"
    for who in ours duckdb polars; do cell $who.wall && cell $who.cpu; done
    best wall >>"$work/ratios" && echo >>"$work/ratios"
    printf ' %s | %s |\n' "$(best wall)" "$(best cpu)"
    rm -f "$work"/*.wall "$work"/*.cpu
}

geometric_mean() {
    awk '$1 > 0 { s += log($1); n++ } END { if (n) printf "Geometric mean of best peer / ours, wall: %.1f.\n", exp(s / n) }' "$work/ratios"
    rm -f "$work/ratios"
}

csv_table() {
    local csv=$1 name keys terms i who
    heading "$(basename "$csv") ($(($(stat -Lc %s "$csv") / 1000000)) MB): file to file, whole process" question
    cat "$csv" >/dev/null
    while read -r name keys terms; do
        for ((i = 0; i < runs; i++)); do
            timed ours ours "$csv" "$keys" "$terms"
            for who in $list; do timed "$who" peer "$who" csv "$csv" "$keys" "$terms" "$work/$who.csv"; done
        done
        row "$name: $keys: ${terms//;/ }"
    done <<<"$questions"
    echo
    geometric_mean
}

# seconds COMMAND...: median wall time of a command.
seconds() {
    local i
    for ((i = 0; i < runs; i++)); do timed pass "$@"; done
    median "$work/pass.wall"
    rm -f "$work"/pass.*
}

# read_parts CSV N: N processes read a part each, which nobody looks at.
read_parts() {
    local size i
    size=$(($(stat -Lc %s "$1") / (1 << 18) / $2 + 1))
    for ((i = 0; i < $2; i++)); do
        dd if="$1" of=/dev/null bs=256K skip=$((i * size)) count=$size status=none &
    done
    wait
}

# What memory allows: every octet of the file is copied out of the page cache, no more.
bandwidth() {
    local csv=$1 one all ours
    one=$(seconds read_parts "$csv" 1)
    all=$(seconds read_parts "$csv" "$threads")
    ours=$(seconds ours "$csv" id1 v1:sum)
    echo
    awk -v size="$(stat -Lc %s "$csv")" -v one="$one" -v all="$all" -v ours="$ours" -v n="$threads" 'BEGIN {
        printf "Bound of q1: the file read and not looked at takes %s s (%.1f GB/s), by %d readers %s s (%.1f GB/s);\n",
            one, size / one / 1e9, n, all, size / all / 1e9
        printf "q1 takes %s s (%.1f GB/s), which is %.0f %% of the bandwidth that %d readers reach.\n",
            ours, size / ours / 1e9, 100 * all / ours, n }'
}

# Compressed input, where the peer can read it.
compressed() {
    local csv=$1 i who
    gzip -1 -c "$csv" >"$work/packed.csv.gz"
    for ((i = 0; i < runs; i++)); do
        timed ours ours "$work/packed.csv.gz" id1 v1:sum
        case $list in *duckdb*) timed duckdb peer duckdb csv "$work/packed.csv.gz" id1 v1:sum "$work/duckdb.csv" ;; esac
        timed gzip gzip -dc "$work/packed.csv.gz"
    done
    echo
    printf 'q1 of the same file compressed by gzip -1: ours %s s' "$(median "$work/ours.wall")"
    [ ! -s "$work/duckdb.wall" ] || printf ', DuckDB %s s' "$(median "$work/duckdb.wall")"
    echo ", \`gzip -dc\` alone $(median "$work/gzip.wall") s."
    rm -f "$work"/*.wall "$work"/*.cpu "$work/packed.csv.gz"
}

pandas() {
    local oracle
    oracle=$(dirname "$0")/../oracle.sh
    echo
    if "$oracle" run "$work/pandas_q1.py" "$(readlink -f "$1")" "$work/pandas.csv" >"$work/pandas" 2>/dev/null; then
        awk '{ printf "q1 with pandas 2.2.3: %.2f s, of which read_csv %.2f s (its start is not counted).\n", $1 + $2, $1 }' \
            "$work/pandas"
    else
        echo "pandas: scripts/oracle.sh has none, skipped."
    fi
}

# Tools that read text line by line, on q1 alone.
text_tools() {
    local csv=$1 tool
    echo
    echo "q1 of $(basename "$csv") with tools that read lines, seconds of wall clock, one run:"
    for tool in mawk mlr datamash; do
        command -v "$tool" >/dev/null || continue
        # shellcheck disable=SC2016 # the dollars are awk's and sh's
        case $tool in
        mawk) timed "$tool" mawk -F, 'NR > 1 { s[$1] += $7 } END { for (k in s) print k "," s[k] }' "$csv" ;;
        mlr) timed "$tool" mlr --csv stats1 -a sum -f v1 -g id1 "$csv" ;;
        datamash) timed "$tool" sh -c 'datamash -t, --header-in -s -g 1 sum 7 <"$1"' - "$csv" ;;
        esac
        if [ -s "$work/$tool.wall" ]; then
            printf '%s %s; ' "$tool" "$(median "$work/$tool.wall")"
        else
            printf '%s refuses it; ' "$tool"
        fi
    done
    timed ours ours "$csv" id1 v1:sum
    echo "ours $(median "$work/ours.wall")."
    rm -f "$work"/*.wall "$work"/*.cpu
    if [ -x /usr/bin/time ]; then
        echo "Peak memory of q1: $(/usr/bin/time -f %M fp-groupby groupby -b id1 -a v1:sum --threads "$threads" "$csv" 2>&1 >/dev/null) KiB."
    fi
}

memory_table() {
    local csv=$1 name keys terms lines=() theirs
    echo
    echo "### $(basename "$csv"): in memory, median seconds of $((2 * runs + 1)) runs"
    echo
    echo "| question | ours | DuckDB, keys as enums | DuckDB / ours |"
    echo "| --- | ---: | ---: | ---: |"
    mapfile -t lines <<<"$questions"
    : >"$work/memory"
    case $list in *duckdb*) peer duckdb memory "$csv" $((2 * runs + 1)) "${lines[@]}" >"$work/memory" 2>&1 || : ;; esac
    while read -r name keys terms; do
        arguments "$keys" "$terms"
        fp-groupby "${options[@]}" --threads "$threads" --repeat $((2 * runs + 1)) --timing "$csv" >"$work/timing"
        theirs=$(awk -v q="$name" '$1 == q { print $2 }' "$work/memory")
        sed 's/.*"median_seconds":\([^,]*\),.*/\1/' "$work/timing" | awk -v name="$name" -v theirs="${theirs:-0}" '{
            printf "| %s | %.4f | %s | %s |\n", name, $1, (theirs > 0) ? sprintf("%.4f", theirs) : "-",
                (theirs > 0) ? sprintf("%.1f", theirs / $1) : "-" }'
    done <<<"$questions"
    arguments id1,id2,id3,id4,id5,id6 'v1:sum;v2:sum;v3:sum'
    echo
    printf 'File to typed columns, all nine: ours %s s' "$(fp-groupby "${options[@]}" --threads "$threads" --repeat 1 --timing "$csv" |
        sed 's/.*"load_seconds":\([^,]*\),.*/\1/' | awk '{ printf "%.3f", $1 }')"
    awk '$1 == "load" { printf ", DuckDB %.3f s", $2 }' "$work/memory"
    case $list in *polars*) peer polars memory "$csv" 2>/dev/null | awk '{ printf ", Polars %.3f s", $2 }' ;; esac
    echo .
}

join_table() {
    local left=$1 name how key right i who
    heading "$(basename "$left"): join file to file, whole process" question
    while read -r name how key right; do
        [ -f "$right" ] || continue
        cat "$left" "$right" >/dev/null
        for ((i = 0; i < runs; i++)); do
            timed ours fp-groupby join --on "$key" --how "${how,,}" --threads "$threads" "$left" "$right"
            for who in $list; do timed "$who" peer "$who" join "$left" "$right" "$how" "$key" "$work/$who.csv"; done
        done
        row "$name: $how on $key"
    done <<<"$2"
    echo
    geometric_mean
}

if ! have @duckdb/node-api && ! have nodejs-polars && command -v npm >/dev/null; then
    npm install --silent --no-audit --no-fund --prefix "$peers" @duckdb/node-api nodejs-polars >/dev/null 2>&1 || :
fi
list=
have @duckdb/node-api && list="$list duckdb"
have nodejs-polars && list="$list polars"

echo "## fp-groupby"
echo
echo "\`make bench ONLY=fp-groupby\`: $threads threads, medians of $runs runs in turns, files in the page cache; seconds of"
echo "wall clock, and of CPU (user and system together, which other load disturbs less)."
for who in duckdb polars; do
    case $list in *$who*) ;; *) echo "$who: not installed, skipped." ;; esac
done
if [ -n "$list" ]; then
    timed node node -e 0
    echo "The peers' figures hold the start of node, $(median "$work/node.wall") s."
    rm -f "$work"/node.*
fi
for csv in "$data"/G1_${FP_BENCH_FILES:-*}.csv; do
    [ -f "$csv" ] || continue
    csv_table "$csv"
    bandwidth "$csv"
    text_tools "$csv"
    pandas "$csv"
    [ "$(stat -Lc %s "$csv")" -gt 100000000 ] || compressed "$csv"
    case $csv in *_5_0.csv) ;; *) memory_table "$csv" ;; esac
done
for left in "$data"/J1_${FP_BENCH_FILES:-*}NA_0_0.csv; do
    [ -f "$left" ] || continue
    base=${left%NA_0_0.csv}
    size=${base##*J1_}
    size=${size%_}
    case $size in
    1e7) small=1e1 medium=1e4 ;;
    *) small=1e1 medium=1e3 ;;
    esac
    join_table "$left" "q1 Inner id1 ${base}${small}_0_0.csv
q2 Inner id2 ${base}${medium}_0_0.csv
q3 Left id2 ${base}${medium}_0_0.csv
q4 Inner id5 ${base}${medium}_0_0.csv
q5 Inner id3 ${base}${size}_0_0.csv
made Inner id2 ${base}medium.csv"
done
