#!/usr/bin/env bats
load helper

# damage FILE OFFSET COUNT: overwrite octets.
damage() {
    head -c "$3" /dev/zero | tr '\0' '#' | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# random FILE OCTETS: the same ones every time.
random() {
    openssl enc -aes-128-ctr -K 00000000000000000000000000000000 \
        -iv 00000000000000000000000000000000 -in /dev/zero 2>/dev/null | head -c "$2" > "$1" || true
}

@test "protect writes a sidecar and a manifest and leaves the file alone" {
    seq 1 5000 > x
    cp -p x before
    run -0 --separate-stderr rq-encode protect x
    cmp x before
    [ -z "$stderr" ]
    [ "$(ls x*)" = "$(printf 'x\nx.raptorq.json\nx.rq')" ]
    [ "$(jq -r .digests.blake2b_256 x.raptorq.json)" = "$(b2sum -l 256 x | cut -d' ' -f1)" ]
    [ "$(jq -r .sidecar.digests.blake2b_256 x.raptorq.json)" = "$(b2sum -l 256 x.rq | cut -d' ' -f1)" ]
    [ "$(jq -r .size x.raptorq.json)" = "$(stat -c %s x)" ]
}

@test "a file named .json drops that ending for manifest and proof" {
    seq 1 500 > report.json
    rq-encode protect report.json
    rq-encode drill report.json
    [ -e report.json.rq ]
    [ -e report.raptorq.json ]
    [ -e report.decode_proof.json ]
}

@test "the sidecar is the same for every CPU and number of threads" {
    random x 300000
    for cpu in scalar ssse3 avx2 avx512 gfni neon; do
        LOCKSTEP_CPU=$cpu rq-encode protect --force --threads 1 x || continue
        mv x.rq "$cpu.rq"
    done
    rq-encode protect --force --threads 2 x
    for other in *.rq; do
        cmp x.rq "$other"
    done
}

@test "protect leaves a sidecar that is up to date alone" {
    seq 1 5000 > x
    rq-encode protect x
    touch -d @1 x.rq x.raptorq.json
    run -0 rq-encode protect x
    [[ "$output" == *"up to date"* ]]
    [ "$(stat -c %Y x.rq)" = 1 ]
    [ "$(stat -c %Y x.raptorq.json)" = 1 ]
    echo more >> x
    rq-encode protect x
    [ "$(stat -c %Y x.rq)" != 1 ]
}

@test "verify exits 0 for intact and 1 for damaged, and says whether it is repairable" {
    seq 1 5000 > x
    rq-encode protect x
    run -0 rq-encode verify x
    [ "$output" = "x: intact" ]
    damage x 1000 100
    run -1 rq-encode verify x
    [[ "$output" == *"symbols lost; repairable"* ]]
    run -1 rq-encode verify --json x
    [ "$(jq -r .state <<< "$output")" = damaged ]
    [ "$(jq .damaged_ranges[0].offset <<< "$output")" = 960 ]
    damage x 0 10000
    run -1 rq-encode verify x
    [[ "$output" == *"not repairable"* ]]
}

@test "repair restores the exact octets, mode and time" {
    random x 3000000
    chmod 640 x
    touch -d @1000000000 x
    cp -p x good
    rq-encode protect x
    damage x 70000 140000
    touch -d @1000000000 x
    run -0 rq-encode repair x
    cmp x good
    [ "$(stat -c '%a %Y' x)" = "640 1000000000" ]
    rq-encode verify x
}

@test "repair finds data that moved" {
    random x 1000000
    cp x good
    rq-encode protect x
    for change in 'tail -c +1001 good' 'head -c 3000 good; tail -c +4001 good' \
        'printf abc; cat good' 'head -c 990000 good' \
        'head -c 5000 good; seq 1 2000; tail -c +5001 good'; do
        bash -c "$change" > x
        rq-encode repair x
        cmp x good
    done
}

@test "a damaged sidecar still repairs and is healed" {
    random x 1000000
    cp x good
    rq-encode protect x
    cp x.rq good.rq
    damage x.rq 0 300
    damage x.rq 30000 200
    damage x 400000 10000
    run -1 rq-encode verify x
    [[ "$output" == *"sidecar damaged"* ]]
    rq-encode repair x
    cmp x good
    cmp x.rq good.rq
}

@test "a missing file comes back whole when the redundancy allows" {
    seq 1 3000 > x
    cp x good
    rq-encode protect -r 101% x
    rm x
    rq-encode repair x
    cmp x good
}

@test "repair changes nothing when too much is lost" {
    seq 1 5000 > x
    rq-encode protect x
    damage x 0 10000
    cp x before
    run -1 --separate-stderr rq-encode repair x
    [[ "$stderr" == "rq-encode: x:"* ]]
    cmp x before
    [ "$(ls x*)" = "$(printf 'x\nx.raptorq.json\nx.rq')" ]
}

@test "repair --keep-damaged keeps it" {
    seq 1 5000 > x
    rq-encode protect x
    damage x 50 10
    cp x before
    rq-encode repair --keep-damaged x
    cmp x.damaged before
}

@test "drill loses, decodes and proves, the same each time" {
    seq 1 5000 > x
    cp x before
    rq-encode protect x
    for scenario in random burst source; do
        run -0 rq-encode drill --scenario $scenario --seed 7 x
        cp x.decode_proof.json first
        rq-encode drill --threads 1 --scenario $scenario --seed 7 x
        cmp first x.decode_proof.json
        [ "$(jq -r .source_before.blake2b_256 first)" = "$(jq -r .source_after.blake2b_256 first)" ]
        [ "$(jq .recovered_symbols first)" -gt 0 ]
    done
    cmp x before
    [ "$(jq -r '.blocks[0].dropped' first)" = "0-$(($(jq .layout.K first) - 1))" ]
}

@test "the proof hash is what docs/FORMATS.md says" {
    seq 1 5000 > x
    rq-encode protect x
    rq-encode drill x
    jq -r '"\(.schema)\nartifact \(.artifact)\nsize \(.size)\noti \(.oti)
layout \(.layout.T) \(.layout.K) \(.layout.Z)\nset_id \(.set_id)
symbol_digests_root \(.symbol_digests_root)\nscenario \(.scenario)\nseed \(.seed)
before blake2b_256 \(.source_before.blake2b_256) xxh3_128 \(.source_before.xxh3_128)
after blake2b_256 \(.source_after.blake2b_256) xxh3_128 \(.source_after.xxh3_128)
\(.blocks[] | "block \(.block) dropped \(.dropped) received \(.received) overhead \(.overhead)")
dropped_symbols \(.dropped_symbols)\nrecovered_symbols \(.recovered_symbols)
decoded \(.decoded)"' x.decode_proof.json > text
    [ "$(b2sum -l 256 text | cut -d' ' -f1)" = "$(jq -r .proof_hash x.decode_proof.json)" ]
}

@test "an empty file and one of one octet can be protected" {
    : > empty
    printf x > one
    rq-encode protect empty one
    rq-encode verify empty one
    printf y > one
    rq-encode repair one
    [ "$(cat one)" = x ]
    echo junk > empty
    rq-encode repair empty
    [ ! -s empty ]
}

@test "what is no sidecar is refused with status 3" {
    seq 1 100 > x
    for content in '' 'nonsense' "$(seq 1 1000)"; do
        printf '%s' "$content" > x.rq
        run -3 --separate-stderr rq-encode verify x
        [[ "$stderr" == "rq-encode: x.rq:"*"no readable header"* ]]
    done
}

@test "a missing file, folder or sidecar is status 4" {
    run -4 rq-encode protect nothing
    run -4 rq-encode protect .
    seq 1 100 > x
    run -4 rq-encode verify x
}

@test "a bad redundancy is a usage error" {
    seq 1 100 > x
    for r in 0 0% -1 x 5%% 1e99%; do
        run -2 --separate-stderr rq-encode protect -r "$r" x
        [ ! -e x.rq ]
    done
}

@test "the man page and --help list the same commands and options" {
    same_options rq-encode
}

@test "sectors that cannot be read count as lost, and repair replaces them" {
    command -v cc > /dev/null || skip "no compiler"
    cat > fail.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
/* Reading across octets 81920 .. 86015 of a descriptor fails, as from a bad sector. */
ssize_t
pread(int fd, void *data, size_t size, off_t at)
{
    ssize_t (*real)(int, void *, size_t, off_t) = dlsym(RTLD_NEXT, "pread");

    if (at < 86016 && at + (off_t)size > 81920 && size != 0 && !getenv("REPAIRED")) {
        errno = EIO;
        return -1;
    }
    return real(fd, data, size, at);
}
ssize_t
pread64(int fd, void *data, size_t size, off_t at)
{
    return pread(fd, data, size, at);
}
END
    cc -shared -fPIC -o fail.so fail.c -ldl
    random x 1000000
    rq-encode protect x
    [ "$(LD_PRELOAD=$PWD/fail.so rq-encode verify --json x | jq -c '[.unreadable_octets, .lost_symbols, .repairable]')" = "[4096,8,true]" ] ||
        skip "a sanitizer does not let pread be replaced"
    run -4 env LD_PRELOAD="$PWD/fail.so" rq-encode protect --force x
    [[ "$output" == *"x: cannot read at byte"* ]]
}
