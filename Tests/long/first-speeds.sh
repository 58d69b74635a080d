#!/bin/sh
# First figures of speed: a synthetic model of 124M's shape, int8 with a scale per row, mapped. Prompt of 512 tokens, then
# 128 tokens written, with one thread and with all. Speed does not depend on the weights.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${WORK:-$root/.build/synthetic}
mkdir -p "$work"
cd "$root"
[ -e "$work/124M/model.safetensors" ] || python3 Tests/make_synthetic.py 124M "$work/124M"
[ -e "$work/124M.q8z" ] || .build/release/vencejo-convert "$work/124M" -o "$work/124M.q8z" --storage raw --quiet
prompt=$(awk 'BEGIN { for (i = 0; i < 512; i++) printf "%s%d", (i ? "," : ""), (i * 7919) % 50257 }')
for round in 1 2 3; do
    for threads in 1 $(getconf _NPROCESSORS_ONLN); do
        .build/release/vencejo generate -m "$work/124M.q8z" --tokens "$prompt" -n 128 --ignore-eos -t "$threads" \
            --temp 0 --repeat-penalty 1 2>&1 >/dev/null | sed "s/^/threads $threads: /"
    done
done
