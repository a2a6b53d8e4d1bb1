#!/bin/bash
# fp-groupby-slurm.sh: a group-by of CSV files as Slurm jobs, an array for each round,
# each waiting for the one before; see --help.
#
# Every job gives the same octets whenever and wherever it runs, and its file appears
# whole or not at all: so one that is requeued, because its node was lost or somebody
# wanted it, changes nothing.
set -eu
# shellcheck source=scripts/fp-groupby-driver.bash
. "$(dirname "$(realpath "$0")")/fp-groupby-driver.bash"

print_help() {
    cat <<'EOT'
usage: fp-groupby-slurm.sh [-n SHARDS] [-p PARTS] [-w DIR] -o OUTPUT QUERY -- FILE...

A group-by of CSV files as arrays of Slurm jobs; returns when OUTPUT is there.
The answer is that of fp-groupby groupby, bit for bit (with --fast: within its bounds).

  -n SHARDS   cut the text into so many shards (default 8)
  -p PARTS    answer the groups in so many parts (default 4)
  -w DIR      states go to a new folder here (default: the current folder)
  -o OUTPUT   where the answer goes, whole or not at all
  QUERY       --by COLUMN, --agg [NAME=]COLUMN:HOW, --fast, --no-sort,
              --keep-missing, --delimiter TEXT, --na TEXT, --round-trip

DIR and FILE... are on storage that all nodes share.  A job that dies with its node
is requeued.  When one fails, the others are cancelled and the states are kept.
FP_GROUPBY says where fp-groupby is on the nodes; SBATCH_OPTIONS are more options for
every sbatch.

  fp-groupby-slurm.sh -o answer.csv --by city --agg sales:sum -- sales.csv
  SBATCH_OPTIONS='--partition=short --mem=4G' fp-groupby-slurm.sh -n 200 -p 32 \
      -w /scratch -o answer.csv --by k --agg v:median --agg n=size -- /data/part-*.csv
EOT
}

command_line npwo "$@"
check_count n 8
check_count p 4
shards=${own[n]}
parts=${own[p]}
[ -n "${own[o]-}" ] || refuse 2 "-o OUTPUT is needed (see --help)"
output=$(realpath -m -- "${own[o]}")
if [ -d "$output" ] || [ ! -w "$(dirname "$output")" ]; then
    refuse 4 "$output: cannot be written"
fi
command -v sbatch >/dev/null || refuse 4 "sbatch is not installed"
work=$(realpath -- "${own[w]-.}") || exit 4
work=$(mktemp -d "$work/fp-groupby-XXXXXX") || exit 4
jobs=$(basename "$work") # their name, so that all can be cancelled

cancel() {
    scancel --user="$(id -un)" --name="$jobs" 2>/dev/null || :
}

# fail: what the jobs said, each line once.
fail() {
    cancel
    sort -u "$work"/log-* 2>/dev/null | head -n 20 >&2 || :
    refuse 4 "a job failed; states and logs are in $work"
}

# stopped STATUS: by a signal.
stopped() {
    cancel
    rm -rf "$work" || : # a job may still be writing
    exit "$1"
}
trap 'stopped 130' INT
trap 'stopped 143' TERM

# submit AFTER OPTION... -- COMMAND WORD...: a job that runs fp-groupby when job AFTER is
# done; prints its number.
submit() {
    local after=$1 options=()
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    [ -z "$after" ] || options+=("--dependency=afterok:$after" --kill-on-invalid-dep=yes)
    # shellcheck disable=SC2016,SC2086 # for the job's shell; a list
    sbatch --parsable --requeue --job-name="$jobs" --chdir="$work" --output="${work//%/%%}/log-%j" \
        ${SBATCH_OPTIONS:-} "${options[@]}" --wrap "$(sh_line '"$SLURM_ARRAY_TASK_ID"' "$@")" |
        sed 's/;.*//'
}

# wait_for_job JOB: until it has left the queue; while that cannot be asked, it is there.
# (sbatch --wait looks after 2 seconds, then 10, and gives up when the controller restarts.)
wait_for_job() {
    local queue pause_ms=250
    while ! queue=$(squeue --noheader --user="$(id -un)" --name="$jobs" --format=%A 2>/dev/null) ||
        grep -qxF "$1" <<<"$queue"; do
        sleep "$((pause_ms / 1000)).$(printf %03d $((pause_ms % 1000)))" &
        wait $! # unlike sleep itself, ends with a signal
        [ "$pause_ms" -ge 5000 ] || pause_ms=$((pause_ms + 250))
    done
}

# states NAME COUNT: the files that a round makes, a line each.
states() {
    seq -f "$1-%.0f" "$2"
}

set -o pipefail
mapfile -t types < <(states types "$shards")
mapfile -t rows < <(states rows "$shards")
job=$(submit '' --array="1-$shards" -- \
    partial --shard "$task/$shards" -o "types-$task" "${reading[@]}" -- "${files[@]}") || fail
job=$(submit "$job" -- merge --state -o types -- "${types[@]}") || fail
$fast || query+=(--parts "$parts")
job=$(submit "$job" --array="1-$shards" -- \
    partial --shard "$task/$shards" --types types -o "rows-$task" "${query[@]}" -- "${files[@]}") || fail
last=("${rows[@]}")
if ! $fast && [ "$parts" -gt 1 ]; then
    job=$(submit "$job" --array="1-$parts" -- merge --part "$task" -o "answers-$task" -- "${rows[@]}") || fail
    mapfile -t last < <(states answers "$parts")
fi
job=$(submit "$job" -- merge -o answer -- "${last[@]}") || fail
wait_for_job "$job"
[ -e "$work/answer" ] || fail
# OUTPUT may be on another file system, which mv alone would fill bit by bit.
cp -- "$work/answer" "$output.$jobs"
mv -f -- "$output.$jobs" "$output"
rm -rf "$work"
