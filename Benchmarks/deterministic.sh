#!/bin/sh
# What reading a token costs that is the same in every run, against what it may cost. Reads tokens of the demo model one at
# a time, as in writing a text, and compares a longer run with a shorter one, so that starting up does not count.
#   - allocations: none, with one thread and with two (Linux with glibc)
#   - instructions of the avx2 kernels on one thread: instructions.txt, ±3 % (x86-64 with AVX2, valgrind)
# `deterministic.sh --store` writes the instructions it found to instructions.txt instead.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
work=$root/.build/benchmarks
reader=$work/release/read-tokens
model=$root/models/demo.q8z
cd "$root"
status=0

skip() { echo "SKIPPED: $*" >&2; }
fail() {
    echo "FAILED: $*" >&2
    status=1
}

${SWIFT:-swift} build -c release --package-path Benchmarks --scratch-path "$work" --product read-tokens

# Allocations of a run, the fewest of three, since what threads do as they start takes one more or less: COUNT THREADS
allocations() {
    for run in 1 2 3; do
        LD_PRELOAD=$work/allocations.so "$reader" "$model" "$1" "$2" 2>&1 | sed -n 's/^allocations: //p'
    done | sort -n | head -n 1
}

# Who makes one allocation, the innermost first: COUNT THREADS ALLOCATION
callers() {
    ALLOCATIONS_TRACE_FROM=$3 LD_PRELOAD=$work/allocations.so "$reader" "$model" "$1" "$2" 2>&1 >/dev/null \
        | awk '/^allocation / { seen++ } seen == 1' | sed -n "s|^$reader(+\(0x[0-9a-f]*\)).*|\1|p" \
        | xargs addr2line -fipe "$reader" | ${SWIFT:-swift} demangle --simplified >&2
}

if [ "$(uname)" = Linux ] && getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
    ${CC:-clang} -O2 -Wall -Wextra -std=c11 -D_GNU_SOURCE -shared -fPIC -o "$work/allocations.so" "$here/allocations.c"
    for threads in 1 2; do
        few=$(allocations 64 $threads)
        many=$(allocations 192 $threads)
        echo "allocations, $threads thread(s): $few with 64 tokens, $many with 192: $((many - few)) for 128 tokens; allowed 0"
        if [ "$few" != "$many" ]; then
            fail "reading a token allocates; here is who does"
            callers 192 $threads "$few"
        fi
    done
else
    skip "allocations are counted under Linux with glibc only"
fi

# Instructions of a run: COUNT
instructions() {
    SWIFT_DETERMINISTIC_HASHING=1 VENCEJO_KERNELS=avx2 \
        valgrind --tool=callgrind --callgrind-out-file=/dev/null "$work/read-tokens" "$model" "$1" 1 2>&1 \
        | sed -n 's/^==[0-9]*== Collected : //p'
}

stored=$here/instructions.txt
if ! VENCEJO_KERNELS=avx2 "$reader" "$model" 0 1 2>/dev/null; then
    skip "instructions are counted with the avx2 kernels, and this machine cannot run them"
elif ! command -v valgrind >/dev/null 2>&1; then
    skip "valgrind is not here to count instructions"
else
    strip --strip-debug -o "$work/read-tokens" "$reader"   # valgrind 3.19 does not read DWARF 5
    few=$(instructions 16)
    many=$(instructions 48)
    found=$(((many - few) / 32))
    if [ "${1:-}" = --store ]; then echo "$found" >"$stored"; fi
    allowed=$(cat "$stored")
    echo "instructions, avx2, 1 thread: $found a token; stored $allowed ± 3 %"
    if [ $((found * 100)) -gt $((allowed * 103)) ] || [ $((found * 100)) -lt $((allowed * 97)) ]; then
        fail "a token takes other work than before; if that is meant, store it: Benchmarks/deterministic.sh --store"
    fi
fi
exit $status
