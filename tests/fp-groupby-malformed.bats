#!/usr/bin/env bats
# Malformed CSV: whichever command meets it says file, line, column, octet and cause.

load helper

# family TEXT PLACE CAUSE: bad.csv refused by every command that reads CSV, with one line.
family() {
    local place=$2 cause=$3
    printf 'k,v\na,1\n' > good.csv
    # shellcheck disable=SC2059 # the text is the format: it has escapes
    printf "$1" > bad.csv
    refused csv check bad.csv
    refused csv convert -o out bad.csv
    refused groupby --by k --agg v:sum -o out bad.csv
    refused groupby --exact --by k --agg v:sum -o out bad.csv
    refused groupby --by k --transform v:sum -o out bad.csv
    refused join --on k -o out bad.csv good.csv
    refused join --on k -o out good.csv bad.csv
    refused join --on k --how outer -o out good.csv bad.csv
    refused sort --by k -o out bad.csv
    refused sort --by k good.csv --then join --on k -o out bad.csv
    sharded "$place" "$cause"
}

refused() {
    run -3 fp-groupby "$@"
    [[ "$output" = "fp-groupby: bad.csv:$place: "*"$cause"* ]] || fail_with "$place: $cause"
    [ "${#lines[@]}" -eq 1 ]
    [ ! -e out ]
}

# sharded PLACE CAUSE: one shard; three shards, whose first pass may not yet know.
sharded() {
    local place=$1 cause=$2
    refused partial --by k --agg v:sum -o out bad.csv
    refused partial -o out bad.csv
    for i in 1 2 3; do
        fp-groupby partial --shard "$i/3" -o "t$i" bad.csv 2> first && continue
        [[ $(< first) = "fp-groupby: bad.csv:$place: "*"$cause"* ]]
        return
    done
    fp-groupby merge --state -o types t1 t2 t3
    refused partial --shard 3/3 --types types --by k --agg v:sum -o out bad.csv
}

fail_with() {
    echo "expected: $1"
    echo "got: $output"
    return 1
}

@test "octets that are not UTF-8" {
    family 'k,v\na,1\nb,\xff2\nc,3\n' '3:3 (byte 10)' "'utf-8' codec can't decode byte 0xff in position 10"
    family 'k,v\na,1\nb\xc3,2\nc,3\n' '3:2 (byte 9)' "byte 0xc3 in position 9"
    family 'k,v\r\na,1\r\nb\xe9,2\r\n' '3:2 (byte 11)' "byte 0xe9 in position 11"
    family 'k,v\na,1\n\xed\xa0\x80,2\nc,3\n' '3:1 (byte 8)' "byte 0xed in position 8"
    family 'k\xff,v\na,1\n' '1:2 (byte 1)' "byte 0xff in position 1"
    family 'k,v\na,1\n"b\nx\xf5",2\nc,3\n' '4:2 (byte 12)' "byte 0xf5 in position 12"
}

@test "a NUL octet" {
    family 'k,v\na,1\nb,2\0003\nc,3\n' '3:4 (byte 11)' "a NUL octet in a field"
    family 'k,v\na,1\n"b\n\000",2\nc,3\n' '4:1 (byte 11)' "a NUL octet in a field"
    family 'k\000,v\na,1\n' '1:2 (byte 1)' "a NUL octet in a field"
}

@test "a row that is too long" {
    family 'k,v\na,1\nb,2,3\nc,3\n' '3:5 (byte 12)' 'Expected 2 fields'
    family 'k,v\na,1\n"b\n",2,3\nc,3\n' '4:5 (byte 15)' 'Expected 2 fields'
}

@test "a quote that is not closed" {
    family 'k,v\na,1\nb,"2\nc,3\n' '3:3 (byte 10)' ''
    run -3 fp-groupby csv check bad.csv
    [[ "$output" = *": Error tokenizing data. C error: EOF inside string starting at row 2" ]]
    run -3 fp-groupby partial bad.csv
    [[ "$output" = *": a quote that is not closed: such text cannot be cut into shards"* ]]
}

@test "text that only shards cannot take" {
    printf 'k,v\na,1\nx"b"c,"2"3\n' > bad.csv
    fp-groupby csv check bad.csv
    sharded '3:2 (byte 9)' 'a quote inside a field'
    printf '{"k": 1}\n' > good.jsonl
    run -3 fp-groupby partial good.jsonl
    [[ "$output" = "fp-groupby: good.jsonl: not plain CSV, so it cannot be cut"* ]]
}

@test "a file without columns" {
    : > bad.csv
    for command in "csv check" "groupby --by k --agg k:count" "partial" "sort --by k"; do
        run -3 fp-groupby $command bad.csv
        [[ "$output" = "fp-groupby: bad.csv:1:1 (byte 0): No columns to parse from file" ]]
    done
}

@test "a field that has not the type asked for" {
    printf 'k,v\na,1\n"b",x\n"c",\n' > bad.csv
    run -3 fp-groupby csv check -r dtype=v:int64 bad.csv
    [[ "$output" = "fp-groupby: bad.csv:4:5 (byte 18): Integer column has NA values in column 1" ]]
    run -3 fp-groupby csv check -r dtype=v:float64 bad.csv
    [[ "$output" = "fp-groupby: bad.csv:3:5 (byte 12): could not convert string to float: 'x'" ]]
    run -3 fp-groupby csv check -r dtype=k:bool bad.csv
    [[ "$output" = "fp-groupby: bad.csv:2:1 (byte 4): cannot safely convert"* ]]
    run -3 fp-groupby csv check -r dtype=v:Int64 bad.csv
    [[ "$output" = "fp-groupby: bad.csv:3:5 (byte 12): Unable to parse string 'x' at position 1" ]]
}

@test "damaged compressed text" {
    printf 'k,v\na,1\n' | gzip | head -c 20 > bad.csv.gz
    run -3 fp-groupby csv check bad.csv.gz
    [[ "$output" = "fp-groupby: bad.csv.gz: the compressed data is damaged: "* ]]
}

@test "a separator that is a pattern cuts as re.split does, and quotes mean nothing" {
    printf ' a , b\n 1 ,2\t\n\n"x", NA \n' > t.csv
    run -0 fp-groupby csv convert -r 'sep=\s*,\s*' t.csv
    [ "$output" = "$(printf 'a,b\n1,2.0\n"""x""",')" ]
    printf 'a||b;c\n1||2.5;x\n' > t.csv
    run -0 fp-groupby csv convert -r 'sep=\|\||;' t.csv
    [ "$output" = "$(printf 'a,b,c\n1,2.5,x')" ]
    printf 'a--b-c\n1-2--3\n4-5-6-7\n' > t.csv
    run -3 fp-groupby csv check -r 'sep=--|-' t.csv
    [[ "$output" = "fp-groupby: t.csv:3:7 (byte 20): Expected 3 fields in line 3, saw 4."* ]]
}

@test "patterns that no separator needs are refused by name" {
    printf 'a,b\n1,2\n' > t.csv
    for bad in '||' '(,)x' '^,,' ',*x*' '\d,' '[,' ',+?' ',{3,2}' ',\'; do
        run -2 fp-groupby csv check -r "sep=$bad" t.csv
        [[ "$output" = "fp-groupby: sep=$bad: "*"(at character "* ]]
    done
}

@test "a separator whose search does not end soon is refused" {
    { printf 'a,b\n'; head -c 60000 /dev/zero | tr '\0' ' '; printf 'x\n'; } > t.csv
    sed -i 's/^/y/' t.csv
    run -3 timeout 20 fp-groupby csv check -r 'sep=\s*\s*\s*,' t.csv
    [[ "$output" = "fp-groupby: t.csv:2:1 (byte 5): the separator takes too long on this line" ]]
}

@test "dates are read by the format asked for, or stay text; others are refused by name" {
    printf 'd,v\n31/1/24 01:05 PM,1\n01/02/24 12:00 AM,2\n' > t.csv
    run -0 fp-groupby csv convert -r parse_dates=d -r 'date_format=%d/%m/%y %I:%M %p' t.csv
    [ "$output" = "$(printf 'd,v\n2024-01-31 13:05:00,1\n2024-02-01 00:00:00,2')" ]
    run -0 fp-groupby csv convert -r parse_dates=d -r 'date_format=%d/%m/%Y' t.csv
    [ "${lines[1]}" = "31/1/24 01:05 PM,1" ]
    printf 'd\n01/02/2024\n' > t.csv
    [ "$(fp-groupby csv convert -r parse_dates=d -r dayfirst=true t.csv | tail -n 1)" = 2024-02-01 ]
    for bad in %j ISO8601 %d% %H:%f%f '%z %Z'; do
        run -2 fp-groupby csv check -r parse_dates=d -r "date_format=$bad" t.csv
    done
    for text in '2024-02-01T10:00:00 Europe/Rome' '2024-02-01T10:00:00+02:00:30' '2024-02-01Z' \
        '2024-02-01 10:00-05' '2024-02-01T10:00:00+24:00' '2024-02-01T10:00:00z'; do
        printf 'd\n%s\n' "$text" > t.csv
        run -3 fp-groupby csv check -r parse_dates=d t.csv
        [[ "$output" = *"dates like '$text' are not understood"* ]]
    done
}
