#!/usr/bin/env python3
"""Writes a model file for transformers and for llama.cpp, and compares what they write with what vencejo writes.

    python3 Tests/long/exports.py models/demo.q8z [LLAMA-SIMPLE]

Needs torch and transformers; llama.cpp's llama-simple is asked only where it is named. The weights are converted from
the exported ones again, in float32, so that all programs have the same; every text is the likeliest, token by token.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

from transformers import AutoModelForCausalLM, AutoTokenizer

PROMPTS = ["Once upon a time", "Había una vez", "The swift is a bird", "In the garden", "Me gusta el color"]
COUNT = 40
BIN = Path(__file__).parents[2] / ".build/release"


def output(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True).stdout.decode()


def main():
    source, llama = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as name:
        folder, gguf, again = Path(name) / "hf", Path(name) / "model.gguf", Path(name) / "again.q8z"
        output(BIN / "vencejo-convert", "--to", "safetensors", source, "-o", folder)
        output(BIN / "vencejo-convert", folder, "-o", again, "--precision", "f32", "-q")
        model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
        if llama:
            output(BIN / "vencejo-convert", "--to", "gguf", source, "-o", gguf)
        for prompt in PROMPTS:
            ours = output(BIN / "vencejo", "generate", "-m", again, "-p", prompt, "-n", COUNT, "--temp", "0").strip()
            ids = tokenizer(prompt, return_tensors="pt").input_ids
            theirs = tokenizer.decode(
                model.generate(ids, max_new_tokens=COUNT, do_sample=False, pad_token_id=0)[0],
                skip_special_tokens=True).strip()
            print(f"{prompt!r}: transformers {'the same' if theirs == ours else f'{theirs!r} not {ours!r}'}")
            assert theirs == ours
            if llama:
                text = output(llama, "-m", gguf, "-n", COUNT, prompt).strip()
                print(f"{prompt!r}: llama.cpp {'the same' if text == ours else f'{text!r} not {ours!r}'}")
                assert text == ours


if __name__ == "__main__":
    main()
