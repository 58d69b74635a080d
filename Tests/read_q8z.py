#!/usr/bin/env python3
"""Reads a .q8z model file, slowly: lists its arrays, decodes every number, verifies every checksum.

Written from docs/FORMAT.md alone, with nothing but the standard library and libzstd. Prints for each array its name,
type, rows, columns, and the XXH64 of its numbers row after row: float32 for weights, as they are for the others.

    python3 Tests/read_q8z.py model.q8z [ARRAY]      # with ARRAY: print that array's numbers instead
"""
import ctypes, ctypes.util, json, struct, sys

MASK = (1 << 64) - 1
P1, P2, P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P4, P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
TYPES = {0: ("int8", "b"), 1: ("float16", "e"), 2: ("float32", "f"), 3: ("uint8", "B"), 4: ("uint32", "I")}
FEATURES = {"block-scales", "column-steps", "escapes", "float-panels", "int8-panels", "packed-panels", "zstd"}


def xxh64(data, seed=0):
    rotate = lambda x, n: (x << n | x >> (64 - n)) & MASK
    step = lambda lane, word: rotate((lane + word * P2) & MASK, 31) * P1 & MASK
    at, size = 0, len(data)
    if size >= 32:
        a, b, c, d = (seed + P1 + P2) & MASK, (seed + P2) & MASK, seed, (seed - P1) & MASK
        for w, x, y, z in struct.iter_unpack("<4Q", data[:size // 32 * 32]):
            a, b, c, d = step(a, w), step(b, x), step(c, y), step(d, z)
        at = size // 32 * 32
        hash = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) & MASK
        for lane in (a, b, c, d):
            hash = ((hash ^ step(0, lane)) * P1 + P4) & MASK
    else:
        hash = (seed + P5) & MASK
    hash = (hash + size) & MASK
    while size - at >= 8:
        hash, at = (rotate(hash ^ step(0, int.from_bytes(data[at:at + 8], "little")), 27) * P1 + P4) & MASK, at + 8
    if size - at >= 4:
        hash = (rotate(hash ^ int.from_bytes(data[at:at + 4], "little") * P1 & MASK, 23) * P2 + P3) & MASK
        at += 4
    for byte in data[at:]:
        hash = rotate(hash ^ byte * P5 & MASK, 11) * P1 & MASK
    hash = (hash ^ hash >> 33) * P2 & MASK
    hash = (hash ^ hash >> 29) * P3 & MASK
    return hash ^ hash >> 32


def unzstd(frame, size):
    zstd = ctypes.CDLL(ctypes.util.find_library("zstd"))
    zstd.ZSTD_decompress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(size)
    count = zstd.ZSTD_decompress(out, ctypes.c_size_t(size), bytes(frame), ctypes.c_size_t(len(frame)))
    assert count == size, "a frame does not decode to its size"
    return out.raw


def float32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]  # rounds a float64 to float32


class Array:
    def __init__(self, record, table, data, index):
        self.name = record[:64].rstrip(b"\0").decode("ascii")
        kind, self.layout, storage, _, self.block, self.rows, self.columns, first, count, _, _ = struct.unpack(
            "<4B7I", record[64:])
        self.type, self.code = TYPES[kind]
        self.bytes = b""
        for i in range(count):
            offset, stored, decoded, checksum = struct.unpack_from("<QIIQ", table, (first + i) * 24)
            chunk = data[offset:offset + stored]
            assert xxh64(chunk, index << 32 | i) == checksum, f"{self.name}: chunk {i} is damaged"
            self.bytes += unzstd(chunk, decoded) if storage == 1 else chunk

    def elements(self):
        """The elements as stored, row after row; of packed ones without what outliers lack."""
        size = struct.calcsize(self.code)
        if self.layout > 3:
            return [self.packed(r, c) for r in range(self.rows) for c in range(self.columns)]
        if self.layout == 0:
            return [x for x, in struct.iter_unpack("<" + self.code, self.bytes)]
        group = 4 // size
        groups = -(-self.columns // group)
        start = lambda r, c: r // 16 * groups * 64 + (c // group * 16 + r % 16) * 4 + c % group * size
        return [struct.unpack_from("<" + self.code, self.bytes, start(r, c))[0]
                for r in range(self.rows) for c in range(self.columns)]

    def packed(self, r, c):
        bits = self.layout
        start = r // 16 * 2 * bits * self.columns + c // 32 * bits * 64 + r % 16 * 4 + c % 4 // 2 * 2
        word = [self.bytes[start + 64 * i] | self.bytes[start + 64 * i + 1] << 8 for i in range(bits)]
        v = c % 32 // 4 * 2 + c % 2
        if bits == 4:
            value = word[v // 4] >> (0, 8, 4, 12)[v % 4] & 15
        elif bits == 5:
            value = word[v // 3] >> (0, 5, 11)[v % 3] & 31 if v < 15 else sum((word[j] >> 10 & 1) << 4 - j for j in range(5))
        else:
            x, y, z = word[v // 8 * 3:][:3]
            value = (x & 63, x >> 6 & 63, y & 63, y >> 10, z & 63, z >> 6 & 63, x >> 12 | (y >> 6 & 3) << 4,
                     z >> 12 | (y >> 8 & 3) << 4)[v % 8]
        return value - (1 << bits - 1)

    def weights(self, arrays):
        """The weights as float32, row after row."""
        numbers = self.elements()
        if self.type != "int8":
            return numbers
        if self.layout > 3:
            words = arrays[self.name + ".outliers"].elements()
            panels = -(-self.rows // 16)
            for panel in range(panels):
                for word in words[panels + 1 + words[panel]:panels + 1 + words[panel + 1]]:
                    place, remainder = word >> 8, (word & 0xFF ^ 0x80) - 0x80
                    row, column = panel * 16 + place // 4 % 16, place // 64 * 4 + place % 4
                    numbers[row * self.columns + column] += remainder
        scales, steps = arrays[self.name + ".scales"].elements(), arrays.get(self.name + ".steps")
        if self.name + ".escapes" in arrays:
            words = arrays[self.name + ".escapes"].elements()
            for row, word in zip(words[::2], words[1::2]):
                remainder = struct.unpack("<h", struct.pack("<H", word >> 16))[0]
                numbers[row * self.columns + (word & 0xFFFF)] += remainder
        length = self.block or self.columns
        blocks = -(-self.columns // length)
        for i, symbol in enumerate(numbers):
            row, column = divmod(i, self.columns)
            scale = scales[(row // 16 * blocks + column // length) * 16 + row % 16]
            numbers[i] = float32(symbol * scale)
        if steps:
            steps = steps.elements()
            numbers = [float32(x * steps[i % self.columns]) for i, x in enumerate(numbers)]
        return numbers


def read(path):
    data = open(path, "rb").read()
    magic, major, _, arrays, header, header_size, _, directory, table, size, checksum = struct.unpack_from(
        "<8sHHIQIIQQQQ", data)
    assert magic == b"\x89Q8Z\r\n\x1a\n" and major == 1 and size == len(data), "not a model file of version 1"
    assert xxh64(data[:56] + data[header:]) == checksum, "the tables are damaged"
    info = json.loads(data[header:header + header_size])
    assert set(info["requires"]) <= FEATURES, "the file requires what this reader does not know"
    records = [data[directory + 96 * i:directory + 96 * (i + 1)] for i in range(arrays)]
    found = [Array(record, data[table:], data, i) for i, record in enumerate(records)]
    return info, {array.name: array for array in found}


if __name__ == "__main__":
    info, arrays = read(sys.argv[1])
    for name, array in arrays.items():
        numbers = array.weights(arrays)
        if len(sys.argv) > 2:
            if name == sys.argv[2]:
                print(*numbers, sep="\n")
            continue
        code = {"B": "B", "I": "I"}.get(array.code, "f")
        digest = xxh64(struct.pack(f"<{len(numbers)}{code}", *numbers))
        print(name, array.type, array.rows, array.columns, f"{digest:016x}")
