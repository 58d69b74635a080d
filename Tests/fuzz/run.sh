#!/bin/sh
# Fuzzes the parsers with libFuzzer under AddressSanitizer:
#   sh Tests/fuzz/run.sh [SECONDS for each parser, default 60] [parser ...]
# RUNS=1000000 stops a parser after so many inputs instead, however long they take.
# PROGRAMS names a folder with vencejo and vencejo-convert, where another build than the usual one is to make the seeds.
# Seeds are parts of Tests/Golden, and model files made of them. What is found stays in .build/fuzz/<parser>/corpus;
# inputs that crash, hang or take too much memory as crash-*, timeout-* and oom-* beside it.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/.build/fuzz
golden=$root/Tests/Golden
seconds=${1:-60}
[ $# -gt 0 ] && shift
mkdir -p "$work"
cd "$work"

# The runtime's rooms and the readers of checkpoints, each a module, with the parsers' coverage built in.
mkdir -p CKernels
printf 'module CKernels { umbrella "%s/Sources/CKernels/include" export * }\n' "$root" >CKernels/module.modulemap
objects=
for source in "$root"/Sources/CKernels/*.c; do
    object=CKernels/$(basename "$source" .c).o
    [ "$object" -nt "$source" ] || clang -O2 -c -I "$root/Sources/CKernels/include" -o "$object" "$source"
    objects="$objects $object"
done
flags="-O -wmo -swift-version 6 -enable-testing -package-name vencejo -parse-as-library -sanitize=fuzzer,address -I . -I CKernels -I $root/Sources/CZstd"
for module in StrictJSON MappedMemory Probabilities Kernels ModelFile Tokenizer GPT2 Generation Checkpoints; do
    folder=$root/Sources/$module
    [ -d "$folder" ] || folder=$root/converter/$module
    objects="$objects $module.o"
    [ -z "$(find "$root/Sources" "$folder" "$module.o" -name '*.swift' -newer "$module.o" 2>&1)" ] && continue
    echo "compiling $module"
    swiftc $flags -suppress-warnings -module-name "$module" -emit-module -emit-module-path "$module.swiftmodule" \
        -c -o "$module.o" $(find "$folder" -name '*.swift')
done
if [ -n "$(find "$root"/Tests/fuzz $objects fuzz -newer fuzz 2>&1)" ]; then
    echo "compiling the parsers' callers"
    swiftc $flags -suppress-warnings -module-name Fuzz -o fuzz "$root"/Tests/fuzz/*.swift $objects -lzstd
fi

[ -n "${PROGRAMS:-}" ] || make --silent -C "$root" build >/dev/null
python3 "$root/Tests/fuzz/seeds.py" "$root" "$work" "${PROGRAMS:-$root/.build/release}"

# The words that parsers look for.
grep -ohE '"[A-Za-z0-9_.|<>-]{2,40}"' "$root"/converter/Checkpoints/*.swift "$root"/Sources/GPT2/*.swift \
    "$root"/Sources/Tokenizer/*.swift "$root"/Sources/ModelFile/*.swift | sort -u >dictionary

memory=/dev/shm/vencejo-fuzz-$$
mkdir "$memory"
trap 'rm -rf "$memory"' EXIT
cp "$golden"/formats/sharded/*.safetensors "$memory"
status=0
for parser in ${*:-pickle zip torch tensorflow safetensors gguf llmc index json config vocabulary tokenizer text \
    q8z model session}; do
    mkdir -p "$parser/corpus"
    length=$(find "$parser/seeds" -type f -size +4k | grep -q . && echo 16384 || echo 4096)
    model=$work/model.q8z
    [ "$parser" = text ] && model=$root/models/demo.q8z
    echo "== $parser"
    VENCEJO_FUZZ=$parser VENCEJO_FUZZ_FOLDER=$memory VENCEJO_FUZZ_MODEL=$model SWIFT_BACKTRACE=enable=no \
        SWIFT_DETERMINISTIC_HASHING=1 \
        ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=32 \
        ./fuzz ${RUNS:+-runs=$RUNS} $([ -n "${RUNS:-}" ] || echo "-max_total_time=$seconds") -rss_limit_mb=512 \
        -timeout=5 -max_len="$length" -dict=dictionary -print_final_stats=1 -artifact_prefix="$parser/" "$parser/corpus" \
        "$parser/seeds" >"$parser/log" 2>&1 || status=1
    grep -E "^(stat::number_of_executed_units|stat::peak_rss)|DONE|ERROR|SUMMARY" "$parser/log" || true
done
exit $status
