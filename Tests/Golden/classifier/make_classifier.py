#!/usr/bin/env python3
"""What Hugging Face's GPT2ForSequenceClassification says, in float32.

    shelf.json       for models/shelf and the sentences of sentences.jsonl (models/train_shelf.py chose them): the tokens of a
                     few, padded too, and their logits
    shelf.f32        little-endian float32: logits [1000 x 3], of batches padded on the right
    <variant>/       tiny classifiers with random weights: config.json, model.safetensors, logits.json

Run with:  python make_classifier.py   (torch, transformers, tokenizers and safetensors)
"""
import json
from pathlib import Path

import numpy
import torch
import transformers
from tokenizers import ByteLevelBPETokenizer
from transformers import GPT2Config, GPT2ForSequenceClassification

HERE = Path(__file__).parent
SHELF = HERE.parent.parent.parent / "models/shelf"

model = GPT2ForSequenceClassification.from_pretrained(SHELF, dtype=torch.float32, attn_implementation="eager").eval()
bpe = ByteLevelBPETokenizer.from_file(str(SHELF / "vocab.json"), str(SHELF / "merges.txt"))
pad = model.config.pad_token_id
sentences = [json.loads(line) for line in (HERE / "sentences.jsonl").read_text().splitlines()]
ids = [bpe.encode(row["text"]).ids[: model.config.n_positions] for row in sentences]
rows = []
with torch.no_grad():
    for start in range(0, len(ids), 50):
        part = ids[start : start + 50]
        width = max(map(len, part))
        batch = torch.tensor([tokens + [pad] * (width - len(tokens)) for tokens in part])
        rows.append(model(batch, attention_mask=(batch != pad).long()).logits)
logits = torch.cat(rows).numpy()
logits.astype("<f4").tofile(HERE / "shelf.f32")
labels = [model.config.id2label[i] for i in logits.argmax(-1)]
accuracy = numpy.mean([a == row["label"] for a, row in zip(labels, sentences)])

# Padding: the last token that is another decides, wherever padding stands; a text of nothing but padding is its first.
odd = [ids[0] + [pad] * 3, [pad] + ids[1][:9], ids[2][:4] + [pad] + ids[2][4:8] + [pad], [pad, pad]]
with torch.no_grad():
    odd = [{"tokens": tokens, "logits": model(torch.tensor([tokens])).logits[0].tolist()} for tokens in odd]
(HERE / "shelf.json").write_text(json.dumps({
    "torch": torch.__version__, "transformers": transformers.__version__, "accuracy": float(accuracy),
    "tokens": ids[:3], "padded": odd}) + "\n")

BASE = dict(vocab_size=61, n_positions=24, n_embd=18, n_layer=1, n_head=3, bos_token_id=0, eos_token_id=0)
VARIANTS = {
    "default-labels": dict(num_labels=2),
    "multi-label": dict(id2label={0: "a", 1: "b", 2: "a"}, problem_type="multi_label_classification", pad_token_id=60),
    "regression": dict(num_labels=1, problem_type="regression", pad_token_id=0),
    "one-label": dict(id2label={0: "spam"}),
}
for seed, (name, changes) in enumerate(VARIANTS.items()):
    torch.manual_seed(seed)
    config = GPT2Config(**BASE, **changes)
    tiny = GPT2ForSequenceClassification(config).eval()
    with torch.no_grad():
        for parameter in tiny.parameters():
            parameter.copy_((parameter + 0.3 * torch.randn_like(parameter)).half())
        tokens = [7, 60, 12, 33, 5, 60, 60]
        out = tiny(torch.tensor([tokens])).logits[0].tolist()
    tiny.half().save_pretrained(HERE / name)
    (HERE / name / "logits.json").write_text(json.dumps({"tokens": tokens, "logits": out}) + "\n")
print(f"accuracy {accuracy:.4f}")
