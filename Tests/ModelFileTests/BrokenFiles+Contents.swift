@testable import ModelFile
import TestSupport

extension BrokenFile {
    /// Files whose tables are right and whose chunks are not.
    static let contents = damage + frames + values

    static let damage: [BrokenFile] = [
        BrokenFile(9, "padding behind a chunk", .paddingNotZero(offset: 64 + 256 + 128 + 20)) { image in
            image.assembled { $0[64 + 256 + 128 + 20] = 1 }
        },
        BrokenFile(29, "a bit flipped", .chunkDamaged(array: "m", chunk: 0)) { image in
            image.assembled { $0[64] ^= 1 }
        },
        BrokenFile(29, "two chunks exchanged with their records", .chunkDamaged(array: "p", chunk: 0)) { image in
            let bytes = image.assembled()
            let table = unsafe Int(bytes.span.bytes.uint64(at: 40))
            let index = image.chunks[..<image.index("p")].joined().count
            let first = unsafe Int(bytes.span.bytes.uint64(at: table + index * 24))
            return image.assembled { bytes in
                for byte in 0..<6 { bytes.swapAt(first + byte, first + 6 + byte) }
                for byte in 16..<24 {
                    bytes.swapAt(table + index * 24 + byte, table + (index + 1) * 24 + byte)
                }
            }
        },
        .parts(31, "a padding column of a raw panel", .panelPaddingNotZero(array: "m", chunk: 0)) {
            $0.fill("m", at: 65, [1])
        },
        .parts(31, "a padding row of a raw panel", .panelPaddingNotZero(array: "m", chunk: 0)) {
            $0.fill("m", at: 128 + 4, [1])
        },
        .parts(31, "the padding half of a float16 group", .panelPaddingNotZero(array: "h", chunk: 0)) {
            $0.fill("h", at: 64 + 2, [0, 0x7E])
        },
        .parts(31, "the padding of a compressed panel", .panelPaddingNotZero(array: "f", chunk: 0)) {
            let index = $0.index("f")
            $0.chunks[index][0].bytes = Frame.single(192, Frame.run(1, count: 192))
        },
    ]

    /// The first chunk of "z" decodes to 16 × 68 bytes.
    private static func frame(_ name: String, _ fault: FrameFault, _ frame: [UInt8]) -> BrokenFile {
        .parts(30, name, .invalidFrame(array: "z", chunk: 0, fault)) { image in
            image.chunks[image.index("z")][0].bytes = frame
        }
    }

    private static let size = 16 * 68

    /// Stands for whatever words libzstd finds.
    static let anyMessage = "*"

    static let frames: [BrokenFile] = [
        frame("no bytes", .notZstd, []),
        frame("text", .notZstd, Array("hello, world".utf8)),
        frame("a skippable frame", .notZstd, [0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]),
        frame("a frame of version 0.7", .notZstd, [0x27] + Frame.magic.dropFirst() + [0, 0, 0, 0]),
        frame("magic only", .corrupt(message: anyMessage), Frame.magic),
        frame(
            "a dictionary", .needsDictionary(id: 7),
            Frame.magic + [0b1010_0001, 7] + littleEndian(UInt32(size)) + Frame.run(count: size)),
        frame("no content size", .contentSizeMissing, Frame.magic + [0, 0x08] + Frame.run(count: size)),
        frame(
            "a content size of 2 bytes more", .wrongContentSize(stated: UInt64(size + 2), expected: size),
            Frame.single(size + 2, Frame.run(count: size + 2))),
        frame(
            "a bomb of 4 GB", .wrongContentSize(stated: 1 << 32, expected: size),
            Frame.magic + [0b1110_0000] + littleEndian(UInt64(1) << 32)
                + (0..<200).flatMap { _ in Frame.run(count: 1 << 17, isLast: false) } + Frame.run(count: 1 << 17)),
        frame(
            "more than the content size", .corrupt(message: anyMessage),
            Frame.single(size, Frame.run(count: size, isLast: false) + Frame.run(count: 100_000))),
        frame("less than the content size", .corrupt(message: anyMessage), Frame.single(size, Frame.run(count: 9))),
        frame(
            "a window of 2^41", .corrupt(message: anyMessage),
            Frame.magic + [0b1000_0000, 0xFF] + littleEndian(UInt32(size)) + Frame.run(count: size)),
        frame(
            "two frames", .trailingBytes(count: 13),
            Frame.single(size, Frame.run(count: size)) + Frame.single(9, Frame.run(count: 9))),
        frame("a zero behind it", .trailingBytes(count: 1), Frame.single(size, Frame.run(count: size)) + [0]),
        frame(
            "no last block", .corrupt(message: anyMessage), Frame.single(size, Frame.run(count: size, isLast: false))),
        frame(
            "an invalid block", .corrupt(message: anyMessage),
            Frame.single(size, littleEndian(UInt32(1 | 3 << 1 | 8 << 3)).dropLast() + [0])),
    ]

    private static func float(
        _ rule: Int, _ name: String, _ array: String, _ value: Float
    ) -> BrokenFile {
        let bits = value.bitPattern
        let error: ModelFileError =
            rule == 32
            ? .invalidScale(array: array, index: 3, bits: bits) : .invalidStep(array: array, index: 3, bits: bits)
        return .parts(rule, name, error) { $0.fill(array, at: 12, littleEndian(bits)) }
    }

    /// Escapes of "m", which is 17 × 5.
    private static func escapes(_ name: String, _ words: [(UInt32, UInt32)], invalid: Int) -> BrokenFile {
        .parts(34, name, .invalidEscape(array: "m.escapes", index: invalid)) { image in
            image.fill("m.escapes", at: 0, words.flatMap { littleEndian($0) + littleEndian($1) })
        }
    }

    static let values: [BrokenFile] = [
        float(32, "a scale that is NaN", "m.scales", .nan),
        float(32, "an infinite scale", "z.scales", .infinity),
        float(32, "a negative scale", "m.scales", -0.5),
        float(32, "a scale of minus zero", "m.scales", -0.0),
        float(33, "a step that is NaN", "m.steps", .nan),
        float(33, "an infinite step", "m.steps", .infinity),
        float(33, "a negative step", "m.steps", -1),
        float(33, "a step of zero", "m.steps", 0),
        escapes("out of order", [(3, 1 | 1 << 16), (2, 1 | 1 << 16)], invalid: 1),
        escapes("out of order in a row", [(3, 2 | 1 << 16), (3, 1 | 1 << 16)], invalid: 1),
        escapes("the same place twice", [(3, 2 | 1 << 16), (3, 2 | 1 << 16)], invalid: 1),
        escapes("a row outside the matrix", [(1, 1 | 1 << 16), (17, 1 << 16)], invalid: 1),
        escapes("row 2^32 - 1", [(.max, 1 | 1 << 16), (1, 1 << 16)], invalid: 0),
        escapes("a column outside the matrix", [(1, 5 | 1 << 16), (2, 1 << 16)], invalid: 0),
        escapes("nothing to add", [(1, 1), (2, 1 | 1 << 16)], invalid: 0),
        .parts(35, "17 escapes in a small matrix", .tooManyEscapes(array: "m.escapes", count: 17, limit: 16)) { image in
            let index = image.index("m.escapes")
            image.set("m.escapes", at: 72, [17])
            image.set("m.escapes", at: 88, [17])
            let bytes = (0..<17).flatMap { littleEndian(UInt32($0)) + littleEndian(UInt32(1 << 16)) }
            image.chunks[index] = [FileImage.StoredChunk(bytes: bytes, decodedByteCount: bytes.count)]
        },
    ]
}
