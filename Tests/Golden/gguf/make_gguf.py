#!/usr/bin/env python3
"""Makes the GGUF files of this folder with the gguf library, and the float32 numbers that it reads from them.

    types.gguf      a tensor of every type that is read, of random blocks; not a model
    types.f32       what gguf.dequantize makes of them, little-endian float32, one tensor after the other
    base.gguf       the weights of ../checkpoints/base, turned to [out x in], in float32
    tokenizer.gguf  the vocabulary of ../tokenizer and a model of one block with zero weights

Run with:  python make_gguf.py   (gguf, numpy and safetensors; the versions used are in versions.json)
"""
import importlib.metadata
import json
import re
from pathlib import Path

import gguf
import numpy
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type
from safetensors.numpy import load_file

HERE = Path(__file__).parent
BLOCKS = [Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0, Type.Q2_K, Type.Q3_K, Type.Q4_K, Type.Q5_K, Type.Q6_K]
# Where the float16 numbers of a block lie: everything else may be any byte, these are finite.
HALVES = {
    Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0], Type.Q2_K: [80, 82],
    Type.Q3_K: [108], Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208]}
ROWS, COLUMNS = 3, 512
NAMES = {
    "wte.weight": "token_embd.weight", "wpe.weight": "position_embd.weight", "ln_f": "output_norm", "h.": "blk.",
    "ln_1": "attn_norm", "ln_2": "ffn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output",
    "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}


def writer(name):
    return gguf.GGUFWriter(HERE / name, "gpt2")


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def make_types():
    random = numpy.random.default_rng(7)
    file, values = writer("types.gguf"), []
    numbers = random.standard_normal((ROWS, COLUMNS)).astype(numpy.float32)
    for type in (Type.F32, Type.F16, Type.BF16):
        data = gguf.quantize(numbers, type)
        file.add_tensor(type.name, data, raw_dtype=type)
        values.append(gguf.dequantize(data, type))
    for type in BLOCKS:
        length, size = GGML_QUANT_SIZES[type]
        data = random.integers(0, 256, (ROWS, COLUMNS // length, size), dtype=numpy.uint8)
        for offset in HALVES[type]:
            halves = (random.standard_normal((ROWS, COLUMNS // length, 1)) * 0.1).astype(numpy.float16)
            data[:, :, offset:offset + 2] = halves.view(numpy.uint8)
        data = data.reshape(ROWS, -1)
        file.add_tensor(type.name, data, raw_dtype=type)
        values.append(gguf.dequantize(data, type))
    finish(file)
    numpy.concatenate(values).astype("<f4").tofile(HERE / "types.f32")


def add_sizes(file, layers, heads, size, inner, positions, epsilon):
    file.add_block_count(layers)
    file.add_head_count(heads)
    file.add_embedding_length(size)
    file.add_feed_forward_length(inner)
    file.add_context_length(positions)
    file.add_layer_norm_eps(epsilon)


def renamed(name):
    name = name.removeprefix("transformer.")
    for theirs, ours in NAMES.items():
        name = name.replace(theirs, ours)
    return name


def make_base():
    config = json.loads((HERE / "../checkpoints/base/config.json").read_text())
    size = config["n_embd"]
    file = writer("base.gguf")
    add_sizes(file, config["n_layer"], config["n_head"], size, 4 * size, config["n_positions"],
              config["layer_norm_epsilon"])
    for name, value in load_file(HERE / "../checkpoints/base/model.safetensors").items():
        turned = re.search(r"h\.\d+\.(attn|mlp)\..*weight", name)
        file.add_tensor(renamed(name), numpy.ascontiguousarray(value.T) if turned else value)
    finish(file)


def make_tokenizer():
    vocabulary = json.loads((HERE / "../tokenizer/vocab.json").read_text())
    tokens = sorted(vocabulary, key=vocabulary.get)
    special = [token["content"] for token in
               json.loads((HERE / "../tokenizer/tokenizer.json").read_text())["added_tokens"]]
    merges = (HERE / "../tokenizer/merges.txt").read_text().splitlines()[1:]
    file = writer("tokenizer.gguf")
    add_sizes(file, 1, 1, 4, 4, 8, 1e-5)
    file.add_tokenizer_model("gpt2")
    file.add_tokenizer_pre("gpt-2")
    file.add_token_list(tokens)
    file.add_token_types([gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in tokens])
    file.add_token_merges(merges)
    file.add_eos_token_id(vocabulary["<|endoftext|>"])
    shapes = {"token_embd.weight": (len(tokens), 4), "position_embd.weight": (8, 4), "blk.0.attn_qkv.weight": (12, 4),
              "blk.0.attn_output.weight": (4, 4), "blk.0.ffn_up.weight": (4, 4), "blk.0.ffn_down.weight": (4, 4),
              "blk.0.attn_qkv.bias": (12,)}
    for name in ("attn_norm.weight", "attn_norm.bias", "ffn_norm.weight", "ffn_norm.bias", "attn_output.bias",
                 "ffn_up.bias", "ffn_down.bias"):
        shapes[f"blk.0.{name}"] = (4,)
    shapes["output_norm.weight"] = shapes["output_norm.bias"] = (4,)
    for name, shape in shapes.items():
        file.add_tensor(name, numpy.zeros(shape, numpy.float16))
    finish(file)


def main():
    make_types()
    make_base()
    make_tokenizer()
    versions = {name: importlib.metadata.version(name) for name in ("gguf", "numpy", "safetensors")}
    (HERE / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
