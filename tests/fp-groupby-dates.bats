#!/usr/bin/env bats
# Dates in CSV: what pandas.read_csv(parse_dates=...) makes of them.

load helper

# FORMAT|TEXT|what pandas answers: the text, where it is no date of that format.
formats() {
    cat << 'END'
%d %b|5 mar|1900-03-05
%d %B|5 March|1900-03-05
%d %B|5 Mar|5 Mar
%d %b|5 Ma|5 Ma
%B %d|MAY 31|1900-05-31
%b %d|sept 1|sept 1
%d|0|0
%d|31|1900-01-31
%d|32|32
%d| 5|1900-01-05
%d|  5|  5
%m|0|0
%m|12|1900-12-01
%m|13|13
%y|68|2068-01-01
%y|69|1969-01-01
%y|x9|x9
%y %Y|07 1999|1999-01-01
%Y %y|1999 07|2007-01-01
%Y|0001|0001
%Y|2262|2262-01-01
%Y|2263|2263
%Y-%m-%d|1677-09-22|1677-09-22
%Y-%m-%d|1677-09-20|1677-09-20
%H|23|1900-01-01 23:00:00
%H|24|24
%I %p|12 AM|1900-01-01
%I %p|12 pm|1900-01-01 12:00:00
%I %p|11 Pm|1900-01-01 23:00:00
%I %p|0 AM|0 AM
%I|12|1900-01-01
%I|13|13
%I %p|1 xm|1 xm
%I %p|1 a|1 a
%H %p|1 PM|1900-01-01 01:00:00
%H %I|23 12|1900-01-01
%I %H|12 23|1900-01-01 23:00:00
%M|59|1900-01-01 00:59:00
%M|60|60
%S|61|1900-01-01 00:01:01
%S|62|62
%S.%f|1.5|1900-01-01 00:00:01.500
%f|123456789|1900-01-01 00:00:00.123456789
%f|1234567890|1234567890
%H%M%S|1234|1900-01-01 12:03:04
%H%M%S|123456|1900-01-01 12:34:56
%d%m%Y|1122024|2024-02-11
%d%% %%%m|1% %2|1900-02-01
%d  %m|1     2|1900-02-01
%d %m|12|12
%dT%m|1t2|1900-02-01
%d/%m|1/2/|1/2/
%d/%m/|1/2|1/2
END
}

@test "a date_format reads what pandas reads, and leaves what it leaves" {
    formats > table
    [ "$(wc -l < table)" -eq 53 ]
    while IFS='|' read -r format text answer; do
        printf 'd,e\n"%s",1\n' "$text" > t.csv
        got=$(fp-groupby csv convert -r parse_dates=d -r "date_format=$format" t.csv)
        [ "$got" = "$(printf 'd,e\n%s,1' "$answer")" ] || { echo "$format of '$text': $got" && return 1; }
    done < table
}

@test "dates are read to both ends of what 64 bits of nanoseconds hold, and not beyond" {
    printf 'd\n1677-09-22 00:00:00.000000000\n2262-04-11 23:47:16.854775807\n' > t.csv
    run -0 fp-groupby csv convert -r parse_dates=d t.csv
    [ "$output" = "$(cat t.csv)" ]
    fp-groupby csv convert -r parse_dates=d --json t.csv | jq -e '.columns[0].dtype == "datetime64[ns]"'
    for beyond in '2262-04-11 23:47:16.854775808' 2262-04-12 1677-09-20; do
        printf 'd\n%s\n' "$beyond" > t.csv
        run -3 fp-groupby csv convert -r parse_dates=d t.csv
    done
}
