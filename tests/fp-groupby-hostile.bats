# Input made to exhaust: a clear answer in bounded memory, and nothing left behind.
load helper

@test "a row beyond --max-record is refused with its line and byte, by every way of reading" {
    { printf 'a,b\n1,2\n' && head -c 68000000 /dev/zero | tr '\0' x; } > row.csv
    truncate -s 1G row.csv # all of it one row
    for command in "csv check" "csv convert" "groupby -b a -a b:sum" "sort -b a" "filter --iloc 0" \
        "join --on a row.csv" "groupby -b a -a b:nunique"; do
        run -3 fp-groupby $command row.csv -o out
        [[ "$output" == "fp-groupby: row.csv:3:1 (byte 8): the row has more than 67108864 octets"* ]]
    done
    [ "$(ls)" = row.csv ]
}

@test "--max-record sets the bound, to the octet" {
    printf 'a,b\n1,"2\n3"\n' > t.csv # the second row has seven octets
    run -0 fp-groupby csv check --max-record 7 t.csv
    run -3 fp-groupby csv check --max-record 6 t.csv
    [[ "$output" == "fp-groupby: t.csv:2:1 (byte 4): the row has more than 6 octets"* ]]
    printf 'a,b\n1,2345\n' > t.csv
    run -0 fp-groupby csv check --max-record 6 t.csv
    run -3 fp-groupby csv check --max-record 5 t.csv
    run -2 fp-groupby csv check --max-record 2G t.csv
    [[ "$output" == *"--max-record is at most 1G"* ]]
}

@test "a quote that is not closed ends the reading at --max-record" {
    { printf 'a,b\n1,"2\n' && yes 3,4 | head -c 100000; } > t.csv
    run -3 fp-groupby csv check --max-record 1000 t.csv
    [[ "$output" == "fp-groupby: t.csv:2:1 (byte 4): the row has more than 1000 octets (is a quote not closed?"* ]]
    run -0 fp-groupby csv check --max-record 1000 --recover 1 t.csv
    [ "$output" = "25000 rows, 2 columns, 1 left out, 0 padded" ]
    run -3 fp-groupby groupby -b a -a b:sum --max-record 1000 t.csv
    run -3 fp-groupby join --on a --max-record 1000 t.csv t.csv
}

@test "octets that are not UTF-8 are found before what is wrong behind them, and only those" {
    { printf 'a,b\n1,\xff\n1,2,3\n' && yes 3,4 | head -c 600000; } > t.csv
    run -3 fp-groupby csv check t.csv
    [[ "$output" == *"'utf-8' codec can't decode byte 0xff in position 6"* ]]
    { printf 'a,b\n1,2,3\n\xc3' && yes 3,4 | head -c 600000 && printf '\xff\n'; } > t.csv
    run -3 fp-groupby csv check t.csv
    [[ "$output" == *"can't decode byte 0xc3 in position 10"* ]]
    { printf 'a,b\n1,2\n1,2,3\n' && yes é,4 | head -c 600000 && printf '\xff\n'; } > t.csv
    run -3 fp-groupby csv check t.csv
    [[ "$output" == *"Expected 2 fields in line 3, saw 3"* ]]
}

@test "a row has at most 1048576 fields" {
    yes 1 | head -1048577 | paste -sd, > t.csv
    run -3 fp-groupby csv check t.csv
    [ "$output" = "fp-groupby: t.csv:1:1 (byte 0): the row has more than 1048576 fields" ]
    run -3 fp-groupby join --on 1 t.csv t.csv
}

@test "a hundred thousand columns are read, grouped and joined" {
    { seq -f c%.0f 100000 | paste -sd, && seq 100000 | paste -sd, && seq 100000 | paste -sd,; } > l.csv
    sed '1s/c/d/g; 1s/d1,/c1,/' l.csv > r.csv
    run -0 fp-groupby csv check l.csv
    [ "$output" = "2 rows, 100000 columns, 0 left out, 0 padded" ]
    run -0 fp-groupby groupby -b c1 -a c100000:sum l.csv
    [ "$output" = $'c1,c100000\n1,200000' ]
    fp-groupby join --on c1 l.csv r.csv > out
    [ "$(wc -l < out)" = 5 ]
    [ "$(head -1 out | tr , '\n' | wc -l)" = 199999 ]
}

@test "keys of a mebioctet and numbers of many digits are taken" {
    key=$(head -c 1048576 /dev/zero | tr '\0' k)
    for i in 1 2 3 1 2; do printf '%s%d,%d\n' "$key" $i $i; done | sed '1i k,v' > t.csv
    fp-groupby groupby -b k -a v:sum t.csv | sed 's/k*//' > out
    [ "$(cat out)" = $',v\n1,2\n2,4\n3,3' ]
    fp-groupby join --on k t.csv t.csv | sed 's/k*//' > out
    [ "$(cat out)" = $',v_x,v_y\n1,1,1\n1,1,1\n2,2,2\n2,2,2\n3,3,3\n1,1,1\n1,1,1\n2,2,2\n2,2,2' ]
    digits=$(head -c 100000 /dev/zero | tr '\0' 7)
    printf 'k,v\n1,0.%s\n1,1\n2,0.%s\n' "$digits" "$digits" > t.csv
    run -0 fp-groupby groupby -b k -a v:sum t.csv
    [ "$output" = $'k,v\n1,1.7777777777777777\n2,0.7777777777777777' ]
}

@test "a join of too many rows is refused before it is made" {
    { echo k,a && seq -f 1,%.0f 80000; } > l.csv
    sed 1s/a/b/ l.csv > r.csv
    for how in "" "--how left" "--how outer" "--exact" "--sort"; do
        run -3 fp-groupby join --on k $how -o out l.csv r.csv
        [ "$output" = "fp-groupby: the join would have 6400000000 rows, more than 4294967295 (--max-output-rows)" ]
    done
    run -3 fp-groupby join --how cross -o out l.csv r.csv
    [[ "$output" == *"would have 6400000000 rows"* ]]
    run -3 fp-groupby join --on k --max-output-rows 4999 -o out l.csv r.csv
    [[ "$output" == *"more than 4999 "* ]]
    [ "$(ls)" = $'l.csv\nr.csv' ]
}

@test "a join prints rows that meet very many as they come, for any number of threads" {
    { echo k,a && seq -f 1,%.0f 1000 && seq 2 90 | sed 's/$/,x/'; } > l.csv
    { echo k,b && seq -f 1,%.0f 2000 && seq 2 90 | sed 's/$/,y/'; } > r.csv # 16 MB from one window
    for how in inner left; do
        fp-groupby join --on k --how $how --exact l.csv r.csv > exact
        for n in 1 2 4; do
            fp-groupby join --on k --how $how --threads $n l.csv r.csv | cmp - exact
        done
    done
}

@test "tables beyond --memory are refused without a trace" {
    { echo a,b && seq 300000 | sed 's/$/,1/'; } > t.csv
    for command in "csv convert" "sort -b a" "dedup" "filter a>1"; do
        run fp-groupby $command --memory 1M -o out t.csv
        [ "$status" = 4 ] || skip "built with a sanitizer, whose memory has no bound"
        [ "$output" = "fp-groupby: out of memory (the tables need more than --memory)" ]
        [ "$(ls)" = t.csv ]
    done
}

@test "a spill that is stopped leaves nothing behind" {
    awk 'BEGIN { print "a,b,x"; for (i = 0; i < 1000000; i++) print i "," i % 7 "," i }' > t.csv
    for pause in 0 .02 .04 .06 .08 .1; do
        TMPDIR=$PWD fp-groupby groupby -b a -b b -a x:sum --memory 512K --threads 2 t.csv -o out.csv &
        pid=$!
        until compgen -G 'out.csv.*' > /dev/null; do sleep .01; done
        sleep $pause
        kill -TERM $pid
        status=0
        wait $pid || status=$?
        [ "$status" = 143 ]
        [ "$(ls)" = t.csv ]
    done
}
