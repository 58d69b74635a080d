import TestSupport
import Testing

@testable import Checkpoints

/// A GGUF file that breaks one rule, and what must be said about it.
struct BrokenGGUF: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let content: [UInt8]
    let expected: GGUFError

    init(_ rule: String, _ expected: GGUFError, _ change: (inout GGUFImage) -> Void) {
        var image = GGUFImage()
        image.entries = [GGUFImage.Entry()]
        image.data = [UInt8](repeating: 0, count: 128)
        change(&image)
        (testDescription, content, self.expected) = (rule, image.bytes, expected)
    }

    static let all: [BrokenGGUF] = beginnings + metadata + tensors

    static let beginnings = [
        BrokenGGUF("version 1", .unknownVersion(1)) { $0.version = 1 },
        BrokenGGUF("version 4", .unknownVersion(4)) { $0.version = 4 },
        BrokenGGUF("version 0", .unknownVersion(0)) { $0.version = 0 },
        BrokenGGUF("big-endian", .bigEndian) { $0.version = 3 << 24 },
        BrokenGGUF(
            "tensors beyond the limit", .tooMany(field: "the number of tensors", count: 65_537, limit: 65_536)
        ) { $0.tensorCount = 65_537 },
        BrokenGGUF(
            "2^64 - 1 pairs", .tooMany(field: "the number of pairs of metadata", count: .max, limit: 65_536)
        ) { $0.pairCount = .max },
        BrokenGGUF(
            "one pair more than there is",
            .truncated(field: "the length of a key", byteCount: 8, available: 0)
        ) { image in
            (image.pairCount, image.tensorCount, image.alignment) = (1, 0, 1)
            (image.entries, image.data) = ([], [])
        },
    ]

    static let metadata = [
        BrokenGGUF("an empty key", .emptyKey) { $0.pairs = [GGUFImage.number("", 1)] },
        BrokenGGUF("a key twice", .duplicateKey("k")) {
            $0.pairs = [GGUFImage.number("k", 1), GGUFImage.text("k", "")]
        },
        BrokenGGUF("an unknown type of value", .unknownValueType(key: "k", type: 13)) {
            $0.pairs = [GGUFImage.pair("k", type: 13, [])]
        },
        BrokenGGUF("lists in a list", .unknownValueType(key: "k", type: 9)) {
            $0.pairs = [GGUFImage.list("k", type: 9, count: 1, [])]
        },
        BrokenGGUF("a boolean of 2", .notABoolean(key: "k", value: 2)) {
            $0.pairs = [GGUFImage.pair("k", type: 7, [2])]
        },
        BrokenGGUF("a text that is not UTF-8", .notText(field: "\"k\"")) {
            $0.pairs = [GGUFImage.pair("k", type: 8, GGUFImage.word(UInt64(1)) + [0xFF])]
        },
        BrokenGGUF(
            "a text of 2^64 - 1 bytes", .truncated(field: "\"k\"", byteCount: .max, available: 179)
        ) { $0.pairs = [GGUFImage.pair("k", type: 8, GGUFImage.word(UInt64.max))] },
        BrokenGGUF(
            "a list of 2^63 words", .tooMany(field: "\"k\"", count: 1 << 63, limit: 43)
        ) { $0.pairs = [GGUFImage.pair("k", type: 9, GGUFImage.word(UInt32(4)) + GGUFImage.word(UInt64(1) << 63))] },
        BrokenGGUF("an alignment of 0", .badAlignment(found: "0")) {
            $0.pairs = [GGUFImage.number("general.alignment", 0)]
        },
        BrokenGGUF("an alignment of 48", .badAlignment(found: "48")) {
            $0.pairs = [GGUFImage.number("general.alignment", 48)]
        },
        BrokenGGUF("an alignment of 2^30", .badAlignment(found: "\(1 << 30)")) {
            $0.pairs = [GGUFImage.number("general.alignment", 1 << 30)]
        },
        BrokenGGUF("an alignment in words", .badAlignment(found: "\"32\"")) {
            $0.pairs = [GGUFImage.text("general.alignment", "32")]
        },
    ]

    static let tensors = [
        BrokenGGUF("no name", .badTensorName(byteCount: 0)) { $0.entries[0].name = "" },
        BrokenGGUF("a name of 65 bytes", .badTensorName(byteCount: 65)) {
            $0.entries[0].name = String(repeating: "n", count: 65)
        },
        BrokenGGUF("a tensor twice", .duplicateTensor("t")) { $0.entries.append($0.entries[0]) },
        BrokenGGUF("no dimensions", .dimensionCount(tensor: "t", found: 0)) { $0.entries[0].sizes = [] },
        BrokenGGUF("five dimensions", .dimensionCount(tensor: "t", found: 5)) {
            $0.entries[0].sizes = [32, 1, 1, 1, 1]
        },
        BrokenGGUF("a dimension of 0", .dimension(tensor: "t", found: 0)) { $0.entries[0].sizes = [32, 0] },
        BrokenGGUF("a dimension of 2^64 - 1", .dimension(tensor: "t", found: .max)) { $0.entries[0].sizes = [.max] },
        BrokenGGUF("a shape that wraps", .shapeOverflows(tensor: "t")) {
            $0.entries[0].sizes = [1 << 42, 1 << 42]
        },
        BrokenGGUF("a type that is not read", .unreadType(tensor: "t", type: "IQ4_XS")) { $0.entries[0].type = 23 },
        BrokenGGUF("a type that nobody knows", .unreadType(tensor: "t", type: "4294967295")) {
            $0.entries[0].type = .max
        },
        BrokenGGUF("half a block", .partialBlock(tensor: "t", columnCount: 48, type: .q80)) {
            ($0.entries[0].type, $0.entries[0].sizes) = (8, [48])
        },
        BrokenGGUF("a hole", .wrongOffset(tensor: "t", expected: 0, found: 32)) { $0.entries[0].offset = 32 },
        BrokenGGUF("an overlap", .wrongOffset(tensor: "u", expected: 128, found: 0)) {
            $0.entries.append(GGUFImage.Entry(name: "u"))
        },
        BrokenGGUF("an offset of 2^64 - 32", .wrongOffset(tensor: "t", expected: 0, found: .max - 31)) {
            $0.entries[0].offset = .max - 31
        },
        BrokenGGUF("a tensor beyond the file", .tensorBeyondFile(tensor: "t", end: 192, fileByteCount: 191)) {
            $0.data.removeLast()
        },
        BrokenGGUF("something appended", .appended(expected: 192, found: 193)) { $0.data.append(0) },
    ]
}

@Suite struct GGUFFiles {
    private let folder = TemporaryDirectory()

    private func file(_ bytes: [UInt8]) throws -> GGUFFile {
        writeFile(folder.file("model.gguf"), bytes)
        return try GGUFFile(path: folder.file("model.gguf"))
    }

    private func read(_ tensor: Tensor, of file: GGUFFile, rows: Range<Int>, columns: Range<Int>) -> [Float] {
        var output = [Float](repeating: .nan, count: rows.count * columns.count)
        var span = output.mutableSpan
        file.read(tensor, rows: rows, columns: columns, into: &span)
        return output
    }

    private static let expected = readFile(golden("gguf/types.f32"))

    /// The numbers that the gguf library reads from the tensor at `index` of types.gguf.
    private func expectedBits(_ index: Int) -> [UInt32] {
        (0..<3 * 512).map { element in
            (0..<4).reduce(0) { $0 | UInt32(Self.expected[(index * 3 * 512 + element) * 4 + $1]) << UInt32(8 * $1) }
        }
    }

    @Test(arguments: 0..<13, [2, 3])
    func giveTheNumbersOfTheirOwnLibraryBitForBit(index: Int, version: UInt8) throws {
        var bytes = readFile(golden("gguf/types.gguf"))
        bytes[4] = version
        let file = try file(bytes)
        let tensor = file.tensors[index]
        #expect(tensor.name == tensor.type.rawValue)
        let expected = expectedBits(index)
        #expect(read(tensor, of: file, rows: 0..<3, columns: 0..<512).map(\.bitPattern) == expected)
        for columns in [0..<0, 0..<1, 31..<33, 255..<257, 100..<400, 256..<512, 511..<512] {
            let part = read(tensor, of: file, rows: 1..<3, columns: columns)
            #expect(part.map(\.bitPattern) == (1..<3).flatMap { row in columns.map { expected[512 * row + $0] } })
        }
    }

    @Test func coverEveryTypeThatIsRead() throws {
        let file = try file(readFile(golden("gguf/types.gguf")))
        #expect(Set(file.tensors.map(\.type)) == Set(TensorType.allCases.filter(\.isReadable)))
    }

    @Test(arguments: BrokenGGUF.all)
    func areRefused(_ broken: BrokenGGUF) {
        let path = folder.file("model.gguf")
        #expect(throws: CheckpointError.gguf(path: path, broken.expected)) { try file(broken.content) }
        let message = "\(CheckpointError.gguf(path: "model.gguf", broken.expected))"
        #expect(message.hasPrefix("\"model.gguf\": ") && saysWhatToDo(message))
    }

    @Test func cutAnywhereAreRefused() throws {
        let whole = readFile(golden("gguf/base.gguf"))
        let tables = 4096  // all of them, and some data
        for count in Array(4..<tables) + [whole.count - 1000, whole.count - 33] {
            #expect(throws: CheckpointError.self, "\(count) bytes") { try file(Array(whole.prefix(count))) }
        }
        _ = try file(whole)
    }

    @Test func withAnyByteOfTheirTablesChangedAreReadOrRefused() throws {
        let whole = readFile(golden("gguf/tokenizer.gguf"))
        let path = folder.file("model.gguf")
        var readable = 0
        for offset in stride(from: 4, to: 26_000, by: 17) {
            for flip: UInt8 in [0x01, 0x80, 0xFF] {
                var bytes = whole
                bytes[offset] ^= flip
                writeFile(path, bytes)
                do throws(CheckpointError) {
                    let model = try GGUFModel(path: path)
                    for tensor in model.weights.tensors where tensor.type.isReadable {
                        var row = [Float](repeating: 0, count: tensor.columnCount)
                        var span = row.mutableSpan
                        model.weights.read(
                            tensor, rows: tensor.rowCount - 1..<tensor.rowCount, columns: 0..<tensor.columnCount,
                            into: &span)
                    }
                    readable += 1
                } catch {}
            }
        }
        #expect(readable > 0)
    }
}
