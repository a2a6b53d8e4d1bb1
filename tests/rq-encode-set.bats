#!/usr/bin/env bats
load helper

# a set of 31 files, most of them small
make_set() {
    mkdir -p d/e
    for i in $(seq 1 15); do
        seq 1 $((i * 30)) > "d/f$i"
        seq "$i" 700 > "d/e/g$i"
    done
    seq 1 9 > top
    rq-encode protect --set bk d top
    cp -r d good
}

same_as_before() {
    for f in $(cd good && find . -type f); do
        cmp "good/$f" "d/$f" || return 1
    done
}

@test "a set is one sidecar for many files, small ones sharing symbols" {
    make_set
    run -0 rq-encode verify bk
    [ "$output" = "bk: intact" ]
    [ "$(rq-encode list bk | wc -l)" = 31 ]
    [ "$(rq-encode list bk | sed -n 1p | awk '{ print $1, $3 }')" = "$(b2sum -l 256 d/e/g1 | awk '{ print $1, $2 }')" ]
    [ "$(jq '[.files, .layout.source_symbols * .layout.T - .size < 64]' -c bk.raptorq.json)" = "[31,true]" ]
    run -0 rq-encode protect --set bk top d
    [[ "$output" == *"up to date"* ]]
}

@test "what did not change in a set is not made again, and the result is the same" {
    mkdir d
    for i in $(seq 100 163); do
        seq "$i" 2500 > "d/f$i"
    done
    [ "$(rq-encode protect -r 400% --json --set bk d | jq -c '[.layout.Z, .blocks_kept]')" = "[1,0]" ]
    head -c 4000000 /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 2> /dev/null > d/large
    [ "$(rq-encode protect -r 100% --json --set bk d | jq -c '[.layout.Z, .blocks_kept, .blocks_encoded]')" = "[3,0,3]" ]
    printf '#' | dd of=d/f120 bs=1 seek=77 conv=notrunc status=none
    [ "$(rq-encode protect -r 100% --json --set bk d | jq -c '[.up_to_date, .blocks_kept, .blocks_encoded]')" = "[false,2,1]" ]
    cp bk.rq kept.rq
    cp bk.raptorq.json kept.json
    [ "$(rq-encode protect -r 100% --json --force --set bk d | jq -c '[.blocks_kept, .blocks_encoded]')" = "[0,3]" ]
    cmp bk.rq kept.rq
    cmp bk.raptorq.json kept.json
    # a name is no symbol: all blocks are kept
    mv d/f120 d/f120a
    [ "$(rq-encode protect -r 100% --json --set bk d | jq -c '[.up_to_date, .blocks_kept, .blocks_encoded]')" = "[false,3,0]" ]
    rq-encode verify bk
    # nothing is taken from a damaged sidecar
    printf '#' | dd of=bk.rq bs=1 seek=2000000 conv=notrunc status=none
    printf '%%' | dd of=d/f130 bs=1 seek=9 conv=notrunc status=none
    [ "$(rq-encode protect -r 100% --json --set bk d | jq -c '[.blocks_kept, .blocks_encoded]')" = "[0,3]" ]
    rq-encode verify bk
    rm d/large
    rq-encode repair bk
    rq-encode verify bk
}

@test "damaged, missing, renamed and extra files of a set are told apart and put right" {
    make_set
    mv d/f3 d/renamed
    rm d/f1
    echo more >> d/f2
    printf '#' | dd of=d/e/g2 bs=1 seek=9 conv=notrunc status=none
    echo new > d/new
    run -1 rq-encode verify --json bk
    [ "$(jq -c '[.files[] | select(.state != "intact") | [.path, .state]]' <<< "$output")" = \
        '[["d/e/g2","damaged"],["d/f1","missing"],["d/f2","damaged"],["d/f3","renamed"]]' ]
    [ "$(jq -c .extra_files <<< "$output")" = '["d/new","d/renamed"]' ]
    rq-encode repair bk
    same_as_before
    [ -e d/new ]
    rq-encode verify bk
}

@test "files of a set keep their times, and --keep-damaged keeps what they were" {
    make_set
    spoiled=$(printf '#' | dd of=d/e/g2 bs=1 seek=9 conv=notrunc status=none; b2sum < d/e/g2)
    touch -d '2001-02-03 04:05:06' d/e/g2
    rq-encode repair --keep-damaged bk
    same_as_before
    [ "$(stat -c %Y d/e/g2)" = "$(date -d '2001-02-03 04:05:06' +%s)" ]
    [ "$(b2sum < d/e/g2.damaged)" = "$spoiled" ]
}

@test "the sidecar of a set is healed" {
    make_set
    cp bk.rq whole.rq
    printf 'zz' | dd of=bk.rq bs=1 seek=300 conv=notrunc status=none
    run -1 rq-encode verify bk
    rq-encode repair bk
    cmp bk.rq whole.rq
}

@test "files of a set must lie in its folder" {
    mkdir d
    seq 1 9 > d/x
    seq 1 9 > y
    run -2 --separate-stderr rq-encode protect --set d/s d/x y
    [[ "$stderr" == *"y is not below the folder of the set"* ]]
    run -2 rq-encode protect --set s ../x "$PWD/y" || [ "$status" = 4 ]
    rq-encode protect --set d/s d/x
    [ "$(rq-encode list d/s | awk '{ print $3 }')" = x ]
    rm d/x
    run -1 rq-encode verify d/s
}

@test "a repaired set never writes through a link" {
    make_set
    rm -r d
    mkdir elsewhere
    ln -s elsewhere d
    rq-encode protect --force -r 120% --set bk top
    rm d
    cp -r good d
    rq-encode protect --force -r 120% --set bk top d
    rm -r d
    ln -s elsewhere d
    run -3 --separate-stderr rq-encode repair bk
    [ -z "$(ls elsewhere)" ]
    rm d
    rq-encode repair bk
    same_as_before
}
