#!/usr/bin/env python3
"""Measures zstd settings on chunks of int8 symbols drawn from a rounded normal distribution.

For each width of the distribution and each setting: bits per symbol beside the entropy, and the speed of both
directions on one core. Needs only libzstd. The figures in 0003-zstd-settings.md are its output.
"""
import collections, ctypes, ctypes.util, math, random, time

zstd = ctypes.CDLL(ctypes.util.find_library("zstd"))
for name in ["ZSTD_compress2", "ZSTD_compressBound", "ZSTD_decompressDCtx", "ZSTD_CCtx_setParameter"]:
    getattr(zstd, name).restype = ctypes.c_size_t
for name in ["ZSTD_createCCtx", "ZSTD_createDCtx"]:
    getattr(zstd, name).restype = ctypes.c_void_p
zstd.ZSTD_versionString.restype = ctypes.c_char_p

LEVEL, MIN_MATCH, STRATEGY, FAST, GREEDY = 100, 105, 107, 1, 3
SETTINGS = [
    ("level -1", {LEVEL: -1}), ("level 1", {LEVEL: 1}),
    ("level 1, fast, minMatch 7", {LEVEL: 1, STRATEGY: FAST, MIN_MATCH: 7}),
    ("level 3", {LEVEL: 3}), ("level 3, fast, minMatch 7", {LEVEL: 3, STRATEGY: FAST, MIN_MATCH: 7}),
    ("level 6", {LEVEL: 6}), ("level 19", {LEVEL: 19}),
]
CHUNK, CHUNKS = 256 << 10, 8


def symbols(deviation):
    draw = random.Random(1).gauss
    return bytes(max(-128, min(127, round(draw(0, deviation)))) & 255 for _ in range(CHUNK * CHUNKS))


def seconds(run, repeat):
    best = math.inf
    for _ in range(repeat):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


def measure(data, setting):
    context, decoder = ctypes.c_void_p(zstd.ZSTD_createCCtx()), ctypes.c_void_p(zstd.ZSTD_createDCtx())
    for parameter, value in setting.items():
        zstd.ZSTD_CCtx_setParameter(context, parameter, value)
    chunks = [data[i:i + CHUNK] for i in range(0, len(data), CHUNK)]
    bound = zstd.ZSTD_compressBound(CHUNK)
    frames = [ctypes.create_string_buffer(bound) for _ in chunks]
    sizes = [0] * len(chunks)

    def compress():
        for i, chunk in enumerate(chunks):
            sizes[i] = zstd.ZSTD_compress2(context, frames[i], ctypes.c_size_t(bound), chunk, ctypes.c_size_t(CHUNK))

    out = ctypes.create_string_buffer(CHUNK)

    def decompress():
        for frame, size in zip(frames, sizes):
            zstd.ZSTD_decompressDCtx(decoder, out, ctypes.c_size_t(CHUNK), frame, ctypes.c_size_t(size))

    packing, unpacking = seconds(compress, 3), seconds(decompress, 9)
    return 8 * sum(sizes) / len(data), len(data) / packing / 1e6, len(data) / unpacking / 1e6


print(f"libzstd {zstd.ZSTD_versionString().decode()}, {CHUNKS} chunks of {CHUNK >> 10} KiB\n")
print("| entropy | setting | bits a symbol | compress MB/s | decompress MB/s |\n|---|---|---|---|---|")
for deviation in [2.9, 7.7, 21.9, 38.0]:
    data = symbols(deviation)
    counts = collections.Counter(data)
    entropy = -sum(n / len(data) * math.log2(n / len(data)) for n in counts.values())
    for name, setting in SETTINGS:
        bits, packing, unpacking = measure(data, setting)
        print(f"| {entropy:.2f} | {name} | {bits:.3f} | {packing:.0f} | {unpacking:.0f} |")
