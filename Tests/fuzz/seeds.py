"""What the fuzzers begin with: seeds.py ROOT WORK PROGRAMS, called by run.sh. Small files, and small parts of files."""
import collections
import io
import json
import math
import pathlib
import pickle
import random
import shutil
import struct
import subprocess
import sys
import types
import zipfile

root, work, programs = map(pathlib.Path, sys.argv[1:])
golden = root / "Tests/Golden"


def seed(parser, name, content):
    folder = work / parser / "seeds"
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(content, pathlib.Path):
        content = content.read_bytes()
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def run(*words):
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


for path in golden.glob("formats/*/*"):
    if path.suffix in (".bin", ".pt") and zipfile.is_zipfile(path):
        archive = zipfile.ZipFile(path)
        name = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
        seed("pickle", f"{path.parent.name}.pkl", archive.read(name))
seed("tensorflow", "block", (golden / "formats/tensorflow/model.ckpt.index").read_bytes()[:852])
seed("index", "sharded", golden / "formats/sharded/model.safetensors.index.json")

seed("json", "values", '{"a": [null, true, -1.5e-3, "\\u00e9\\n\\ud83d\\ude00"], "": {"b": 9007199254740993}}')
for name in ("base", "one-head", "inner"):
    config = golden / f"checkpoints/{name}/config.json"
    seed("json", name, config)
    seed("config", name, config)

# A tokenizer of few merges, as every kind of file that holds one.
vocabulary = {"<|endoftext|>": 0}
for byte in list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256)):
    vocabulary[chr(byte)] = len(vocabulary)
for index in range(256 + 1 - len(vocabulary)):
    vocabulary[chr(256 + index)] = len(vocabulary)
merges = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("a", "n"), ("Ġ", "a")]
for left, right in merges:
    vocabulary[left + right] = len(vocabulary)
vocab = json.dumps(vocabulary, ensure_ascii=False)
lines = "#version: 0.2\n" + "".join(f"{left} {right}\n" for left, right in merges)
seed("vocabulary", "pair", vocab.encode() + b"\0" + lines.encode())
seed("vocabulary", "few", b'{"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3}\0a b\n')
stage = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
whole = {
    "version": "1.0", "added_tokens": [{"id": 0, "content": "<|endoftext|>", "special": True}], "normalizer": None,
    "pre_tokenizer": stage, "decoder": stage,
    "model": {"type": "BPE", "vocab": vocabulary, "merges": [f"{left} {right}" for left, right in merges]},
}
seed("tokenizer", "whole", json.dumps(whole, ensure_ascii=False))
few = dict(whole, model={"type": "BPE", "vocab": {"<|endoftext|>": 0, "a": 1, "b": 2, "ab": 3}, "merges": [["a", "b"]]})
seed("tokenizer", "few", json.dumps(few))
for index, text in enumerate(["The thane, the\n  end.<|endoftext|> it's 42", "año nuevo: 日本 🙂", b"\xff\xc0\xaf \xed\xa0\x80"]):
    seed("text", str(index), text)

# A GPT-2 of one block and eight tokens, as every reader wants it.
VOCABULARY, CONTEXT = 8, 16


def shapes_of(size, inner):
    shapes = {"wte.weight": [VOCABULARY, size], "wpe.weight": [CONTEXT, size]}
    for name, shape in [
        ("ln_1.weight", [size]), ("ln_1.bias", [size]), ("attn.c_attn.weight", [size, 3 * size]),
        ("attn.c_attn.bias", [3 * size]), ("attn.c_proj.weight", [size, size]), ("attn.c_proj.bias", [size]),
        ("ln_2.weight", [size]), ("ln_2.bias", [size]), ("mlp.c_fc.weight", [size, inner]), ("mlp.c_fc.bias", [inner]),
        ("mlp.c_proj.weight", [inner, size]), ("mlp.c_proj.bias", [size]),
    ]:
        shapes["h.0." + name] = shape
    shapes["ln_f.weight"] = shapes["ln_f.bias"] = [size]
    return shapes


def safetensors_of(shapes, weights):
    header, offset = {}, 0
    for name, content in weights.items():
        header[name] = {"dtype": "F32", "shape": shapes[name], "data_offsets": [offset, offset + len(content)]}
        offset += len(content)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(weights.values())


def weights_of(shapes, value):
    counts = {name: math.prod(shape) for name, shape in shapes.items()}
    return {name: struct.pack(f"<{count}f", *(value() for _ in range(count))) for name, count in counts.items()}


def checkpoint(name, size, inner, weights):
    folder = work / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "config.json").write_text(json.dumps({
        "model_type": "gpt2", "activation_function": "gelu_new", "n_layer": 1, "n_head": 1, "n_embd": size,
        "n_inner": inner, "n_positions": CONTEXT, "vocab_size": VOCABULARY, "layer_norm_epsilon": 1e-5,
    }))
    return folder


SIZE = 4
generator = random.Random(1)
shapes = shapes_of(SIZE, 4 * SIZE)
weights = weights_of(shapes, lambda: generator.gauss(0, 0.1))
safetensors = safetensors_of(shapes, weights)
seed("safetensors", "whole", safetensors)

order = list(shapes)
sizes = [20240326, 3, CONTEXT, VOCABULARY, 1, 1, SIZE, VOCABULARY]
seed("llmc", "float32", struct.pack("<256i", *sizes, *[0] * 248) + b"".join(weights.values()))


class Storage:
    """What torch.save writes as a persistent id: a type, a key, a place and a number of elements."""

    def __init__(self, key, count):
        self.key, self.count = key, count


class Tensor:
    def __init__(self, name):
        self.name = name

    def __reduce__(self):
        shape = tuple(shapes[self.name])
        strides = tuple(math.prod(shape[index + 1:]) for index in range(len(shape)))
        storage = Storage(str(order.index(self.name)), math.prod(shape))
        return torch._utils._rebuild_tensor_v2, (storage, 0, shape, strides, False, collections.OrderedDict())


torch = types.ModuleType("torch")
torch._utils = types.ModuleType("torch._utils")
exec("def _rebuild_tensor_v2(*arguments): pass", torch._utils.__dict__)
torch._utils._rebuild_tensor_v2.__module__ = "torch._utils"
torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})
sys.modules.update({"torch": torch, "torch._utils": torch._utils})


class Pickler(pickle._Pickler):
    def persistent_id(self, value):
        return ("storage", torch.FloatStorage, value.key, "cpu", value.count) if isinstance(value, Storage) else None


def pickled(value):
    output = io.BytesIO()
    Pickler(output, 2).dump(value)
    return output.getvalue()


some = collections.OrderedDict((name, Tensor(name)) for name in order[:4])
state = pickled(some)
seed("pickle", "some", state)
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
    for name, content in [("data.pkl", state), ("byteorder", b"little")] + [
        (f"data/{index}", weights[name]) for index, name in enumerate(some)
    ] + [("version", b"3\n")]:
        file.writestr(zipfile.ZipInfo("a/" + name), content)
seed("zip", "some", archive.getvalue())
seed("torch", "some", archive.getvalue())
system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
seed("torch", "legacy", b"".join([
    pickle.dumps(0x1950A86A20F9469CFC6C, 2), pickle.dumps(1001, 2), pickle.dumps(system, 2), state,
    pickle.dumps([str(index) for index in range(len(some))], 2),
] + [struct.pack("<q", len(weights[name]) // 4) + weights[name] for name in some]))

# Model files: every storage, with and without a tokenizer, and as GGUF.
source = checkpoint("source", SIZE, 4 * SIZE, safetensors)
convert, vencejo = programs / "vencejo-convert", programs / "vencejo"
for name, options in [
    ("zstd", ()), ("raw", ("--storage", "raw")), ("float16", ("--precision", "f16")), ("float32", ("--precision", "f32")),
    ("blocks", ("--block", "64")),
]:
    file = work / f"{name}.q8z"
    run(convert, source, "-o", file, "-q", *options)
    seed("q8z", name, file)
    seed("model", name, file)
wide = shapes_of(32, 32)
source32 = checkpoint("source32", 32, 32, safetensors_of(wide, weights_of(wide, lambda: generator.gauss(0, 0.1))))
run(convert, source32, "-o", work / "wide.q8z", "-q", "--target-bits-in-memory", "5")
run(vencejo, "repack", work / "wide.q8z", "-o", work / "packed.q8z", "--storage", "packed", "-q")
seed("q8z", "packed", work / "packed.q8z")
seed("model", "packed", work / "packed.q8z")
for path in golden.glob("format/*.q8z"):
    seed("q8z", path.stem, path)
(source / "vocab.json").write_text(json.dumps({token: index for index, token in enumerate(
    ["<|endoftext|>", "A", "B", "C", "AB", "ABC", "Ġ", "Ċ"])}))
(source / "merges.txt").write_text("#version: 0.2\nA B\nAB C\n")
run(convert, source, "-o", work / "model.q8z", "-q")
seed("q8z", "tokenizer", work / "model.q8z")
seed("model", "tokenizer", work / "model.q8z")
run(convert, "--to", "gguf", work / "model.q8z", "-o", work / "model.gguf")
seed("gguf", "tokenizer", work / "model.gguf")
session = work / "text.q8s"
session.unlink(missing_ok=True)
run(vencejo, "generate", "-m", work / "model.q8z", "-p", "AB", "-n", "2", "-s", "1", "--session", session)
seed("session", "text", session)
