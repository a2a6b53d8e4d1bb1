#!/bin/bash
# test-arm64.sh: the unit tests for aarch64, cross-compiled, run under qemu-user.
#
# There are no foreign libraries for the other architecture here, so a test that needs
# one (libsodium, libxxhash, ...) is not linked and is named below as not covered.
# Every *_neon.c must be in a test that ran.  Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 4
scripts/setup.sh build arm64 || exit 4
build=build/arm64
cc=aarch64-linux-gnu-gcc
log=$build/make.log
passed=0
failed=0
mkdir -p "$build/none"

# Empty libraries to link: what a test really uses of them stays undefined and fails it.
for name in xxhash sodium cjson yaml archive openblas protobuf-c; do
    rm -f "$build/none/lib$name.a"
    aarch64-linux-gnu-ar rc "$build/none/lib$name.a"
done
# Unused functions are dropped before symbols are looked for; static, so qemu needs no root.
make -s -k -j"$(nproc)" units CC=$cc BUILD=$build \
    OPT='-O2 -g -ffunction-sections -fdata-sections' \
    LDFLAGS="-no-pie -static -Wl,--gc-sections -L$build/none" >"$log" 2>&1
if grep -E '(error|warning):|Error 1.*\.o\]' "$log" | grep -vE 'undefined reference|ld returned|dlopen'; then
    echo "not ok cross compilation (see $log)"
    failed=1
fi
foreign='^(XXH|crypto_|sodium_|randombytes_|cJSON_|yaml_|archive_|cblas_|openblas_|LAPACKE_|protobuf_c_)'
if grep -o 'undefined reference to `[^'"'"']*' "$log" | sed 's/.*`//' | sort -u | grep -vE "$foreign"; then
    echo "not ok cross linking: the above are not foreign libraries' (see $log)"
    failed=$((failed + 1))
fi

covered='' uncovered=()
for source in tests/unit/*/test_*.c; do
    program=$build/${source%.c}
    # libarchive is loaded when it is wanted.
    if [ ! -x "$program" ] || grep -q 'libarchive\.so' "$program"; then
        uncovered+=("$source")
        continue
    fi
    if LOCKSTEP_QUICK=1 timeout 300 qemu-aarch64 -cpu max "$program" >"$build/test.log" 2>&1; then
        passed=$((passed + 1))
        echo "ok $source"
    else
        failed=$((failed + 1))
        echo "not ok $source"
        sed 's/^/    /' "$build/test.log" | tail -n 20
    fi
    # What the linker kept: X_neon.c exports a symbol X_neon or X_TYPE_neon.
    covered="$covered $(aarch64-linux-gnu-nm --defined-only "$program" | grep -o '[a-z0-9_]*_neon$')"
done
for source in $(git ls-files -co --exclude-standard -- '*_neon.c'); do
    stem=$(basename "$source" _neon.c)
    if grep -qE "^${stem}(_[a-z0-9]+)?_neon$" <<<"${covered// /$'\n'}"; then
        echo "ok $source ran"
        passed=$((passed + 1))
    else
        echo "not ok $source is in no test that ran"
        failed=$((failed + 1))
    fi
done
[ ${#uncovered[@]} -eq 0 ] || echo "not covered, they need foreign libraries: ${uncovered[*]}"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
