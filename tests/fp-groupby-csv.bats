#!/usr/bin/env bats
# Corners of read_csv that random texts found: every answer here is pandas'.

load helper

# given TEXT OPTION...: t.csv holds TEXT (with escapes); the options are in `words`.
given() {
    local option
    # shellcheck disable=SC2059 # the text is the format: it has escapes
    printf "$1" > t.csv
    words=()
    for option in "${@:2}"; do
        words+=(-r "$option")
    done
}

# reads TEXT EXPECTED OPTION...
reads() {
    given "$1" "${@:3}"
    # shellcheck disable=SC2059
    [ "$(fp-groupby csv convert "${words[@]}" t.csv)" = "$(printf "$2")" ]
}

# refuses TEXT MESSAGE OPTION...
refuses() {
    given "$1" "${@:3}"
    run -3 fp-groupby csv convert "${words[@]}" t.csv
    [[ "$output" == "fp-groupby: t.csv:"*"$2"* ]]
}

types() {
    fp-groupby csv convert --json "$@" t.csv | jq -r '.columns[].dtype' | paste -sd ' '
}

@test "whole floats and truth values are integers where these are asked for" {
    reads 'a\n1\n2.0\n1e2\n' 'a\n1\n2\n100' dtype=a:int64
    reads 'a\n0.0000000000000000000000000000001\n' 'a\n0' dtype=a:uint8
    reads 'a\nTrue\nFalse\n' 'a\n1\n0' dtype=a:int8
    reads 'a\nTrue\nFalse\n' 'a\n1.0\n0.0' dtype=a:float64
    reads 'a\n0.0\n1\n' 'a\nFalse\nTrue' dtype=a:bool
    reads 'a\n9223372036854775808\n' 'a\n9223372036854775808' dtype=a:int64
    [ "$(types -r dtype=a:int64)" = uint64 ]
    refuses 'a\n1\n1.5\n' '3:1 (byte 4): cannot safely convert passed user dtype of int64 for float64' dtype=a:int64
    refuses 'a\n300.0\n' '2:1 (byte 2): cannot safely convert' dtype=a:uint8
    refuses 'a\ninf\n' '2:1 (byte 2): cannot safely convert' dtype=a:int64
    refuses 'a\nTrue\n1\n' "2:1 (byte 2): invalid literal for int() with base 10: 'True'" dtype=a:int64
    refuses 'a\n0\n2\n' '3:1 (byte 4): cannot safely convert' dtype=a:bool
}

@test "lines to skip are counted without those in quotes, which open where a field begins" {
    reads 'a,b\n"x\ny",1\n2,3\n4,5\n' 'a,b\n"x\ny",1\n4,5' 'skiprows=[2]'
    reads 'a,b\n"x\ny",1\n2,3\n4,5\n' '2,3\n4,5' skiprows=2
    reads 'a,b\nx"1,2\n2,3\n' 'a,b\n2,3' 'skiprows=[1]'
    reads 'a,b\n1,"2\n2,3\n4,5"\n6,7\n' 'a,b\n6,7' 'skiprows=[1]'
    reads 'a,b\n"1""\n2,3\n4,5\n' 'a,b' 'skiprows=[1]'
    reads 'a,b\n"1""\n2,3\n4,5\n' 'a,b\n2,3\n4,5' 'skiprows=[1]' doublequote=false
}

@test "the character behind a closing quote means itself" {
    reads 'a,b\n"x"#c,1\n"x"y#c,1\n' 'a,b\nx#c,1.0\nxy,' 'comment=#'
    reads 'a,b,c\n"x"\\,d,1\n' 'a,b,c\nx\\,d,1' 'escapechar=\'
}

@test "names beside a header, and more names than fields" {
    reads 'a,b,c\n1,2\n3,4\n' 'p,q,r\n3,4,' header=1 names=p,q,r
    reads 'a,b\n1,2\n3,4\n' 'p,q,r\na,b,\n1,2,\n3,4,' names=p,q,r
    refuses 'a,b\n1,2\n3,4\n' 'Too many columns specified: expected 3 and found 2' header=0 names=p,q,r
    refuses 'a,b\n1,2\n3,4\n' 'Too many columns specified: expected 3 and found 2' names=p,q,r usecols=0
    refuses 'a,b\n1,2\n3,4,5\n' 'Expected 2 fields in line 3, saw 3' header=0 names=p,q,r
}

@test "labels that no header names are text where all is" {
    printf 'a,b\n1.50,2,3\n4,5,6\n' > t.csv
    [ "$(fp-groupby csv convert -r dtype=str t.csv)" = $',a,b\n1.50,2,3\n4,5,6' ]
    reads 'a,b,c\n1,2,3,4\n' ',a,b\n1,2,' usecols=0,1
    reads 'a,b,c\n1,2,3,4\n' ',b\n1,3' usecols=b
}

@test "labels without a name have one where rows are objects" {
    printf 'a,b\n1,2,3\n' > t.csv
    [ "$(fp-groupby csv convert --json t.csv | jq -c '[.columns[].name], .rows[0]')" = \
        $'["index","a","b"]\n{"index":1,"a":2,"b":3}' ]
    printf 'index,b\n1,2,3\n' > t.csv
    [ "$(fp-groupby csv convert -f jsonl t.csv)" = '{"level_0":1,"index":2,"b":3}' ]
    printf 'a,b\n1,2,3,4\n' > t.csv
    [ "$(fp-groupby csv convert -f jsonl t.csv)" = '{"level_0":1,"level_1":2,"a":3,"b":4}' ]
}

@test "a date that is not understood is named with its line" {
    refuses 'd,v\n,0\n3 o clock,1\n' "3:1 (byte 7): dates like '3 o clock' are not understood" parse_dates=d
    refuses 'd,t,v\n31. May,noon,1\n' "2:1 (byte 6): dates like '31. May noon' are not understood" parse_dates=d+t
}

@test "no row at all still has columns" {
    reads 'a;b\n1;2\n' '0,1' sep=\; header=none nrows=0
    reads 'a,b\n1,2\n' 'a,b' nrows=0
    reads 'a,b,c\n1,2,3\n' 'p,q' nrows=0 names=p,q
}

@test "a number among na_values stands for all its forms" {
    reads 'a\n3\n3.0\n 3\n1.5\n' 'a\n""\n""\n""\n1.5' na_values=3
    reads 'a\n3\n 3\n4\n' 'a\n""\n3.0\n4.0' na_values=3.0
    reads 'a\n3.0\nx\n' 'a\n""\nx' na_values=3
    reads 'a\n3.0\n1.5\n' 'a\n""\n1.5' na_values=3 dtype=a:float64
    reads 'a\n 3\n1\n' 'a\n3\n1' na_values=3 dtype=a:Int64
}

@test "one field that is no integer makes nullable integers of floats" {
    reads 'a\n1.0\n9007199254740993\n' 'a\n1\n9007199254740992' dtype=a:Int64
    reads 'a\nNA\n9007199254740993\n' 'a\n""\n9007199254740993' dtype=a:Int64
}

@test "an escape character needs a character" {
    refuses 'a\n0\n\\' '3:1 (byte 4): Error tokenizing data. C error: EOF following escape character' 'escapechar=\'
}
