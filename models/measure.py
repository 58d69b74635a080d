#!/usr/bin/env python3
"""Cross-entropy of a model on token ids, and its divergence from another model, through `vencejo logits`.

    python3 models/measure.py MODEL.q8z IDS.u16 [--against BASE.q8z] [--context N] [--windows N]
                              [--run "OPTIONS"] [--vencejo PATH]

IDS.u16 holds little-endian 16-bit ids. Windows of N tokens that do not overlap; every token but a window's first is
predicted from those before it in the window, and the window's last predicts the next window's first. The base runs with
float32 activations and cache. Needs numpy.
"""
import argparse, pathlib, shlex, subprocess, tempfile
import numpy

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("model")
parser.add_argument("ids")
parser.add_argument("--against")
parser.add_argument("--context", type=int, default=512)
parser.add_argument("--windows", type=int, default=32)
parser.add_argument("--run", default="", help="options of `vencejo logits` for the model, such as '--activations int8'")
parser.add_argument("--vencejo", default=str(pathlib.Path(__file__).parent.parent / ".build/release/vencejo"))
args = parser.parse_args()

EXACT = ["--activations", "f32", "--kv-cache", "f32"]


def log_probabilities(model, window, options, folder):
    (folder / "window.u16").write_bytes(window.astype("<u2").tobytes())
    subprocess.run([args.vencejo, "logits", "-m", model, "--ids", str(folder / "window.u16"), "--all",
                    "-o", str(folder / "logits.f32"), *options], check=True)
    logits = numpy.fromfile(folder / "logits.f32", dtype="<f4").reshape(len(window), -1).astype(numpy.float64)
    logits -= logits.max(axis=1, keepdims=True)
    return logits - numpy.log(numpy.exp(logits).sum(axis=1, keepdims=True))


ids = numpy.fromfile(args.ids, dtype="<u2")
count = min(args.windows, (len(ids) - 1) // args.context)
surprise, base_surprise, divergence, agreement = [], [], [], []
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    for start in range(0, count * args.context, args.context):
        window, targets = ids[start:start + args.context], ids[start + 1:start + args.context + 1]
        rows = numpy.arange(len(window))
        ours = log_probabilities(args.model, window, shlex.split(args.run), folder)
        surprise.append(-ours[rows, targets])
        if args.against:
            base = log_probabilities(args.against, window, EXACT, folder)
            base_surprise.append(-base[rows, targets])
            divergence.append((numpy.exp(base) * (base - ours)).sum(axis=1))
            agreement.append(ours.argmax(axis=1) == base.argmax(axis=1))
print(f"{count * args.context} predictions, cross-entropy {numpy.concatenate(surprise).mean():.5f} nats")
if args.against:
    print(f"base {numpy.concatenate(base_surprise).mean():.5f} nats, mean KL {numpy.concatenate(divergence).mean():.3e} "
          f"nats, same likeliest token {100 * numpy.concatenate(agreement).mean():.2f} %")
