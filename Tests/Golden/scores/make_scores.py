#!/usr/bin/env python3
"""Log-probabilities of the demo model's tokens as Hugging Face computes them in float32, and two of its embeddings.

    scores.json   tokens; ln p of each but the first; hidden states of layers 0, 3 and 6: last token, and mean of all

Run with:  python make_scores.py   (torch and transformers)
"""
import json
from pathlib import Path

import torch
import transformers
from transformers import GPT2LMHeadModel

HERE = Path(__file__).parent
# Several times a sentence, so that several batches are read.
TOKENS = [3155, 920, 1637, 319, 1671, 3072, 12, 742, 569, 2565, 1230, 2474, 334, 305, 1527, 1542] * 9
model = GPT2LMHeadModel.from_pretrained(
    HERE.parent.parent.parent / "models/demo", attn_implementation="eager", dtype=torch.float32).eval()
with torch.no_grad():
    out = model(torch.tensor([TOKENS]), output_hidden_states=True)
logs = torch.log_softmax(out.logits[0].double(), -1)
hidden = {
    str(layer): {"last": out.hidden_states[layer][0, -1].tolist(), "mean": out.hidden_states[layer][0].mean(0).tolist()}
    for layer in (0, 3, 6)}
rounded = json.loads(json.dumps(hidden), parse_float=lambda text: float(f"{float(text):.8g}"))
(HERE / "scores.json").write_text(json.dumps({
    "torch": torch.__version__, "transformers": transformers.__version__, "tokens": TOKENS,
    "logprobs": [round(float(logs[i, token]), 7) for i, token in enumerate(TOKENS[1:])],
    "ranks": [int((logs[i] > logs[i, token]).sum()) + 1 for i, token in enumerate(TOKENS[1:])],
    "hidden": rounded}) + "\n")
