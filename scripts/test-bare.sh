#!/bin/sh
# test-bare.sh [SUITE]...: the promise of the README, tried: in a Debian root that holds
# nothing but git (bookworm and trixie), a clone of HEAD, scripts/artifacts.sh twice,
# no difference, scripts/test.sh.
#
# Ends with "N passed, N failed", one for each suite and step.  Needs debootstrap, and root or sudo.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd -P)
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/lockstep
passed=0
failed=0

unavailable() {
    echo "test-bare.sh: $*" >&2
    exit 4
}
# shellcheck source=scripts/debian_root.sh
. "$top/scripts/debian_root.sh"

# step FOLDER COMMAND...: a command inside the root; counted.
step() {
    folder=$1
    shift
    echo "== $suite: $*"
    # shellcheck disable=SC2016 # expanded by the inner shell
    if root_enter "$root" /proc /dev -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
        sh -c 'cd "$1" && shift && exec "$@"' step "$folder" "$@" </dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok $suite: $*"
        return 1
    fi
}

# try SUITE: a fresh root, the steps one after the other, the root thrown away.
try() {
    suite=$1
    root=$cache/bare-$suite
    as_root rm -rf --one-file-system "$root"
    if ! root_make "$suite" "$root" git >"$cache/bare-$suite.log" 2>&1; then
        tail -n 5 "$cache/bare-$suite.log" >&2
        unavailable "could not make a bare $suite root"
    fi
    git -C "$top" bundle create -q - HEAD | as_root tee "$root/root/lockstep.bundle" >/dev/null
    # shellcheck disable=SC2015 # the first step that fails ends the row
    step /root git -c advice.detachedHead=false clone -q lockstep.bundle lockstep &&
        step /root/lockstep scripts/artifacts.sh &&
        step /root/lockstep scripts/artifacts.sh &&
        step /root/lockstep git diff --exit-code &&
        step /root/lockstep scripts/test.sh || :
    as_root rm -rf --one-file-system "$root"
}

"$top/scripts/setup.sh" roots
root_check
mkdir -p "$cache"
[ $# -gt 0 ] || set -- bookworm trixie
for one in "$@"; do
    try "$one"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
