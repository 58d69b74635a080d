#!/bin/sh
# Installs libzstd's development files where they are missing. Asks for nothing; says what it does.
set -eu
if printf '#include <zstd.h>\n' | ${CC:-clang} -E -x c - >/dev/null 2>&1; then exit 0; fi
if command -v apt-get >/dev/null 2>&1; then
    echo "libzstd-dev is missing: installing it with apt-get"
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo"
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq libzstd-dev >/dev/null 2>&1 || {
        $as_root apt-get update -qq
        DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq libzstd-dev >/dev/null
    }
elif command -v brew >/dev/null 2>&1; then
    echo "zstd is missing: installing it with brew"
    brew install zstd
else
    echo "libzstd's header zstd.h was not found; install libzstd's development package and run make again" >&2
    exit 1
fi
