#!/usr/bin/env python3
"""Trains models/shelf: a tiny GPT-2 that says on which shelf a sentence belongs, from scratch.

    python3 train_shelf.py --corpora DIR --out DIR          trains; writes a Hugging Face directory (float16)
    python3 train_shelf.py --corpora DIR --sentences FILE   writes 1 000 held-out sentences as JSON lines

Needs torch, transformers, tokenizers and safetensors. A sentence is one of an English novel, of an English story for small
children, or of Spanish fiction. What it is tested with comes from books, and from stories, that it was not trained on.
"""
import argparse, json, pathlib, random, re

LABELS = ["English novel", "children's story", "Spanish fiction"]
TRAIN = ["english_novels.train.txt", "tinystories_part.txt", "spanish_fiction.train.txt"]
VALID = ["english_novels.valid.txt", "tinystories_part.txt", "spanish_fiction.valid.txt"]
END = "<|endoftext|>"
STORIES_HELD_OUT = 200_000  # bytes at the end of the stories, as for the demo model
CONFIG = dict(vocab_size=512, n_positions=128, n_embd=48, n_layer=2, n_head=3)
SENTENCES = 24_000  # of each shelf
STEPS, BATCH, RATE = 1500, 96, 4e-3


def sentences(path, held_out):
    text = path.read_text()
    if path.name == TRAIN[1]:
        cut = text.rfind(END, 0, len(text) - STORIES_HELD_OUT)
        text = text[cut:] if held_out else text[:cut]
    found = []
    for document in text.split(END):
        for part in re.split(r"(?<=[.!?…»”])\s+|\n\s*\n", document):
            part = " ".join(part.split())
            if 30 <= len(part) <= 180 and part[0].isalpha():
                found.append(part)
    return found


def examples(corpora, names, held_out, count, seed):
    random.seed(seed)
    chosen = []
    for label, name in enumerate(names):
        found = sorted(set(sentences(corpora / name, held_out)))
        chosen += [(text, label) for text in random.sample(found, min(count, len(found)))]
    random.shuffle(chosen)
    return chosen


def train(corpora, out):
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import GPT2Config, GPT2ForSequenceClassification

    torch.manual_seed(1)
    torch.set_num_threads(1)
    data = examples(corpora, TRAIN, False, SENTENCES, 1)
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator((text for text, _ in data[:20_000]), vocab_size=CONFIG["vocab_size"],
                            special_tokens=[END], show_progress=False)
    end = bpe.token_to_id(END)
    ids = [(bpe.encode(text).ids[: CONFIG["n_positions"]], label) for text, label in data]
    model = GPT2ForSequenceClassification(GPT2Config(
        **CONFIG, eos_token_id=end, bos_token_id=end, pad_token_id=end, resid_pdrop=0.05, embd_pdrop=0.05, attn_pdrop=0.05,
        id2label=dict(enumerate(LABELS)), label2id={name: index for index, name in enumerate(LABELS)},
        problem_type="single_label_classification"))
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.05}, {"params": vectors, "weight_decay": 0}], lr=RATE)
    random.seed(2)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 50, (STEPS - step) / (STEPS * 0.6))
        batch = random.sample(ids, BATCH)
        width = max(len(tokens) for tokens, _ in batch)
        tokens = torch.tensor([tokens + [end] * (width - len(tokens)) for tokens, _ in batch])
        loss = model(tokens, attention_mask=(tokens != end).long(), labels=torch.tensor([label for _, label in batch])).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 99:
            print(f"step {step + 1}: loss {loss.item():.4f}", flush=True)
    model.half().save_pretrained(out)
    bpe.save_model(str(out))


arguments = argparse.ArgumentParser()
arguments.add_argument("--corpora", type=pathlib.Path, required=True)
arguments.add_argument("--out", type=pathlib.Path)
arguments.add_argument("--sentences", type=pathlib.Path)
given = arguments.parse_args()
if given.out:
    given.out.mkdir(exist_ok=True)
    train(given.corpora, given.out)
if given.sentences:
    # 334, 333 and 333 of them.
    chosen = examples(given.corpora, VALID, True, 334, 3)
    counts = [334, 333, 333]
    with given.sentences.open("w") as file:
        for text, label in chosen:
            counts[label] -= 1
            if counts[label] >= 0:
                file.write(json.dumps({"text": text, "label": LABELS[label]}, ensure_ascii=False) + "\n")
