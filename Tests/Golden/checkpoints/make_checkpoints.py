#!/usr/bin/env python3
"""Makes the tiny GPT-2 checkpoints of this folder and the logits Hugging Face computes for them.

Each variant changes one thing that the converter or the runtime has to get right. The weights are random, drawn wider
than GPT-2's initialisation so that attention is not uniform and the activation functions differ. 18 columns and 3 heads
of 6 are sizes at which nothing is a multiple of a vector.

    <variant>/config.json, model.safetensors (or shards and their index), tokens.json
    <variant>/logits.f32   little-endian float32 [tokens x vocabulary], computed in float32 from the weights as stored

Run with:  python make_checkpoints.py   (torch, transformers and safetensors; the versions used are in versions.json)
"""
import json
import shutil
from pathlib import Path

import numpy
import safetensors
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel

HERE = Path(__file__).parent
TOKENS = [7, 0, 60, 12, 12, 33, 5, 41, 29, 58, 3, 3, 3, 17, 46, 22, 9, 51, 38, 1, 60, 27, 14, 55]
BASE = dict(
    vocab_size=61, n_positions=24, n_embd=18, n_layer=2, n_head=3, bos_token_id=0, eos_token_id=0,
    resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)

# name: (changes to the configuration, type of the stored weights, other)
VARIANTS = {
    "base": ({}, torch.float32, None),
    "untied": ({"tie_word_embeddings": False}, torch.float32, None),
    "sharded": ({}, torch.float32, "shards"),
    "legacy-names": ({}, torch.float16, "legacy"),  # no `transformer.`, with the mask buffers, as in the first uploads
    "float16": ({}, torch.float16, None),
    "bfloat16": ({}, torch.bfloat16, None),
    "inner": ({"n_inner": 50}, torch.float16, None),
    "gelu": ({"activation_function": "gelu", "n_layer": 1}, torch.float16, None),
    "gelu-pytorch-tanh": ({"activation_function": "gelu_pytorch_tanh", "n_layer": 1}, torch.float16, None),
    "relu": ({"activation_function": "relu", "n_layer": 1}, torch.float16, None),
    "unscaled-attention": ({"scale_attn_weights": False, "n_layer": 1}, torch.float16, None),
    "inverse-layer": ({"scale_attn_by_inverse_layer_idx": True}, torch.float16, None),
    "reordered": (
        {"reorder_and_upcast_attn": True, "scale_attn_by_inverse_layer_idx": True}, torch.float16, None),
    "epsilon": ({"layer_norm_epsilon": 0.05, "n_layer": 1}, torch.float16, None),
    "one-head": ({"n_head": 1, "n_layer": 1}, torch.float16, None),
}


def randomize(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if ".ln_" in name and name.endswith("weight"):
                parameter.copy_(1 + 0.3 * noise)
            elif name.endswith("bias"):
                parameter.copy_(0.2 * noise)
            elif "wte" in name or "wpe" in name or "lm_head" in name:
                parameter.copy_(0.5 * noise)
            else:
                parameter.copy_(0.35 * noise)


def rename_as_first_uploads(path, config):
    tensors = {name.removeprefix("transformer."): value for name, value in load_file(path).items()}
    mask = torch.tril(torch.ones(config.n_positions, config.n_positions)).to(torch.uint8)
    for layer in range(config.n_layer):
        tensors[f"h.{layer}.attn.bias"] = mask.clone().view(1, 1, config.n_positions, config.n_positions)
        tensors[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    save_file(tensors, path, metadata={"format": "pt"})


def make(name, index):
    changes, dtype, other = VARIANTS[name]
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    config = GPT2Config(**{**BASE, **changes})
    model = GPT2LMHeadModel(config)
    randomize(model, seed=1000 + index)
    model.to(dtype).save_pretrained(folder, max_shard_size="16KB" if other == "shards" else "1GB")
    (folder / "generation_config.json").unlink(missing_ok=True)

    stored = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        logits = stored(torch.tensor([TOKENS])).logits[0].float().numpy()
    logits.astype("<f4").tofile(folder / "logits.f32")
    (folder / "tokens.json").write_text(json.dumps(TOKENS) + "\n")
    if other == "legacy":
        rename_as_first_uploads(folder / "model.safetensors", config)
    print(f"{name:20} {sum(f.stat().st_size for f in folder.iterdir()):7} bytes, logits {logits.min():.2f} ... "
          f"{logits.max():.2f}")
    return logits


def main():
    torch.set_num_threads(1)
    for index, name in enumerate(VARIANTS):
        make(name, index)
    versions = {m.__name__: m.__version__ for m in (torch, transformers, safetensors, numpy)}
    (HERE / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
