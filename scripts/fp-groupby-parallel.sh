#!/bin/bash
# fp-groupby-parallel.sh: a group-by of CSV files in shards, as many at a time as this
# machine has cores, by GNU parallel; see --help.
#
# A task that fails ends the run with its status; the answer is written at the end, by
# one process, or not at all.
set -eu
# shellcheck source=scripts/fp-groupby-driver.bash
. "$(dirname "$(realpath "$0")")/fp-groupby-driver.bash"

print_help() {
    cat <<'EOT'
usage: fp-groupby-parallel.sh [-j JOBS] [-n SHARDS] [-p PARTS] [-o OUTPUT] QUERY -- FILE...

A group-by of CSV files in shards, by GNU parallel.  The answer is that of
fp-groupby groupby, bit for bit (with --fast: within its bounds).

  -j JOBS     so many tasks at a time (default: all CPUs)
  -n SHARDS   cut the text into so many shards (default: two a job)
  -p PARTS    answer the groups in so many parts (default: one a job)
  -o OUTPUT   write there, whole or not at all (default: standard output)
  QUERY       --by COLUMN, --agg [NAME=]COLUMN:HOW, --fast, --no-sort,
              --keep-missing, --delimiter TEXT, --na TEXT, --round-trip

States go to a new folder in TMPDIR.  FP_GROUPBY says where fp-groupby is;
PARALLEL holds options of parallel itself.

  fp-groupby-parallel.sh --by city --agg sales:sum -- sales.csv > answer.csv
  fp-groupby-parallel.sh -n 64 --fast --by k --agg v:mean -- part-*.csv
  TMPDIR=/shared PARALLEL='-S node1,node2 --retries 3' \
      fp-groupby-parallel.sh -j 4 --by k --agg v:median -- /shared/big.csv
EOT
}

command_line jnpo "$@"
check_count j "$(nproc)"
check_count n $((2 * own[j]))
check_count p "${own[j]}"
shards=${own[n]}
parts=${own[p]}
command -v parallel >/dev/null || refuse 4 "GNU parallel is not installed"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# each N COMMAND WORD...: a run of fp-groupby for each of 1..N.
each() {
    local n=$1 i
    shift
    for ((i = 1; i <= n; i++)); do
        printf '%s\0' "$(sh_line "$i" "$@")"
    done | parallel -0 --halt now,fail=1 -j "${own[j]}"
}

each "$shards" partial --shard "$task/$shards" -o "$work/types-$task" "${reading[@]}" -- "${files[@]}"
"$program" merge --state -o "$work/types" -- "$work"/types-*
$fast || query+=(--parts "$parts")
each "$shards" partial --shard "$task/$shards" --types "$work/types" -o "$work/rows-$task" "${query[@]}" -- "${files[@]}"
last=("$work"/rows-*)
if ! $fast && [ "$parts" -gt 1 ]; then
    each "$parts" merge --part "$task" -o "$work/answers-$task" -- "${last[@]}"
    last=("$work"/answers-*)
fi
"$program" merge -o "${own[o]--}" -- "${last[@]}"
