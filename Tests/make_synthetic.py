#!/usr/bin/env python3
"""Makes a GPT-2 checkpoint of a real size with weights drawn from a seed, and Hugging Face's logits for it.

    python make_synthetic.py 124M FOLDER [--seed 1] [--dtype f32|f16|bf16] [--tokenizer FOLDER]
    python make_synthetic.py --hf-logits OUT.f32 --tokens 1,2,3 FOLDER

The first form needs numpy alone and writes tensor by tensor, so that 1.5B (6.2 GB as f32) needs a few hundred MB of
memory. The second needs torch and transformers: it computes in float32 and writes [tokens x vocabulary] float32.

What is imitated, measured on layers 0, 5 and 11 of OpenAI's 124M (attention, norms and biases; MLP and embedding
weights were not at hand and get plausible spreads):
- the standard deviation of each kind of matrix (0.13 qkv, 0.12 attention output, 0.13 mlp up, 0.09 mlp down, 0.14
  token embedding), times sqrt(768 / n_embd) in wider models, so that activations keep their size;
- what makes a row's largest weight large: input and output features of different loudness, log-normal with 0.10 and
  0.22, and in layer 0 with 0.7; tails a little heavier than normal (kurtosis 3.5);
- outlier channels: 4 of the residual stream's columns, the same in every layer, which the output matrices write 4 times
  as loudly, and one weight near 9 in the last layer's attention output, as in the original;
- gains of layer norms (0.18 in the first, 0.3 to 0.5 later, 1.5 at the end) and biases, each with its outliers.
What is not: what a trained model knows. It writes noise, but its activations stay of the size of a real one's.
"""
import argparse
import json
import shutil
import struct
from pathlib import Path

import numpy as np

SIZES = {
    "distil": (6, 12, 768), "124M": (12, 12, 768), "355M": (24, 16, 1024), "774M": (36, 20, 1280), "1.5B": (48, 25, 1600)}
VOCABULARY, CONTEXT = 50257, 1024
SLAB = 1 << 22  # weights drawn at once
OUTLIERS = 4


def tensors(layers, embedding):
    """Names and shapes, in the order of the file."""
    for name, shape in [("wte.weight", (VOCABULARY, embedding)), ("wpe.weight", (CONTEXT, embedding))]:
        yield f"transformer.{name}", shape
    for layer in range(layers):
        for part, shape in [
            ("ln_1.weight", (embedding,)), ("ln_1.bias", (embedding,)),
            ("attn.c_attn.weight", (embedding, 3 * embedding)), ("attn.c_attn.bias", (3 * embedding,)),
            ("attn.c_proj.weight", (embedding, embedding)), ("attn.c_proj.bias", (embedding,)),
            ("ln_2.weight", (embedding,)), ("ln_2.bias", (embedding,)),
            ("mlp.c_fc.weight", (embedding, 4 * embedding)), ("mlp.c_fc.bias", (4 * embedding,)),
            ("mlp.c_proj.weight", (4 * embedding, embedding)), ("mlp.c_proj.bias", (embedding,)),
        ]:
            yield f"transformer.h.{layer}.{part}", shape
    yield "transformer.ln_f.weight", (embedding,)
    yield "transformer.ln_f.bias", (embedding,)


class Drawing:
    """Draws one tensor in slabs of rows."""

    def __init__(self, seed, index, name, shape, layers, embedding):
        self.random = np.random.Generator(np.random.PCG64([seed, index]))
        self.name, self.shape, self.last = name, shape, f".h.{layers - 1}." in name
        self.first, self.embedding = ".h.0." in name, embedding
        self.outliers = np.random.Generator(np.random.PCG64([seed])).choice(embedding, OUTLIERS, replace=False)

    def slabs(self):
        if len(self.shape) == 1:
            yield self.vector()
            return
        rows, columns = self.shape
        spread = {"c_attn": 0.13, "attn.c_proj": 0.12, "c_fc": 0.13, "mlp.c_proj": 0.09, "wte": 0.14, "wpe": 0.12}
        deviation = next(value for key, value in spread.items() if key in self.name)
        factor = np.float32(deviation * (768 / self.embedding) ** 0.5)
        loud_columns = self.loudness(columns, 0.7 if self.first and "attn" in self.name else 0.22)
        if "c_proj" in self.name:
            loud_columns[self.outliers] *= 4
        step = max(1, SLAB // columns)
        for start in range(0, rows, step):
            count = min(step, rows - start)
            slab = self.random.standard_normal((count, columns), dtype=np.float32)
            slab *= self.loudness(count, 0.10)[:, None]
            slab *= np.exp(0.2 * self.random.standard_normal((count, columns), dtype=np.float32) - 0.02)
            slab *= loud_columns * factor
            if self.last and "attn.c_proj" in self.name and start == 0:
                slab[0, self.outliers[0]] = 8.88
            yield slab

    def loudness(self, count, deviation):
        logs = deviation * self.random.standard_normal(count, dtype=np.float32)
        return np.exp(logs - np.float32(deviation**2))  # mean square 1

    def vector(self):
        noise = self.random.standard_normal(self.shape[0], dtype=np.float32)
        if "ln_f.weight" in self.name:
            values = 1.5 + 0.3 * noise
        elif "ln_1.weight" in self.name:
            values = (0.18 if self.first else 0.42) + 0.05 * noise
        elif "ln_2.weight" in self.name:
            values = (0.8 if self.first else 0.35) + 0.05 * noise
        else:
            values = (0.05 if "ln_" in self.name else 0.1) * noise
            values[self.random.choice(self.shape[0], 3, replace=False)] *= 8
        return values.astype(np.float32)


def encoded(values, dtype):
    if dtype == "f16":
        return values.astype("<f2").tobytes()
    if dtype == "bf16":
        bits = values.view(np.uint32)
        return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2").tobytes()
    return values.astype("<f4").tobytes()


def make(size, folder, seed, dtype, tokenizer):
    layers, heads, embedding = SIZES[size]
    folder.mkdir(parents=True, exist_ok=True)
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in tensors(layers, embedding):
        end = offset + int(np.prod(shape)) * (4 if dtype == "f32" else 2)
        header[name] = {"dtype": dtype.upper(), "shape": list(shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for index, (name, shape) in enumerate(tensors(layers, embedding)):
            for slab in Drawing(seed, index, name, shape, layers, embedding).slabs():
                file.write(encoded(slab, dtype))
    config = dict(
        model_type="gpt2", architectures=["GPT2LMHeadModel"], n_layer=layers, n_head=heads, n_embd=embedding,
        n_positions=CONTEXT, n_ctx=CONTEXT, vocab_size=VOCABULARY, activation_function="gelu_new",
        layer_norm_epsilon=1e-5, bos_token_id=50256, eos_token_id=50256)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    for name in ("vocab.json", "merges.txt"):
        if tokenizer:
            shutil.copy(tokenizer / name, folder / name)
    print(f"{folder}: {size}, {(offset + len(text)) / 1e6:.0f} MB, seed {seed}, {dtype}")


def hugging_face_logits(folder, tokens, out):
    import torch
    from transformers import GPT2LMHeadModel

    model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        result = model(torch.tensor([tokens]), output_hidden_states=True)
    result.logits[0].numpy().astype("<f4").tofile(out)
    print(f"{out}: {tuple(result.logits.shape[1:])}, deviation {result.logits.std():.2f}; hidden states' deviation "
          + ", ".join(f"{state.std():.1f}" for state in result.hidden_states))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", nargs="?", choices=SIZES, help="which GPT-2 has the shape")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dtype", choices=["f32", "f16", "bf16"], default="f32")
    parser.add_argument("--tokenizer", type=Path, help="a folder whose vocab.json and merges.txt to copy")
    parser.add_argument("--hf-logits", type=Path, metavar="OUT.f32")
    parser.add_argument("--tokens", type=lambda text: [int(part) for part in text.split(",")], default=[464, 2068])
    arguments = parser.parse_args()
    if arguments.hf_logits:
        hugging_face_logits(arguments.folder, arguments.tokens, arguments.hf_logits)
    elif arguments.size:
        make(arguments.size, arguments.folder, arguments.seed, arguments.dtype, arguments.tokenizer)
    else:
        parser.error("give a size, or --hf-logits")


if __name__ == "__main__":
    main()
