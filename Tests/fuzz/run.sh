#!/bin/sh
# Fuzzes the converter's parsers with libFuzzer under AddressSanitizer:
#   sh Tests/fuzz/run.sh [SECONDS for each parser, default 60] [parser ...]
# Seeds are parts of Tests/Golden. What is found stays in .build/fuzz/<parser>; crashing inputs as crash-*.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/.build/fuzz
golden=$root/Tests/Golden
seconds=${1:-60}
[ $# -gt 0 ] && shift
mkdir -p "$work"
cd "$work"

flags="-O -wmo -swift-version 6 -enable-testing -parse-as-library -sanitize=fuzzer,address -I ."
for module in StrictJSON:Sources/StrictJSON MappedMemory:Sources/MappedMemory Checkpoints:converter/Checkpoints; do
    name=${module%%:*}
    swiftc $flags -module-name "$name" -emit-module -emit-module-path "$name.swiftmodule" -c -o "$name.o" \
        "$root/${module#*:}"/*.swift 2>/dev/null || { echo "$name does not compile for fuzzing" >&2; exit 1; }
done
swiftc $flags -module-name Fuzz -o fuzz "$root/Tests/fuzz/Fuzz.swift" StrictJSON.o MappedMemory.o Checkpoints.o 2>/dev/null

seed() {  # seed PARSER FILE ...
    parser=$1; shift
    mkdir -p "$parser/seeds"
    for file in "$@"; do cp "$file" "$parser/seeds/$(echo "$file" | tr / _ | tail -c 60)"; done
}
python3 - "$golden" "$work" <<'PYTHON'
import pathlib, struct, sys, zipfile
golden, work = map(pathlib.Path, sys.argv[1:])
for parser in ("pickle", "tensorflow"): (work / parser / "seeds").mkdir(parents=True, exist_ok=True)
for path in golden.glob("formats/*/*"):
    if path.suffix in (".bin", ".pt") and zipfile.is_zipfile(path):
        archive = zipfile.ZipFile(path)
        name = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
        (work / "pickle/seeds" / f"{path.parent.name}.pkl").write_bytes(archive.read(name))
index = (golden / "formats/tensorflow/model.ckpt.index").read_bytes()
(work / "tensorflow/seeds/block").write_bytes(index[:852])
PYTHON
seed zip "$golden"/formats/pytorch-sharded/*.bin
seed torch "$golden"/formats/pytorch-legacy/pytorch_model.bin "$golden"/formats/pytorch-sharded/*.bin
seed safetensors "$golden"/formats/sharded/*.safetensors
seed gguf "$golden"/gguf/tokenizer.gguf "$golden"/gguf/types.gguf
seed llmc "$golden"/formats/llmc-bfloat16/model.bin

status=0
for parser in ${*:-pickle zip torch tensorflow safetensors gguf llmc}; do
    mkdir -p "$parser/corpus"
    echo "== $parser"
    VENCEJO_FUZZ=$parser VENCEJO_FUZZ_FILE=/dev/shm/vencejo-fuzz-$$ SWIFT_BACKTRACE=enable=no \
        ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
        ./fuzz -max_total_time="$seconds" -rss_limit_mb=512 -timeout=5 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="$parser/" "$parser/corpus" "$parser/seeds" >"$parser/log" 2>&1 || status=1
    grep -E "^(stat::number_of_executed_units|stat::peak_rss)|DONE|ERROR|SUMMARY" "$parser/log" || true
done
rm -f /dev/shm/vencejo-fuzz-$$
exit $status
