#!/usr/bin/env python3
"""Which GPT-2 fits which Raspberry Pi, and the most tokens a second it can write there. Computed, not measured.

    python3 Benchmarks/boards.py

Prints three Markdown tables: the boards, the memory that models need, and ceilings of speed. The boards' figures are
their maker's (memory: transfers a second × 32 bits; SD card: the fastest bus mode the board has); cycles are what mca.py
beside this file prints; the models' bytes follow from their shapes, as docs/FORMAT.md lays them out.
"""

CORES = 4
# board: (core, GHz, GB of memory, MT/s of a 32-bit memory, MB/s of the SD card's bus)
BOARDS = {
    "Zero 2 W": ("cortex-a53", 1.0, (0.5,), 900, 25),
    "3B": ("cortex-a53", 1.2, (1,), 900, 25),
    "4B": ("cortex-a72", 1.5, (2, 4, 8), 3200, 50),
    "5": ("cortex-a76", 2.4, (2, 4, 8, 16), 4267, 104),
}
# Cycles for a group of 64 bytes and a token, int16 activations: writing (1 token), reading (4 tokens, in pairs where the row is
# neon). The A76 has neon-dotprod.
CYCLES = {"cortex-a53": (46.5, 28.5), "cortex-a72": (18.5, 11.0), "cortex-a76": (4.5, 4.0)}
# model: (layers, embedding size)
MODELS = {
    "distilgpt2": (6, 768), "gpt2": (12, 768), "gpt2-medium": (24, 1024), "gpt2-large": (36, 1280),
    "gpt2-xl": (48, 1600),
}
VOCABULARY, CONTEXT = 50257, 1024
# Bytes of the tokenizer and the tables: 1.68 MB in 124M's file, 1.73 MB in 355M's.
TOKENIZER = 1.7e6
# Private memory besides weights and cache: 11 MB in `make static`'s program on x86-64, with 124M and with 355M.
PROGRAM = 12e6


def blocks(layers, size):
    """Bytes of the blocks' matrices, int8."""
    return 12 * layers * size * size


def weights(layers, size):
    """Bytes that writing a token reads of the weights: the matrices, their scales, vectors in float32."""
    padded = (VOCABULARY + 15) // 16 * 16
    scales = 4 * (9 * layers * size + padded)
    return blocks(layers, size) + padded * size + scales + 4 * (13 * layers + 2) * size


def cache(layers, size, positions):
    """Bytes of the keys and values in float16."""
    return 4 * layers * size * positions


def file_size(layers, size):
    """Bytes of the raw file."""
    return weights(layers, size) + 2 * CONTEXT * size + TOKENIZER


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|---|" + "--:|" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def memory(rate):
    """Bytes a second of a 32-bit memory."""
    return rate * 1e6 * 4


def fit(needed, size):
    share = needed / (size * 2**30)
    return "yes" if share <= 0.5 else "tight" if share <= 0.8 else "no"


table(
    ["Raspberry Pi", "cores", "memory, GB", "memory, GB/s", "SD card's bus, MB/s"],
    [[name, f"{CORES} × {core.replace('cortex-a', 'Cortex-A')}, {clock} GHz", ", ".join(f"{m:g}" for m in sizes),
      f"{memory(rate) / 1e9:.1f}", f"{card}"] for name, (core, clock, sizes, rate, card) in BOARDS.items()])

sizes = [0.5, 1, 2, 4, 8]
table(
    ["", "raw file, MB", "cache of 1024 positions, MB", "needed, MB"] + [f"{m:g} GB" for m in sizes],
    [[name, f"{file_size(*m) / 1e6:.0f}", f"{cache(*m, CONTEXT) / 1e6:.0f}", f"{needed / 1e6:.0f}"]
     + [fit(needed, m) for m in sizes]
     for name, m in MODELS.items() for needed in [file_size(*m) + cache(*m, CONTEXT) + PROGRAM]])

rows = []
for name, m in MODELS.items():
    row = [name, f"{(weights(*m) + cache(*m, 64)) / 1e6:.0f}"]
    for core, clock, _, rate, _ in BOARDS.values():
        drawn = weights(*m) + cache(*m, 64)
        writing, reading = CYCLES[core]
        cycles = CORES * clock * 1e9
        by_memory, by_cores = memory(rate) / drawn, cycles / writing / (drawn / 64)
        prompt = cycles / reading / (blocks(*m) / 64)
        row.append(" / ".join(f"{x:.3g}" if x < 1000 else f"{x:.0f}" for x in (min(by_memory, by_cores), prompt)))
    rows.append(row)
table(["tokens/s at most, written / of a prompt", "MB a token"] + list(BOARDS), rows)
