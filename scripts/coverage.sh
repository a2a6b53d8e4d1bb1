#!/bin/bash
# coverage.sh [ONLY]...: what the tests just run never reached, of the named folders'
# sources (common or a tool; all of them without a name).  `make coverage` builds and
# runs them first.
#
# Prints a row for each file with the share of lines and branches taken, then every line
# never reached as file:line: text, and a total a folder.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build/cov}
if [ $# -eq 0 ]; then
    mapfile -t tools < <(find tools -mindepth 1 -maxdepth 1 -type d -printf "%f\n" | sort)
    set -- common "${tools[@]}"
fi

# What gcov knows of one folder, as "FILE LINE COUNT BRANCHES TAKEN" rows.
counts() {
    find "$build/$1" -name '*.gcno' | sort | while read -r notes; do
        gcov --json-format --branch-probabilities --stdout "$notes"
    done | jq -r --arg folder "$1/" '.files[] | .file as $file | select($file | startswith($folder)) |
        .lines[] | [$file, .line_number, .count, (.branches | length),
                    ([.branches[] | select(.count > 0)] | length)] | @tsv'
}

for name in "$@"; do
    folder=tools/$name
    [ "$name" != common ] || folder=lib/common
    counts "$folder" | awk -F '\t' -v folder="$folder" '
        function row(name, lines, hit, branches, taken) {
            printf "%-52s %5.1f%% of %5d lines  %5.1f%% of %5d branches\n", name,
                lines ? 100 * hit / lines : 100, lines, branches ? 100 * taken / branches : 100, branches
        }
        !($1 in lines) { file[++files] = $1 }
        { lines[$1]++; all++; branches[$1] += $4; ways += $4; taken[$1] += $5; went += $5 }
        $3 > 0 { hit[$1]++; reached++ }
        $3 == 0 { missed[++n] = $1 "\t" $2 }
        END {
            for (i = 1; i <= files; i++)
                row(file[i], lines[file[i]], hit[file[i]], branches[file[i]], taken[file[i]])
            for (i = 1; i <= n; i++) {
                split(missed[i], at, "\t")
                if (at[1] != open) {
                    open = at[1]
                    line = 0
                }
                for (; line < at[2]; line++)
                    getline text < open
                print at[1] ":" at[2] ": " text
            }
            row(folder, all, reached, ways, went)
        }'
done
