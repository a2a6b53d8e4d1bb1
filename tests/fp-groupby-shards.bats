load helper

QUERY=(--by k --by id --agg v:sum --agg m=v:mean --agg w:sum --agg wm=w:median --agg q:skew
    --agg b:first --agg n=size --agg vi=v:idxmax --agg kn=b:nunique --agg s=w:std)

# table.csv: quoted line feeds, and columns whose type shows late.
table() {
    awk 'BEGIN {
        print "k,id,v,w,q,b"
        split("x|y y|\"quo\"\"ted, \"|\"li\nne\"|z|", k, "|")
        for (i = 0; i < 4000; i++) {
            v = (i > 3000 && i % 3) ? sprintf("%.3f", i * 0.37 - 900) : i % 100
            w = i % 7 == 0 ? "-0.0" : i % 5 == 0 ? "" : i % 501 == 1 ? "inf" : i / 7
            b = i % 11 ? "True" : (i > 2500) ? "" : "False"
            printf "%s,%d,%s,%s,%d,%s\n", k[i * 7 % 6 + 1], i * i % 53, v, w, 5 + i % 2, b
        }
    }' > table.csv
}

# types N: the first pass over N shards, merged in an odd tree.
types() {
    for i in $(seq "$1"); do
        fp-groupby partial --shard "$i/$1" -o "t$i" table.csv
    done
    fp-groupby merge --state -o some t1
    fp-groupby merge --state -o types $(seq -f t%g "$1" -1 2) some
}

@test "shards of any number give the answer of one process" {
    table
    fp-groupby groupby "${QUERY[@]}" table.csv > one.csv
    [ "$(wc -l < one.csv)" -gt 150 ]
    for n in 1 2 7 31; do
        rm -f p[0-9]*
        types "$n"
        for i in $(seq "$n"); do
            fp-groupby partial --shard "$i/$n" --types types "${QUERY[@]}" -o "p$i" table.csv
        done
        fp-groupby merge p[0-9]* > all.csv
        cmp one.csv all.csv
    done
}

@test "parts are answered alone and merged in any tree" {
    table
    types 4
    for order in '' --no-sort --keep-missing; do
        fp-groupby groupby $order "${QUERY[@]}" table.csv > one.csv
        for i in 1 2 3 4; do
            fp-groupby partial $order --parts 3 --shard "$i/4" --types types "${QUERY[@]}" -o "p$i" table.csv
        done
        fp-groupby merge --state -o p23 p3 p2
        for p in 1 2 3; do
            fp-groupby merge --part "$p" -o "a$p" p4 p23 p1
        done
        fp-groupby merge --state -o a31 a3 a1
        fp-groupby merge a2 a31 > all.csv
        cmp one.csv all.csv
        fp-groupby merge p1 p23 p4 > all.csv
        cmp one.csv all.csv
    done
}

@test "--fast is exact for integers, within its bound for floats, alike in every tree" {
    table
    query=(--by k --agg q:sum --agg n=size --agg f=id:first --agg l=w:last --agg a=v:min --agg z=v:max
        --agg p=b:count --agg v:sum --agg m=v:mean --agg s=v:std)
    fp-groupby groupby "${query[@]}" table.csv > one.csv
    types 5
    for i in 1 2 3 4 5; do
        fp-groupby partial --fast --shard "$i/5" --types types "${query[@]}" -o "f$i" table.csv
    done
    fp-groupby merge --state -o f42 f4 f2
    fp-groupby merge f1 f2 f3 f4 f5 > all.csv
    fp-groupby merge f5 f42 f3 f1 > tree.csv
    cmp all.csv tree.csv
    cmp <(cut -d, -f1-8 one.csv) <(cut -d, -f1-8 all.csv)
    fp-groupby merge --bounds f1 f2 f3 f4 f5 > bounds
    jq -e '[.columns[].absolute_error] as $e | $e[0:7] == [0,0,0,0,0,0,0] and $e[7] > 0 and $e[7] < 1e-8 and $e[9] > 0 and $e[9] < 1e-9' bounds
    tail -n +2 one.csv | grep -v '^"' | paste -d, - <(tail -n +2 all.csv | grep -v '^"') |
        awk -F, -v sum="$(jq '.columns[7].absolute_error' bounds)" -v mean="$(jq '.columns[8].absolute_error' bounds)" '
            function off(a, b) { return a > b ? a - b : b - a }
            NF == 22 { n++; if (off($9, $20) > sum || off($10, $21) > mean || off($11, $22) > 1e-9) bad++ }
            END { exit bad || n < 3 }'
}

@test "--fast refuses what running values cannot give" {
    table
    run -3 fp-groupby partial --fast --by k --agg v:median table.csv
    [ "$output" = "fp-groupby: median of column 'v' cannot be merged from running values (leave --fast away)" ]
    run -3 fp-groupby partial --fast --by id --agg k:sum table.csv
    run -3 fp-groupby partial --fast --by k --agg w:prod table.csv
}

@test "--fast gives one answer in every tree, of numbers that cancel and of all sizes" {
    awk 'BEGIN {
        srand(7)
        print "k,v"
        for (i = 0; i < 1200; i++) {
            v = sprintf("%.17fe%d", rand() - 0.5, rand() * 140)
            printf "%d,%s\n", i % 3, v
            row[i] = sprintf("%d,%s", i % 3, v ~ /^-/ ? substr(v, 2) : "-" v)
        }
        for (i = 0; i < 1200; i++)
            print row[i * 7 % 1200]
    }' > table.csv
    query=(--by k --agg v:sum --agg m=v:mean --agg s=v:std --agg n=v:count)
    types 6
    for i in 1 2 3 4 5 6; do
        fp-groupby partial --fast --shard "$i/6" --types types "${query[@]}" -o "f$i" table.csv
    done
    fp-groupby partial --fast "${query[@]}" -o whole table.csv
    fp-groupby merge whole > all.csv
    for order in '1 2 3 4 5 6' '6 4 2 5 3 1' '3 6 1 5 2 4'; do
        set -- $order
        fp-groupby merge f1 f2 f3 f4 f5 f6 | cmp all.csv -
        fp-groupby merge --state -o a "f$1" "f$2"
        fp-groupby merge --state -o b "f$3" a
        fp-groupby merge --state -o c "f$4" "f$5"
        fp-groupby merge c "f$6" b | cmp all.csv -
    done
    run -3 fp-groupby merge c b
    [[ "$output" = *"is missing"* ]]
}

@test "several files with one header are one table" {
    table
    { head -n 1 table.csv; printf 'last,1,2,3,4,\n'; } > second.csv
    { cat table.csv; tail -n +2 second.csv; } > whole.csv
    fp-groupby groupby "${QUERY[@]}" whole.csv > one.csv
    fp-groupby partial "${QUERY[@]}" -o p table.csv second.csv
    fp-groupby merge p | cmp one.csv -
    for i in 1 2 3; do
        fp-groupby partial --shard "$i/3" -o "t$i" table.csv second.csv
    done
    fp-groupby merge --state -o types t1 t2 t3
    for i in 1 2 3; do
        fp-groupby partial --shard "$i/3" --types types "${QUERY[@]}" -o "p$i" table.csv second.csv
    done
    fp-groupby merge p1 p2 p3 | cmp one.csv -
    printf 'k,id,x,w,q,b\n1,2,3,4,5,6\n' > other.csv
    run -3 fp-groupby partial -o t table.csv other.csv
    [[ "$output" = "fp-groupby: other.csv: its header differs from that of table.csv" ]]
}

@test "compressed files belong to one shard each" {
    table
    fp-groupby groupby "${QUERY[@]}" table.csv > one.csv
    head -n 1 table.csv > header
    for from in 1 1601 3201; do # rows, some of which are two lines
        { cat header; awk -v from="$from" 'NR > 1 {
            if (!inside) row++
            if (row >= from && row < from + 1600) print
            inside = (inside + gsub(/"/, "&")) % 2
        }' table.csv; } > "p$from.csv"
    done
    gzip p1.csv
    xz p3201.csv
    gzip -c header > p0.csv.gz
    set -- p0.csv.gz p1.csv.gz p1601.csv p3201.csv.xz
    for n in 1 2 5; do
        rm -f t[0-9]* s[0-9]*
        for i in $(seq "$n"); do fp-groupby partial --shard "$i/$n" -o "t$i" "$@"; done
        fp-groupby merge --state -o types t[0-9]*
        for i in $(seq "$n"); do fp-groupby partial --shard "$i/$n" --types types "${QUERY[@]}" -o "s$i" "$@"; done
        fp-groupby merge s[0-9]* | cmp one.csv -
    done
    { cat header; yes 1,2,3,4,5, | head -n 50000; } | gzip > big.csv.gz
    run -0 fp-groupby partial --shard 1/2 --memory 100K -o out p1601.csv big.csv.gz # not its part
    run -3 fp-groupby partial --shard 2/2 --memory 100K -o out p1601.csv big.csv.gz
    [ "$output" = 'fp-groupby: big.csv.gz: it unfolds to more than --memory allows (name a larger one)' ]
    head -c 3000 p1.csv.gz > cut.csv.gz
    run -3 fp-groupby partial cut.csv.gz
    [[ "$output" = *'cut.csv.gz: the compressed data is damaged'* ]]
    printf 'k,v\na,1\nb\377,2\n' | gzip > octets.csv.gz
    run -3 fp-groupby partial octets.csv.gz
    [[ "$output" = *'octets.csv.gz:3:2 (byte 9): '* ]]
    gzip -c header > records.jsonl.gz
    run -3 fp-groupby partial records.jsonl.gz
    [[ "$output" = *'records.jsonl.gz: not plain CSV'* ]]
}

@test "merge refuses what does not belong together" {
    table
    types 3
    for i in 1 2 3; do
        fp-groupby partial --shard "$i/3" --types types "${QUERY[@]}" -o "p$i" table.csv
    done
    run -3 fp-groupby merge p1 p3
    [ "$output" = "fp-groupby: shard 2 of 3 is missing, 1 in all" ]
    run -3 fp-groupby merge p1 p2 p3 p2
    [ "$output" = "fp-groupby: shard 2 is there twice" ]
    fp-groupby partial --shard 1/3 --types types --by k --agg v:sum -o other table.csv
    run -3 fp-groupby merge other p2 p3
    [[ "$output" = "fp-groupby: p2: its plan differs from that of other "* ]]
    run -3 fp-groupby merge table.csv
    [ "$output" = "fp-groupby: table.csv: not a state (made by partial or merge --state)" ]
    run -2 fp-groupby partial --shard 1/3 "${QUERY[@]}" table.csv
    [[ "$output" = *"--types is needed"* ]]
    run -3 fp-groupby partial --shard 1/3 --types t1 "${QUERY[@]}" table.csv
    [[ "$output" = *"the types lack shard 2 of 3"* ]]
}

@test "a damaged or truncated state is refused, wherever the damage is" {
    table
    grep -v "\"\|^ne" table.csv | head -n 40 > few.csv
    fp-groupby partial --by id --agg v:sum -o p few.csv
    size=$(stat -c %s p)
    for at in $(seq 0 97 "$size") $((size - 1)); do
        [ "$at" -lt "$size" ] || continue
        cp p bad
        printf '\xa5' | dd of=bad bs=1 seek="$at" conv=notrunc status=none
        cmp -s p bad || run -3 fp-groupby merge bad
        head -c "$at" p > bad
        run -3 fp-groupby merge bad
    done
}

@test "a file that changed between the passes is refused" {
    table
    types 2
    sed '2s/0/1/' table.csv > changed && mv changed table.csv
    run -3 fp-groupby partial --shard 1/2 --types types "${QUERY[@]}" -o p table.csv
    [ "$output" = "fp-groupby: table.csv: the file changed since the first pass" ]
    [ ! -e p ]
    echo more >> table.csv
    run -3 fp-groupby partial --shard 2/2 --types types "${QUERY[@]}" table.csv
    [[ "$output" = *"not the types of these files"* ]]
}

@test "shards refuse what they cannot cut" {
    printf 'a,b\n1,2\n3,x"y\n4,5\n' > stray.csv
    run -3 fp-groupby partial --by a --agg b:count stray.csv
    [[ "$output" = *"a quote inside a field"* ]]
    printf 'a,b\n1,2\n3,4,5\n' > long.csv
    run -3 fp-groupby partial --by a --agg b:count long.csv
    [[ "$output" = "fp-groupby: long.csv:3:5 (byte 12): "*"Expected 2 fields, saw 3" ]]
    printf 'a,b\n1,\xff\n' > bad.csv
    run -3 fp-groupby partial --by a --agg b:count bad.csv
    [[ "$output" = *"can't decode byte 0xff"* ]]
    run -3 fp-groupby partial --by a --agg b:count /dev/null
    run -3 fp-groupby partial --by zz --agg b:count long.csv
    run -2 fp-groupby partial --shard 3/2 long.csv
}

@test "a table of a header alone, or of fewer rows than shards, is answered" {
    printf 'a,b\n' > empty.csv
    fp-groupby partial --by a --agg b:count -o p empty.csv
    fp-groupby merge p | cmp <(fp-groupby groupby --by a --agg b:count empty.csv) -
    printf 'a,b\n1,2\n1,3' > two.csv
    for i in 1 2 3 4 5; do fp-groupby partial --shard "$i/5" -o "t$i" two.csv; done
    fp-groupby merge --state -o types t1 t2 t3 t4 t5
    for i in 1 2 3 4 5; do
        fp-groupby partial --shard "$i/5" --types types --by a --agg b:sum -o "p$i" two.csv
        fp-groupby partial --fast --shard "$i/5" --types types --by a --agg b:sum -o "f$i" two.csv
    done
    [ "$(fp-groupby merge p1 p2 p3 p4 p5)" = $'a,b\n1,5' ]
    [ "$(fp-groupby merge f1 f2 f3 f4 f5)" = $'a,b\n1,5' ]
}

@test "a table of several windows is answered alike, in rows and in running values" {
    awk 'BEGIN {
        print "k,text,v,w"
        for (i = 0; i < 90000; i++)
            printf "%d,\"a longer text, to fill the file %d, with\na line feed and some more words that are not needed at all\",%d,%d.5\n", i * 7919 % 60000, i, i % 1000, i % 9
    }' > table.csv
    [ "$(stat -c %s table.csv)" -gt 9000000 ]
    query=(--by k --agg v:sum --agg w:sum --agg n=size --agg l=text:last)
    fp-groupby groupby "${query[@]}" table.csv > one.csv
    fp-groupby partial "${query[@]}" --parts 2 -o p table.csv
    fp-groupby merge p | cmp one.csv -
    query=(--by k --agg v:sum --agg w:sum --agg n=size)
    fp-groupby groupby "${query[@]}" table.csv > one.csv
    fp-groupby partial "${query[@]}" --fast -o f table.csv
    fp-groupby merge f | cmp one.csv -
}
