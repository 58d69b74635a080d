#!/usr/bin/env python3
"""Writes the weights of ../checkpoints/base in the shapes that people's checkpoints have, each with the library that
people write it with.

    sharded/                 safetensors in two files and their index
    pytorch/                 pytorch_model.bin by torch.save, with the metadata that state_dict() carries
    pytorch-legacy/          the same as PyTorch before 1.6 wrote it; DialoGPT's name for the head, and mask buffers
    pytorch-sharded/         two files and pytorch_model.bin.index.json
    nanogpt/                 ckpt.pt: torch.nn.Linear layers from a compiled model, an optimizer beside them, a vocabulary
                             padded from 61 to 64, and a tokenizer of 61 tokens
    nanogpt-without-biases/  one block with no biases anywhere
    mingpt/                  model.pt, a bare state dictionary, and minGPT's config.json
    llmc/                    model.bin, version 3: float32, the vocabulary padded to 128. It has no library: the layout is
                             that of write_model in llm.c's train_gpt2.py
    llmc-bfloat16/           version 5: the weights of ../checkpoints/bfloat16
    tensorflow/              by make_tensorflow.py

Run with:  python make_formats.py   (torch, numpy and safetensors; the versions used are in versions.json)
"""
import json
import shutil
from collections import OrderedDict
from pathlib import Path

import numpy
import safetensors
import torch
from safetensors.torch import load_file, save_file

HERE = Path(__file__).parent
BASE = HERE / "../checkpoints/base"
LAYERS, HEADS, COLUMNS, POSITIONS, TOKENS = 2, 3, 18, 24, 61
PARTS = ["ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"]


def folder(name, source=BASE):
    path = HERE / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    if source:
        shutil.copy(source / "config.json", path)
    return path


def linear(weights):
    """The weights as torch.nn.Linear keeps them."""
    def turned(name, value):
        layer = name.startswith("transformer.h.") and name.endswith("weight") and value.dim() == 2
        return value.t().contiguous() if layer else value.clone()
    return {name: turned(name, value) for name, value in weights.items()}


def halves(weights):
    names = list(weights)
    return [("00001-of-00002", names[:15]), ("00002-of-00002", names[15:])]


def make_shards(name, stem, suffix, weights, save):
    path, index = folder(name), {}
    for number, names in halves(weights):
        shard = f"{stem}-{number}.{suffix}"
        save({n: weights[n] for n in names}, path / shard)
        index |= {n: shard for n in names}
    size = sum(value.numel() * value.element_size() for value in weights.values())
    (path / f"{stem}.{suffix}.index.json").write_text(
        json.dumps({"metadata": {"total_size": size}, "weight_map": index}, indent=1) + "\n")


def make_pytorch(weights):
    state = OrderedDict(weights)
    state._metadata = OrderedDict([("", {"version": 1}), ("transformer", {"version": 1})])
    state["lm_head.weight"] = state["transformer.wte.weight"]
    torch.save(state, folder("pytorch") / "pytorch_model.bin")

    legacy = {"module." + name: value for name, value in state.items()}
    legacy["module.lm_head.decoder.weight"] = legacy.pop("module.lm_head.weight")
    for layer in range(LAYERS):
        mask = torch.tril(torch.ones(POSITIONS, POSITIONS, dtype=torch.uint8)).view(1, 1, POSITIONS, POSITIONS)
        legacy[f"module.transformer.h.{layer}.attn.bias"] = mask
        legacy[f"module.transformer.h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    # A transposed view: the same numbers with other strides.
    name = "module.transformer.h.0.attn.c_proj.weight"
    legacy[name] = legacy[name].t().contiguous().t()
    torch.save(legacy, folder("pytorch-legacy") / "pytorch_model.bin", _use_new_zipfile_serialization=False)


def make_nanogpt(weights):
    path = folder("nanogpt", None)
    model = linear(weights)
    padding = torch.full((64 - TOKENS, COLUMNS), 9.0)
    embedding = torch.nn.Parameter(torch.cat([model["transformer.wte.weight"], padding]))
    model["transformer.wte.weight"] = embedding.detach()
    state = OrderedDict(("_orig_mod." + name, value) for name, value in model.items())
    state["_orig_mod.lm_head.weight"] = state["_orig_mod.transformer.wte.weight"]
    gain = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.AdamW([gain], lr=6e-4, betas=(0.9, 0.95))
    gain.sum().backward()
    optimizer.step()
    arguments = dict(n_layer=LAYERS, n_head=HEADS, n_embd=COLUMNS, block_size=POSITIONS, bias=True, vocab_size=64,
                     dropout=0.0)
    torch.save({
        "model": state, "optimizer": optimizer.state_dict(), "model_args": arguments, "iter_num": 2000,
        "best_val_loss": torch.tensor(3.25), "config": {"dataset": "openwebtext", "learning_rate": 6e-4, "compile": True},
    }, path / "ckpt.pt")
    tokens = [chr(code) for code in range(0x21, 0x21 + TOKENS - 1)] + ["<|endoftext|>"]
    (path / "vocab.json").write_text(json.dumps({token: index for index, token in enumerate(tokens)}) + "\n")
    (path / "merges.txt").write_text("#version: 0.2\n")
    (path / "config.json").write_text('{"activation_function": "gelu_new"}\n')

    few = {n: v for n, v in linear(weights).items() if not n.endswith("bias") and ".h.1." not in n}
    torch.save({"model": few, "model_args": arguments | dict(n_layer=1, bias=False, vocab_size=TOKENS)},
               folder("nanogpt-without-biases", None) / "ckpt.pt")


def make_mingpt(weights):
    path = folder("mingpt", None)
    state = OrderedDict(linear(weights))
    state["lm_head.weight"] = state["transformer.wte.weight"]
    torch.save(state, path / "model.pt")
    (path / "config.json").write_text(json.dumps({
        "system": {"seed": 3407}, "model": {
            "model_type": None, "n_layer": LAYERS, "n_head": HEADS, "n_embd": COLUMNS, "vocab_size": TOKENS,
            "block_size": POSITIONS, "attn_pdrop": 0.1}}, indent=4) + "\n")


def make_llmc(name, weights, version):
    type = torch.float32 if version == 3 else torch.bfloat16
    header = numpy.zeros(256, numpy.int32)
    header[:8] = [20240326, version, POSITIONS, TOKENS, LAYERS, HEADS, COLUMNS, 128]
    model = linear(weights)
    embedding = model["transformer.wte.weight"]
    model["transformer.wte.weight"] = torch.cat([embedding, torch.zeros(128 - TOKENS, COLUMNS, dtype=embedding.dtype)])
    names = ["transformer.wte.weight", "transformer.wpe.weight"]
    names += [f"transformer.h.{layer}.{part}.{kind}" for part in PARTS for kind in ("weight", "bias")
              for layer in range(LAYERS)]
    names += ["transformer.ln_f.weight", "transformer.ln_f.bias"]
    with open(folder(name, None) / "model.bin", "wb") as file:
        file.write(header.tobytes())
        for tensor in names:
            file.write(model[tensor].to(type).contiguous().view(torch.uint8).numpy().tobytes())


def main():
    weights = load_file(BASE / "model.safetensors")
    make_shards("sharded", "model", "safetensors", weights, lambda part, path: save_file(part, path))
    make_shards("pytorch-sharded", "pytorch_model", "bin", weights, lambda part, path: torch.save(part, path))
    make_pytorch(weights)
    make_nanogpt(weights)
    make_mingpt(weights)
    make_llmc("llmc", weights, 3)
    make_llmc("llmc-bfloat16", load_file(HERE / "../checkpoints/bfloat16/model.safetensors"), 5)
    versions = {m.__name__: m.__version__ for m in (torch, safetensors, numpy)}
    (HERE / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
