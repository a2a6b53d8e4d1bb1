load helper

cases() {
    cat > cases.json <<END
{"schema": "lockstep-cases/1", "packet_id": "T-1",
 "provenance": {"original": "pandas", "version": "2.2.3", "script": "s", "script_sha256": "0"},
 "cases": [{"case_id": "a", "operation": "${1:-groupby}", "modes": ["strict"],
  "args": {"by": ["k"], "col": "v", "agg": "sum"},
  "in": {"df": {"nrows": 3, "columns": [
    {"name": "k", "dtype": "int64", "values": [2, 1, 2]},
    {"name": "v", "dtype": "${2:-int8}", "values": [100, 7, 100]}]}},
  "expect": {}}]}
END
}

@test "run answers a case with the type pandas gives" {
    cases
    run -0 fp-groupby run cases.json
    [ "$output" = '{"schema":"lockstep-result/1","packet_id":"T-1","case_id":"a","mode":"strict","outcome":"ok","value":{"values":{"name":"v","dtype":"int64","values":[7,200]},"index":{"name":"k","dtype":"int64","values":[1,2]}},"diagnostics":[]}' ]
}

@test "run answers every case of every packet as pandas did" {
    for packet in "$FIXTURES"/FP-P2C-0*/; do
        fp-groupby run --mode strict "$packet/cases.json" > out
        [ "$(wc -l < out)" -ge 60 ]
        jq -c '[.case_id, .value, .error.class]' out > ours
        jq -c '.cases[] | [.case_id, .expect, .error.class]' "$packet/cases.json" > theirs
        diff <(jq -cS . theirs) <(jq -cS . ours)
    done
}

@test "hardened mode leaves out rows that are too long and says so" {
    fp-groupby run --mode hardened "$FIXTURES/FP-P2C-008/cases.json" > out
    jq -se 'map(select(.case_id == "csv_long_rows")) | .[0].outcome == "ok" and
        [.[0].diagnostics[].where] == ["line 3", "line 4"]' out
}

@test "an unknown operation is the answer of its case, not the end of the run" {
    cases no_such_thing
    run -0 fp-groupby run cases.json
    [[ "$output" == *'"outcome":"error"'*'unknown operation'* ]]
}

@test "an unknown dtype is refused with its place" {
    cases groupby int128
    run -0 fp-groupby run cases.json
    [[ "$output" == *"dtype 'int128' is not supported"* ]]
}

@test "an unknown schema is refused" {
    echo '{"schema": "zz/1"}' > cases.json
    run -3 fp-groupby run cases.json
    [[ "$output" == *"unknown schema 'zz/1'"* ]]
}

@test "a truncated file is refused with line and column" {
    cases
    head -c 300 cases.json > cut.json
    run -3 fp-groupby run cut.json
    [[ "$output" == "fp-groupby: cut.json:"* ]]
}

@test "a failed run leaves no output file" {
    echo '{' > cases.json
    run -3 fp-groupby run -o out.jsonl cases.json
    [ ! -e out.jsonl ]
}

@test "groupby answers as pandas does, sorted, with missing values and quotes" {
    printf 'k,v,w\nb,1,0.1\na,2,\n"b",3,0.2\n,4,1\na,5,1e3\n"x,y",6,7\n' > t.csv
    run -0 fp-groupby groupby -b k -a v:sum -a w:mean -a n=size t.csv
    [ "$output" = $'k,v,w,n\na,7,1000.0,2\nb,4,0.15000000000000002,2\n"x,y",6,7.0,1' ]
    run -0 fp-groupby groupby -b k --no-sort --keep-missing -a v:max t.csv
    [ "$output" = $'k,v\nb,3\na,5\n,4\n"x,y",6' ]
}

@test "groupby finds the type of a column that widens late, and of keys" {
    { echo k,v; for i in {1..60000}; do echo "$((i % 3)),$i"; done; echo 7.0,0.5; } > t.csv
    run -0 fp-groupby groupby -b k -a v:sum -a v:min t.csv
    [ "${lines[0]}" = k,v_sum,v_min ]
    [ "${lines[1]}" = 0.0,600030000.0,3.0 ]
    [ "${lines[4]}" = 7.0,0.5,0.5 ]
}

@test "groupby gives the same bytes for any number of threads" {
    awk 'BEGIN { srand(3); print "a,b,x"; for (i = 0; i < 90000; i++)
        printf "k%d,%d,%.6f\n", rand() * 50, rand() * 9, rand() * 100 }' > t.csv
    for n in 1 2 5; do
        fp-groupby groupby -b a -b b -a x:sum -a x:std -a x:median --threads $n t.csv > out.$n
    done
    cmp out.1 out.2
    cmp out.1 out.5
    [ "$(wc -l < out.1)" -eq 451 ]
}

@test "every command that takes --threads has one digest for 1, 2, 4 and 8 of them" {
    awk 'BEGIN { srand(8); print "a,b,x,y"; for (i = 0; i < 60000; i++)
        printf "%s,%d,%d,%s\n", rand() < .9 ? "k" int(rand() * 300) : "", rand() * 20000, rand() * 90, i % 9 ? rand() * 1e3 : "" }' > t.csv
    awk 'BEGIN { srand(9); print "b,a,z"; for (i = 0; i < 9000; i++) printf "%d,k%d,%d\n", rand() * 30000, rand() * 400, i }' > u.csv
    {
        for how in sum mean std median nunique first "quantile(0.9)" skew; do
            for by in "-b a" "-b b" "-b a -b b"; do echo "groupby $by -a x:$how -a y:$how t.csv"; done
        done
        for more in "-a x,y:corr" "-a n=size --keep-missing" "-t y:cumsum" "-a y:std --repeat 2" "-a y:sum --memory 3M" \
            "-a y:mean --no-sort" "-a y:mean --exact" "--head 2"; do echo "groupby -b a -b b $more t.csv"; done
        echo "nlargest -b b -c y -n 3 t.csv"
        echo "nlargest -b a -c x -n 2 --smallest --memory 512K t.csv"
        for how in inner left right outer; do
            for on in "--on b" "--on a" "--on a --on b"; do echo "join --how $how $on t.csv u.csv"; done
        done
        echo "join --how left --on b --memory 512K t.csv u.csv"
    } > queries
    [ "$(for c in $(fp-groupby completion words commands); do
        fp-groupby completion words "$c" | grep -q -x -- --threads && echo "$c"; done)" = "$(cut -d' ' -f1 queries | uniq)" ]
    while read -r query; do
        for n in 1 2 4 8; do fp-groupby $query --threads $n | md5sum; done | uniq > digests
        [ "$(wc -l < digests)" = 1 ] || { echo "$query" && false; }
    done < queries
}

@test "groupby reads newlines in quotes wherever a window begins" {
    awk 'BEGIN { print "k,t,v"; for (i = 0; i < 30000; i++)
        printf "%d,\"line\nother,%d\n\",%d\n", i % 4, i, 1 }' > t.csv
    for n in 1 3; do
        run -0 fp-groupby groupby -b k -a v:sum --threads $n t.csv
        [ "$output" = $'k,v\n0,7500\n1,7500\n2,7500\n3,7500' ]
    done
}

@test "groupby takes the exact way where one pass is not enough" {
    printf 'k,t,v\r\na,x,1\r\na,"y""z",2\r\nb,,3\r\n' > t.csv
    run -0 fp-groupby groupby -b k -a t:last -a v:sum -a t:nunique t.csv
    [ "$output" = $'k,t_last,v,t_nunique\na,"y""z",3,2\nb,,3,0' ]
    # Digits beyond 64 bits make a column of text, whatever follows them.
    printf 'k,v\n1,15555555555555555555555555.5\n2,0.5\n1,1e3\n' > t.csv
    [ "$(fp-groupby groupby -b k -a v:max t.csv)" = $'k,v\n1,1e3\n2,0.5' ]
    [ "$(fp-groupby groupby -b v -a k:sum t.csv)" = $'v,k\n0.5,2\n15555555555555555555555555.5,1\n1e3,1' ]
}

@test "groupby answers alike in one pass and the exact way" {
    awk 'BEGIN { srand(5); print "a,b,x,y"; for (i = 0; i < 9000; i++)
        printf "%s,%s,%s,%s\n", rand() < .1 ? "" : "k" int(rand() * 40), int(rand() * 7) (rand() < .01 ? ".5" : ""),
            rand() < .1 ? "NA" : rand() * 1e9, int(rand() * 100) - 50 }' > t.csv
    terms=(-a n=size)
    for how in sum mean count min max first last std var sem prod median quantile; do
        terms+=(-a "x:$how" -a "y:$how")
    done
    for flags in '' --no-sort --keep-missing '--no-sort --keep-missing'; do
        for by in '-b a' '-b b' '-b y -b a' '-b a -b b -b x'; do
            # shellcheck disable=SC2086
            fp-groupby groupby $by "${terms[@]}" $flags t.csv > fast
            # shellcheck disable=SC2086
            fp-groupby groupby $by "${terms[@]}" $flags --exact t.csv > exact
            cmp fast exact
        done
    done
}

@test "nlargest keeps the largest values of each group, in both engines" {
    printf 'k,v\nb,1\na,2\nb,5\na,\nb,3\nc,\n' > t.csv
    run -0 fp-groupby nlargest -b k -c v -n 2 t.csv
    [ "$output" = $'k,v\na,2.0\na,\nb,5.0\nb,3.0\nc,' ]
    run -0 fp-groupby nlargest -b k -c v -n 1 --smallest --no-sort t.csv
    [ "$output" = $'k,v\nb,1.0\na,2.0\nc,' ]
    awk 'BEGIN { srand(5); print "k,v,w"; for (i = 0; i < 4000; i++)
        printf "%d,%s,%d\n", rand() * 90, rand() < .1 ? "" : rand() * 9, rand() * 50 }' > t.csv
    for column in v w; do
        fp-groupby nlargest -b k -c $column -n 3 --threads 2 t.csv > fast
        fp-groupby nlargest -b k -c $column -n 3 --exact t.csv > exact
        diff exact fast
    done
    run -2 fp-groupby nlargest -b k t.csv
}

@test "groupby correlates two columns with pandas' bits" {
    printf 'k,x,y\na,1,2.5\na,2,1\na,4,7\nb,1,1\nc,1,\nc,2,3\nc,5,4\n' > t.csv
    run -0 fp-groupby groupby -b k -a x,y:corr -a x,y:r2 t.csv
    [ "$output" = $'k,corr,r2\na,0.8386278693775345,0.7032967032967031\nb,,\nc,1.0,1.0' ]
    [ "$output" = "$(fp-groupby groupby --exact -b k -a x,y:corr -a x,y:r2 t.csv)" ]
    run -2 fp-groupby groupby -b k -a x:corr t.csv
}

@test "groupby in memory gives the bytes of the streamed one" {
    awk 'BEGIN { srand(11); print "a,b,c,x,y,z"; for (i = 0; i < 30000; i++)
        printf "k%d,%s,%d,%d,%s,%d\n", rand() * 50, rand() < .02 ? "" : int(rand() * 90), rand() * 9000,
            rand() * 20 - (i % 7 == 0), rand() < .05 ? "NA" : rand() * 100, rand() * 9 }' > t.csv
    for by in "-b a" "-b a -b b" "-b c" "-b a -b b -b c"; do
        for terms in "-a x:sum -a z:sum -a n=size" "-a y:mean -a x:mean" "-a y:std -a x:var -a z:sem" \
            "-a y:median -a x:first -a y:last -a z:last -a y:prod" "-a y:min -a x:max -a y:count" \
            "-a x,z:corr -a x,y:r2 -a z:quantile"; do
            for flags in "" "--no-sort --keep-missing"; do
                [ "$by" = "-b a -b b -b c" ] && [[ "$terms" == *median* || "$terms" == *quantile* ]] && continue
                fp-groupby groupby $by $terms $flags t.csv > streamed
                for n in 1 3; do
                    fp-groupby groupby $by $terms $flags --repeat 2 --threads $n t.csv | cmp - streamed
                done
            done
        done
    done
    run -3 fp-groupby groupby -b a -b b -b c -a y:median --repeat 2 t.csv
    fp-groupby nlargest -b c -c y -n 2 t.csv > streamed
    fp-groupby nlargest -b c -c y -n 2 --repeat 2 --threads 3 t.csv | cmp - streamed
    fp-groupby groupby -b a -a x:sum --repeat 3 --timing t.csv > timing
    jq -e '.schema == "fp-groupby-timing/1" and .row_count == 30000 and .group_count == 50 and
        .repeat_count == 3 and .median_seconds >= .least_seconds' timing
    printf 'k,v\r\na,1\r\n' > t.csv
    run -3 fp-groupby groupby -b k -a v:sum --repeat 2 t.csv
    [[ "$output" == *"cannot be grouped in memory: "* ]]
}

# many: a file of many groups, some keys missing or in quotes.
many() {
    awk 'BEGIN { srand(7); print "a,b,x,y"; for (i = 0; i < 40000; i++)
        printf "%s,%s,%d,%s\n", rand() < .9 ? "k" int(rand() * 9000) : rand() < .5 ? "\"q,\nz\"" : "NA",
            rand() < .1 ? "" : int(rand() * 5000) / 2, rand() * 90 - 9, rand() < .1 ? "" : rand() * 1e3 }' > t.csv
}

@test "groups almost as many as rows are those of the exact way, however many their keys" {
    awk 'BEGIN { srand(5); print "a,b,c,d,e,f,g,x,y"; for (i = 0; i < 40000; i++)
        printf "%s,k%d,%d,%s,%d,%s,%s,%d,%s\n", i % 700 ? i % 30000 : "", rand() * 40 * (1 + i / 400), i * 7 % 20000,
            i % 900 ? i : "NA", i % 39000, i % 20 ? "most" : i, i % 3 ? i : "third", rand() * 90, i % 50 ? rand() * 1e3 : "" }' > t.csv
    for by in "-b a -b b" "-b a -b b -b c" "-b f -b d" "-b f -b g" "-b e -b d -b c -b b -b a"; do # the last fit no word
        query="groupby $by -a x:sum -a y:mean -a y:std -a y:first -a x:last -a y:count -a x,y:corr"
        for flags in "" --keep-missing "--no-sort --keep-missing"; do
            fp-groupby $query $flags --exact t.csv > exact
            for n in 1 2 3; do
                fp-groupby $query $flags --threads $n t.csv | cmp - exact
            done
            [ "$by" = "-b e -b d -b c -b b -b a" ] || fp-groupby $query $flags --repeat 2 t.csv | cmp - exact
        done
    done
    run -3 fp-groupby groupby -b e -b d -b c -b b -b a -a x:sum --repeat 2 t.csv
    [[ "$output" == *"cannot be grouped in memory: the keys have too many values together" ]]
}

@test "groupby spills to disk beyond --memory, with the same bytes" {
    many
    for query in "groupby -b a -a x:sum -a y:mean" "groupby -b b -a y:std -a y:median -a n=size" \
        "groupby -b a -b b -a x:max -a x,y:corr" "nlargest -b b -c y -n 2"; do
        for flags in "" "--no-sort" "--keep-missing" "--no-sort --keep-missing"; do
            fp-groupby $query $flags t.csv > free
            for n in 1 3; do
                TMPDIR=$PWD fp-groupby $query $flags --memory 2M --threads $n t.csv | cmp - free
            done
        done
    done
    [ "$(ls)" = $'free\nt.csv' ]
}

@test "a spill that cannot be written is an error, and leaves nothing" {
    many
    TMPDIR=$PWD/absent run -4 fp-groupby groupby -b a -b b -a x:sum --memory 512K -o out.csv t.csv
    [[ "$output" == *"cannot make a temporary file"* ]]
    run -4 bash -c 'trap "" XFSZ; ulimit -f 8; TMPDIR=$PWD fp-groupby groupby -b a -b b -a x:sum --memory 512K t.csv > /dev/null'
    [[ "$output" == *"cannot write a temporary file"* ]]
    [ "$(ls)" = t.csv ]
}

@test "a table that must be read whole is held against --memory" {
    many
    tail -1 t.csv | tr '\n' '\r' >> t.csv
    run -3 fp-groupby groupby -b a -a x:sum --memory 512K t.csv
    [[ "$output" == *"needs the whole table in memory"* ]]
}

# files SEED: two CSV files with keys of integers and text, repeats, gaps and odd fields.
files() {
    awk -v seed="$1" -v side=left 'function some(a, b, c, d) {
            r = rand(); return r < .85 ? a : r < .9 ? b : r < .95 ? c : d }
        BEGIN { srand(seed); print "i,t,v,same,w"; for (n = 0; n < 9000; n++)
        printf "%d,%s,%s,%s,%s\n", rand() * 700, some("k" int(rand() * 300), "NA", "\"a,b\"", "\"q\""),
            some(rand() * 100, "1.50", "0.00001", 7), some(n, n, n, "+" n), some("x" n, "", "None", 1) }' > left.csv
    awk -v seed="$1" 'function some(a, b, c) { r = rand(); return r < .9 ? a : r < .95 ? b : c }
        BEGIN { srand(seed + 1); print "t,i,same,u"; for (n = 0; n < 600; n++)
        printf "%s,%d,%s,%s\n", some("k" int(rand() * 350), "", "\"a,b\""), rand() * 800, n % 9,
            some(rand() * 1e3, "1e5", "00012.50") }' > right.csv
}

@test "join streams to the bytes of the exact way, for any number of threads" {
    for seed in 1 2 3; do
        files $seed
        for how in inner left; do
            for on in "--on i" "--on t" "--on i --on t" "--left-on i --right-on same"; do
                fp-groupby join --how $how $on --exact left.csv right.csv > exact
                for n in 1 2 4; do
                    fp-groupby join --how $how $on --threads $n left.csv right.csv > file
                    fp-groupby join --how $how $on --threads $n left.csv right.csv | cat > pipe
                    cmp exact file && cmp exact pipe
                done
            done
        done
    done
}

@test "a join whose second file exceeds --memory has the same bytes, and leaves nothing" {
    awk 'BEGIN { srand(3); print "i,t,v,u"; for (n = 0; n < 60000; n++)
        printf "%d,k%d,%d,%s\n", rand() * 40000, rand() * 30000, n, n % 9 ? rand() * 1e3 : "" }' > right.csv
    awk 'BEGIN { srand(4); print "i,t,v,w"; for (n = 0; n < 20000; n++)
        printf "%d,%s,%s,x%d\n", rand() * 50000, rand() < .9 ? "k" int(rand() * 35000) : "", rand() < .98 ? n : "+" n, n }' > left.csv
    sed 's/^[0-9]*,/7,/' left.csv | head -400 > some.csv # all of them meet, and many
    sed 's/^[0-9]*,/7,/' right.csv | head -30000 > all.csv
    for how in inner left; do
        for on in "--on i" "--on t" "--on i --on t" "--left-on i --right-on v"; do
            fp-groupby join --how $how $on left.csv right.csv > free
            for n in 1 2 3; do
                TMPDIR=$PWD fp-groupby join --how $how $on --memory 1M --threads $n left.csv right.csv | cmp - free
            done
        done
    done
    fp-groupby join --how left --on i some.csv all.csv > free
    TMPDIR=$PWD fp-groupby join --how left --on i --memory 1M some.csv all.csv | cmp - free
    run -3 fp-groupby join --on i --memory 1M --max-output-rows 20000 -o out left.csv right.csv
    [[ "$output" == *"the join would have "*" rows, more than 20000 (--max-output-rows)" ]]
    run -4 bash -c 'trap "" XFSZ; ulimit -f 64; TMPDIR=$PWD fp-groupby join --on i --memory 1M left.csv right.csv > /dev/null'
    [[ "$output" == *"cannot write a temporary file"* ]]
    [ "$(ls)" = $'all.csv\nfree\nleft.csv\nright.csv\nsome.csv' ]
}

@test "join takes the exact way where rows are permuted or types doubtful" {
    printf 'k,a\n1,x\n2,y\n1,z\n3,w\n' > l.csv
    printf 'k,b\n1,p\n1,q\n' > r.csv
    run -0 fp-groupby join --on k l.csv r.csv
    [ "$output" = $'k,a,b\n1,x,p\n1,z,p\n1,x,q\n1,z,q' ]
    printf 'k,b\n1,True\n2,False\n' > r.csv
    run -0 fp-groupby join --on k --how left l.csv r.csv
    [ "$output" = $'k,a,b\n1,x,True\n2,y,False\n1,z,True\n3,w,' ]
    printf 'k,b\n1,4\n2,5\n3,6\n' > r.csv
    run -0 fp-groupby join --on k --how left l.csv r.csv
    [ "$output" = $'k,a,b\n1,x,4\n2,y,5\n1,z,4\n3,w,6' ]
}

@test "groupby refuses a malformed file with its line, and leaves no output" {
    printf 'k,v\na,1\nb,2,3\n' > t.csv
    run -3 fp-groupby groupby -b k -a v:sum t.csv -o out.csv
    [[ "$output" == "fp-groupby: t.csv:3"* ]]
    [ ! -e out.csv ]
    run -2 fp-groupby groupby -b k -a v:zz t.csv
    run -2 fp-groupby groupby -a v:sum t.csv
    run -4 fp-groupby groupby -b k -a v:sum absent.csv
}

sales() {
    printf 'city,price,day\nb,1.5,1\na,2,2\nb,,3\na,4,3\n' > sales.csv
    printf 'day,rate\n1,10\n3,30\n' > rates.csv
}

@test "join keeps the order of the left file and promotes what is unmatched" {
    sales
    run -0 fp-groupby join --on day --how left sales.csv rates.csv
    [ "$output" = "$(printf 'city,price,day,rate\nb,1.5,1,10.0\na,2.0,2,\nb,,3,30.0\na,4.0,3,30.0')" ]
}

@test "join refuses a result that is too large before making it" {
    sales
    run -3 fp-groupby join --on day --max-output-rows 2 sales.csv rates.csv
    [[ "$output" == *"would have 3 rows, more than 2"* ]]
}

@test "asof and ordered fill from the row before" {
    sales
    run -0 fp-groupby asof --on day sales.csv rates.csv
    [ "${lines[2]}" = a,2.0,2,10 ]
    run -0 fp-groupby ordered --on day --ffill sales.csv rates.csv
    [ "${lines[2]}" = a,2.0,2,10 ]
}

@test "sort, dedup, value-counts, concat and pivot" {
    sales
    run -0 fp-groupby sort --by price --descending sales.csv
    [ "${lines[1]}" = a,4.0,3 ] && [ "${lines[4]}" = b,,3 ]
    run -0 fp-groupby dedup --by city --keep last sales.csv
    [ "$output" = "$(printf 'city,price,day\nb,,3\na,4.0,3')" ]
    run -0 fp-groupby value-counts --by day sales.csv
    [ "${lines[1]}" = 3,2 ]
    run -0 fp-groupby concat sales.csv rates.csv
    [ "${lines[6]}" = ,,3,30.0 ]
    run -0 fp-groupby pivot --rows city --columns day --values price sales.csv
    [ "$output" = "$(printf 'city,1,2,3\na,,2.0,4.0\nb,1.5,,')" ]
}

@test "pivot spreads over categories that do not occur, unless it is told not to" {
    printf 'city,day,price\na,mon,1\nb,tue,2\n' > days.csv
    monday() { fp-groupby filter "day != 'tue'" -r dtype=day:category days.csv --then pivot --rows city --columns day --values price -a sum "$@"; }
    [ "$(monday)" = "$(printf 'city,mon,tue\na,1,0')" ]
    [ "$(monday --observed)" = "$(printf 'city,mon\na,1')" ]
}

@test "asof matches times within a span" {
    printf 't,bid\n2024-01-01 09:00:00,1\n2024-01-01 10:00:00,2\n2024-01-03 00:00:00,3\n' > quotes.csv
    printf 't,n\n2024-01-01 09:30:00,7\n2024-01-01 11:45:00,8\n2024-01-04 12:00:00,9\n' > trades.csv
    within() { fp-groupby asof --on t -r parse_dates=t --tolerance "$1" trades.csv quotes.csv; }
    [ "$(within 30min | cut -d, -f3 | paste -sd' ')" = 'bid 1.0  ' ]
    [ "$(within 1.75h | cut -d, -f3 | paste -sd' ')" = 'bid 1.0 2.0 ' ]
    [ "$(within '1 days 12:00:00' | cut -d, -f3 | paste -sd' ')" = 'bid 1 2 3' ]
    run -3 within 30
    [[ "$output" = *"incompatible tolerance 30, must be compat with type dtype('<M8[ns]')"* ]]
    run -2 within 2x
    [[ "$output" = *"--tolerance '2x' is no number, and no span such as 90s, 1.5h"* ]]
}

@test "csv check refuses a long row with its line, --recover leaves it out and says so" {
    printf 'a,b\n1,2\n3,4,5\n' > bad.csv
    run -3 fp-groupby csv check bad.csv
    [[ "$output" == *"bad.csv:3:5 (byte 12):"*"Expected 2 fields in line 3, saw 3"* ]]
    run -0 fp-groupby csv check --recover 1 --rejects rejects.tsv bad.csv
    [ "$output" = "1 rows, 2 columns, 1 left out, 0 padded" ]
    [ "$(tail -n 1 rejects.tsv)" = "$(printf '3\t8\texpected 2 fields, saw 3\t3,4,5')" ]
}

@test "csv refuses invalid UTF-8, NUL and an unclosed quote" {
    printf 'a\n\377\n' > bad.csv
    run -3 fp-groupby csv check bad.csv
    [[ "$output" == *"bad.csv:2:1 (byte 2):"* ]]
    printf 'a\n1\0002\n' > bad.csv
    run -3 fp-groupby csv check bad.csv
    printf 'a\n"1\n' > bad.csv
    run -3 fp-groupby csv check bad.csv
    [[ "$output" == *"EOF inside string"* ]]
}

@test "csv check --explain names the field that forced a type" {
    sales
    run -0 fp-groupby csv check --explain sales.csv
    [[ "$output" == *price*float64*2*"'1.5'"* ]]
}

@test "filter keeps the rows an expression holds for" {
    sales
    run -0 fp-groupby filter 'price >= 2 and city in ["a", "c"]' sales.csv
    [ "$output" = $'city,price,day\na,2.0,2\na,4.0,3' ]
    run -0 fp-groupby filter '1 < price < 3 | ~(day != 3) & price.isna()' sales.csv
    [ "$output" = $'city,price,day\nb,1.5,1\na,2.0,2\nb,,3' ]
    run -0 fp-groupby filter '`city` == "b" and (day + 1) // 2 == 1' sales.csv
    [ "$output" = $'city,price,day\nb,1.5,1' ]
    run -0 fp-groupby filter 'not price < 2 ** 1 - -1' sales.csv
    [ "$output" = $'city,price,day\nb,,3\na,4.0,3' ]
}

@test "filter refuses what is no expression, with its place" {
    sales
    run -3 fp-groupby filter 'price >' sales.csv
    [[ "$output" == *"expression:8: the expression ends too early" ]]
    run -3 fp-groupby filter 'price > 1 1' sales.csv
    [[ "$output" == *"expression:11: "* ]]
    run -3 fp-groupby filter 'zz > 1' sales.csv
    [[ "$output" == *"name 'zz' is not defined"* ]]
    run -3 fp-groupby filter '1 < -zz' sales.csv
    [[ "$output" == *"name 'zz' is not defined"* ]]
    run -3 fp-groupby filter '1 < -city' sales.csv
    [[ "$output" == *"bad operand type for unary -" ]]
    run -3 fp-groupby filter 'day > 1 / 0' sales.csv
    [[ "$output" == *"division by zero" ]]
    run -3 fp-groupby filter 'city < 3' sales.csv
    [[ "$output" == *"'<' not supported between instances of 'str' and 'int'"* ]]
    run -3 fp-groupby csv convert -r dtype=day:int8 sales.csv --then filter 'day + 300 > 1'
    [ "$output" = 'fp-groupby: expression:5: Python integer 300 out of bounds for int8' ]
    run -3 fp-groupby csv convert -r dtype=day:int8 sales.csv --then filter '300 + day > 1'
    [[ "$output" == *'Python integer 300 out of bounds for int8' ]]
    run -3 fp-groupby filter 'price + 1' sales.csv
    [[ "$output" == *"is no condition"* ]]
    run -3 fp-groupby filter "$(printf '(%.0s' {1..5000})" sales.csv
    [[ "$output" == *"nested more than"* ]]
    run -3 fp-groupby filter 'day = 3' sales.csv
    [[ "$output" == *"write =="* ]]
}

@test "filter takes rows by position, label, mask and missing values, and columns" {
    sales
    run -0 fp-groupby filter --iloc ::-2 -c day -c city sales.csv
    [ "$output" = $'day,city\n3,a\n2,a' ]
    run -0 fp-groupby filter --iloc 1 --iloc=-1 -c day sales.csv
    [ "$output" = $'day\n2\n3' ]
    run -0 fp-groupby filter --index day --loc 1:2 sales.csv
    [ "$output" = $'day,city,price\n1,b,1.5\n2,a,2.0' ]
    run -0 fp-groupby filter --null price sales.csv
    [ "$output" = $'city,price,day\nb,,3' ]
    run -0 fp-groupby dedup -b city --mark sales.csv --then filter --mask duplicated -c price
    [ "$output" = $'price\n""\n4.0' ]
    run -3 fp-groupby filter --iloc 9 sales.csv
    run -2 fp-groupby filter --iloc 1 --loc 1 sales.csv
}

@test "--then hands a typed table on to the next command" {
    sales
    run -0 fp-groupby filter 'price > 1' sales.csv --then groupby -k city -a price:sum -a n=size \
        --then sort -k price:desc --then join --on city <(printf 'city,name\na,Ada\n')
    [ "$output" = $'city,price,n,name\na,6.0,2,Ada' ]
    run -0 fp-groupby csv convert -r dtype=day:str sales.csv
    [ "${lines[0]}" = city,price,day ]
    run -0 fp-groupby filter 'day > 1' sales.csv --then value-counts -b day -f jsonl
    [ "$output" = $'{"day":3,"count":2}\n{"day":2,"count":1}' ]
    run -2 fp-groupby sort -b day sales.csv --then
    [[ "$output" == *"--then needs a command"* ]]
    run -2 fp-groupby sort -b day sales.csv --then run
    [[ "$output" == *"run cannot follow --then"* ]]
    run -2 fp-groupby sort -b day sales.csv --then sort -b day sales.csv
    [[ "$output" == *"unexpected operand 'sales.csv'"* ]]
    run -3 fp-groupby sort -b day sales.csv --then sort -b zz -o out.csv
    [[ "$output" == *"sort: 'zz'"* ]]
    [ ! -e out.csv ]
}

@test "groupby transforms rows, picks rows and filters groups" {
    sales
    run -0 fp-groupby groupby -b city -t c=price:cumsum -t price:rank sales.csv
    [ "$output" = $'city,price,day,c,price_rank\nb,1.5,1,1.5,1.0\na,2.0,2,2.0,1.0\nb,,3,,\na,4.0,3,6.0,2.0' ]
    run -0 fp-groupby groupby -b city -t 's=day:shift(1,fill=0)' -t n=size sales.csv
    [ "${lines[4]}" = a,4.0,3,2,2 ]
    run -0 fp-groupby groupby -b city --tail 1 sales.csv
    [ "$output" = $'city,price,day\nb,,3\na,4.0,3' ]
    run -0 fp-groupby groupby -b city --nth 0 --nth 1 sales.csv
    [ "${#lines[@]}" -eq 5 ]
    run -0 fp-groupby groupby -b city -a m=price:mean --filter 'm > 2' sales.csv
    [ "$output" = $'city,price,day\na,2.0,2\na,4.0,3' ]
    run -0 fp-groupby groupby -b city -a price:ohlc -a 'v=price:var(ddof=0)' sales.csv
    [ "$output" = $'city,price_open,price_high,price_low,price_close,v\na,2.0,4.0,2.0,4.0,1.0\nb,1.5,1.5,1.5,1.5,0.0' ]
    run -0 fp-groupby groupby -b city --counts day sales.csv
    [ "$output" = $'city,day,count\na,2,1\na,3,1\nb,1,1\nb,3,1' ]
    run -2 fp-groupby groupby -b city -a price:sum --head 1 sales.csv
    run -2 fp-groupby groupby -b city -a 'price:sum(ddof=1)' sales.csv
}

@test "groups by a category: also those without rows, but no missing key" {
    printf 'k,v,c\na,1,x\n,2,y\nb,3,z\na,4,y\n' > t.csv
    typed=(csv convert -r dtype=k:category -r dtype=c:category t.csv --then filter 'v != 3')
    run -0 fp-groupby "${typed[@]}" --then groupby -b k -t v:sum
    [ "$output" = $'k,v,c,v_sum\na,1,x,5.0\n,2,y,\na,4,y,5.0' ]
    run -0 fp-groupby "${typed[@]}" --then groupby -b k -a v:sum -a c:first -a c:last
    [ "$output" = $'k,v,c_first,c_last\na,5,x,y\nb,0,,' ]
    run -0 fp-groupby "${typed[@]}" --then groupby -b k -b c -t v:sum -t v:first
    [ "$output" = $'k,v,c,v_sum,v_first\na,1,x,1.0,1.0\n,2,y,,\na,4,y,4.0,4.0' ]
    run -0 fp-groupby "${typed[@]}" --then groupby -b k -b c -a v:sum
    [ "${#lines[@]}" -eq 7 ] && [ "${lines[2]}" = a,y,4 ] && [ "${lines[5]}" = b,y,0 ]
    run -3 fp-groupby "${typed[@]}" --then groupby -b k -a c:max
    [[ "$output" == *"Cannot perform max with non-ordered Categorical" ]]
    run -3 fp-groupby "${typed[@]}" --then groupby -b k -a c:sum
    [[ "$output" == *"category dtype does not support aggregation 'sum'" ]]
}

@test "factorize, align and arith" {
    sales
    run -0 fp-groupby factorize -b city --sort sales.csv
    [ "$output" = $'city,code\nb,1\na,0\nb,1\na,0' ]
    run -0 fp-groupby factorize -b city --uniques sales.csv
    [ "$output" = $'city,code\nb,0\na,1' ]
    run -0 fp-groupby align --index day --how intersection sales.csv rates.csv
    [ "$output" = $'day,left,right\n1,0,0\n3,2,1' ]
    run -0 fp-groupby align --index day sales.csv
    [ "${lines[4]}" = 3,2,True ]
    printf 'day,rate\n3,5\n4,6\n' > more.csv
    run -0 fp-groupby arith add --index day rates.csv more.csv
    [ "$output" = $'day,rate\n1,\n3,35.0\n4,' ]
    run -0 fp-groupby arith sub --index day --fill 0 rates.csv more.csv
    [ "$output" = $'day,rate\n1,10.0\n3,25.0\n4,-6.0' ]
    run -3 fp-groupby arith add --index day -r dtype=rate:category rates.csv more.csv
    [[ "$output" == *"unsupported operand type(s) for +: 'Categorical' and 'Categorical'" ]]
    run -2 fp-groupby arith zz rates.csv more.csv
}

@test "join on the labels of the rows, with suffixes" {
    sales
    run -0 fp-groupby join --index day --left-index --right-index sales.csv rates.csv
    [ "${lines[1]}" = 1,b,1.5,10 ]
    run -0 fp-groupby join --on city --suffix _l --suffix _r sales.csv sales.csv
    [ "${lines[0]}" = city,price_l,day_l,price_r,day_r ]
    run -0 fp-groupby join --on city --suffix '' --suffix _r sales.csv sales.csv
    [ "${lines[0]}" = city,price,day,price_r,day_r ]
    run -3 fp-groupby join --on city --suffix '' --suffix '' sales.csv sales.csv
    [[ "$output" == *"columns overlap but no suffix specified: Index(['price'], dtype='object')" ]]
    run -2 fp-groupby join --on city --suffix _l sales.csv sales.csv
}

@test "every output format" {
    sales
    run -0 fp-groupby sort -b day -f markdown rates.csv
    [ "$output" = $'| day | rate |\n| --: | --: |\n| 1 | 10 |\n| 3 | 30 |' ]
    fp-groupby sort -b day -f split rates.csv > split.json
    jq -e '.columns == ["day", "rate"] and .index == [0, 1] and .data == [[1, 10], [3, 30]]' split.json
    fp-groupby sort -b day -f columns --index day rates.csv > columns.json
    jq -e '.rate == {"1": 10, "3": 30}' columns.json
    run -0 fp-groupby sort -b day -f tsv rates.csv
    [ "${lines[1]}" = $'1\t10' ]
    fp-groupby sort -b price -f records sales.csv > records.json
    jq -e '.[3] == {"city": "b", "price": null, "day": 3}' records.json
}

@test "csv takes read_csv's options by name" {
    printf 'skip me\nid;price;when;ok\n007;1.234,5;2024-01-31;yes\n008;;2024-02-01;no\n' > t.csv
    run -0 fp-groupby csv convert -d ';' -r skiprows=1 -r decimal=, -r thousands=. -r dtype=id:str \
        -r parse_dates=when -r true_values=yes -r false_values=no --json t.csv
    jq -e '[.columns[].dtype] == ["object", "float64", "datetime64[ns]", "bool"] and
        .rows[0] == {"id": "007", "price": 1234.5, "when": "2024-01-31T00:00:00.000", "ok": true}' <<<"$output"
    printf 'd,t,v\n2024-01-15,10:30:00,1\n' > t.csv
    run -0 fp-groupby csv convert -r parse_dates=d+t t.csv
    [ "$output" = $'d_t,v\n2024-01-15 10:30:00,1' ]
    printf 'a  b\n1    2\n' > t.csv
    run -0 fp-groupby csv convert -d '\s+' t.csv
    [ "$output" = $'a,b\n1,2' ]
    printf 'more,before,the,header\n1,2\na,b\n7,8\n' > t.csv
    run -0 fp-groupby csv convert -r header=2 t.csv
    [ "$output" = $'a,b\n7,8' ]
    run -2 fp-groupby csv convert -r encoding=latin-1 t.csv
    [[ "$output" == *"only UTF-8"* ]]
    run -2 fp-groupby csv convert -r zz=1 t.csv
    printf 'a,b\nx,2\n' > t.csv
    run -3 fp-groupby csv convert -r dtype=a:int64 t.csv
    [[ "$output" == *"invalid literal for int() with base 10: 'x'"* ]]
}

@test "names take the place of a header that is asked for" {
    printf 'a,b\n1,2\n3,4\n' > t.csv
    [ "$(fp-groupby csv convert -r names=p,q t.csv)" = $'p,q\na,b\n1,2\n3,4' ]
    [ "$(fp-groupby csv convert -r names=p,q -r header=infer t.csv)" = $'p,q\na,b\n1,2\n3,4' ]
    [ "$(fp-groupby csv convert -r names=p,q -r header=0 t.csv)" = $'p,q\n1,2\n3,4' ]
    [ "$(fp-groupby csv convert -r header=1 -r names=p,q t.csv)" = $'p,q\n3,4' ]
}

@test "the size of a group has the type of the column it is of" {
    printf 'n,k\n1,a\n,\n3,a\n' > t.csv
    [ "$(fp-groupby groupby -b k -r dtype=n:Int64 -t s=n:size t.csv --json | jq -c '.columns[2].dtype, .rows[].s')" = \
        $'"Int64"\n2\nnull\n2' ]
    [ "$(fp-groupby groupby -b k --keep-missing -r dtype=n:Int64 -t size t.csv --json | jq -c '.columns[2].dtype, .rows[].size')" = \
        $'"int64"\n2\n1\n2' ]
}

@test "csv --recover leaves out or mends what is damaged, and lists it" {
    printf 'a,b\n1,2\n3,4,5\n6,\0007\n8,\377x\n"open,9\n10,11\n' > bad.csv
    run -0 fp-groupby csv convert --recover 4 --rejects rejects.tsv bad.csv
    [ "$output" = $'a,b\n1,2\n8,\xef\xbf\xbdx\n10,11' ]
    [ "$(cat rejects.tsv)" = "$(printf 'line\toffset\treason\traw\n3\t8\texpected 2 fields, saw 3\t3,4,5\n4\t14\ta NUL octet in a field\t6,\\x007\n5\t21\tnot UTF-8, replaced by U+FFFD\t\377\n6\t24\ta quote is not closed\t"open,9')" ]
    run -3 fp-groupby csv convert --recover 3 bad.csv
    [[ "$output" == *"more than --recover 3"* ]]
}

@test "promote says where two types meet" {
    run -0 fp-groupby promote int64 uint64
    [ "${lines[0]}" = "concat float64" ]
    run -2 fp-groupby promote int64 zz
}

@test "promote says where the columns of two files meet" {
    printf 'k,v,w\n1,2,x\n' > a.csv
    printf 'k,v,z\n1.5,x,2\n' > b.csv
    run -0 fp-groupby promote a.csv b.csv
    [[ "${lines[1]}" =~ ^k\ +int64\ +float64\ +float64\ +float64\ +float64 ]]
    [[ "${lines[2]}" =~ ^v\ +int64\ +object\ +object ]]
    [[ "${lines[4]}" =~ ^z\ +-\ +int64\ +float64 ]]
    [ "$(fp-groupby promote --json a.csv b.csv | jq -c '.columns[3]')" = \
        '{"name":"z","first":null,"second":"int64","concat":"float64","arithmetic":"float64","with_missing":"float64"}' ]
    run -4 fp-groupby promote a.csv none.csv
}

@test "csv convert begins, ends and stands within a chain" {
    printf 'k;v\n2;1,5\n1;2,5\n' > in.csv
    run -0 fp-groupby csv convert -d ';' -r decimal=, in.csv --then sort -k k --then csv convert -f jsonl
    [ "$output" = "$(printf '{"k":1,"v":2.5}\n{"k":2,"v":1.5}')" ]
    run -2 fp-groupby csv check in.csv --then sort -k k
    run -2 fp-groupby csv convert --recover 1 in.csv --then sort -k k
}

@test "man page and --help name the same commands and options" {
    same_options fp-groupby
}

@test "a join of too many rows is refused without visiting each pair" {
    printf 'id,v\n%s' "$(yes 1,2 | head -n 200000)" >many.csv
    run -3 timeout 10 fp-groupby join --on id --max-output-rows 1000 many.csv many.csv
    [[ "$output" == *"40000000000 rows"* ]]
}

@test "a table of many columns takes time in proportion to them" {
    { seq -s, 60000; yes 1 | head -n 60000 | paste -sd,; } >wide.csv
    { yes a | head -n 60000 | paste -sd,; yes 1 | head -n 60000 | paste -sd,; } >same.csv
    timeout 5 fp-groupby csv check wide.csv
    [ "$(timeout 5 fp-groupby groupby -b 1 -a 60000:sum wide.csv)" = "$(printf '1,60000\n1,1')" ]
    [ "$(timeout 5 fp-groupby join --on 1 wide.csv wide.csv | head -n 1 | tail -c 8)" = 60000_y ]
    [ "$(timeout 5 fp-groupby csv convert same.csv | head -n 1 | tail -c 8)" = a.59999 ]
}

@test "a join that cannot be written says why, whichever thread found it" {
    printf 'id,v\n%s\n' "$(seq 100000 | sed 's/$/,1/')" >m.csv
    for _ in 1 2 3 4 5 6; do
        run -4 bash -c 'trap "" XFSZ; ulimit -f 512; fp-groupby join --on id --threads 2 -o out.csv m.csv m.csv'
        [[ "$output" == *"cannot write: File too large"* ]]
        [ ! -e out.csv ]
    done
}
