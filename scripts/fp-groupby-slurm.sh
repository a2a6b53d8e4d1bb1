#!/bin/bash
# fp-groupby-slurm.sh [-n SHARDS] [-p PARTS] [-w DIR] -o OUTPUT QUERY... -- FILE...: a
# group-by of CSV files as Slurm jobs: an array for each round, each waiting for the one
# before.
#
# QUERY are options of fp-groupby partial (--by, --agg, --fast, ...).  DIR (default: a new
# folder here) is where states go; it and the files are on storage that all nodes share.
# Returns when OUTPUT is there.  The answer is that of `fp-groupby groupby`, bit for bit
# (but for --fast).  A job that dies with its node can be requeued (sbatch's --requeue in
# SBATCH_OPTIONS): it writes the same octets again.
#
# Environment: SBATCH_OPTIONS, more options for every sbatch (partition, memory, ...);
# FP_GROUPBY, where fp-groupby is on the nodes.
set -eu
program=${FP_GROUPBY:-fp-groupby}
shards=8
parts=4
work=
output=
while [ $# -gt 1 ]; do
    case $1 in
    -n) shards=$2 ;;
    -p) parts=$2 ;;
    -w) work=$2 ;;
    -o) output=$2 ;;
    *) break ;;
    esac
    shift 2
done
query=()
fast=false
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    [ "$1" = --fast ] && fast=true
    query+=("$1")
    shift
done
if [ $# -lt 2 ] || [ -z "$output" ]; then
    echo "usage: fp-groupby-slurm.sh [-n SHARDS] [-p PARTS] [-w DIR] -o OUTPUT QUERY... -- FILE..." >&2
    exit 2
fi
shift
files=()
for file; do
    files+=("$(realpath -- "$file")")
done
output=$(realpath -m -- "$output")
$fast || query+=(--parts "$parts")
made=
if [ -z "$work" ]; then
    work=$(mktemp -d "$PWD/fp-groupby-XXXXXX")
    made=$work
fi
work=$(realpath -- "$work")

# Options that say how files are read belong to both passes.
reading=()
for ((i = 0; i < ${#query[@]}; i++)); do
    case ${query[i]} in
    --delimiter | --na) reading+=("${query[i]}" "${query[i + 1]}") ;;
    --delimiter=* | --na=* | --round-trip) reading+=("${query[i]}") ;;
    esac
done

# submit AFTER OPTION... -- COMMAND...: a job that runs fp-groupby when job AFTER is done;
# prints its number.  @ in COMMAND is the number of the array's task.
submit() {
    local after=$1 line word options=()
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    [ -z "$after" ] || options+=("--dependency=afterok:$after" --kill-on-invalid-dep=yes)
    line=$(printf '%q' "$program")
    for word; do
        word=$(printf '%q' "$word")
        line+=" ${word//@/\$SLURM_ARRAY_TASK_ID}"
    done
    # shellcheck disable=SC2086 # a list
    line=$(sbatch --parsable ${SBATCH_OPTIONS:-} --output="$work/log-%j" "${options[@]}" --wrap "$line") &&
        echo "${line%%;*}"
}

failed() {
    echo "fp-groupby-slurm.sh: a job failed; its words are in $work/log-*" >&2
    cat "$work"/log-* >&2
    exit 4
}

# Names of files that a round makes; those with @ in their own path would be taken apart.
case "$work${files[*]}$output${query[*]}" in
*@*)
    echo "fp-groupby-slurm.sh: @ in a path or an option stands for the number of the task" >&2
    exit 2
    ;;
esac
of() {
    seq -f "$work/$1-%.0f" "$2"
}

mapfile -t types < <(of types "$shards")
mapfile -t rows < <(of rows "$shards")
mapfile -t answers < <(of answers "$parts")
job=$(submit '' --array="1-$shards" -- partial --shard "@/$shards" -o "$work/types-@" "${reading[@]}" -- "${files[@]}") || failed
job=$(submit "$job" -- merge --state -o "$work/types" "${types[@]}") || failed
job=$(submit "$job" --array="1-$shards" -- partial --shard "@/$shards" --types "$work/types" -o "$work/rows-@" "${query[@]}" -- "${files[@]}") || failed
if $fast || [ "$parts" -eq 1 ]; then
    answers=("${rows[@]}")
else
    job=$(submit "$job" --array="1-$parts" -- merge --part @ -o "$work/answers-@" "${rows[@]}") || failed
fi
submit "$job" --wait -- merge -o "$work/answer" "${answers[@]}" >"$work/last" || failed
# A job that was cancelled because one before it failed is no failure to sbatch.
[ -e "$work/answer" ] || failed
mv -f -- "$work/answer" "$output"
[ -z "$made" ] || rm -rf "$made"
