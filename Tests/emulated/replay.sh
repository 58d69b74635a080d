#!/bin/sh
# Builds the kernel table and `replay` for another machine, and runs the kernel vectors on its rows.
#
#     replay.sh arm64|x86 VECTORS BUILD
#
# arm64: AArch64 code under qemu-aarch64, with and without optimisation. Needs clang, aarch64-linux-gnu-gcc (for its
# linker and libc) and qemu-user-static.
# x86: the rows for VNNI and AVX-512, with SIMDe in the place of their intrinsics. Needs an x86-64 with AVX2, libsimde-dev.
set -eu
machine=$1 vectors=$2 build=$3
here=$(cd "$(dirname "$0")" && pwd)
sources=$here/../../Sources/CKernels
mkdir -p "$build"

# compile LEVEL NAME FLAGS...
compile() {
    level=$1 name=$2
    shift 2
    case $name in replay) file=$here/replay.c ;; *) file=$sources/$name.c ;; esac
    clang -O"$level" -Wall -Wextra "$@" -I"$sources/include" -c "$file" -o "$build/$machine-$name.o"
}

case $machine in
arm64)
    for level in 0 2; do
        for name in portable neon neon_dotprod table replay; do
            compile $level $name --target=aarch64-linux-gnu -I/usr/aarch64-linux-gnu/include
        done
        aarch64-linux-gnu-gcc -static "$build"/arm64-*.o -o "$build/replay-arm64"
        echo "arm64, -O$level"
        qemu-aarch64-static "$build/replay-arm64" "$vectors" portable neon neon-dotprod
    done
    ;;
x86)
    for name in portable avx2 table replay; do compile 2 $name; done
    for name in avxvnni avx512vnni; do
        compile 2 $name -DVK_EMULATED -mavx2 -mfma -mf16c -I"$here/simde"
    done
    clang "$build"/x86-*.o -o "$build/replay-x86"
    echo "x86, emulated"
    "$build/replay-x86" "$vectors" avxvnni avx512vnni
    ;;
*)
    echo "replay.sh: there is no machine '$machine'" >&2
    exit 2
    ;;
esac
