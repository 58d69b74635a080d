#!/bin/sh
# Big synthetic models, for the long tests:
#   - 124M's shape against Hugging Face's own forward pass, within 2e-4 relative (where python3 has torch and transformers)
#   - 1.5B's shape converts with less than 400 MiB of private memory, and runs (where the disk has 10 GB free)
# Everything is made from a seed in WORK (default .build/synthetic) and kept there.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
root=$(cd "$here/.." && pwd)
work=${WORK:-$root/.build/synthetic}
python=${PYTHON:-python3}
mkdir -p "$work"
cd "$root"
make --silent build >/dev/null
bin=$root/.build/release
tokens=464,2068,7586,21831,18045,625,262,16931,3290,13

skip() { echo "SKIPPED: $*" >&2; }

if ! "$python" -c 'import numpy' 2>/dev/null; then
    skip "python3 has no numpy, so no synthetic model can be made"
    exit 0
fi

[ -e "$work/124M/model.safetensors" ] || "$python" "$here/make_synthetic.py" 124M "$work/124M"
"$bin/vencejo-convert" "$work/124M" -o "$work/124M-f32.q8z" --precision f32 --quiet
if "$python" -c 'import torch, transformers' 2>/dev/null; then
    [ -e "$work/124M/logits.f32" ] || \
        "$python" "$here/make_synthetic.py" --hf-logits "$work/124M/logits.f32" --tokens $tokens "$work/124M"
    "$bin/vencejo" logits -m "$work/124M-f32.q8z" --tokens $tokens --all --activations f32 --kv-cache f32 \
        -o "$work/124M-ours.f32"
    "$python" - "$work/124M-ours.f32" "$work/124M/logits.f32" <<'PYTHON'
import sys, numpy
ours, theirs = (numpy.fromfile(path, dtype="<f4") for path in sys.argv[1:])
assert ours.shape == theirs.shape and ours.size == 10 * 50257, (ours.shape, theirs.shape)
error = float(abs(ours - theirs).max() / abs(theirs).max())
print(f"124M shape, float32, beside Hugging Face: largest error {error:.2e} of the largest logit; allowed 2e-4")
assert error < 2e-4
PYTHON
else
    skip "python3 has no torch or transformers, so nothing to compare 124M with"
fi

free=$(df -Pk "$work" | awk 'NR == 2 {print $4}')
if [ "$free" -lt 10000000 ] && [ ! -e "$work/1.5B/model.safetensors" ]; then
    skip "less than 10 GB free for the 1.5B shape"
    exit 0
fi
[ -e "$work/1.5B/model.safetensors" ] || "$python" "$here/make_synthetic.py" 1.5B "$work/1.5B"
"$bin/vencejo-convert" "$work/1.5B" -o "$work/1.5B.q8z" 2>"$work/1.5B.log"
private=$(sed -n 's/.* at most \([0-9]*\) MiB of private memory.*/\1/p' "$work/1.5B.log")
echo "1.5B shape converted with ${private:?the converter did not say} MiB of private memory; allowed 400"
[ "$private" -lt 400 ]
"$bin/vencejo" generate -m "$work/1.5B.q8z" --tokens 464,2068 -n 4 --temp 0 --ignore-eos
