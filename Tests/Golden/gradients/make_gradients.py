#!/usr/bin/env python3
"""What PyTorch's automatic differentiation says about the tiny checkpoints of Tests/Golden/checkpoints.

For each of them: the gradient of the summed surprise at `labels`, read after `tokens`, at what every matrix gives, as the
sum over tokens and the sum of its squares, and at the embeddings, whole.

Run with:  python make_gradients.py   (torch and transformers, versions as in ../checkpoints/versions.json)
"""
import json
from pathlib import Path

import torch
from transformers import GPT2LMHeadModel

HERE = Path(__file__).parent
PARTS = {"attn.c_attn": "attention.qkv.weight", "attn.c_proj": "attention.out.weight", "mlp.c_fc": "mlp.up.weight",
         "mlp.c_proj": "mlp.down.weight"}
LABELS = [3, 60, 12, 5, 33, 8, 41, 2, 58, 3, 19, 3, 17, 40, 22, 9, 50, 38, 1, 0, 27, 14, 55, 6]

result = {"labels": LABELS}
for name in ["base", "untied", "inner", "gelu", "relu", "unscaled-attention", "inverse-layer", "one-head", "epsilon"]:
    folder = HERE.parent / "checkpoints" / name
    model = GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float64).eval()
    tokens = json.loads((folder / "tokens.json").read_text())
    seen = {}

    def keep(key):
        def hook(module, inputs, output):
            output.retain_grad()
            seen[key] = output
        return hook

    for layer, block in enumerate(model.transformer.h):
        for theirs, ours in PARTS.items():
            block.get_submodule(theirs).register_forward_hook(keep(f"block.{layer}.{ours}"))
    embeddings = model.transformer.wte(torch.tensor([tokens])).detach().requires_grad_(True)
    logits = model(inputs_embeds=embeddings).logits[0]
    torch.nn.functional.cross_entropy(logits, torch.tensor(LABELS), reduction="sum").backward()
    rounded = lambda values: [float(f"{v:.7g}") for v in values.flatten().tolist()]
    result[name] = {"embeddings": rounded(embeddings.grad)} | {
        key: {"sum": rounded(y.grad[0].sum(0)), "squares": rounded((y.grad[0] ** 2).sum(0))}
        for key, y in seen.items()}
(HERE / "gradients.json").write_text(json.dumps(result) + "\n")
