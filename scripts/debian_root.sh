# shellcheck shell=sh
# debian_root.sh, to be sourced: make and enter Debian roots (debootstrap, chroot).
# Needs root or sudo; the sourcing script defines unavailable MESSAGE, which exits.

# With root's rights, whoever we are.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        command -v sudo >/dev/null || unavailable "a Debian root needs root or sudo"
        sudo -n "$@"
    fi
}

# Say so when this user or container may not enter a root at all.
root_check() {
    as_root unshare --mount true 2>/dev/null ||
        unavailable "may not unshare mount namespaces here, which a Debian root needs"
}

# root_enter ROOT DIRECTORY... -- COMMAND...: chroot with the named directories of the
# host under their own paths; the mounts belong to this process alone and go with it.
root_enter() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    as_root unshare --mount sh -c '
        root=$1
        shift
        # A mount point of its own, so that another root can be entered from inside.
        mount --bind "$root" "$root" || exit 4
        while [ "$1" != -- ]; do
            mkdir -p "$root$1" && mount --rbind "$1" "$root$1" || exit 4
            shift
        done
        shift
        exec chroot "$root" "$@"' root_enter "$@"
}

# The host's own Debian mirror, so that a mirror set up there serves here too.
host_mirror() {
    # shellcheck disable=SC2016 # apt expands these
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
        2>/dev/null | grep -E '^https?://.*/debian/?$' | head -n 1 || :
}

# root_make SUITE ROOT PACKAGE...: a minimal Debian with the packages.  What the host
# tells apt about mirror, proxy and dates holds in the root as well.
root_make() {
    suite=$1 root=$2
    shift 2
    proxy=''
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    [ -z "$proxy" ] || export http_proxy="$proxy"
    # shellcheck disable=SC2046 # one word or none: then debootstrap knows one
    as_root debootstrap --variant=minbase "$suite" "$root" $(host_mirror) || return 1
    apt-config dump | grep -E '^Acquire::(https?|ftp|Check-Valid-Until|Check-Date|Retries)\b' |
        as_root tee "$root/etc/apt/apt.conf.d/90host" >/dev/null || :
    root_enter "$root" /proc /dev -- env DEBIAN_FRONTEND=noninteractive sh -c '
        apt-get -q update && apt-get -qy install --no-install-recommends "$@" && apt-get clean
        ' apt "$@"
}
