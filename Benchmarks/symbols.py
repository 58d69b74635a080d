#!/usr/bin/env python3
"""Gives a raw model file the symbols of a real conversion: speed does not depend on the weights, but on how few bits they fit.

    python3 Benchmarks/symbols.py 124M-raw.q8z demo-Q4_K_M.q8z 124M-Q4_K_M-raw.q8z
    vencejo repack 124M-Q4_K_M-raw.q8z -o 124M-Q4_K_M.q8z --storage zstd

Each matrix of the first file, int8 and raw, gets symbols drawn from the histogram of the matrix of its kind in the second, of
the layer as deep as it. The model writes noise. Needs numpy, libxxhash and libzstd.
"""
import ctypes
import ctypes.util
import re
import struct
import sys

import numpy

xxhash = ctypes.CDLL(ctypes.util.find_library("xxhash"))
xxhash.XXH64.restype = ctypes.c_uint64
zstd = ctypes.CDLL(ctypes.util.find_library("zstd"))
zstd.ZSTD_decompress.restype = ctypes.c_size_t


def xxh64(data, seed=0):
    return xxhash.XXH64(bytes(data), ctypes.c_size_t(len(data)), ctypes.c_uint64(seed))


def arrays(data):
    """Of every array its index, name, type, storage and [(table offset, offset, stored, decoded)]."""
    count, = struct.unpack_from("<I", data, 12)
    directory, table = struct.unpack_from("<QQ", data, 32)
    for index in range(count):
        record = data[directory + 96 * index:directory + 96 * (index + 1)]
        name = record[:64].rstrip(b"\0").decode()
        kind, layout, storage, _, _, rows, columns, first, chunks = struct.unpack_from("<4B5I", record, 64)
        places = [table + 24 * (first + i) for i in range(chunks)]
        yield index, name, kind, layout, storage, rows, [(at, *struct.unpack_from("<QII", data, at)) for at in places]


def histogram(data, chunks, storage):
    counts = numpy.zeros(256)
    for _, offset, stored, decoded in chunks:
        chunk = bytes(data[offset:offset + stored])
        if storage == 1:
            out = ctypes.create_string_buffer(decoded)
            assert zstd.ZSTD_decompress(out, ctypes.c_size_t(decoded), chunk, ctypes.c_size_t(stored)) == decoded
            chunk = out.raw
        counts += numpy.bincount(numpy.frombuffer(chunk, numpy.uint8), minlength=256)
    return counts / counts.sum()


def depth(name, layers):
    """A matrix's kind, and how deep it lies."""
    block = re.fullmatch(r"block\.(\d+)\.(.*)", name)
    return (block[2], (int(block[1]) + 0.5) / layers) if block else (name, 0.0)


def layer_count(names):
    return 1 + max((int(found[1]) for name in names if (found := re.match(r"block\.(\d+)\.", name))), default=0)


target, source = (bytearray(open(path, "rb").read()) for path in sys.argv[1:3])
samples = [a for a in arrays(source) if a[2] == 0 and a[3] == 1]
layers = layer_count([a[1] for a in samples])
wanted = [a for a in arrays(target) if a[2] == 0]
wanted_layers = layer_count([a[1] for a in wanted])
random = numpy.random.default_rng(1)
for index, name, _, layout, storage, rows, chunks in wanted:
    assert layout == 1 and storage == 0, f"{name} is not raw int8"
    kind, place = depth(name, wanted_layers)
    same = [a for a in samples if depth(a[1], layers)[0] == kind]
    nearest = min(same, key=lambda a: abs(depth(a[1], layers)[1] - place))
    share = histogram(source, nearest[6], nearest[4])
    for number, (at, offset, stored, _) in enumerate(chunks):
        symbols = random.choice(256, stored, p=share).astype(numpy.uint8)
        if number == len(chunks) - 1 and rows % 16:  # what fills up the last panel stays zero, and few others
            old = numpy.frombuffer(bytes(target[offset:offset + stored]), numpy.uint8)
            symbols[old == 0] = 0
        target[offset:offset + stored] = symbols.tobytes()
        struct.pack_into("<Q", target, at + 16, xxh64(target[offset:offset + stored], index << 32 | number))
header, = struct.unpack_from("<Q", target, 16)
struct.pack_into("<Q", target, 56, xxh64(target[:56] + target[header:]))
open(sys.argv[3], "wb").write(target)
