"""Trains models/demo.q8z's checkpoint: a small GPT-2 on public-domain English and Spanish, from scratch.

    python3 train_demo.py tokenize --corpora DIR --work DIR     trains the byte-level BPE, writes the token streams
    python3 train_demo.py train    --work DIR [--tokens N]      trains; run again to resume
    python3 train_demo.py export   --work DIR --out DIR         writes a Hugging Face directory (float16), and to --work
                                                                calibration.u16, tokens in the training's proportions

Needs torch, tokenizers, safetensors and numpy. The mix favours the simple stories, because they are what makes a
model of this size coherent. Matrices learn with Muon (Jordan et al., 2024), everything else with AdamW. The learning
rate is constant and then falls to zero over the last part of `--tokens`, so the length can be decided while it runs.
"""
import argparse, json, math, os, pathlib, sys, time

# glibc gives large buffers back to the system at once; keeping them makes training three times as fast.
KEEP = {"MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 33)}
if not KEEP.items() <= os.environ.items():
    os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | KEEP)

import numpy as np
import torch, torch.nn as nn, torch.nn.functional as F

CONFIG = dict(vocab_size=4096, n_positions=512, n_embd=256, n_layer=6, n_head=4)
END = "<|endoftext|>"
# name: (file, share of the training tokens, bytes the tokenizer learns from)
STREAMS = {
    "stories": ("tinystories_part.txt", 0.45, 4_000_000),
    "spanish": ("spanish_fiction.train.txt", 0.35, 6_000_000),
    "english": ("english_novels.train.txt", 0.20, 4_000_000),
}
VALID = {"stories": None, "spanish": "spanish_fiction.valid.txt", "english": "english_novels.valid.txt"}
MICROBATCH = 2048  # tokens
CALIBRATION_WINDOWS = 56  # of as many tokens as the context has: what the converter reads, 28 672
STORIES_HELD_OUT = 200_000  # bytes at the end of the stories, never trained on


def tokenize(args):
    from tokenizers import ByteLevelBPETokenizer

    corpora, work = pathlib.Path(args.corpora), pathlib.Path(args.work)
    texts = {name: (corpora / file).read_text() for name, (file, _, _) in STREAMS.items()}
    held_out = texts["stories"].rfind(END, 0, len(texts["stories"]) - STORIES_HELD_OUT) + len(END)
    valid = {name: (corpora / file).read_text() for name, file in VALID.items() if file}
    valid["stories"], texts["stories"] = texts["stories"][held_out:], texts["stories"][:held_out]

    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(
        (part for name, (_, _, size) in STREAMS.items() for part in texts[name][:size].split(END)),
        vocab_size=CONFIG["vocab_size"], special_tokens=[END], show_progress=False)
    bpe.save_model(str(work))
    end = bpe.token_to_id(END)
    for kind, group in (("train", texts), ("valid", valid)):
        for name, text in group.items():
            ids = [end]
            for document in text.split(END):
                if document.strip():
                    ids += bpe.encode(document.strip()).ids + [end]
            np.array(ids, dtype=np.uint16).tofile(work / f"{name}.{kind}.u16")
            print(f"{name} {kind}: {len(ids)} tokens, {len(text.encode()) / len(ids):.2f} bytes each", flush=True)


class Block(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(size), nn.LayerNorm(size)
        self.c_attn, self.attn_proj = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.c_fc, self.mlp_proj = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (t.view(B, T, self.heads, -1).transpose(1, 2) for t in self.c_attn(self.ln_1(x)).split(C, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attn_proj(y.transpose(1, 2).reshape(B, T, C))
        return x + self.mlp_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class GPT2(nn.Module):
    def __init__(self, vocab_size, n_positions, n_embd, n_layer, n_head):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocab_size, n_embd), nn.Embedding(n_positions, n_embd)
        self.h = nn.ModuleList(Block(n_embd, n_head) for _ in range(n_layer))
        self.ln_f = nn.LayerNorm(n_embd)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                nn.init.normal_(p, std=0.02 / math.sqrt(2 * n_layer) if "proj" in name else 0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(p)

    def forward(self, ids, targets):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.h:
            x = block(x)
        return F.cross_entropy((self.ln_f(x) @ self.wte.weight.T).flatten(0, 1), targets.flatten())


def orthogonalize(g):
    """Five Newton-Schulz steps towards the nearest semi-orthogonal matrix (quintic of the Muon paper)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g / (g.norm() + 1e-7)
    if tall := x.shape[0] > x.shape[1]:
        x = x.T
    for _ in range(5):
        s = x @ x.T
        x = a * x + (b * s + c * s @ s) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.95, weight_decay=0.05):
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                m.lerp_(p.grad, 1 - group["momentum"])
                g = p.grad.lerp(m, group["momentum"])
                # q, k and v are three matrices in one
                parts = g.chunk(3) if g.shape[0] == 3 * g.shape[1] else (g,)
                u = torch.cat([orthogonalize(part) * max(1, part.shape[0] / part.shape[1]) ** 0.5 for part in parts])
                p.mul_(1 - group["lr"] * group["weight_decay"]).add_(u, alpha=-group["lr"])


class Stream:
    """Windows of a token stream. The stories start at a story; novels start anywhere."""
    def __init__(self, path, at_documents):
        self.ids = np.fromfile(path, dtype=np.uint16)
        self.starts = np.flatnonzero(self.ids[:-1] == 0) if at_documents else None

    def window(self, rng, length):
        last = len(self.ids) - length - 1
        if self.starts is not None:
            start = min(int(rng.choice(self.starts)) + int(rng.random() < 0.5), last)
        else:
            start = int(rng.integers(last))
        return self.ids[start:start + length + 1].astype(np.int64)


def evaluate(model, work, context):
    model.eval()
    losses = {}
    with torch.no_grad():
        for name in STREAMS:
            ids = torch.from_numpy(np.fromfile(work / f"{name}.valid.u16", dtype=np.uint16).astype(np.int64))
            rows = ids[: (min(len(ids) - 1, 64 * context) // context) * context + 1]
            x, y = rows[:-1].view(-1, context), rows[1:].view(-1, context)
            losses[name] = sum(model(x[i:i + 8], y[i:i + 8]).item() * len(x[i:i + 8])
                               for i in range(0, len(x), 8)) / len(x)
    model.train()
    return losses


def train(args):
    work = pathlib.Path(args.work)
    torch.manual_seed(1)
    torch.set_flush_denormal(True)
    model = GPT2(**CONFIG)
    matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and n.startswith("h.")]
    others = [p for n, p in model.named_parameters() if not (p.dim() == 2 and n.startswith("h."))]
    optimizers = [Muon(matrices, lr=0.02),
                  torch.optim.AdamW(others, lr=0.002, betas=(0.9, 0.98), weight_decay=0.0)]
    base = [0.02, 0.002]
    step = seen = 0
    checkpoint = work / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        for optimizer, saved in zip(optimizers, state["optimizers"]):
            optimizer.load_state_dict(saved)
        step, seen = state["step"], state["seen"]
        print(f"resumed at step {step}, {seen} tokens", flush=True)

    streams = {name: Stream(work / f"{name}.train.u16", name == "stories") for name in STREAMS}
    names, shares = list(STREAMS), [share for _, share, _ in STREAMS.values()]
    began, began_seen = time.time(), seen

    def save():
        torch.save(dict(model=model.state_dict(), optimizers=[o.state_dict() for o in optimizers], step=step, seen=seen),
                   checkpoint.with_suffix(".tmp"))
        checkpoint.with_suffix(".tmp").rename(checkpoint)

    while seen < args.tokens:
        context = 256 if seen < args.short * args.tokens else CONFIG["n_positions"]
        rows = args.batch // context
        rng = np.random.default_rng((1, step))  # the same batches whether or not the run was interrupted
        picks = [streams[names[i]].window(rng, context) for i in rng.choice(len(names), rows, p=shares)]
        batch = torch.from_numpy(np.stack(picks))
        rate = min(1.0, (step + 1) / 50) * min(1.0, max(0.0, (args.tokens - seen) / (args.decay * args.tokens)))
        for optimizer, lr in zip(optimizers, base):
            for group in optimizer.param_groups:
                group["lr"] = lr * rate
        loss = 0.0
        for part in batch.split(MICROBATCH // context):  # what fits in cache
            part_loss = model(part[:, :-1], part[:, 1:]) * len(part) / rows
            part_loss.backward()
            loss += part_loss.item()
        nn.utils.clip_grad_norm_(others, 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step, seen = step + 1, seen + rows * context
        if step % 20 == 0:
            speed = (seen - began_seen) / (time.time() - began)
            print(f"step {step} tokens {seen} loss {loss:.3f} rate {rate:.2f} {speed:.0f} tokens/s", flush=True)
        if step % 50 == 0:
            save()
        if step % 200 == 0:
            print("valid", {k: round(v, 3) for k, v in evaluate(model, work, 256).items()}, flush=True)
    save()
    print("valid, context 512", {k: round(v, 4) for k, v in evaluate(model, work, 512).items()}, f"after {seen} tokens")


def export(args):
    from safetensors.torch import save_file

    work, out = pathlib.Path(args.work), pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    state = torch.load(work / "checkpoint.pt")["model"]
    names = {"c_attn": "attn.c_attn", "attn_proj": "attn.c_proj", "c_fc": "mlp.c_fc", "mlp_proj": "mlp.c_proj"}
    tensors = {}
    for name, value in state.items():
        parts = name.split(".")
        if len(parts) == 4 and parts[2] in names:
            parts[2] = names[parts[2]]
            if parts[3] == "weight":
                value = value.T  # Conv1D stores [in, out]
        tensors[".".join(parts)] = value.to(torch.float16).contiguous()
    save_file(tensors, out / "model.safetensors", metadata={"format": "pt"})
    config = dict(CONFIG, model_type="gpt2", architectures=["GPT2LMHeadModel"], activation_function="gelu_new",
                  layer_norm_epsilon=1e-5, bos_token_id=0, eos_token_id=0, tie_word_embeddings=True, dtype="float16")
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    for file in ("vocab.json", "merges.txt"):
        (out / file).write_bytes((work / file).read_bytes())
    rng = np.random.default_rng(2)
    windows = [Stream(work / f"{name}.train.u16", name == "stories").window(rng, CONFIG["n_positions"] - 1)
               for name, (_, share, _) in STREAMS.items() for _ in range(round(CALIBRATION_WINDOWS * share))]
    np.concatenate(windows).astype(np.uint16).tofile(work / "calibration.u16")


parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
commands = parser.add_subparsers(required=True)
for function in (tokenize, train, export):
    command = commands.add_parser(function.__name__)
    command.set_defaults(run=function)
    command.add_argument("--work", required=True)
    if function is tokenize:
        command.add_argument("--corpora", required=True)
    if function is train:
        command.add_argument("--tokens", type=int, default=30_000_000)
        command.add_argument("--decay", type=float, default=0.35, help="last share of the tokens, with falling rate")
        command.add_argument("--short", type=float, default=0.6, help="first share of the tokens, with context 256")
        command.add_argument("--batch", type=int, default=8192, help="tokens in a step")
    if function is export:
        command.add_argument("--out", required=True)
args = parser.parse_args()
args.run(args)
