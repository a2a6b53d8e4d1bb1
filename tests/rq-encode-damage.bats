#!/usr/bin/env bats
# What files and sidecars go through: every kind of damage, and what stops a program.
load helper

# random FILE OCTETS [KEY]: the same ones every time.
random() {
    openssl enc -aes-128-ctr -K "$(printf '%032d' "${3:-0}")" -iv 00000000000000000000000000000000 \
        -in /dev/zero 2> /dev/null | head -c "$2" > "$1" || true
}

# spoil FILE OFFSET COUNT: other octets there.
spoil() {
    random noise "$3" 99
    dd if=noise of="$1" bs=65536 oflag=seek_bytes seek="$2" conv=notrunc status=none
}

# sectors FILE PER-MILLE: that many of its sectors of 512 octets, anywhere.
sectors() {
    local n=$(($(stat -c %s "$1") / 512))
    random noise 512 98
    awk -v n="$n" -v m=$((n * $2 / 1000)) 'BEGIN { srand(3)
        while (m > 0) { s = int(rand() * n); if (!(s in gone)) { gone[s]; m--; print s } } }' |
        while read -r sector; do
            dd if=noise of="$1" bs=512 seek="$sector" count=1 conv=notrunc status=none
        done
}

# shim NAME CODE: a library to preload.
shim() {
    command -v cc > /dev/null || skip "no compiler"
    printf '#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <errno.h>\n#include <signal.h>\n#include <sys/mman.h>\n%s\n%s\n%s\n' \
        '#include <stdio.h>' '#include <unistd.h>' "$2" > "$1.c"
    cc -shared -fPIC -o "$1.so" "$1.c" -ldl
    LD_PRELOAD="$PWD/$1.so" rq-encode --version > /dev/null || skip "a sanitizer does not let functions be replaced"
}

@test "a big file survives a burst, random sectors, removed octets, and damage of its sidecar too" {
    random x 3000000
    cp x good
    rq-encode protect x
    cp x.rq good.rq
    spoil x 1234567 120000
    rq-encode repair x
    cmp x good
    sectors x 40
    run -1 rq-encode verify x
    rq-encode repair x
    cmp x good
    { head -c 5000 good && tail -c +6001 good; } > x
    rq-encode repair x
    cmp x good
    spoil x.rq 0 500
    sectors x.rq 10
    spoil x 2000000 90000
    rq-encode repair x
    cmp x good
    cmp x.rq good.rq
}

@test "a burst as long as the redundancy less two symbols is repaired, wherever it is" {
    random x 1500000
    cp x good
    rq-encode protect x
    T=$(jq .layout.T x.raptorq.json)
    length=$((($(jq '.layout.repair_symbols - .layout.Z * .layout.spare_per_block' -c x.raptorq.json) - 2) * T))
    [ "$length" -gt 70000 ]
    for at in 0 1 777777 $((1500000 - length)); do
        spoil x $at $length
        rq-encode repair x
        cmp x good
    done
}

@test "damage beyond the redundancy is told, and nothing is changed" {
    random x 500000
    rq-encode protect x
    spoil x 100000 40000
    cp x before
    run -1 --separate-stderr rq-encode repair x
    [[ "$stderr" == "rq-encode: x:block 0: "*"symbols are left of the "*" needed"* ]]
    cmp x before
    [ "$(ls x*)" = "$(printf 'x\nx.raptorq.json\nx.rq')" ]
}

@test "the sidecar of another file, or of an older state, repairs nothing wrong" {
    random x 300000
    random y 300000 5
    rq-encode protect x
    rq-encode protect y
    cp y.rq x.rq
    cp x before
    run -1 rq-encode verify x
    [[ "$output" == *"not repairable"* ]]
    run -1 rq-encode repair x
    cmp x before
}

@test "a sidecar of a foreign version is refused by name" {
    seq 1 5000 > x
    rq-encode protect x
    LC_ALL=C sed 's/\x89LSRQ\r/\x89LSRX\r/' x.rq > other && mv other x.rq
    run -3 --separate-stderr rq-encode verify x
    [[ "$stderr" == "rq-encode: x.rq: no readable header record"* ]]
}

@test "a program that is interrupted leaves the old sidecar and no temporary file" {
    shim stop 'int fsync(int fd) { (void)fd; raise(SIGTERM); return 0; }'
    seq 1 5000 > x
    rq-encode protect x
    cp x.rq before.rq
    echo more >> x
    run -143 env LD_PRELOAD="$PWD/stop.so" rq-encode protect x
    cmp x.rq before.rq
    [ "$(ls x*)" = "$(printf 'x\nx.raptorq.json\nx.rq')" ]
    rq-encode protect x
    spoil x 100 100
    cp x before
    run -143 env LD_PRELOAD="$PWD/stop.so" rq-encode repair x
    cmp x before
    [ "$(ls x*)" = "$(printf 'x\nx.raptorq.json\nx.rq')" ]
}

@test "a full disk is status 4, says so, and changes nothing" {
    shim full 'int fsync(int fd) { (void)fd; errno = ENOSPC; return -1; }'
    seq 1 5000 > x
    run -4 --separate-stderr env LD_PRELOAD="$PWD/full.so" rq-encode protect x
    [[ "$stderr" == "rq-encode: x.rq: "*"No space left on device"* ]]
    [ "$(ls x*)" = x ]
    rq-encode protect x
    spoil x 100 100
    cp x before
    run -4 env LD_PRELOAD="$PWD/full.so" rq-encode repair x
    cmp x before
    [ "$(ls x*)" = "$(printf 'x\nx.raptorq.json\nx.rq')" ]
}

@test "a file size limit is an error, not a signal" {
    random x 300000
    run -4 --separate-stderr bash -c 'ulimit -f 4; rq-encode protect x'
    [[ "$stderr" == "rq-encode: x.rq: "*"File too large"* ]]
    [ "$(ls x*)" = x ]
}

@test "a folder that cannot be written is status 4, and the file is as it was" {
    command -v setpriv > /dev/null || skip "no setpriv"
    mkdir d
    seq 1 5000 > d/x
    rq-encode protect d/x
    spoil d/x 100 100
    cp d/x before
    chmod -R a+rX,a-w d
    chmod 755 .
    as=()
    [ "$(id -u)" != 0 ] || as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    "${as[@]}" test -r d/x || skip "another user cannot look here"
    run -4 --separate-stderr "${as[@]}" "$(command -v rq-encode)" repair d/x
    [[ "$stderr" == "rq-encode: d/x: cannot create: Permission denied"* ]]
    cmp d/x before
    run -4 "${as[@]}" "$(command -v rq-encode)" protect --force d/x
    chmod -R u+w d
    rq-encode repair d/x
}

@test "a file that shrinks while it is read is an error" {
    shim shrink 'ssize_t pread64(int fd, void *p, size_t n, off_t at);
static ssize_t cut(int fd, void *p, size_t n, off_t at)
{
    ssize_t (*real)(int, void *, size_t, off_t) = dlsym(RTLD_NEXT, "pread");
    ssize_t got = real(fd, p, n, at);
    if (truncate("x", 1000) != 0) return -1;
    return got;
}
ssize_t pread(int fd, void *p, size_t n, off_t at) { return cut(fd, p, n, at); }
ssize_t pread64(int fd, void *p, size_t n, off_t at) { return cut(fd, p, n, at); }'
    random x 3000000
    run -4 --separate-stderr env LD_PRELOAD="$PWD/shrink.so" rq-encode protect x
    [[ "$stderr" == "rq-encode: x: "*"while it was read (try again)" ]]
    [ "$(ls x*)" = "$(printf 'x')" ]
}

@test "data that moved is found beside sectors that cannot be read" {
    shim fail 'static int bad(size_t n, off_t at) { return n != 0 && at < 86016 && at + (off_t)n > 81920; }
ssize_t pread(int fd, void *p, size_t n, off_t at)
{
    ssize_t (*real)(int, void *, size_t, off_t) = dlsym(RTLD_NEXT, "pread");
    if (bad(n, at)) { errno = EIO; return -1; }
    return real(fd, p, n, at);
}
ssize_t pread64(int fd, void *p, size_t n, off_t at) { return pread(fd, p, n, at); }
/* What a mapping gives there: the zeros that the handler of SIGBUS puts. */
static void *map(void *a, size_t n, int prot, int flags, int fd, off_t at)
{
    void *(*real)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, "mmap");
    char *p = real(a, n, prot, flags, fd, at);
    if (fd >= 0 && prot == PROT_READ && n > 900000)
        real(p + 81920, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    return p;
}
void *mmap(void *a, size_t n, int prot, int flags, int fd, off_t at) { return map(a, n, prot, flags, fd, at); }
void *mmap64(void *a, size_t n, int prot, int flags, int fd, off_t at) { return map(a, n, prot, flags, fd, at); }'
    random x 1000000
    rq-encode protect x
    { head -c 3000 x && tail -c +4001 x; } > y && mv y x
    run -1 env LD_PRELOAD="$PWD/fail.so" rq-encode verify --json x
    [ "$(jq .unreadable_octets <<< "$output")" = 4096 ]
    [ "$(jq '[.moved_symbols > 1900, .repairable]' -c <<< "$output")" = "[true,true]" ]
    env LD_PRELOAD="$PWD/fail.so" rq-encode repair x
    rq-encode verify x
}

@test "a file larger than the memory allowed gives the same sidecar, and is repaired" {
    random x 9000000
    cp x good
    rq-encode protect x
    cp x.rq good.rq
    rq-encode protect --force --memory 1M x
    cmp x.rq good.rq
    spoil x 5000000 300000
    rq-encode repair --memory 1M x
    cmp x good
}

@test "a sparse file of more than 4 GiB is protected in bounded memory, and stays sparse" {
    [ -z "${LOCKSTEP_QUICK:-}" ] || skip "takes some seconds"
    truncate -s 4200M x || skip "no such files here"
    spoil x 4300000000 5000
    rq-encode protect -r 3000 --memory 64M x
    spoil x 4299999000 3000
    printf moved | dd of=x bs=1 seek=100000 conv=notrunc status=none
    rq-encode repair --memory 64M x
    [ "$(du -k x | cut -f1)" -lt 10000 ]
    spoil expected 0 5000
    dd if=x bs=1M iflag=skip_bytes,count_bytes skip=4300000000 count=5000 status=none | cmp - expected
}

@test "repair of a link repairs the file it leads to, and the link stays" {
    mkdir d
    seq 1 5000 > d/x
    cp d/x good
    ln -s d/x link
    rq-encode protect link
    spoil d/x 100 100
    chmod 640 d/x
    touch -d '2001-02-03 04:05:06' d/x
    rq-encode repair --keep-damaged link
    [ -L link ]
    cmp d/x good
    [ -f d/x.damaged ]
    [ "$(stat -c '%a %Y' d/x)" = "640 $(date -d '2001-02-03 04:05:06' +%s)" ]
}

@test "a name with a line feed is scrubbed, and never taken for two that are done" {
    mkdir d
    seq 1 500 > $'d/a\nb'
    seq 1 500 > d/b
    rq-encode protect $'d/a\nb' d/b
    printf 'd/a\nb\n' > note
    run -0 rq-encode scrub --resume note d
    [ "$(tail -n 1 <<< "$output" | jq -c '[.intact, .skipped]')" = "[2,0]" ]
}

@test "rate and time left are shown on a terminal only" {
    command -v script > /dev/null || skip "no script"
    shim slow 'ssize_t pread64(int fd, void *p, size_t n, off_t at);
static ssize_t late(int fd, void *p, size_t n, off_t at)
{
    ssize_t (*real)(int, void *, size_t, off_t) = dlsym(RTLD_NEXT, "pread");
    usleep(50000);
    return real(fd, p, n, at);
}
ssize_t pread(int fd, void *p, size_t n, off_t at) { return late(fd, p, n, at); }
ssize_t pread64(int fd, void *p, size_t n, off_t at) { return late(fd, p, n, at); }'
    random x 10000000
    LD_PRELOAD="$PWD/slow.so" script -qec "rq-encode protect x" typescript > /dev/null
    grep -Eq 'reading .*[KM]iB/s, [0-9]+ %, [0-9]+ s left' typescript
    run -0 --separate-stderr rq-encode protect --force x
    [ -z "$stderr" ]
}
