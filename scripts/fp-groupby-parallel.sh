#!/bin/bash
# fp-groupby-parallel.sh [-j JOBS] [-n SHARDS] [-p PARTS] QUERY... -- FILE...: a group-by
# of CSV files in shards, as many at a time as this machine has cores, by GNU parallel.
#
# QUERY are options of fp-groupby partial (--by, --agg, --fast, ...).  The answer goes to
# standard output and is that of `fp-groupby groupby`, bit for bit (but for --fast).
# parallel's own options can be given in PARALLEL, so `-S host1,host2` spreads the shards
# over machines that share the files and TMPDIR.
set -eu
jobs=$(nproc)
shards=
parts=
while [ $# -gt 1 ]; do
    case $1 in
    -j) jobs=$2 ;;
    -n) shards=$2 ;;
    -p) parts=$2 ;;
    *) break ;;
    esac
    shift 2
done
shards=${shards:-$((2 * jobs))}
parts=${parts:-$jobs}
query=()
fast=false
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    [ "$1" = --fast ] && fast=true
    query+=("$1")
    shift
done
if [ $# -lt 2 ]; then
    echo "usage: fp-groupby-parallel.sh [-j JOBS] [-n SHARDS] [-p PARTS] QUERY... -- FILE..." >&2
    exit 2
fi
shift
files=()
for file; do
    files+=("$(realpath -- "$file")")
done
$fast || query+=(--parts "$parts")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Options that say how files are read belong to both passes.
reading=()
for ((i = 0; i < ${#query[@]}; i++)); do
    case ${query[i]} in
    --delimiter | --na) reading+=("${query[i]}" "${query[i + 1]}") ;;
    --delimiter=* | --na=* | --round-trip) reading+=("${query[i]}") ;;
    esac
done

# each N NAME COMMAND...: fp-groupby COMMAND for 1..N with {} replaced, into $work/NAME-{}.
each() {
    local n=$1 name=$2 command=$3
    shift 3
    seq "$n" | parallel --halt now,fail=1 -j "$jobs" -q fp-groupby "$command" -o "$work/$name-{}" "$@"
}

each "$shards" types partial --shard "{}/$shards" "${reading[@]}" -- "${files[@]}"
fp-groupby merge --state -o "$work/types" "$work"/types-*
each "$shards" rows partial --shard "{}/$shards" --types "$work/types" "${query[@]}" -- "${files[@]}"
if $fast || [ "$parts" -eq 1 ]; then
    fp-groupby merge "$work"/rows-*
else
    each "$parts" answers merge --part "{}" -- "$work"/rows-*
    fp-groupby merge "$work"/answers-*
fi
