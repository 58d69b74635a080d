#!/usr/bin/env python3
"""Attention and hidden states of three trained models as Hugging Face computes them, eagerly and in float32.

    <name>.f32   little-endian float32: attention [layer][head][query][key up to the query], then hidden states
                 [layer + 1][position][embedding] at a few positions, then the logits behind the last token
    cases.json   the tokens and the positions; versions

Run with:  python make_attention.py DATA   (DATA/checkpoints/tinygpt-shakespeare-char lies there; torch and transformers)
"""
import json
import sys
from pathlib import Path

import numpy
import torch
import transformers
from transformers import GPT2LMHeadModel

HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent
SHAKESPEARE = Path(sys.argv[1]) / "checkpoints/tinygpt-shakespeare-char/hf"
vocabulary = json.loads((SHAKESPEARE / "vocab.json").read_text())
CASES = {
    "sorter": (HERE.parent / "sorter", [2, 0, 1, 1, 0, 2, 0, 0, 1], [0, 4, 8]),
    "shakespeare": (SHAKESPEARE, [vocabulary[c] for c in "To be, or not to be".replace(" ", "Ġ")], [0, 9, 18]),
    # "Me encanta el color negro, espero algún día tener un gato así"
    "demo": (
        ROOT / "models/demo", [3155, 920, 1637, 319, 1671, 3072, 12, 742, 569, 2565, 1230, 2474, 334, 305, 1527, 1542],
        [0, 7, 15]),
}

cases = {"torch": torch.__version__, "transformers": transformers.__version__}
for name, (folder, tokens, positions) in CASES.items():
    model = GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    with torch.no_grad():
        out = model(torch.tensor([tokens]), output_attentions=True, output_hidden_states=True)
    triangle = numpy.tril_indices(len(tokens))
    parts = [layer[0, :, triangle[0], triangle[1]].numpy() for layer in out.attentions]
    parts += [layer[0, positions].numpy() for layer in out.hidden_states]
    parts.append(out.logits[0, -1].numpy())
    assert all(float(layer[0].triu(1).abs().max()) == 0 for layer in out.attentions)
    numpy.concatenate([part.ravel() for part in parts]).astype("<f4").tofile(HERE / f"{name}.f32")
    cases[name] = {"tokens": tokens, "positions": positions}
(HERE / "cases.json").write_text(json.dumps(cases) + "\n")
