#!/bin/sh
# Installs what is missing, by the system's own package manager. Asks for nothing; says what it does.
#   install.sh zstd        libzstd's header and library: all that building and testing need
#   install.sh emulators   what runs the kernels of other CPUs, for the long tests
set -eu

apt() {
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo"
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq "$@" >/dev/null 2>&1 || {
        $as_root apt-get update -qq
        DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq "$@" >/dev/null
    }
}

case "${1:-}" in
zstd)
    if printf '#include <zstd.h>\n' | "${CC:-clang}" -E -x c - >/dev/null 2>&1; then exit 0; fi
    if command -v apt-get >/dev/null 2>&1; then
        echo "libzstd-dev is missing: installing it with apt-get"
        apt libzstd-dev
    elif command -v brew >/dev/null 2>&1; then
        echo "zstd is missing: installing it with brew"
        brew install zstd
    else
        echo "zstd.h was not found; install libzstd's development package and run make again" >&2
        exit 1
    fi
    ;;
emulators)
    packages="qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross libsimde-dev bochs bochsbios vgabios"
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "the emulated tests need Debian or Ubuntu: $packages" >&2
        exit 1
    fi
    if ! dpkg -s $packages >/dev/null 2>&1; then
        echo "installing $packages with apt-get"
        apt $packages
    fi
    ;;
*)
    sed -n '2,4s/^# //p' "$0" >&2
    exit 64
    ;;
esac
