#!/usr/bin/env python3
"""Writes the weights of ../checkpoints/base as OpenAI published GPT-2: with tf.train.Saver, under the names of its
model.py, linear layers as convolutions over one position.

Run with:  python make_tensorflow.py   (tensorflow-cpu 2.21.0, safetensors)
"""
import json
import os
import shutil
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow
from safetensors.numpy import load_file

HERE = Path(__file__).parent
NAMES = {"wte.weight": "wte", "wpe.weight": "wpe", ".weight": "/w", ".bias": "/b", "attn.": "attn/", "mlp.": "mlp/"}


def renamed(name):
    name = name.removeprefix("transformer.").replace("h.0.", "h0/").replace("h.1.", "h1/")
    for theirs, ours in NAMES.items():
        name = name.replace(theirs, ours)
    return "model/" + (name.replace("/w", "/g") if "ln_" in name else name)


def main():
    path = HERE / "tensorflow"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    tf = tensorflow.compat.v1
    tf.disable_eager_execution()
    for name, value in load_file(HERE / "../checkpoints/base/model.safetensors").items():
        layer = renamed(name).endswith("/w")
        tf.get_variable(renamed(name), initializer=value[None] if layer else value)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, str(path / "model.ckpt"), write_meta_graph=False)
    (path / "checkpoint").write_text('model_checkpoint_path: "model.ckpt"\n')
    (path / "hparams.json").write_text(
        json.dumps({"n_vocab": 61, "n_ctx": 24, "n_embd": 18, "n_head": 3, "n_layer": 2}, indent=2) + "\n")


if __name__ == "__main__":
    main()
