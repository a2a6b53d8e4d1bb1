#!/bin/sh
# setup.sh [--check] PURPOSE...: install the Debian packages a purpose needs.
#
# Purposes are the first words of the table below; "all" is every one.  --check only
# says, in one line, what is missing (exit 4).  Asks nothing; does nothing when
# everything is there.  Needs root or sudo to install.  Daemons it installs are neither
# started nor enabled: the tests start their own.
set -eu

# purpose  packages; a|b: the first that this Debian release has
table='
build   gcc make pkgconf|pkg-config libc6-dev libxxhash-dev libsodium-dev
build   protobuf-c-compiler libprotobuf-c-dev libonnx-dev
build   libcjson-dev libyaml-dev libarchive-dev libopenblas-dev zlib1g-dev
test    bats jq python3 mandoc openssl strace minisign zstd
lint    clang-format-14 clang-tidy-14 cppcheck shellcheck mandoc python3
fuzz    clang libclang-rt-14-dev|libclang-rt-19-dev
live    libonnx-testdata
memory  valgrind
cluster python3-distributed parallel
cluster slurmctld slurmd slurm-client munge
arm64   gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
roots   debootstrap mount
'
# The originals: the packages themselves on Debian 13, else what makes a root for them.
if grep -qs '^VERSION_CODENAME=trixie$' /etc/os-release; then
    table="$table
oracle  python3-pandas python3-torch python3-safetensors python3-onnx python3-onnxruntime"
else
    table="$table
oracle  debootstrap mount"
fi

fail() {
    echo "setup.sh: $*" >&2
    exit 4
}

# packages PURPOSE...: the wanted packages, each once.
packages() {
    echo "$table" | awk -v want=" $* " '
        NF && (want ~ " all " || index(want, " " $1 " ")) {
            for (i = 2; i <= NF; i++)
                if (!seen[$i]++)
                    print $i
        }'
}

# missing WANTED: those of which no alternative is installed.
missing() {
    # shellcheck disable=SC2046 # a list
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' $(echo "$1" | tr '|' ' ') 2>/dev/null |
        awk -v wanted="$1" '
            $2 == "installed" { have[$1] }
            END {
                n = split(wanted, want)
                for (i = 1; i <= n; i++) {
                    found = 0
                    m = split(want[i], alternatives, "|")
                    for (j = 1; j <= m; j++)
                        found = found || (alternatives[j] in have)
                    if (!found)
                        print want[i]
                }
            }'
}

# choose WANTED...: of each, the first alternative that can be installed here.
choose() {
    for one in "$@"; do
        for name in $(echo "$one" | tr '|' ' '); do
            if apt-cache show "$name" >/dev/null 2>&1; then
                echo "$name"
                continue 2
            fi
        done
        echo "$name"
        return 1
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

policy=/usr/sbin/policy-rc.d

# install NAME...: what comes as a service stays asleep.
install() {
    asleep=
    for one in "$@"; do
        case $one in
        munge | slurmctld | slurmd) asleep="$asleep $one" ;;
        esac
    done
    if [ -n "$asleep" ] && [ ! -e "$policy" ]; then
        trap 'as_root rm -f "$policy"; rm -f "$log"' EXIT
        as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy"
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "$@" </dev/null || return
    for one in $asleep; do
        as_root update-rc.d "$one" disable
    done
}

check=false
if [ "${1:-}" = --check ]; then
    check=true
    shift
fi
wanted=$(packages "$@")
if [ $# -eq 0 ] || [ -z "$wanted" ]; then
    echo "usage: setup.sh [--check] $(echo "$table" | awk 'NF && !seen[$1]++ { printf "%s|", $1 }')all..." >&2
    exit 2
fi
if ! command -v dpkg-query >/dev/null; then
    $check && exit 0 # no Debian: whoever is here knows what they do
    fail "this is not Debian; install the equivalents of: $(echo "$wanted" | tr '\n' ' ')"
fi
lacking=$(missing "$(echo "$wanted" | tr '\n' ' ')")
[ -n "$lacking" ] || exit 0
names=$(echo "$lacking" | tr '\n' ' ' | sed 's/ $//')
if $check; then
    fail "missing for $*: $names (run scripts/setup.sh $*)"
fi
[ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
    fail "installing $names needs root or sudo"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "setup.sh: installing for $*: $names" >&2
# A foreign repository that does not answer is no reason to stop: the next step tells.
as_root apt-get -q update >"$log" 2>&1 || :
# shellcheck disable=SC2086 # a list
chosen=$(choose $lacking) || fail "this Debian release has no ${chosen##*
}"
# shellcheck disable=SC2086
install $chosen >>"$log" 2>&1 || {
    tail -n 15 "$log" >&2
    fail "could not install $names"
}
