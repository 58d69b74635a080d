#!/usr/bin/env python3
"""Times CTranslate2 on a GPT-2 it converted: python run_ctranslate2.py FOLDER -t 1"""
from timing import VOCABULARY, main


def load(path, threads, context):
    import json
    import pathlib

    import ctranslate2

    generator = ctranslate2.Generator(path, device="cpu", inter_threads=1, intra_threads=threads, compute_type="int8")
    # The library speaks in the words of its vocabulary, not in numbers.
    words = json.loads((pathlib.Path(path) / "vocabulary.json").read_text())
    assert len(words) >= VOCABULARY

    def generate(ids, count, on_token):
        generator.generate_batch(
            [[words[token] for token in ids]], beam_size=1, sampling_topk=1, include_prompt_in_result=False,
            min_length=count, max_length=count, end_token=[], callback=lambda step: on_token(step.token_id))

    return f"CTranslate2 {ctranslate2.__version__}", generate


if __name__ == "__main__":
    main(load)
