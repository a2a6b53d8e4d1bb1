load helper

# types FILE [OPTION...]: the types of its columns.
types() {
    fp-groupby csv convert -r parse_dates=t --json "$@" | jq -c '[.columns[].dtype]'
}

@test "an offset from UTC is part of a column's type, and of its text" {
    printf 't,v\n2024-01-01T00:00:00Z,1\n,2\n2024-01-02 10:00:00Z,3\n' > form.csv
    [ "$(types form.csv)" = '["object","int64"]' ]
    printf 't,v\n2024-01-01T00:00:00Z,1\n,2\n2024-01-02T10:00:00+00:00,3\n' > utc.csv
    [ "$(types utc.csv)" = '["datetime64[ns, UTC]","int64"]' ]
    [ "$(fp-groupby csv convert -r parse_dates=t utc.csv)" = $'t,v\n2024-01-01 00:00:00+00:00,1\n,2\n2024-01-02 10:00:00+00:00,3' ]
    printf 't\n2024-01-01T00:00:00.5+0200\n2024-01-01T00:00:00.25+02:00\n' > east.csv
    [ "$(types east.csv)" = '["datetime64[ns, UTC+02:00]"]' ]
    [ "$(fp-groupby csv convert -r parse_dates=t east.csv)" = $'t\n2024-01-01 00:00:00.500000+02:00\n2024-01-01 00:00:00.250000+02:00' ]
    [ "$(fp-groupby csv convert -r parse_dates=t -f jsonl east.csv | head -n 1)" = '{"t":"2023-12-31T22:00:00.500Z"}' ]
    [ "$(fp-groupby csv convert -r parse_dates=t -f markdown utc.csv | sed -n 3p)" = '| 2024-01-01 00:00:00+00:00 | 1 |' ]
    printf 't\n2024-01-01T00:00:00Z\n2024-01-01T00:00:00-05\n' > mixed.csv
    [ "$(types mixed.csv)" = '["object"]' ]
    [ "$(fp-groupby csv convert -r parse_dates=t mixed.csv)" = $'t\n2024-01-01 00:00:00+00:00\n2024-01-01 00:00:00-05:00' ]
    printf 't\n2024-01-01T00:00:00\n2024-01-01T00:00:00Z\n' > half.csv
    [ "$(fp-groupby csv convert -r parse_dates=t half.csv)" = "$(cat half.csv)" ]
    printf 't\n"01.02.2024 10:00 -05:30"\n' > own.csv
    [ "$(types own.csv -r 'date_format=%d.%m.%Y %H:%M %z')" = '["datetime64[ns, UTC-05:30]"]' ]
}

@test "a zone goes through .npz and Arrow, and is never dropped" {
    printf 't,v\n2024-01-01T00:00:00-05:30,1\n,2\n' > west.csv
    fp-groupby csv convert -r parse_dates=t west.csv > text
    for format in npz arrow; do
        fp-groupby csv convert -r parse_dates=t -f $format -o west.$format west.csv
        fp-groupby csv convert west.$format | cmp text -
        [ "$(fp-groupby csv convert --json west.$format | jq -r '.columns[0].dtype')" = 'datetime64[ns, UTC-05:30]' ]
    done
    run -3 fp-groupby csv convert -r parse_dates=t -r usecols=t -f npy west.csv
    [[ "$output" = *"time zones (a .npz has)"* ]]
    printf 't\n2024-01-01T00:00:00Z\n2024-01-01T00:00:00+01:00\n' > mixed.csv
    for format in npz npy arrow; do
        run -3 fp-groupby csv convert -r parse_dates=t -f $format mixed.csv
        [[ "$output" = *"mixes kinds of values"* ]]
    done
    # a zone whose clock changes is refused by name
    LC_ALL=C sed 's/-05:30\x00/Mexico\x00/; s/-05:30"/Mexico"/' west.arrow > mexico.arrow
    run -3 fp-groupby csv convert mexico.arrow
    [[ "$output" = *"column 't' has times of the zone 'Mexico' (UTC and offsets such as +02:00 are known"* ]]
}

@test "times with a zone and without are never compared" {
    printf 't,v\n2024-01-01T00:00:00Z,1\n2024-01-01T02:00:00Z,2\n' > utc.csv
    printf 't,w\n2024-01-01T00:00:00,3\n' > naive.csv
    printf 't,w\n2024-01-01T02:00:00+02:00,4\n' > east.csv
    READ=(-r parse_dates=t)
    [ "$(fp-groupby filter "t > '2024-01-01T02:30+02:00'" "${READ[@]}" utc.csv | tail -n +2)" = '2024-01-01 02:00:00+00:00,2' ]
    [ "$(fp-groupby filter "t == '2024-01-01 00:00'" "${READ[@]}" utc.csv)" = t,v ]
    run -3 fp-groupby filter "t > '2024-01-01 00:00'" "${READ[@]}" utc.csv
    [ "$output" = 'fp-groupby: utc.csv: expression:3: Invalid comparison between datetime64[ns, UTC] and datetime64[ns]' ] ||
        [ "$output" = 'fp-groupby: expression:3: Invalid comparison between datetime64[ns, UTC] and datetime64[ns]' ]
    [ "$(fp-groupby join --on t "${READ[@]}" utc.csv east.csv)" = $'t,v,w\n2024-01-01 00:00:00+00:00,1,4' ]
    run -3 fp-groupby join --on t "${READ[@]}" utc.csv naive.csv
    [[ "$output" = *"You are trying to merge on datetime64[ns, UTC] and datetime64[ns] columns for key 't'"* ]]
    run -3 fp-groupby asof --on t "${READ[@]}" utc.csv east.csv
    [[ "$output" = *"must be the same type"* ]]
    run -3 fp-groupby join --index t --left-index --right-index "${READ[@]}" utc.csv naive.csv
    [[ "$output" = *"Cannot compare tz-naive and tz-aware timestamps"* ]]
    run -0 fp-groupby concat "${READ[@]}" utc.csv naive.csv
    [ "${lines[3]}" = '2024-01-01 00:00:00,,3.0' ]
    run -3 fp-groupby concat "${READ[@]}" utc.csv naive.csv --then sort -b t
    [[ "$output" = *"Cannot compare tz-naive and tz-aware timestamps"* ]]
    [ "$(fp-groupby promote 'datetime64[ns, UTC]' 'datetime64[ns, UTC+02:00]' --json | jq -r .concat)" = object ]
}
