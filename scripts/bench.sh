#!/bin/bash
# bench.sh [ONLY]...: run scripts/bench/ONLY*.sh (all) and put what they print, a
# Markdown section each, into docs/BENCHMARKS.md in the place of what was there.
#
# A bench script measures our tool and its peers in the same run and prints ratios; a
# peer that is not installed is said to be missing, never guessed.
set -eu
cd "$(dirname "$0")/.."
BIN=${BIN:-$PWD/bin}
export BIN
book=docs/BENCHMARKS.md
section=$(mktemp)
trap 'rm -f "$section"' EXIT

# put NAME FILE: make FILE the section NAME of the book, between its two markers.
put() {
    local open="<!-- begin $1 -->" close="<!-- end $1 -->"
    if ! grep -qxF "$open" "$book"; then
        printf '\n%s\n%s\n' "$open" "$close" >>"$book"
    fi
    awk -v open="$open" -v close_="$close" -v file="$2" '
        $0 == close_ { inside = 0 }
        !inside { print }
        $0 == open {
            inside = 1
            while ((getline line < file) > 0)
                print line
        }' "$book" >"$book.new"
    mv "$book.new" "$book"
}

if [ ! -e "$book" ]; then
    cat >"$book" <<'END'
# Benchmarks

Written by `make bench`; each section is what `scripts/bench/<name>.sh` printed. Figures are of one
machine, ours and the peers' in the same run: read the ratios.
END
fi
[ $# -gt 0 ] || set -- ''
ran=0
for only in "$@"; do
    for script in scripts/bench/"$only"*.sh; do
        [ -x "$script" ] || continue
        ran=$((ran + 1))
        name=$(basename "$script" .sh)
        echo "bench: $name" >&2
        "$script" | tee "$section"
        put "$name" "$section"
    done
done
[ "$ran" -gt 0 ] || {
    echo "bench.sh: no script scripts/bench/${*}*.sh" >&2
    exit 2
}
