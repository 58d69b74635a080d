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


def variants(value):
    """A value of JSON with one place of it changed: left out, or something else that may not belong there."""
    if isinstance(value, dict):
        for key in value:
            yield {other: value[other] for other in value if other != key}
            for changed in variants(value[key]):
                yield {**value, key: changed}
    elif isinstance(value, list):
        for index in range(min(2, len(value))):
            yield value[:index] + value[index + 1:]
            for changed in variants(value[index]):
                yield value[:index] + [changed] + value[index + 1:]
    for other in (None, True, -1, 1.5, 1e300, 2**40, "x", [], {}):
        if other != value:
            yield other


def seed_variants(parser, name, value, written=lambda value: json.dumps(value)):
    for number, variant in enumerate(variants(value)):
        seed(parser, f"{name}-{number}", written(variant))


def with_words(table, record):
    """A table with one word of one of its first or last records changed."""
    places = range(0, len(table), 4)
    for place in [*places[:2 * record // 4], *places[-2 * record // 4:]]:
        word, = struct.unpack_from("<I", table, place)
        for other in {0, 1, 2, word + 1, 2 * word, 2**31 - 1, 2**32 - 1} - {word}:
            yield table[:place] + struct.pack("<I", other & 0xFFFFFFFF) + table[place + 4:]


def run(*words):
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


for path in golden.glob("formats/*/*"):
    if path.suffix in (".bin", ".pt") and zipfile.is_zipfile(path):
        archive = zipfile.ZipFile(path)
        name = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
        seed("pickle", f"{path.parent.name}.pkl", archive.read(name))
seed("tensorflow", "block", (golden / "formats/tensorflow/model.ckpt.index").read_bytes()[:852])
index = golden / "formats/sharded/model.safetensors.index.json"
seed("index", "sharded", index)
index = json.loads(index.read_text())
seed_variants("index", "few", {**index, "weight_map": dict(list(index["weight_map"].items())[:2])})

seed("json", "values", '{"a": [null, true, -1.5e-3, "\\u00e9\\n\\ud83d\\ude00"], "": {"b": 9007199254740993}}')
for number, text in enumerate([
    b'{"a": 1, "a": 2}', b'[1,]', b'[1', b'{"a" 1}', b'{"a": 1', b'{1: 2}', b'{"a": 1,}', b'[tru]', b'[nul', b'[falsy]',
    b'nan', b'01', b'-', b'-0', b'1.', b'.5', b'1e', b'1e+', b'1E-5', b'1e999', b'-9223372036854775808',
    b'9223372036854775808',
    b'"\\u12"', b'"\\u12g4"', b'"\\ud83d"', b'"\\ud83d\\u0041"', b'"\\udc00"', b'"\\x"', b'"\\',
    b'"a', b'"\n"', b'"\x7f"',
    b'"\\b\\f\\n\\r\\t\\/\\"\\\\"', b'"\xc0\xaf"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\xe2\x82"', b'"\xff"',
    '"é€🙂"'.encode(), b'\xef\xbb\xbf{}', b' \t\r\n[ ] ', b'', b'1 2', b'[' * 600, b'[' * 100 + b']' * 100,
    b'\xff\xfe{\0}\0',
]):
    seed("json", f"text-{number}", text)
for name in ("base", "one-head", "inner"):
    config = golden / f"checkpoints/{name}/config.json"
    seed("json", name, config)
    seed("config", name, config)
classifier = {
    "num_labels": 2, "id2label": {"0": "no", "1": "yes"}, "problem_type": "single_label_classification",
    "pad_token_id": 0}
config = {**json.loads(config.read_text()), **classifier}
for activation in ("gelu", "gelu_new", "relu"):
    seed("config", activation, json.dumps({**config, "activation_function": activation}))
seed_variants("config", "classifier", config)

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
for number, lines in enumerate([
    "", "a", "a  b", "a b c", "a b\r\na b\n", "b a\n", "a b\n\nab a\n", "#version\n#version\na b", "x a\n",
]):
    seed("vocabulary", f"lines-{number}", '{"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3}\0' + lines)
seed_variants("vocabulary", "few", {"a": 0, "b": 1, "ab": 2, "Ġ": 3}, lambda value: json.dumps(value) + "\0a b\n")
stage = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
whole = {
    "version": "1.0", "added_tokens": [{"id": 0, "content": "<|endoftext|>", "special": True}], "normalizer": None,
    "pre_tokenizer": stage, "decoder": stage,
    "model": {"type": "BPE", "vocab": vocabulary, "merges": [f"{left} {right}" for left, right in merges]},
}
seed("tokenizer", "whole", json.dumps(whole, ensure_ascii=False))
few = dict(whole, model={"type": "BPE", "vocab": {"<|endoftext|>": 0, "a": 1, "b": 2, "ab": 3}, "merges": [["a", "b"]]})
seed("tokenizer", "few", json.dumps(few))
special = {
    "id": 3, "content": "<s>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
    "special": True}
options = {
    "dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": False,
    "byte_fallback": False, "ignore_merges": False}
template = {
    "type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}], "pair": [], "special_tokens": {}}
model = {"type": "BPE", **options, "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}
few = {
    **few, "truncation": None, "padding": None, "post_processor": template, "added_tokens": [special], "model": model}
seed_variants("tokenizer", "few", few)
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
    return safetensors_file(header, weights)


def safetensors_file(header, weights):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(weights.values())


def weights_of(shapes, value):
    counts = {name: math.prod(shape) for name, shape in shapes.items()}
    return {name: struct.pack(f"<{count}f", *(value() for _ in range(count))) for name, count in counts.items()}


def checkpoint(name, size, inner, weights, **more):
    folder = work / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "config.json").write_text(json.dumps({
        "model_type": "gpt2", "activation_function": "gelu_new", "n_layer": 1, "n_head": 1, "n_embd": size,
        "n_inner": inner, "n_positions": CONTEXT, "vocab_size": VOCABULARY, "layer_norm_epsilon": 1e-5, **more,
    }))
    return folder


SIZE = 4
generator = random.Random(1)
shapes = shapes_of(SIZE, 4 * SIZE)
weights = weights_of(shapes, lambda: generator.gauss(0, 0.1))
safetensors = safetensors_of(shapes, weights)
seed("safetensors", "whole", safetensors)
two = {"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
       "b": {"dtype": "F16", "shape": [2], "data_offsets": [8, 12]}}
seed_variants("safetensors", "two", two, lambda header: safetensors_file(header, {"a": bytes(8), "b": bytes(4)}))
for dtype in ("F64", "BF16", "F8_E4M3", "I64", "I32", "I16", "I8", "U8", "BOOL", "Q"):
    for size in (1, 2, 4, 8):
        one = {"a": {"dtype": dtype, "shape": [2], "data_offsets": [0, 2 * size]}}
        seed("safetensors", f"{dtype}-{size}", safetensors_file(one, {"a": bytes(2 * size)}))

order = list(shapes)
sizes = [20240326, 3, CONTEXT, VOCABULARY, 1, 1, SIZE, VOCABULARY]
llmc = struct.pack("<256i", *sizes, *[0] * 248) + b"".join(weights.values())
seed("llmc", "float32", llmc)
for number, changed in enumerate(with_words(llmc[:32], 32)):
    seed("llmc", f"word-{number}", changed + llmc[32:])


class Storage:
    """What torch.save writes as a persistent id: a type, a key, a place and a number of elements."""

    def __init__(self, key, count, type="Float"):
        self.words = ("storage", getattr(torch, type + "Storage"), key, "cpu", count)


class Tensor:
    """A tensor, one of whose arguments may be another than it should be."""

    def __init__(self, name, type="Float", changed={}):
        self.name, self.type, self.changed = name, type, changed

    def __reduce__(self):
        shape = tuple(shapes[self.name])
        strides = tuple(math.prod(shape[index + 1:]) for index in range(len(shape)))
        storage = Storage(str(order.index(self.name)), math.prod(shape), self.type)
        arguments = [storage, 0, shape, strides, False, collections.OrderedDict()]
        return torch._utils._rebuild_tensor_v2, tuple(self.changed.get(*pair) for pair in enumerate(arguments))


class Parameter:
    def __reduce__(self):
        return torch._utils._rebuild_parameter, (Tensor(order[0]), True, collections.OrderedDict())


torch = types.ModuleType("torch")
torch._utils = types.ModuleType("torch._utils")
for name in ("_rebuild_tensor_v2", "_rebuild_parameter"):
    exec(f"def {name}(*arguments): pass", torch._utils.__dict__)
    getattr(torch._utils, name).__module__ = "torch._utils"
storages = ("Float", "Half", "BFloat16", "Double", "Long", "Int", "Short", "Char", "Byte", "Bool", "ComplexFloat")
for name in storages:
    setattr(torch, name + "Storage", type(name + "Storage", (), {"__module__": "torch"}))
sys.modules.update({"torch": torch, "torch._utils": torch._utils})


class Pickler(pickle._Pickler):
    def persistent_id(self, value):
        return value.words if isinstance(value, Storage) else None


def pickled(value):
    output = io.BytesIO()
    Pickler(output, 2).dump(value)
    return output.getvalue()


some = collections.OrderedDict((name, Tensor(name)) for name in order[:4])
state = pickled(some)
seed("pickle", "some", state)


def archived(state, contents):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        for name, content in [("data.pkl", state), ("byteorder", b"little")] + [
            (f"data/{index}", content) for index, content in enumerate(contents)
        ] + [("version", b"3\n")]:
            file.writestr(zipfile.ZipInfo("a/" + name), content)
    return archive.getvalue()


seed("zip", "some", archived(state, [weights[name] for name in some]))
seed("torch", "some", archived(state, [weights[name] for name in some]))
first = {order[0]: Tensor(order[0])}
arguments = {
    "n_layer": 1, "n_head": 1, "n_embd": SIZE, "block_size": CONTEXT, "bias": False, "vocab_size": VOCABULARY,
    "dropout": 0.5}
roots = [
    {"model": first, "model_args": arguments, "iter_num": 2**40, "best_val_loss": 1.5, "config": {"device": None},
     "optimizer": {"state": {0: {"step": 3}}, "param_groups": [{"betas": (0.9, 0.95), "params": [0, 1]}]}},
    *({"model": first, "model_args": value} for value in (
        5, [], {5: 5}, *({"bias": value} for value in (True, "x", 1.5, math.inf, None, [])),
        *({**arguments, key: value} for key in ("n_layer", "other") for value in (-1, 2**40, "x", None)))),
    *({key: first} for key in ("state_dict", "model_state_dict", "module", "other")), {"model": {"module": first}},
    {"model": {**first, "x": 5}}, {"model": {**first, 5: 5}},
    {order[0]: Parameter()}, {**first, "again": first[order[0]]}, [first], 5, None, {}, {5: first[order[0]]}, {"x": 5},
    *({order[0]: Tensor(order[0], type)} for type in storages),
    *({order[0]: Tensor(order[0], changed={place: value})} for place in range(6)
      for value in (None, True, -1, 2**40, 1.5, (), (1, 2), (2**40, 2**40), (-1, 1), (0,), "x", {}, {"neg": True},
                    Storage("1", 2))),
]
for number, value in enumerate(roots):
    seed("torch", f"root-{number}", archived(pickled(value), [weights[order[0]] * 2]))
    seed("pickle", f"root-{number}", pickled(value))


def legacy(state=state, keys=[str(index) for index in range(len(some))], version=1001, little=True, more=0, end=b""):
    sizes = {"short": 2, "int": 4, "long": 4}
    system = {"protocol_version": 1001, "little_endian": little, "type_sizes": sizes}
    storages = [struct.pack("<q", len(weights[name]) // 4 + more) + weights[name] for name in some]
    parts = [pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, version, system)]
    return b"".join(parts + [state, pickle.dumps(keys, 2)] + storages) + end


seed("torch", "legacy", legacy())
for number, changed in enumerate([
    {"version": 1002}, {"version": None}, {"little": False}, {"more": 1}, {"end": b"x"}, {"keys": []}, {"keys": None},
    {"keys": ["0", "0", "2", "3"]}, {"keys": [0, 1, 2, 3]}, {"keys": ["0", "1", "2", "4"]}, {"state": pickled(5)},
]):
    seed("torch", f"legacy-{number}", legacy(**changed))

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
for name, more, options in [
    ("classifier", {"architectures": ["GPT2ForSequenceClassification"], **classifier}, {"score.weight": [2, SIZE]}),
    ("untied", {"tie_word_embeddings": False, "activation_function": "relu"}, {"lm_head.weight": [VOCABULARY, SIZE]}),
    ("erf", {"activation_function": "gelu", "scale_attn_by_inverse_layer_idx": True, "n_head": 2}, {}),
]:
    head = {**shapes, **options}
    content = safetensors_of(head, weights_of(head, lambda: generator.gauss(0, 0.1)))
    source = checkpoint("source", SIZE, 4 * SIZE, content, **more)
    run(convert, source, "-o", work / f"{name}.q8z", "-q")
    seed("q8z", name, work / f"{name}.q8z")
    seed("model", name, work / f"{name}.q8z")
source = checkpoint("source", SIZE, 4 * SIZE, safetensors)
wide = shapes_of(32, 32)
source32 = checkpoint("source32", 32, 32, safetensors_of(wide, weights_of(wide, lambda: generator.gauss(0, 0.1))))
run(convert, source32, "-o", work / "wide.q8z", "-q", "--target-bits-in-memory", "5")
run(vencejo, "repack", work / "wide.q8z", "-o", work / "packed.q8z", "--storage", "packed", "-q")
seed("q8z", "packed", work / "packed.q8z")
seed("model", "packed", work / "packed.q8z")


def tables_of(content):
    """The data, the header, and the words of the directory and of the chunk table."""
    count, start, size, _, directory, chunks = struct.unpack_from("<IQIIQQ", content, 12)
    header = json.loads(content[start:start + size])
    return content[:start], header, content[directory:directory + 96 * count], content[chunks:]


def rebuilt(data, header, directory, chunks):
    """A model file of parts; the fuzzers put the checksums right."""
    def aligned(part):
        return part + bytes(-len(part) % 64)
    text = json.dumps(header).encode()
    start = len(data)
    place = start + len(aligned(text))
    end = place + len(aligned(directory))
    prologue = data[:16] + struct.pack("<QIIQQQ", start, len(text), len(chunks) // 24, place, end, end + len(chunks))
    return prologue + data[len(prologue):] + aligned(text) + aligned(directory) + chunks


for path in golden.glob("format/*.q8z"):
    seed("q8z", path.stem, path)
(source / "vocab.json").write_text(json.dumps({token: index for index, token in enumerate(
    ["<|endoftext|>", "A", "B", "C", "AB", "ABC", "Ġ", "Ċ"])}))
(source / "merges.txt").write_text("#version: 0.2\nA B\nAB C\n")
run(convert, source, "-o", work / "model.q8z", "-q")
seed("q8z", "tokenizer", work / "model.q8z")
seed("model", "tokenizer", work / "model.q8z")
for name in ("packed", "classifier", "model"):
    data, header, directory, chunks = tables_of((work / f"{name}.q8z").read_bytes())
    header["provenance"] = {}
    files = [rebuilt(data, changed, directory, chunks) for changed in variants(header)]
    files += [rebuilt(data, header, changed, chunks) for changed in with_words(directory, 96)]
    files += [rebuilt(data, header, directory, changed) for changed in with_words(chunks, 24)]
    for start in range(0, len(directory), 96):
        # Another name, and another of each kind: of elements, layouts, storages.
        for place, byte in [(0, 120), (65, 0), (65, 1), (65, 5), (66, 0), (66, 1), *((64, kind) for kind in range(5))]:
            record = bytearray(directory)
            record[start + place] = byte
            files.append(rebuilt(data, header, bytes(record), chunks))
    for number, content in enumerate(files):
        seed("q8z", f"{name}-{number}", content)
        seed("model", f"{name}-{number}", content)
run(convert, source, "-o", work / "text.q8z", "-q", "--storage", "raw")
content = (work / "text.q8z").read_bytes()
_, _, directory, chunks = tables_of(content)
for start in range(0, len(directory), 96):
    if directory[start:].startswith(b"tokenizer."):
        first, = struct.unpack_from("<I", directory, start + 80)
        place, size = struct.unpack_from("<QI", chunks, 24 * first)
        for number, changed in enumerate(with_words(content[place:place + size // 4 * 4], min(size // 8 * 4, 32))):
            seed("q8z", f"text-{start}-{number}", content[:place] + changed + content[place + len(changed):])
run(convert, "--to", "gguf", work / "model.q8z", "-o", work / "model.gguf")
seed("gguf", "tokenizer", work / "model.gguf")


# GGUF: each pair of the metadata changed, and the numbers of one tensor.
def end_of_value(content, type, place):
    """Where a value of GGUF's metadata ends."""
    if type == 9:
        kind, count = struct.unpack_from("<IQ", content, place)
        place += 12
        for _ in range(count):
            place = end_of_value(content, kind, place)
        return place
    if type == 8:
        return place + 8 + struct.unpack_from("<Q", content, place)[0]
    return place + {0: 1, 1: 1, 2: 2, 3: 2, 7: 1, 10: 8, 11: 8, 12: 8}.get(type, 4)


content = (work / "model.gguf").read_bytes()
tensors, count = struct.unpack_from("<QQ", content, 8)
place, pairs = 24, []
for _ in range(count):
    middle = end_of_value(content, 8, place) + 4
    end = end_of_value(content, struct.unpack_from("<I", content, middle - 4)[0], middle)
    pairs.append((content[place:middle - 4], content[middle - 4:end]))
    place = end
infos = place
for _ in range(tensors):
    place = end_of_value(content, 8, place)
    place += 4 + 8 * struct.unpack_from("<I", content, place)[0] + 12
records, data = content[infos:place], content[-(-place // 32) * 32:]


def gguf(pairs, records=records, tensors=tensors):
    head = content[:8] + struct.pack("<QQ", tensors, len(pairs)) + b"".join(map(b"".join, pairs)) + records
    return head + bytes(-len(head) % 32) + data


text = struct.pack("<IQ", 8, 1) + b"x"
lists = [
    (8, 0, b""), (8, 2, text[4:] * 2), (4, 1, bytes(4)), (5, 2, b"\xFF" * 8), (9, 1, bytes(12)), (13, 1, b"x"),
    (8, 2**60, b"")]
others = [
    text, *(struct.pack("<II", 4, value) for value in (0, 1, 3, 64, 2**31, 2**32 - 1)),
    *(struct.pack("<Iq", kind, value) for kind in (10, 11) for value in (-1, 2**40)),
    struct.pack("<IB", 7, 1), struct.pack("<IB", 7, 2), struct.pack("<If", 6, 1.5), struct.pack("<Id", 12, 1e-5),
    *(struct.pack("<IIQ", 9, kind, count) + rest for kind, count, rest in lists)]
for number, (key, value) in enumerate(pairs):
    rest = pairs[:number] + pairs[number + 1:]
    seed("gguf", f"without-{number}", gguf(rest))
    seed("gguf", f"twice-{number}", gguf(pairs + [(key, value)]))
    for other, changed in enumerate(others):
        seed("gguf", f"pair-{number}-{other}", gguf(rest + [(key, changed)]))
for key in (
    b"gpt2.other", b"gpt2.attention.head_count_kv", b"gpt2.vocab_size", b"split.count", b"tokenizer.ggml.pre",
    b"tokenizer.ggml.add_bos_token", b"general.alignment", b"other",
):
    for other, changed in enumerate(others):
        name = struct.pack("<Q", len(key)) + key
        seed("gguf", f"{key.decode()}-{other}", gguf([pair for pair in pairs if pair[0] != name] + [(name, changed)]))
# A record's name is cut off, so that its numbers stand at whole words.
cut = end_of_value(records, 8, 0)
for number, changed in enumerate(with_words(records[cut:cut + 32], 32)):
    seed("gguf", f"tensor-{number}", gguf(pairs, records[:cut] + changed + records[cut + 32:]))
session = work / "text.q8s"
session.unlink(missing_ok=True)
run(vencejo, "generate", "-m", work / "model.q8z", "-p", "AB", "-n", "2", "-s", "1", "--session", session)
seed("session", "text", session)
content = session.read_bytes()
for number, changed in enumerate(with_words(content[:64], 64)):
    seed("session", f"word-{number}", changed + content[64:])
