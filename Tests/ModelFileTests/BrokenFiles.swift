@testable import ModelFile
import StrictJSON
import TestSupport
import Testing

/// One file that breaks one rule of docs/FORMAT.md, and the error that must come of it.
struct BrokenFile: Sendable, CustomTestStringConvertible {
    let rule: Int
    let name: String
    let expected: ModelFileError
    let make: @Sendable (FileImage) -> [UInt8]

    init(
        _ rule: Int, _ name: String, _ expected: ModelFileError, make: @escaping @Sendable (FileImage) -> [UInt8]
    ) {
        (self.rule, self.name, self.expected, self.make) = (rule, name, expected, make)
    }

    /// A file in which some parts were changed before it was put together.
    static func parts(
        _ rule: Int, _ name: String, _ expected: ModelFileError, _ change: @escaping @Sendable (inout FileImage) -> Void
    ) -> BrokenFile {
        BrokenFile(rule, name, expected) { image in
            var image = image
            change(&image)
            return image.assembled()
        }
    }

    /// A file in which bytes at `offset` were changed before it was sealed.
    static func bytes(
        _ rule: Int, _ name: String, at offset: Int, _ value: [UInt8], _ expected: ModelFileError
    ) -> BrokenFile {
        BrokenFile(rule, name, expected) { image in
            image.assembled { $0.replaceSubrange(offset..<offset + value.count, with: value) }
        }
    }

    var testDescription: String { "rule \(rule): \(name)" }

    static let all = prologue + directory + chunkTable + header + companions + contents

    /// The good file that all others come from, as the numbers below know it.
    static let good = FileImage((try? tinyFile()) ?? [])
    private static let goodBytes = good.assembled()
    private static let headerOffset = goodWord(16)
    private static let directoryOffset = goodWord(32)
    private static let tableOffset = goodWord(40)
    private static func goodWord(_ at: Int) -> Int { unsafe Int(goodBytes.span.bytes.uint64(at: at)) }
    private static var byteCount: Int { goodBytes.count }

    static let prologue: [BrokenFile] = [
        BrokenFile(1, "empty file", .tooShort(byteCount: 0)) { _ in [] },
        BrokenFile(1, "63 bytes", .tooShort(byteCount: 63)) { Array($0.assembled()[..<63]) },
        .bytes(
            2, "PNG signature", at: 1, Array("PNG".utf8),
            .notAModelFile(magic: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])),
        BrokenFile(2, "zeros", .notAModelFile(magic: [0, 0, 0, 0, 0, 0, 0, 0])) { _ in .init(repeating: 0, count: 64) },
        .bytes(3, "newer major", at: 8, [2, 0, 7, 0], .unsupportedVersion(major: 2, minor: 7)),
        .bytes(3, "major 0", at: 8, [0, 0], .unsupportedVersion(major: 0, minor: 0)),
        .bytes(3, "big-endian major", at: 8, [0, 1], .unsupportedVersion(major: 256, minor: 0)),
        BrokenFile(4, "a byte appended", .wrongLength(stated: UInt64(byteCount), actual: byteCount + 1)) {
            $0.assembled() + [0]
        },
        BrokenFile(4, "last byte missing", .wrongLength(stated: UInt64(byteCount), actual: byteCount - 1)) {
            $0.assembled().dropLast()
        },
        .bytes(
            4, "length of 2^64 - 1", at: 48, littleEndian(UInt64.max), .wrongLength(stated: .max, actual: byteCount)),
        .bytes(
            5, "header at 2^64 - 64", at: 16, littleEndian(UInt64.max - 63),
            .headerOutOfBounds(offset: .max - 63, byteCount: good.header.utf8.count)),
        .bytes(
            5, "header past the end", at: 16, littleEndian(UInt64(1 << 40)),
            .headerOutOfBounds(offset: 1 << 40, byteCount: good.header.utf8.count)),
        .bytes(
            5, "header inside the prologue", at: 16, littleEndian(UInt64(0)),
            .headerOutOfBounds(offset: 0, byteCount: good.header.utf8.count)),
        .bytes(
            5, "header misaligned", at: 16, littleEndian(UInt64(headerOffset + 8)),
            .headerOutOfBounds(offset: UInt64(headerOffset + 8), byteCount: good.header.utf8.count)),
        .bytes(
            5, "header of 4 GB", at: 24, littleEndian(UInt32.max),
            .headerOutOfBounds(offset: UInt64(headerOffset), byteCount: Int(UInt32.max))),
        .bytes(
            6, "header of 0 bytes", at: 24, littleEndian(UInt32(0)),
            .limitExceeded(field: "header byte count", value: 0, allowed: 1...16 << 20)),
        .bytes(
            6, "four billion arrays", at: 12, littleEndian(UInt32.max),
            .limitExceeded(field: "array count", value: Int(UInt32.max), allowed: 0...65536)),
        .bytes(
            6, "two million chunks", at: 28, littleEndian(UInt32(2 << 20)),
            .limitExceeded(field: "chunk count", value: 2 << 20, allowed: 0...1 << 20)),
        .bytes(
            7, "directory misplaced", at: 32, littleEndian(UInt64(directoryOffset - 64)),
            .tableMisplaced(table: "directory", offset: UInt64(directoryOffset - 64), expected: directoryOffset)),
        .bytes(
            7, "chunk table misplaced", at: 40, littleEndian(UInt64.max),
            .tableMisplaced(table: "chunk table", offset: .max, expected: tableOffset)),
        .bytes(
            7, "a chunk more than there are", at: 28, littleEndian(UInt32(good.chunks.joined().count + 1)),
            .tableMisplaced(table: "end of the file", offset: UInt64(byteCount), expected: byteCount + 24)),
        BrokenFile(
            8, "checksum of 0", .tablesDamaged(stated: 0, computed: unsafe goodBytes.span.bytes.uint64(at: 56))
        ) { image in
            var bytes = image.assembled()
            bytes.replaceSubrange(56..<64, with: [UInt8](repeating: 0, count: 8))
            return bytes
        },
        .bytes(
            9, "padding behind the header", at: directoryOffset - 1, [1], .paddingNotZero(offset: directoryOffset - 1)),
    ]

    private static func record(
        _ rule: Int, _ name: String, at offset: Int, _ value: [UInt8], _ expected: ModelFileError, array: String = "m"
    ) -> BrokenFile {
        .parts(rule, name, expected) { $0.set(array, at: offset, value) }
    }

    static let directory: [BrokenFile] = [
        record(10, "capital letter", at: 0, Array("M".utf8), .invalidName(index: 0)),
        record(10, "slash", at: 0, Array("../x".utf8), .invalidName(index: 0)),
        record(10, "empty name", at: 0, [0], .invalidName(index: 0)),
        record(10, "text behind the zero", at: 63, [0x61], .invalidName(index: 0)),
        record(10, "64 letters", at: 0, .init(repeating: 0x61, count: 64), .invalidName(index: 0)),
        record(10, "not ASCII", at: 0, [0xC3, 0xA9], .invalidName(index: 0)),
        record(11, "two arrays of one name", at: 0, Array("h".utf8), .duplicateName(array: "h"), array: "f"),
        record(12, "element type 5", at: 64, [5], .unknownCode(array: "m", field: "element type", value: 5)),
        record(12, "layout 2", at: 65, [2], .unknownCode(array: "m", field: "layout", value: 2)),
        record(12, "storage 255", at: 66, [255], .unknownCode(array: "m", field: "storage", value: 255)),
        record(12, "reserved byte", at: 67, [1], .unknownCode(array: "m", field: "reserved field", value: 1)),
        record(12, "reserved word", at: 92, [0, 1], .unknownCode(array: "m", field: "reserved field", value: 256)),
        record(13, "no rows", at: 72, [0], .invalidShape(array: "m", rows: 0, columns: 5)),
        record(
            13, "2^31 rows", at: 72, littleEndian(UInt32(1) << 31), .invalidShape(array: "m", rows: 1 << 31, columns: 5)
        ),
        record(13, "no columns", at: 76, [0], .invalidShape(array: "m", rows: 17, columns: 0)),
        record(
            13, "65 537 columns", at: 76, littleEndian(UInt32(65537)),
            .invalidShape(array: "m", rows: 17, columns: 65537)),
        record(14, "plain int8", at: 65, [0], .invalidLayout(array: "m", type: .int8, layout: .plain)),
        record(14, "panels of uint8", at: 64, [3], .invalidLayout(array: "m", type: .uint8, layout: .panels)),
        record(15, "block of 32", at: 68, [32], .invalidBlockLength(array: "m", blockLength: 32)),
        record(15, "float blocks", at: 68, [64], .invalidBlockLength(array: "h", blockLength: 64), array: "h"),
        record(16, "no rows in a chunk", at: 88, [0], .invalidRowsPerChunk(array: "m", rowsPerChunk: 0)),
        record(16, "half a panel in a chunk", at: 88, [24], .invalidRowsPerChunk(array: "m", rowsPerChunk: 24)),
        record(16, "more rows in a chunk than rows", at: 88, [48], .invalidRowsPerChunk(array: "m", rowsPerChunk: 48)),
        .parts(16, "a chunk of 8 MiB", .invalidRowsPerChunk(array: "f", rowsPerChunk: 32)) { image in
            image.set("f", at: 72, littleEndian(UInt32(32)) + littleEndian(UInt32(65536)))
            image.set("f", at: 88, [32])
        },
        record(
            17, "chunks that begin late", at: 80, [1], .wrongChunkRange(array: "m", first: 1, count: 1, expected: 0..<1)
        ),
        record(
            17, "one chunk too many", at: 84, [2], .wrongChunkRange(array: "m", first: 0, count: 2, expected: 0..<1)),
        record(
            17, "rows for which there are no chunks", at: 72, littleEndian(UInt32(1 << 30)),
            .wrongChunkRange(array: "m", first: 0, count: 1, expected: 0..<1 << 25)),
        .parts(
            18, "a chunk that no array has",
            .wrongChunkCount(stated: good.chunks.joined().count + 1, used: good.chunks.joined().count)
        ) { $0.chunks.append([FileImage.StoredChunk(bytes: [1], decodedByteCount: 1)]) },
    ]

    private static func chunk(
        _ rule: Int, _ name: String, _ index: Int, at offset: Int, _ value: [UInt8], _ expected: ModelFileError
    ) -> BrokenFile {
        .bytes(rule, name, at: tableOffset + index * 24 + offset, value, expected)
    }

    static let chunkTable: [BrokenFile] = [
        chunk(
            19, "a decoded size of 4 GB", 0, at: 12, littleEndian(UInt32.max),
            .wrongDecodedByteCount(array: "m", chunk: 0, stated: Int(UInt32.max), expected: 256)),
        chunk(
            20, "a raw chunk cut short", 0, at: 8, [255, 0],
            .wrongStoredByteCount(array: "m", chunk: 0, stated: 255, expected: 256)),
        chunk(
            21, "a hole", 0, at: 0, littleEndian(UInt64(128)),
            .chunkMisplaced(array: "m", chunk: 0, offset: 128, expected: 64)),
        chunk(
            21, "an overlap", 1, at: 0, littleEndian(UInt64(64)),
            .chunkMisplaced(array: "m.scales", chunk: 0, offset: 64, expected: 320)),
        chunk(
            21, "an offset of 2^64 - 1", 0, at: 0, littleEndian(UInt64.max),
            .chunkMisplaced(array: "m", chunk: 0, offset: .max, expected: 64)),
        BrokenFile(
            21, "a zstd chunk that reaches into the header",
            .chunkMisplaced(
                array: "z", chunk: 0, offset: UInt64(offset(ofChunk: 4)), expected: offset(ofChunk: 4))
        ) { image in
            image.assembled {
                $0.replaceSubrange(tableOffset + 4 * 24 + 8..<tableOffset + 4 * 24 + 12, with: [0, 0, 0, 8])
            }
        },
        BrokenFile(
            22, "64 more zeros before the header",
            .headerMisplaced(offset: headerOffset + 64, expected: headerOffset)
        ) { image in
            var bytes = image.assembled()
            bytes.insert(contentsOf: [UInt8](repeating: 0, count: 64), at: headerOffset)
            for at in [16, 32, 40, 48] {
                bytes.replaceSubrange(at..<at + 8, with: littleEndian(UInt64(goodWord(at) + 64)))
            }
            return FileImage.sealed(bytes)
        },
    ]

    private static func offset(ofChunk index: Int) -> Int { goodWord(tableOffset + index * 24) }

    private static func text(
        _ rule: Int, _ name: String, _ expected: ModelFileError, replacing old: String, with new: String
    ) -> BrokenFile {
        .parts(rule, name, expected) { image in
            let parts = image.header.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
            precondition(parts.count == 2, "the good header has no \(old)")
            image.header = parts[0] + new + parts[1]
        }
    }

    private static let ascending = "a list of names in ascending order, none twice"

    static let header: [BrokenFile] = [
        .parts(23, "no JSON", .headerNotJSON(.unexpectedByte(offset: 0, byte: 0x68, expected: "a value"))) {
            $0.header = "hello"
        },
        .parts(23, "a key twice", .headerNotJSON(.duplicateKey(offset: 7, key: "a"))) { $0.header = #"{"a":1,"a":2}"# },
        .parts(23, "100 levels deep", .headerNotJSON(.tooDeep(offset: 64, limit: 64))) {
            $0.header = String(repeating: "[", count: 100)
        },
        text(
            24, "another format", .invalidHeaderMember(key: "format", expected: "\"q8z\""), replacing: "\"q8z\"",
            with: "\"gguf\""),
        text(
            24, "another version", .invalidHeaderMember(key: "version", expected: "\"1.0\""), replacing: "\"1.0\"",
            with: "1.0"),
        text(
            24, "no config", .invalidHeaderMember(key: "config", expected: "an object"), replacing: "\"config\"",
            with: "\"konfig\""),
        text(
            24, "tokenizer is text", .invalidHeaderMember(key: "tokenizer", expected: "an object or null"),
            replacing: "\"tokenizer\": {", with: "\"tokenizer\": \"bpe\", \"x\": {"),
        text(
            24, "requires is missing", .invalidHeaderMember(key: "requires", expected: ascending),
            replacing: "\"requires\"", with: "\"wants\""),
        text(
            24, "a number among the features", .invalidHeaderMember(key: "requires", expected: ascending),
            replacing: "\"zstd\"", with: "8"),
        text(
            24, "features out of order", .invalidHeaderMember(key: "requires", expected: ascending),
            replacing: "\"zstd\"", with: "\"zstd\", \"escapes\""),
        text(
            24, "a feature twice", .invalidHeaderMember(key: "requires", expected: ascending),
            replacing: "\"zstd\"", with: "\"zstd\", \"zstd\""),
        text(
            25, "a feature of the future", .unknownFeature("zstd-teleport"), replacing: "\"zstd\"",
            with: "\"zstd\", \"zstd-teleport\""),
        text(26, "zstd not listed", .unlistedFeature("zstd"), replacing: ",\n    \"zstd\"", with: ""),
    ]

    static let companions: [BrokenFile] = [
        record(27, "no scales", at: 0, Array("n".utf8), .missingScales(array: "m"), array: "m.scales"),
        .parts(
            28, "scales of another shape",
            .invalidCompanion(
                array: "m.scales", found: "float32, plain, [4 × 8], raw", expected: "float32, plain, [2 × 16], raw")
        ) { image in
            image.set("m.scales", at: 72, [4, 0, 0, 0, 8])
            image.set("m.scales", at: 88, [4])
        },
        record(
            28, "scales of another type", at: 64, [4],
            .invalidCompanion(
                array: "m.scales", found: "uint32, plain, [2 × 16], raw", expected: "float32, plain, [2 × 16], raw"),
            array: "m.scales"),
        .parts(
            28, "steps for another number of columns",
            .invalidCompanion(
                array: "m.steps", found: "float32, plain, [5 × 1], raw", expected: "float32, plain, [1 × 5], raw")
        ) { image in
            image.set("m.steps", at: 72, [5, 0, 0, 0, 1])
            image.set("m.steps", at: 88, [5])
        },
        .parts(
            28, "escapes of four words",
            .invalidCompanion(
                array: "m.escapes", found: "uint32, plain, [1 × 4], raw", expected: "uint32, plain, [any × 2], raw")
        ) { image in
            image.set("m.escapes", at: 72, [1, 0, 0, 0, 4])
            image.set("m.escapes", at: 88, [1])
        },
        .parts(
            28, "compressed scales",
            .invalidCompanion(
                array: "m.scales", found: "float32, plain, [2 × 16], zstd", expected: "float32, plain, [2 × 16], raw")
        ) { $0.set("m.scales", at: 66, [1]) },
    ]
}
