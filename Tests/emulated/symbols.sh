#!/bin/sh
# Says whether the kernels stand on their own: their objects may ask for nothing but what is listed here, above all no
# function of libm and none of the compiler's float helpers. Both architectures, with and without optimisation.
#
#     symbols.sh SOURCES BUILD
set -eu
sources=$1 build=$2
allowed='memcpy|memset|memmove|getauxval|sysctlbyname|vk_row__[a-z0-9_]+'
mkdir -p "$build"
status=0
for target in x86_64-linux-gnu aarch64-linux-gnu; do
    for level in 0 2; do
        for file in "$sources"/*.c; do
            object=$build/symbols.o
            clang --target=$target -I/usr/$target/include -I/usr/include/$target -I"$sources/include" \
                -O$level -Wall -Wextra -Werror -c "$file" -o "$object"
            wanted=$(nm -u "$object" | awk '{ print $NF }' | grep -Evx "$allowed" || true)
            if [ -n "$wanted" ]; then
                echo "$(basename "$file") for $target at -O$level calls:" $wanted
                status=1
            fi
        done
    done
done
[ $status = 0 ] && echo "kernels: no libm, no compiler helpers"
exit $status
