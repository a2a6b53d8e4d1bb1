# fp-groupby-driver.bash: the command line that fp-groupby-parallel.sh and
# fp-groupby-slurm.sh have in common.  Both source it and define print_help.
# shellcheck shell=bash
# shellcheck disable=SC2034 # who sources it uses what it sets

name=$(basename "$0")
program=${FP_GROUPBY:-fp-groupby}
declare -A own=() # this script's options, by letter
query=()          # options of the second pass
reading=()        # those of them that say how files are read: options of both passes
files=()          # with absolute paths
fast=false

# refuse STATUS TEXT...: one line, and the end.
refuse() {
    local status=$1
    shift
    echo "$name: $*" >&2
    exit "$status"
}

# command_line LETTERS WORD...: sorts the words; QUERY may hold what all rounds understand.
command_line() {
    local letters=$1 by=false agg=false words file
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        words=("$1")
        case $1 in
        -h | --help)
            print_help
            exit 0
            ;;
        --by | --agg | --delimiter | --na | -["$letters"])
            [ $# -gt 1 ] || refuse 2 "$1 needs a value (see --help)"
            words+=("$2")
            ;;
        --by=* | --agg=* | --delimiter=* | --na=*) ;;
        --fast | --no-sort | --keep-missing | --round-trip) ;;
        *) refuse 2 "$1 is no option here (see --help; files come behind --)" ;;
        esac
        case $1 in
        --by*) by=true ;;
        --agg*) agg=true ;;
        --fast) fast=true ;;
        --delimiter* | --na* | --round-trip) reading+=("${words[@]}") ;;
        esac
        case $1 in
        --*) query+=("${words[@]}") ;;
        *) own[${1#-}]=$2 ;;
        esac
        shift "${#words[@]}"
    done
    [ "$by $agg" = 'true true' ] || refuse 2 "--by and --agg are needed (see --help)"
    [ $# -gt 1 ] || refuse 2 "no files (they come behind --, see --help)"
    shift
    for file; do
        files+=("$(realpath -m -- "$file")")
    done
}

# check_count LETTER DEFAULT: the option is a number from 1; sets it where it is absent.
check_count() {
    own[$1]=${own[$1]-$2}
    [[ "${own[$1]}" =~ ^[1-9][0-9]{0,6}$ ]] ||
        refuse 2 "-$1 ${own[$1]}: not a number from 1"
}

# Stands for the number of a task, wherever it is in a word.
task=$'\001'

# sh_line NUMBER WORD...: a run of fp-groupby as a line for any POSIX sh, where NUMBER,
# which that shell expands, takes the place of $task.
sh_line() {
    local number=$1 word
    shift
    for word in "$program" "$@"; do
        word=${word//"'"/"'\\''"}
        printf "'%s' " "${word//"$task"/"'$number'"}"
    done
}
