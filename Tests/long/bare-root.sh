#!/bin/sh
# `make static` makes a program that a bare system runs:
#   - it has at most 20 MB, and no shared libraries but those of the system's C
#   - in a root of nothing but Debian's smallest set of packages, without Swift and without libzstd, the demo model
#     writes what it writes here
# The root is made by debootstrap once and kept in WORK (default .build/bare-root). Needs root's rights, Debian, and its
# packages at hand; says so where one is missing, and passes.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${WORK:-$root/.build/bare-root}
bare=$work/root
limit=20000000
cd "$root"

skip() { echo "SKIPPED: $*" >&2; exit 0; }
fail() { echo "FAILED: $*" >&2; exit 1; }

[ "$(uname)" = Linux ] || skip "static programs are for Linux"
make static
make --silent build
program=$root/.build/static/release/vencejo

size=$(wc -c <"$program")
[ "$size" -le "$limit" ] || fail "the program has $size bytes; allowed $limit"
libraries=$(ldd "$program" | awk '{print $1}' | sed 's|.*/||' | sort | tr '\n' ' ')
for library in $libraries; do
    case $library in
    linux-vdso.so.* | ld-linux-*.so.* | libc.so.* | libm.so.* | libgcc_s.so.*) ;;
    *) fail "the program needs $library" ;;
    esac
done
echo "$size bytes; needs $libraries"

command -v debootstrap >/dev/null 2>&1 || skip "debootstrap is not installed, so there is no bare system to run in"
[ "$(id -u)" = 0 ] || skip "debootstrap and chroot need root's rights"
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ -e "/usr/share/debootstrap/scripts/$release" ] || skip "debootstrap does not know this system's release, '$release'"
if ! [ -e "$bare/made" ]; then
    rm -rf "$bare"
    mkdir -p "$work"
    debootstrap --variant=minbase "$release" "$bare" >"$work/debootstrap.log" 2>&1 || {
        tail -3 "$work/debootstrap.log" >&2
        skip "debootstrap could not make a bare $release"
    }
    # dpkg needs libzstd; what is tested here must not.
    find "$bare/usr/lib" -name 'libzstd.so*' -exec rm {} +
    touch "$bare/made"
fi
found=$(find "$bare/usr" "$bare/lib/" \( -name 'libswift*' -o -name 'libFoundation*' -o -name 'libzstd.so*' \) -print)
[ -z "$found" ] || fail "the root is not bare: $found"

install -m 755 "$program" "$bare/vencejo"
install -m 644 models/demo.q8z "$bare/demo.q8z"
set -- -p "Once upon a time" -s 1 -n 40
here=$(.build/release/vencejo generate -m models/demo.q8z "$@" 2>/dev/null)
# Swift's runtime reads a program's arguments from /proc. Mounted in a name space of its own, it goes with the program.
unshare --mount sh -c 'mount -t proc proc "$0/proc"' "$bare" 2>/dev/null || skip "/proc cannot be mounted here"
there=$(unshare --mount sh -euc 'mount -t proc proc "$0/proc"; exec chroot "$0" /vencejo generate -m /demo.q8z "$@"' \
    "$bare" "$@" 2>"$work/errors") || fail "$(cat "$work/errors")"
[ -n "$here" ] && [ "$here" = "$there" ] || fail "here: $here
there: $there"
echo "a bare $release writes the same: $there"
