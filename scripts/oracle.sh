#!/bin/sh
# oracle.sh: run a script beside the originals (pandas 2.2.3, PyTorch 2.6, ONNX Runtime 1.21).
#
#   oracle.sh setup               install them, or find that they are there
#   oracle.sh run SCRIPT ARG...   run a Python script there, from the top of this repository
#   oracle.sh version             what is there
#
# The originals are Debian 13's packages.  On Debian 13 they are the system's own;
# elsewhere they live in a Debian 13 root under ${XDG_CACHE_HOME:-~/.cache}/lockstep,
# entered by chroot in a private mount namespace (root or sudo), where this repository,
# /tmp and the folders of files named as arguments are found under their own paths.
# LOCKSTEP_ORACLE names another such root, or a Python interpreter that has them.
# Where none can be had: one line, exit 4.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd -P)
suite=trixie
packages='python3-pandas python3-torch python3-safetensors python3-onnx python3-onnxruntime'
modules='numpy pandas torch safetensors onnx onnxruntime'
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/lockstep
managed=$cache/$suite

# One thread, no hash seed, and the instruction set every x86-64 machine of the last
# ten years has: the same bits everywhere.
environment="PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp LC_ALL=C.UTF-8
    PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 PYTHONNOUSERSITE=1 PYTHONUTF8=1
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
    ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 OPENBLAS_CORETYPE=Haswell"

unavailable() {
    echo "oracle.sh: $*" >&2
    exit 4
}

usage() {
    echo "usage: oracle.sh setup | run SCRIPT ARG... | version" >&2
    exit 2
}

# shellcheck source=scripts/debian_root.sh
. "$top/scripts/debian_root.sh"

# is_complete ROOT: every original's package is in it.
is_complete() {
    [ -x "$1/usr/bin/python3" ] || return 1
    for module in $modules; do
        [ -d "$1/usr/lib/python3/dist-packages/$module" ] || return 1
    done
}

is_debian_13() {
    grep -qs "^VERSION_CODENAME=$suite\$" /etc/os-release
}

# Where the originals are: sets root (a chroot, or "") and python.
locate() {
    root='' python=/usr/bin/python3
    if [ -n "${LOCKSTEP_ORACLE:-}" ]; then
        if [ -d "$LOCKSTEP_ORACLE" ]; then
            root=$(cd "$LOCKSTEP_ORACLE" && pwd -P)
            [ -x "$root/usr/bin/python3" ] ||
                unavailable "LOCKSTEP_ORACLE=$LOCKSTEP_ORACLE holds no /usr/bin/python3"
        elif [ "$("$LOCKSTEP_ORACLE" -c 'print(6 * 7)' 2>/dev/null)" = 42 ]; then
            python=$LOCKSTEP_ORACLE
        else
            unavailable "LOCKSTEP_ORACLE=$LOCKSTEP_ORACLE is neither a root nor a Python interpreter"
        fi
    elif is_debian_13 && is_complete ''; then
        :
    elif is_complete "$managed"; then
        root=$managed
    else
        unavailable "the originals are not installed (run scripts/oracle.sh setup)"
    fi
}

run() {
    [ $# -ge 1 ] || usage
    case $1 in
    /*) script=$1 ;;
    *) script=$top/$1 ;;
    esac
    [ -f "$script" ] || unavailable "$1: no such script"
    shift
    locate
    if [ -z "$root" ]; then
        cd "$top"
        # shellcheck disable=SC2086 # a list of assignments
        exec env -i $environment "$python" -B "$script" "$@"
    fi
    root_check
    # shellcheck disable=SC2016,SC2086 # the inner shell expands; a list of assignments
    set -- -- env -i $environment sh -c 'cd "$1" && shift && exec "$@"' run "$top" \
        "$python" -B "$script" "$@"
    # The folders of files named elsewhere, where the root has nothing of that name.
    for word; do
        case $word in
        "$top"/* | /tmp/*) ;;
        /*)
            folder=$(dirname "$word")
            [ ! -f "$word" ] || [ -n "$(ls -A "$root$folder" 2>/dev/null)" ] || set -- "$folder" "$@"
            ;;
        esac
    done
    status=0
    root_enter "$root" /proc /dev /tmp "$top" "$@" || status=$?
    exit $status
}

version() {
    run scripts/oracle/versions.py
}

setup() {
    if [ -n "${LOCKSTEP_ORACLE:-}" ]; then
        locate # somebody else's: used as it is
        return
    fi
    if is_debian_13; then
        is_complete '' || "$top/scripts/setup.sh" oracle
        is_complete '' || unavailable "the originals could not be installed"
        return
    fi
    [ ! -e "$managed/.lockstep-complete" ] || return 0
    command -v apt-get >/dev/null ||
        unavailable "the originals need Debian (or LOCKSTEP_ORACLE, see scripts/oracle.sh)"
    mkdir -p "$cache"
    exec 9>"$cache/$suite.lock"
    flock 9
    [ ! -e "$managed/.lockstep-complete" ] || return 0
    if ! is_complete "$managed"; then
        "$top/scripts/setup.sh" oracle
        root_check
        echo "oracle.sh: making a Debian 13 root with the originals (a minute, 2 GB): $managed" >&2
        as_root rm -rf --one-file-system "$managed.partial"
        # shellcheck disable=SC2086 # a list of packages
        root_make "$suite" "$managed.partial" $packages >"$cache/$suite.log" 2>&1 ||
            unavailable "could not make the Debian 13 root (see $cache/$suite.log)"
        is_complete "$managed.partial" || unavailable "$managed.partial lacks an original"
        as_root rm -rf --one-file-system "$managed"
        as_root mv "$managed.partial" "$managed"
    fi
    as_root touch "$managed/.lockstep-complete"
}

[ $# -ge 1 ] || usage
command=$1
shift
case $command in
setup) setup ;;
run) run "$@" ;;
version) version ;;
*) usage ;;
esac
