#!/usr/bin/env python3
"""Makes each peer's model from a Hugging Face GPT-2 folder.

    python export.py gguf        FOLDER OUT --quantize PATH/llama-quantize   OUT-F32.gguf, OUT-Q8_0.gguf, …
    python export.py ctranslate2 FOLDER OUT                                  a folder, int8
    python export.py onnx        FOLDER OUT.onnx                             int8, quantized dynamically
    python export.py openvino    FOLDER OUT.xml                              int8 weights

FOLDER holds config.json and model.safetensors, and vocab.json and merges.txt unless --tokenizer FOLDER names where they
are. Each form needs the packages its function imports and no others; README.md lists them.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile


def checkpoint(folder):
    """The configuration, and the weights as float32 arrays by their names without `transformer.`."""
    import numpy as np
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text())
    weights = {name.removeprefix("transformer."): array.astype(np.float32, copy=False)
               for name, array in load_file(folder / "model.safetensors").items()
               if not name.endswith((".attn.bias", ".attn.masked_bias"))}  # the causal mask of old checkpoints
    return config, weights


def gguf(folder, tokenizer, out, quantize, types):
    """Names, keys and orientation are those of llama.cpp's own converter for GPT-2."""
    import gguf as library

    config, weights = checkpoint(folder)
    layers = config["n_layer"]
    path = f"{out}-F32.gguf"
    writer = library.GGUFWriter(path, "gpt2")
    writer.add_name(folder.name)
    writer.add_block_count(layers)
    writer.add_context_length(config["n_positions"])
    writer.add_embedding_length(config["n_embd"])
    writer.add_feed_forward_length(4 * config["n_embd"])
    writer.add_head_count(config["n_head"])
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])
    writer.add_file_type(library.LlamaFileType.ALL_F32)

    ids = json.loads((tokenizer / "vocab.json").read_text())
    lines = (tokenizer / "merges.txt").read_text().splitlines()
    end = ids["<|endoftext|>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(sorted(ids, key=ids.get))
    writer.add_token_types([library.TokenType.CONTROL if token == end else library.TokenType.NORMAL
                            for token in range(len(ids))])
    writer.add_token_merges([line for line in lines if line and not line.startswith("#version")])
    writer.add_bos_token_id(end)
    writer.add_eos_token_id(end)
    writer.add_add_bos_token(False)

    names = library.get_tensor_name_map(library.MODEL_ARCH.GPT2, layers)
    for name, array in weights.items():
        if ".c_" in name and array.ndim == 2:  # Hugging Face stores these [in × out]
            array = array.T.copy()
        writer.add_tensor(names.get_name(name, try_suffixes=(".weight", ".bias")), array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    for kind in types:
        subprocess.run([quantize, path, f"{out}-{kind}.gguf", kind], check=True)


def ctranslate2(folder, tokenizer, out):
    from ctranslate2.converters import TransformersConverter

    with tempfile.TemporaryDirectory() as together:  # the converter wants model and tokenizer in one folder
        for path in [folder / "config.json", folder / "model.safetensors",
                     tokenizer / "vocab.json", tokenizer / "merges.txt"]:
            (pathlib.Path(together) / path.name).symlink_to(path.resolve())
        TransformersConverter(together).convert(str(out), quantization="int8", force=True)


def onnx(folder, out):
    import gpt2_onnx
    import onnx as library
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        whole = pathlib.Path(scratch) / "float.onnx"
        config, weights = checkpoint(folder)
        library.save(gpt2_onnx.graph(weights, config), whole, save_as_external_data=True, location="float.data")
        # The quantizer cannot see the types that come out of operators of ONNX Runtime's own: all are float32.
        quantize_dynamic(whole, out, op_types_to_quantize=["MatMul", "Gather"], weight_type=QuantType.QInt8,
                         per_channel=True, extra_options={"DefaultTensorType": library.TensorProto.FLOAT})


def openvino(folder, out):
    import gpt2_openvino
    import nncf
    import openvino as library

    config, weights = checkpoint(folder)
    model = nncf.compress_weights(gpt2_openvino.model(weights, config), mode=nncf.CompressWeightsMode.INT8_ASYM)
    library.save_model(model, out, compress_to_fp16=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("form", choices=["gguf", "ctranslate2", "onnx", "openvino"])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--tokenizer", type=pathlib.Path, help="where vocab.json and merges.txt are; default: FOLDER")
    parser.add_argument("--quantize", help="llama-quantize; without it GGUF stays F32")
    parser.add_argument("--types", default="Q8_0,Q6_K,Q4_K_M", help="what llama-quantize makes; default: %(default)s")
    options = parser.parse_args()
    folder, tokenizer = options.folder, options.tokenizer or options.folder
    options.out.parent.mkdir(parents=True, exist_ok=True)
    if options.form == "gguf":
        gguf(folder, tokenizer, options.out, options.quantize, options.types.split(",") if options.quantize else [])
    elif options.form == "ctranslate2":
        ctranslate2(folder, tokenizer, options.out)
    elif options.form == "onnx":
        onnx(folder, options.out)
    else:
        openvino(folder, options.out)


if __name__ == "__main__":
    main()
