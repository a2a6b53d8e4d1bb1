load helper

CORPUS="$BATS_TEST_DIRNAME/fuzz/fp-groupby"

table() {
    awk 'BEGIN {
        print "k,n,x,t,b"
        for (i = 0; i < 500; i++)
            printf "%s,%d,%s,%s,%s\n", i % 3 ? "k" i % 5 : "\"a\nb\"", i % 7, i % 4 ? i / 8 : "", i % 6 ? "\303\251" i : "", i % 2 ? "True" : "False"
    }' > table.csv
}

QUERY=(--by k --agg n:sum --agg x:mean --agg t:first)

@test "compressed files are read as the text they unfold to" {
    table
    fp-groupby groupby "${QUERY[@]}" table.csv > plain
    gzip -k table.csv
    fp-groupby groupby "${QUERY[@]}" table.csv.gz | cmp plain -
    mv table.csv.gz no-such-ending
    fp-groupby groupby "${QUERY[@]}" no-such-ending | cmp plain -
    fp-groupby sort --by n no-such-ending | cmp <(fp-groupby sort --by n table.csv) -
    fp-groupby join --on n no-such-ending table.csv | cmp <(fp-groupby join --on n table.csv table.csv) -
    for tool in xz zstd bzip2 lz4; do
        command -v "$tool" > /dev/null || continue
        "$tool" -c < table.csv > packed
        fp-groupby groupby "${QUERY[@]}" packed | cmp plain -
    done
}

@test "standard input is a file like any other, compressed or not" {
    table
    fp-groupby groupby "${QUERY[@]}" table.csv > plain
    fp-groupby groupby "${QUERY[@]}" - < table.csv | cmp plain -
    cat table.csv | fp-groupby groupby "${QUERY[@]}" - | cmp plain -
    gzip -c table.csv | fp-groupby groupby "${QUERY[@]}" - | cmp plain -
    gzip -c table.csv | fp-groupby sort --by n - | cmp <(fp-groupby sort --by n table.csv) -
    fp-groupby groupby "${QUERY[@]}" -f arrow table.csv | fp-groupby csv convert - | cmp plain -
}

@test "a pattern is one table of the files it fits" {
    printf 'a,b\n1,"x\ny"\n2,z' > part-1.csv
    printf '\357\273\277a,b\r\n3,w\r\n' > part-2.csv
    printf 'a,b\n' > part-3.csv
    printf 'a,b\n0,v\n' | gzip > part-4.csv
    fp-groupby csv convert 'part-*.csv' > all.csv
    [ "$(cat all.csv)" = $'a,b\n1,"x\ny"\n2,z\n3,w\n0,v' ]
    fp-groupby groupby --by b --agg a:sum 'part-*.csv' | cmp <(fp-groupby groupby --by b --agg a:sum all.csv) -
    printf '{"a":1}\n' > l1.jsonl
    printf '{"a":2}' > l2.jsonl
    [ "$(fp-groupby csv convert 'l?.jsonl')" = $'a\n1\n2' ]
    printf 'a,c\n5,6\n' > part-5.csv
    run -3 fp-groupby csv convert 'part-*.csv'
    [ "$output" = "fp-groupby: part-5.csv: its header differs from that of the first" ]
    run -4 fp-groupby csv convert 'none-*.csv'
    [ "$output" = "fp-groupby: none-*.csv: no file fits" ]
    run -3 fp-groupby csv convert --read skiprows=1 'part-*.csv'
    [[ "$output" = *"not put together when lines are skipped" ]]
}

@test "a compressed file that unfolds to more than --memory is refused, and so is a damaged one" {
    head -c 20000000 /dev/zero | gzip > bomb.gz
    run -3 fp-groupby groupby "${QUERY[@]}" --memory 1M bomb.gz
    [ "$output" = "fp-groupby: bomb.gz: it unfolds to more than --memory allows (name a larger one)" ]
    run -3 fp-groupby csv check --memory 1M - < bomb.gz
    table
    gzip -k table.csv
    head -c 1000 table.csv.gz > cut.gz
    run -3 fp-groupby groupby "${QUERY[@]}" cut.gz
    [[ "$output" = "fp-groupby: cut.gz: the compressed data is damaged: "* ]]
    fp-groupby csv convert -f npz table.csv -o t.npz
    run -3 fp-groupby csv check --memory 1K t.npz
    [[ "$output" = *"unfold to more than --memory allows" ]]
}

@test "a table through any format comes back as it was" {
    table
    fp-groupby csv convert --json table.csv > types
    fp-groupby csv convert table.csv > plain
    for format in arrow npz; do
        fp-groupby csv convert -f $format table.csv -o t.$format
        fp-groupby csv convert t.$format | cmp plain -
        fp-groupby csv convert --json t.$format | cmp types -
    done
    fp-groupby csv convert -f jsonl table.csv -o t.jsonl
    fp-groupby csv convert -f records table.csv -o t.json
    fp-groupby csv convert t.jsonl | cmp plain -
    fp-groupby csv convert t.json | cmp plain -
    fp-groupby csv convert -f arrow "$CORPUS/fuzz_arrow.corpus/apache-arrow.js.arrow" -o all.arrow
    fp-groupby csv convert --json "$CORPUS/fuzz_arrow.corpus/apache-arrow.js.arrow" | cmp <(fp-groupby csv convert --json all.arrow) -
    fp-groupby csv convert -f npz all.arrow -o all.npz
    fp-groupby csv convert all.arrow | cmp <(fp-groupby csv convert all.npz) -
}

@test "a stream that apache-arrow wrote is read with every type" {
    fp-groupby csv convert --json "$CORPUS/fuzz_arrow.corpus/apache-arrow.js.arrow" > out
    [ "$(jq -c '[.columns[].dtype]' out)" = '["boolean","int8","int16","int32","int64","Int64","uint8","uint16","uint32","uint64","float16","float32","float64","object","object","category","datetime64[ns]","datetime64[ns]","timedelta64[ns]"]' ]
    run -0 fp-groupby csv convert "$CORPUS/fuzz_arrow.corpus/apache-arrow.js.arrow"
    [ "${lines[1]}" = 'True,-128,-32768,-2147483648,-9223372036854775808,9007199254740993,0,0,0,0,1.5,0.1,0.1,,a longer text than twelve,red,1970-01-01 00:00:00,1970-01-01,0 days 00:00:00.001000' ]
    [ "${lines[3]}" = 'False,127,32767,2147483647,9223372036854775807,-1,255,65535,4294967295,18446744073709551615,-0.25,-0.0,-inf,"déjà, ""vu""",,red,,,-1 days +23:59:59.995000' ]
}

# modules: a folder with the npm package apache-arrow, or nothing.
modules() {
    local folder=${XDG_CACHE_HOME:-$HOME/.cache}/lockstep/apache-arrow
    command -v node npm > /dev/null || return 0
    [ -d "$folder/node_modules/apache-arrow" ] ||
        timeout 60 npm install --silent --no-audit --no-fund --prefix "$folder" apache-arrow@21 > /dev/null 2>&1 || return 0
    echo "$folder"
}

@test "apache-arrow reads what is written, and writes what is read" {
    peer=$(modules)
    [ -n "$peer" ] || skip 'apache-arrow cannot be installed here'
    node "$REPO/tests/peers/arrow.mjs" "$peer" write theirs.arrow
    fp-groupby csv convert theirs.arrow | cmp <(fp-groupby csv convert "$CORPUS/fuzz_arrow.corpus/apache-arrow.js.arrow") -
    fp-groupby csv convert -f arrow theirs.arrow -o ours.arrow
    node "$REPO/tests/peers/arrow.mjs" "$peer" read ours.arrow > rows
    [ "$(sed -n 1p rows | jq -c '[.[][1]]')" = '["Bool","Int8","Int16","Int32","Int64","Int64","Uint8","Uint16","Uint32","Uint64","Float16","Float32","Float64","Utf8","Utf8","Dictionary<Int8, Utf8>","Timestamp<NANOSECOND>","Timestamp<NANOSECOND>","Duration<NANOSECOND>"]' ]
    node "$REPO/tests/peers/arrow.mjs" "$peer" read theirs.arrow > original
    # But for units of time, and NaN, which is missing here, it is the same table.
    diff <(tail -n +2 original | jq -c '.[0:12] + .[13:18]') <(tail -n +2 rows | jq -c '.[0:12] + .[13:18]')
    table
    fp-groupby groupby --by k --agg n:sum --agg x:mean -f arrow table.csv -o g.arrow
    [ "$(node "$REPO/tests/peers/arrow.mjs" "$peer" read g.arrow | tail -n +2 | jq -r '@csv' | tr -d '"')" = \
        "$(fp-groupby groupby --by k --agg n:sum --agg x:mean table.csv | tail -n +2 | tr -d '"')" ]
}

@test "Arrow streams in a form that no column here has are refused" {
    printf 'ARROW1\0\0junk' > bad.arrow
    run -3 fp-groupby csv check bad.arrow
    [[ "$output" = "fp-groupby: bad.arrow: byte 8: "* || "$output" = "fp-groupby: bad.arrow:"* ]]
    head -c 900 "$CORPUS/fuzz_arrow.corpus/apache-arrow.js.arrow" > cut.arrow
    run -3 fp-groupby csv check cut.arrow
    [[ "$output" = "fp-groupby: cut.arrow:byte 0: the stream ends inside a message's metadata" ]]
    printf '[{"a":1},{"a":"x"}]' > mixed.json
    run -3 fp-groupby csv convert mixed.json -f arrow -o out.arrow
    [ "$output" = "fp-groupby: column 'a' mixes kinds of values, which no Arrow type holds" ]
    [ ! -e out.arrow ]
}

@test "arrays of NumPy's are columns" {
    run -0 fp-groupby csv convert "$CORPUS/fuzz_npz.corpus/compressed.npz"
    [ "${lines[0]}" = a,f,s,d,b,t ]
    [ "${lines[1]}" = '0,1.5,é,2024-01-01,q,0 days 00:00:00' ]
    [ "${lines[4]}" = '3,4.0,😀,2000-01-01,e,0 days 00:00:03' ]
    [ "$(fp-groupby csv convert --json "$CORPUS/fuzz_npz.corpus/compressed.npz" | jq -c '[.columns[].dtype]')" = '["int32","float16","object","datetime64[ns]","object","timedelta64[ns]"]' ]
    [ "$(fp-groupby csv convert "$CORPUS/fuzz_npz.corpus/matrix.npy")" = $'0,1\n0.0,1.0\n2.0,3.0\n4.0,5.0' ]
    printf 'a,b\n1,2\n3,4\n' > t.csv
    fp-groupby csv convert -f npy t.csv -o t.npy
    [ "$(fp-groupby csv convert t.npy)" = $'0,1\n1,2\n3,4' ]
    printf 'a,b\n1,x\n' > t.csv
    run -3 fp-groupby csv convert -f npy t.csv
    [[ "$output" = *"a .npy has columns of one plain type (a .npz of any)" ]]
}

# What pandas 2.2.3 gives: read_json(orient="records", dtype=False, convert_dates=False, precise_float=True)
@test "JSON records have the types that pandas gives them" {
    while IFS='|' read -r json types values; do
        printf '%s' "$json" > t.json
        fp-groupby csv convert --json t.json > out
        [ "$(jq -c '[.columns[].dtype]' out)" = "$types" ]
        [ "$(fp-groupby csv convert t.json | tail -n +2 | paste -sd ';')" = "$values" ]
    done <<'END_OF_CASES'
[{"a":1,"b":"x"},{"a":2,"b":null}]|["int64","object"]|1,x;2,
[{"a":1},{"b":2.5,"a":3}]|["int64","float64"]|1,;3,2.5
[{"a":true},{"a":null}]|["object"]|True;""
[{"a":1,"b":"t"},{"b":5}]|["float64","object"]|1.0,t;,5
[{"a":9007199254740993},{"a":18446744073709551615}]|["uint64"]|9007199254740993;18446744073709551615
[{"a":null},{"a":null}]|["float64"]|"";""
[{"b":1,"a":2},{"c":3,"a":4}]|["float64","int64","float64"]|1.0,2,;,4,3.0
[{"a":-0},{"a":-0.0}]|["float64"]|0.0;-0.0
[{"a":"1"},{"a":"2020-01-01"}]|["object"]|1;2020-01-01
END_OF_CASES
}

@test "JSON that is no table is refused with its place" {
    printf '[{"a":1},{"a":[2]}]' > t.json
    run -3 fp-groupby csv check t.json
    [ "$output" = "fp-groupby: t.json:/1/a: array is no value of a column" ]
    printf '{"a":1}\n\n{"a":1,"a":2}\n' > t.jsonl
    run -3 fp-groupby csv check t.jsonl
    [[ "$output" = "fp-groupby: t.jsonl:line 3: "* ]]
    printf '{"a":1}' > t.json
    run -3 fp-groupby csv check t.json
    [[ "$output" = *"not an array of records (JSON Lines are named .jsonl)" ]]
    printf '[{"a":123456789012345678901234567890}]' > t.json
    run -3 fp-groupby csv check t.json
}

@test "long work shows on a terminal how far it is, and nowhere else" {
    command -v script > script.path || skip "script is not installed"
    { echo k,v; yes 'abcdefgh,1234567' | head -n 1100000; } > long.csv
    for command in "csv check long.csv" "groupby --by k --agg v:sum long.csv" \
        "partial --by k --agg v:sum -o state long.csv"; do
        script -qec "fp-groupby $command" seen > screen
        grep -qaE '(reading|typing columns|grouping|dealing out) .* MiB, .*/s' seen ||
            [[ "$command" = groupby* ]] # which may be done before a line is due
        # shellcheck disable=SC2086 # words
        fp-groupby $command > out 2> err
        [ ! -s err ]
    done
}
