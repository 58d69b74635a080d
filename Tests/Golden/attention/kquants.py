"""What llama.cpp's quantizer makes of GPT-2 124M's real attention weights: kquants.json.

    python3 kquants.py layers-0-5-11.safetensors LLAMA_QUANTIZE   (needs numpy, safetensors, gguf)

Nothing is known of the activations these weights meet in the model. Errors are therefore measured twice, relative to the
weights: as they are (H = 1), and as they leave a matrix whose inputs have the covariance H_ij = s_i s_j 0.7^|i-j|, s the gain
of the layer norm before the matrix, or 1 where there is none. The quantizer gets the diagonal of H as importance matrix.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import gguf
import numpy as np
from safetensors.numpy import load_file

LAYERS = (0, 5, 11)
WIDTH, HEADS, INNER, VOCABULARY, CONTEXT = 768, 12, 256, 512, 256
TYPES = ("Q8_0", "Q6_K", "Q5_K_S", "Q4_K_S")
CORRELATION = 0.7


def matrices(real):
    for block, layer in enumerate(LAYERS):
        prefix = f"transformer.h.{layer}."
        gain = np.abs(real[prefix + "ln_1.weight"])
        yield f"blk.{block}.attn_qkv", prefix + "attn.c_attn", gain
        yield f"blk.{block}.attn_output", prefix + "attn.c_proj", np.ones(WIDTH, np.float32)


def write_model(path, real):
    """A GPT-2 of three blocks: real attention, and as much beside it as the format asks for."""
    writer = gguf.GGUFWriter(path, "gpt2")
    for add, value in (
        (writer.add_block_count, len(LAYERS)), (writer.add_context_length, CONTEXT), (writer.add_embedding_length, WIDTH),
        (writer.add_feed_forward_length, INNER), (writer.add_head_count, HEADS), (writer.add_layer_norm_eps, 1e-5),
    ):
        add(value)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([f"t{i}" for i in range(VOCABULARY)])
    writer.add_token_merges(["t 1"])
    random = np.random.default_rng(1)

    def noise(*shape):
        return random.normal(0, 0.02, shape).astype(np.float32)

    tensors = {"token_embd.weight": noise(VOCABULARY, WIDTH), "position_embd.weight": noise(CONTEXT, WIDTH),
               "output_norm.weight": real["transformer.ln_f.weight"], "output_norm.bias": real["transformer.ln_f.bias"]}
    for name, source, _ in matrices(real):
        tensors[name + ".weight"] = np.ascontiguousarray(real[source + ".weight"].T)
        tensors[name + ".bias"] = real[source + ".bias"]
    for block in range(len(LAYERS)):
        for name in ("attn_norm", "ffn_norm"):
            tensors[f"blk.{block}.{name}.weight"], tensors[f"blk.{block}.{name}.bias"] = noise(WIDTH), noise(WIDTH)
        for name, rows, columns in (("ffn_up", INNER, WIDTH), ("ffn_down", WIDTH, INNER)):
            tensors[f"blk.{block}.{name}.weight"], tensors[f"blk.{block}.{name}.bias"] = noise(rows, columns), noise(rows)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    finish(writer)
    return tensors


def write_importance(path, tensors, diagonals):
    """An importance matrix as llama-imatrix writes it: the mean square of every column's activation."""
    writer = gguf.GGUFWriter(path, "")
    writer.add_type("imatrix")
    writer.add_array("imatrix.datasets", ["none"])
    writer.add_uint32("imatrix.chunk_count", 1)
    writer.add_uint32("imatrix.chunk_size", 512)
    for name, tensor in tensors.items():
        if tensor.ndim == 2:
            squares = diagonals.get(name, np.ones(tensor.shape[1], np.float32))
            writer.add_tensor(name + ".in_sum2", squares.reshape(1, -1).astype(np.float32))
            writer.add_tensor(name + ".counts", np.ones((1, 1), np.float32))
    finish(writer)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def covariance(scales, correlation):
    places = np.arange(len(scales))
    return scales[:, None] * scales * correlation ** np.abs(places[:, None] - places).astype(np.float64)


def cost(matrix, covariance):
    return float(np.einsum("ri,ri->", matrix @ covariance, matrix))


def main(source, quantize):
    real = load_file(source)
    result = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        tensors = write_model(folder / "model.gguf", real)
        for inputs in ("white", "correlated"):
            gains = {name + ".weight": gain if inputs == "correlated" else np.ones_like(gain)
                     for name, _, gain in matrices(real)}
            write_importance(folder / "imatrix.gguf", tensors, {name: gain**2 for name, gain in gains.items()})
            for kind in TYPES:
                subprocess.run([quantize, "--pure", "--imatrix", folder / "imatrix.gguf", folder / "model.gguf",
                                folder / "out.gguf", kind], check=True, capture_output=True)
                for tensor in gguf.GGUFReader(folder / "out.gguf").tensors:
                    if tensor.name not in gains:
                        continue
                    weights = tensors[tensor.name].astype(np.float64)
                    error = gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(weights.shape) - weights
                    h = covariance(gains[tensor.name].astype(np.float64), CORRELATION if inputs == "correlated" else 0.0)
                    result.append({
                        "matrix": dict((n + ".weight", s) for n, s, _ in matrices(real))[tensor.name] + ".weight",
                        "inputs": inputs, "type": tensor.tensor_type.name,
                        "bits": 8 * tensor.n_bytes / weights.size,
                        "error": round((cost(error, h) / cost(weights, h)) ** 0.5, 8)})
    lines = ",\n".join(json.dumps(row) for row in result)
    pathlib.Path(__file__).with_name("kquants.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
