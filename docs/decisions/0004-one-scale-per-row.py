#!/usr/bin/env python3
"""The measurement behind 0004-one-scale-per-row.md.

    python 0004-one-scale-per-row.py CONVERTER gpt2-124M-attention/layers-0-5-11.safetensors tinygpt-shakespeare-char/hf

The attention matrices of three layers of GPT-2 124M are put in a checkpoint whose other matrices are small and zero, so
that the converter itself does the work. Needs numpy and safetensors.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file


def three_layers(source, folder):
    real = load_file(source)
    tensors = {f"ln_f.{part}": real[f"transformer.ln_f.{part}"] for part in ("weight", "bias")}
    tensors |= {name: np.zeros((16, 768), np.float32) for name in ("wte.weight", "wpe.weight")}
    for new, old in enumerate([0, 5, 11]):
        for name, value in real.items():
            if name.startswith(f"transformer.h.{old}.") and "mlp" not in name:
                tensors[name.removeprefix("transformer.").replace(f"h.{old}.", f"h.{new}.")] = value
        for name, shape in [("c_fc.weight", (768, 16)), ("c_fc.bias", 16), ("c_proj.weight", (16, 768)), ("c_proj.bias", 768)]:
            tensors[f"h.{new}.mlp.{name}"] = np.zeros(shape, np.float32)
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(dict(
        model_type="gpt2", n_layer=3, n_head=12, n_embd=768, n_inner=16, n_positions=16, vocab_size=16)))


def measure(converter, checkpoint, block, output):
    text = subprocess.run(
        [converter, checkpoint, "-o", output, "--block", block, "--quiet", "--json"], check=True, capture_output=True)
    matrices = [m for m in json.loads(text.stdout)["matrices"] if m["relative_error"] > 0 and m["name"] != "position_embedding"]
    count = sum(m["rows"] * m["columns"] for m in matrices)
    errors = sum(m["rms_error"] ** 2 * m["rows"] * m["columns"] for m in matrices)
    weights = sum((m["rms_error"] / m["relative_error"]) ** 2 * m["rows"] * m["columns"] for m in matrices)
    return sum(m["byte_count"] for m in matrices), count, (errors / weights) ** 0.5


def main():
    converter, attention, tiny = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        three_layers(attention, folder)
        print("| weights | scale per | bytes | bits/weight | relative error |\n|---|---|---|---|---|")
        for label, checkpoint in [("GPT-2 124M attention", folder), ("tinygpt", tiny)]:
            for block in ("row", "256", "128", "64"):
                size, count, error = measure(converter, checkpoint, block, folder / "out.q8z")
                print(f"| {label} | {block} | {size} | {8 * size / count:.3f} | {error:.5f} |")


if __name__ == "__main__":
    main()
