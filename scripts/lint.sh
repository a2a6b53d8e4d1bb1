#!/bin/bash
# lint.sh [ONLY]...: format, layering, sizes, static analysis of the C; shellcheck; Python;
# manuals; generated files.  ONLY names the tools (or "common") whose C is looked at.
# Ends with "N passed, N failed".
#
# clang-format and clang-tidy are version 14 (Debian 12): another version formats and
# warns differently, so where only another one is to be had the lint cannot be run.
set -u
cd "$(dirname "$0")/.." || exit 4
scripts/setup.sh lint build || exit 4
mkdir -p build/lint/cppcheck
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

only="/($(IFS='|' && echo "${*:-.*}"))/" # of lib/X, tools/X, tests/unit/X and tests/fuzz/X
mapfile -t sources < <(git ls-files -co --exclude-standard -- 'lib/*.[ch]' 'tools/*.[ch]' 'tests/*.[ch]' |
    grep -E "$only")
mapfile -t shells < <(git ls-files -co --exclude-standard -- '*.sh' '*.bash' .ci/run)
mapfile -t suites < <(git ls-files -co --exclude-standard -- '*.bats') # run sets $stderr
mapfile -t pythons < <(git ls-files -co --exclude-standard -- '*.py')
mapfile -t manuals < <(git ls-files -co --exclude-standard -- 'tools/*.1')
mapfile -t generators < <(git ls-files -co --exclude-standard -- 'scripts/gen-*')
roots=(-Ilib)
for folder in lib/*/ tools/*/; do
    roots+=("-I$folder")
    [[ ! "$folder" =~ $only ]] || roots+=("$folder")
done
# Only these may end the process or print on their own.
mapfile -t quiet < <(printf '%s\n' "${sources[@]}" |
    grep -vE '^tests/|/main\.c$|^lib/common/(cli|mem|term)\.[ch]$')

# check NAME COMMAND...: silent when it passes; what it prints otherwise.
check() {
    local name=$1 start=$SECONDS
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok $name ($((SECONDS - start)) s)"
    else
        failed=$((failed + 1))
        echo "not ok $name"
        head -n "${LINT_LINES:-60}" "$log" | sed 's/^/    /'
    fi
}

# absent PATTERN FILE...: no line matches.  Comments and strings do not count.
absent() {
    local pattern=$1 file
    shift
    for file in "$@"; do
        sed -E 's/"([^"\\]|\\.)*"/""/g; s@/\*.*\*/@@; s@^ \*.*@@; s@//.*@@' "$file" |
            grep -nE "$pattern" | sed "s@^@$file:@"
    done | grep . && return 1
    return 0
}

# A tool includes its own folder, common/ and the system; nobody looks upwards.
layering() {
    ! grep -nE '#include "\.\.' "${sources[@]}" &&
        ! grep -nE '#include "(tools|lib)/' "${sources[@]}" &&
        ! grep -rnE '#include "' lib/common --include='*.[ch]' |
        grep -vE '#include "[a-z0-9_]+\.(h|def)"'
}

# A third-party header is known to one source file of a folder, which wraps it.
one_owner() {
    grep -nE '#include <(cjson/|yaml|archive|sodium|xxhash|cblas|protobuf-c/)' -r lib tools --include='*.[ch]' |
        grep -v '^lib/common/minisign.c:.*<sodium' | # beside digest.c: signatures
        sed -E 's@^((lib|tools)/[^/]*)/([^:]*):[0-9]+:#include <([^>]*)>.*@\1 \4 \3@' | sort -u |
        awk '{ owner = $1 " <" $2 ">"; who[owner] = who[owner] " " $3; if (++n[owner] > 1) bad[owner] }
            END { for (o in bad) { print o ":" who[o]; any = 1 } exit any }'
}

sizes() {
    wc -l "${sources[@]}" | awk '$2 != "total" && $1 > 500 && $2 !~ /tables/ {
        print $2 ": " $1 " lines, more than 500"; bad = 1 } END { exit bad }'
}

python_compiles() {
    local file
    for file in "$@"; do
        python3 -c 'import sys; compile(open(sys.argv[1], encoding="utf-8").read(), sys.argv[1], "exec")' "$file" || return 1
    done
}

analysed() {
    python3 scripts/lint/compile_commands.py >build/lint/commands.json &&
        python3 scripts/lint/tidy.py "$only" <build/lint/commands.json
}

# generated: every file that says "Made by scripts/gen-..." is what that script prints.
generated() {
    local file generator any=1
    while IFS=: read -r file _ generator; do
        generator=$(grep -o 'scripts/gen-[a-z0-9_.-]*[a-z]' <<<"$generator")
        any=0
        "$generator" | cmp - "$file" || { echo "$file: not what $generator prints" && return 1; }
    done < <(git grep -n 'Made by scripts/gen-' -- lib tools docs | awk -F: '$2 <= 3')
    return $any
}

[ ${#sources[@]} -gt 0 ] || { echo "lint.sh: no sources" >&2; exit 5; }
check 'clang-format' clang-format-14 --dry-run -Werror "${sources[@]}"
check 'layering' layering
check 'one owner for a third-party header' one_owner
check 'only main, cli, mem and term exit or print' \
    absent '\b(exit|_exit|abort|printf|vprintf|perror|puts|putchar)\(|\bstderr\b' "${quiet[@]}"
check 'no unbounded string functions' \
    absent '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|alloca)\(' "${sources[@]}"
check 'files of at most 500 lines' sizes
# cppcheck 2.10 misreads hexadecimal floats and guesses values it cannot know (the
# analyser of clang-tidy looks for the same); our compilers shift negative numbers as we mean.
check 'cppcheck' cppcheck -q -j "$(nproc)" --enable=warning,portability --error-exitcode=1 \
    --suppress=shiftNegativeLHS \
    --suppress=incorrectLogicOperator --suppress=internalAstError --suppress=uninitvar \
    --suppress=arrayIndexOutOfBounds \
    --suppress=comparePointers --suppress=autoVariables --inline-suppr --std=c11 --cppcheck-build-dir=build/lint/cppcheck "${roots[@]}"
check 'clang-tidy' analysed
check 'shellcheck' shellcheck -S warning "${shells[@]}"
[ ${#suites[@]} -eq 0 ] || check 'shellcheck of the suites' shellcheck -S warning -e SC2154,SC2120 "${suites[@]}"
check 'Python compiles' python_compiles "${pythons[@]}"
[ ${#manuals[@]} -eq 0 ] || check 'mandoc' mandoc -Tlint -W warning "${manuals[@]}"
[ ${#generators[@]} -eq 0 ] || check 'generated files' generated

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
