#!/usr/bin/env bats
load helper

# packet FILE T N: the octets of packet N (from 0) of a stream.
packet() {
    tail -c +$((13 + $3 * ($2 + 4))) "$1" | head -c $(($2 + 4))
}

@test "a stream starts with the OTI and holds the packets of the list in order" {
    seq 1 500 > x
    rq-encode packets --symbol-size 64 --blocks 2 --sub-blocks 2 --align 8 --esi 3,0-1,65535 -o s x
    [ "$(head -c 12 s | od -An -tx1 | tr -d ' \n')" = "000000076400004002000208" ]
    [ "$(stat -c %s s)" = $((12 + 8 * 68)) ]
    [ "$(packet s 64 0 | head -c 4 | od -An -tx1 | tr -d ' ')" = 00000003 ]
    [ "$(packet s 64 3 | head -c 4 | od -An -tx1 | tr -d ' ')" = 0000ffff ]
    [ "$(packet s 64 4 | head -c 4 | od -An -tx1 | tr -d ' ')" = 01000003 ]
}

@test "assemble recovers from repair packets only, in any order" {
    seq 1 500 > x
    rq-encode packets --symbol-size 32 --from-esi 100 --rate 105% x > s
    rq-encode assemble -o y s
    cmp x y
    {
        head -c 12 s
        for i in $(seq 61 -1 0); do packet s 32 "$i"; done
    } > shuffled
    rq-encode assemble < shuffled | cmp - x
}

@test "too few packets are status 1 and write nothing" {
    seq 1 500 > x
    rq-encode packets --symbol-size 32 --count 59 x > s
    run -1 --separate-stderr rq-encode assemble -o y s
    [ ! -e y ]
    [[ "$stderr" == "rq-encode: s:"* ]]
}

@test "a packet cut short counts as lost" {
    seq 1 500 > x
    rq-encode packets --symbol-size 32 --rate 110% x | head -c -5 > s
    rq-encode assemble s | cmp - x
}

@test "packets that contradict each other are refused" {
    seq 1 500 > x
    rq-encode packets --symbol-size 32 --rate 110% x > s
    { cat s; packet s 32 0 | tr '1' '2'; } > twice
    run -3 --separate-stderr rq-encode assemble twice
    [[ "$stderr" == *"comes twice with different octets"* ]]
    printf '\377\376\375' | dd of=s bs=1 seek=100 conv=notrunc status=none
    run -3 --separate-stderr rq-encode assemble s
    [[ "$stderr" == *"contradict each other"* ]]
}

@test "hostile streams are refused with status 3" {
    for oti in '' '\1\2\3' '\0\0\0\0\0\0\0\10\1\0\1\10' '\0\0\0\0\10\0\0\0\1\0\1\10' \
        '\0\0\0\0\10\0\0\10\0\0\1\10' '\377\377\377\377\377\0\0\10\1\0\1\10' \
        '\0\0\0\0\10\1\0\10\1\0\1\10' '\0\0\0\0\10\0\0\10\1\0\7\10'; do
        printf "$oti" > s
        run -3 --separate-stderr rq-encode assemble s
        [ -z "$output" ]
    done
    printf '\0\0\0\0\20\0\0\10\1\0\1\10\1\0\0\0abcdefgh' > s
    run -3 --separate-stderr rq-encode assemble s
    [[ "$stderr" == *"s:byte 12: packet of block 1 of 1"* ]]
}

@test "bad lists and layouts of packets are refused" {
    seq 1 500 > x
    for list in 1- -1 1,,2 5-3 16777216 x; do
        run -2 rq-encode packets --esi "$list" x
    done
    run -3 rq-encode packets --symbol-size 10 --align 4 x
    run -3 rq-encode packets --symbol-size 1280 --blocks 9 x
    run -3 rq-encode packets --symbol-size 8 --sub-blocks 2 --align 8 x
    : > empty
    run -3 rq-encode packets empty
}

@test "oti derives the parameters of section 4.3" {
    run -0 rq-encode oti --transfer-length 1000000 --max-packet 1024 --memory 65536 --json
    [ "$(jq -r '"\(.T) \(.Z) \(.N) \(.oti_hex)"' <<< "$output")" = "1024 1 16 00000f424000040001001008" ]
    run -0 rq-encode oti -f 21474836480 -p 1024 -m 10485760 --json
    [ "$(jq -r '"\(.Z) \(.oti_hex)"' <<< "$output")" = "372 null" ]
    run -2 rq-encode oti -f 1
    run -3 rq-encode oti -f 1000 -p 70000 -m 65536
    run -3 rq-encode oti -f 1000 -p 1000 -m 10
}

# bundle: a FrankenPandas bundle of x (T = 32) on standard output.
bundle() {
    rq-encode packets --symbol-size 32 --rate 220% x > s
    k=$((($(stat -c %s x) + 31) / 32))
    n=$((($(stat -c %s s) - 12) / 36))
    for i in $(seq 0 $((n - 1))); do
        packet s 32 "$i" > p
        jq -cn --arg hex "$(od -An -v -tx1 p | tr -d ' \n')" --arg hash "$(sha256sum p | cut -d' ' -f1)" \
            --argjson i "$i" --argjson k "$k" \
            '{source_block_number: 0, encoding_symbol_id: $i, is_source: ($i < $k), serialized_hex: $hex, symbol_hash: $hash}'
    done | jq -s --arg oti "$(head -c 12 s | od -An -tx1 | tr -d ' \n')" --arg hash "sha256:$(sha256sum x | cut -d' ' -f1)" \
        '{artifact_id: "X/bundle", source_hash: $hash, oti_serialized_hex: $oti, packet_records: .}'
}

@test "import recovers what a bundle protects, with damaged packets as losses" {
    seq 1 100 > x
    bundle > b.json
    run -0 rq-encode import --against x b.json
    [[ "$output" == *"SHA-256 is right"* ]]
    rq-encode import --drop-source -o y b.json
    cmp x y
    jq '.packet_records[2].serialized_hex |= sub("3"; "4")' b.json > damaged.json
    run -1 rq-encode import --json damaged.json
    [ "$(jq .damaged_packets <<< "$output")" = 1 ]
    rq-encode import -o y damaged.json
    cmp x y
    echo other > z
    run -1 rq-encode import --against z b.json
    jq '.source_hash = "sha256:00"' b.json > wrong.json
    run -1 rq-encode import -o w wrong.json
    [ ! -e w ]
    jq 'del(.packet_records)' b.json > none.json
    run -3 rq-encode import none.json
}

@test "scrub verifies and repairs everything below a folder, and goes on where it stopped" {
    mkdir -p d/e
    for f in d/a d/e/b d/c; do
        seq 1 3000 > $f
        rq-encode protect $f
    done
    run -0 rq-encode scrub d
    [ "$(tail -n 1 <<< "$output" | jq -c '[.files, .intact]')" = "[3,3]" ]
    printf '#' | dd of=d/e/b bs=1 seek=99 conv=notrunc status=none
    rm d/c
    run -1 rq-encode scrub d
    [ "$(jq -c '[.file, .state]' <<< "$output" | sed -n 2,3p)" = '["d/c","unrepairable"]
["d/e/b","damaged"]' ]
    run -1 rq-encode scrub --repair d
    [ "$(tail -n 1 <<< "$output" | jq -c '[.intact, .repaired, .damaged]')" = "[1,1,1]" ]
    seq 1 3000 | cmp - d/e/b
    printf 'd/c\nd/a\n' > note
    run -0 rq-encode scrub --resume note d
    [ "$(tail -n 1 <<< "$output" | jq -c '[.files, .skipped]')" = "[1,2]" ]
    [ ! -e note ]
}

@test "info tells what a sidecar protects without the file" {
    seq 1 3000 > x
    rq-encode protect x
    rm x
    run -0 rq-encode info --json x
    [ "$(jq -c '[.artifact, .size, .sidecar_intact]' <<< "$output")" = '["x",13893,true]' ]
    run -0 rq-encode info x.rq
    [[ "$output" == "file x: 13893 octets"* ]]
}

@test "bench measures and reports as JSON" {
    run -0 rq-encode bench --k 20 --symbol-size 64 --loss all --threads 1 --json
    [ "$(jq '.encode_mb_s > 0 and .decode_mb_s > 0 and .lost_symbols == 20' <<< "$output")" = true ]
    run -2 rq-encode bench --loss 5
}
