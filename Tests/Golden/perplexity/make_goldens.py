#!/usr/bin/env python3
"""Perplexities as Hugging Face's models have them, in both protocols of `vencejo perplexity`.

    python3 Tests/Golden/perplexity/make_goldens.py DATA

DATA is the folder that VENCEJO_DATA names. Writes goldens.json beside this file. Needs torch, transformers, numpy;
tokenizes the demo's texts with its own vocab.json and merges.txt. Models run in float32, sums are float64.
"""
import json, pathlib, sys
import numpy, torch, transformers

here = pathlib.Path(__file__).parent
data = pathlib.Path(sys.argv[1])
root = here.parent.parent.parent
torch.set_num_threads(2)


def hugging_face(model, ids, context, stride):
    """The loop of "Perplexity of fixed-length models" in transformers' documentation."""
    total, count, previous_end = 0.0, 0, 0
    for begin in range(0, len(ids), stride):
        end = min(begin + context, len(ids))
        targets = end - previous_end
        window = torch.tensor([ids[begin:end]])
        labels = window.clone()
        labels[:, :-targets] = -100
        with torch.no_grad():
            loss = model(window, labels=labels).loss.item()
        valid = (labels != -100).sum().item() - 1
        total += loss * valid
        count += valid
        previous_end = end
        if end == len(ids):
            break
    return total / count


def llama_cpp(model, ids, context):
    """What llama-perplexity scores: of chunks side by side the predictions from position context / 2 on."""
    assert len(ids) >= 2 * context
    first, losses = context // 2, []
    for chunk in range(len(ids) // context):
        window = torch.tensor([ids[chunk * context:(chunk + 1) * context]])
        with torch.no_grad():
            logits = model(window).logits[0].double()
        losses.append(torch.nn.functional.cross_entropy(
            logits[first:-1], window[0, first + 1:], reduction="none").numpy())
    return float(numpy.concatenate(losses).mean())


def measure(model, ids, context, stride):
    return {"context": context, "stride": stride, "tokens": len(ids),
            "huggingface_nll": hugging_face(model, ids, context, stride),
            "llama.cpp_nll": llama_cpp(model, ids, context)}


def load(folder):
    return transformers.GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).eval()


results = {"versions": {"torch": torch.__version__, "transformers": transformers.__version__}}
folder = data / "checkpoints/tinygpt-shakespeare-char"
ids = numpy.fromfile(folder / "eval_ids_u16le.bin", dtype="<u2")[:8_001].astype(int).tolist()
shakespeare = load(folder / "hf")
results["tinygpt-shakespeare-char"] = [measure(shakespeare, ids, 128, 64), measure(shakespeare, ids, 99, 99)]

demo = load(root / "models/demo")
tokenizer = transformers.GPT2Tokenizer.from_pretrained(root / "models/demo")
results["demo"] = []
for name in ["spanish_fiction.valid.txt", "english_novels.valid.txt"]:
    byte_count = 15_000
    text = (data / "corpora" / name).read_bytes()[:byte_count].decode("utf-8", "ignore")
    ids = tokenizer(text)["input_ids"]
    results["demo"].append({"text": name, "bytes": len(text.encode()), **measure(demo, ids, 512, 256)})
(here / "goldens.json").write_text(json.dumps(results, indent=2) + "\n")
