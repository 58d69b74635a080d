import StrictJSON
import TestSupport
import Testing

@testable import Checkpoints

/// A file that breaks one rule, and what must be said about it.
struct BrokenFile: CustomTestStringConvertible, Sendable {
    let rule: String
    let content: [UInt8]
    let expected: @Sendable (String) -> CheckpointError

    var testDescription: String { rule }

    init(_ rule: String, _ content: [UInt8], _ expected: @escaping @Sendable (String) -> CheckpointError) {
        self.rule = rule
        self.content = content
        self.expected = expected
    }

    init(_ rule: String, entry: String, _ expected: @escaping @Sendable (String) -> CheckpointError) {
        self.init(rule, safetensors("{\"t\":\(entry)}", data: [0, 0, 0, 0]), expected)
    }

    static let all: [BrokenFile] =
        (0..<8).map { count in
            BrokenFile("\(count) bytes", [UInt8](repeating: 0, count: count)) {
                .fileTooSmall(path: $0, byteCount: count)
            }
        } + [
            BrokenFile("header over the limit", lengthPrefix(100_000_001) + [0x7B]) {
                .headerTooLarge(path: $0, byteCount: 100_000_001)
            },
            BrokenFile("header of 2^64 - 1", lengthPrefix(.max) + [0x7B, 0x7D]) {
                .headerTooLarge(path: $0, byteCount: .max)
            },
            BrokenFile("header of 2^63", lengthPrefix(1 << 63) + [0x7B, 0x7D]) {
                .headerTooLarge(path: $0, byteCount: 1 << 63)
            },
            BrokenFile("header one byte beyond the file", lengthPrefix(3) + [0x7B, 0x7D]) {
                .headerBeyondFile(path: $0, byteCount: 3, fileByteCount: 10)
            },
            BrokenFile("a header of 640 bytes that is cut", lengthPrefix(0x280) + [0x7B, 0x7D]) {
                .headerBeyondFile(path: $0, byteCount: 0x280, fileByteCount: 10)
            },
            BrokenFile("all zero", [UInt8](repeating: 0, count: 64)) { .headerIsNotAnObject(path: $0) },
            BrokenFile("header is an array", safetensors("[]")) { .headerIsNotAnObject(path: $0) },
            BrokenFile("header begins with a space", safetensors(" {}")) { .headerIsNotAnObject(path: $0) },
            BrokenFile("metadata is a list", safetensors("{\"__metadata__\":[]}")) { .badMetadata(path: $0) },
            BrokenFile("metadata holds a number", safetensors("{\"__metadata__\":{\"a\":1}}")) {
                .badMetadata(path: $0)
            },
            BrokenFile("entry is a number", entry: "4") { .badTensorEntry(path: $0, tensor: "t", field: "entry") },
            BrokenFile("unknown member", entry: "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}") {
                .badTensorEntry(path: $0, tensor: "t", field: "entry")
            },
            BrokenFile("type is a number", entry: "{\"dtype\":32,\"shape\":[1],\"data_offsets\":[0,4]}") {
                .badTensorEntry(path: $0, tensor: "t", field: "dtype")
            },
            BrokenFile(
                "nine dimensions", entry: "{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}"
            ) { .badTensorEntry(path: $0, tensor: "t", field: "shape") },
            BrokenFile("unknown type", entry: "{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}") {
                .unknownType(path: $0, tensor: "t", type: "F33")
            },
            BrokenFile("negative size", entry: "{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}") {
                .badTensorEntry(path: $0, tensor: "t", field: "shape")
            },
            BrokenFile("size with a fraction", entry: "{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}") {
                .badTensorEntry(path: $0, tensor: "t", field: "shape")
            },
            BrokenFile("size of 2^48", entry: "{\"dtype\":\"F32\",\"shape\":[281474976710656],\"data_offsets\":[0,4]}")
            {
                .badTensorEntry(path: $0, tensor: "t", field: "shape")
            },
            BrokenFile(
                "size of 2^64", entry: "{\"dtype\":\"F32\",\"shape\":[18446744073709551616],\"data_offsets\":[0,4]}"
            ) { .badTensorEntry(path: $0, tensor: "t", field: "shape") },
            BrokenFile("one offset", entry: "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}") {
                .badTensorEntry(path: $0, tensor: "t", field: "data_offsets")
            },
            BrokenFile("three offsets", entry: "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}") {
                .badTensorEntry(path: $0, tensor: "t", field: "data_offsets")
            },
            BrokenFile("reversed offsets", entry: "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}") {
                .reversedOffsets(path: $0, tensor: "t", start: 4, end: 0)
            },
            BrokenFile(
                "shape overflows",
                entry: """
                    {"dtype":"F32","shape":[281474976710655,281474976710655],"data_offsets":[0,4]}
                    """
            ) { .shapeOverflows(path: $0, tensor: "t") },
            BrokenFile("half a byte", entry: "{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,4]}") {
                .partialByte(path: $0, tensor: "t")
            },
            BrokenFile(
                "more bytes than the shape needs", entry: "{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,4]}"
            ) { .wrongByteCount(path: $0, tensor: "t", expected: 2, found: 4) },
            BrokenFile(
                "fewer bytes than the shape needs", entry: "{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,4]}"
            ) { .wrongByteCount(path: $0, tensor: "t", expected: 8, found: 4) },
            BrokenFile("hole before the first tensor", entry: "{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[1,4]}")
            {
                .hole(path: $0, tensor: "t", expected: 0, found: 1)
            },
            BrokenFile(
                "hole between tensors",
                safetensors(
                    """
                    {"b":{"dtype":"I8","shape":[1],"data_offsets":[3,4]},"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}}
                    """, data: [0, 0, 0, 0])
            ) { .hole(path: $0, tensor: "b", expected: 2, found: 3) },
            BrokenFile(
                "overlap",
                safetensors(
                    """
                    {"a":{"dtype":"I8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"I8","shape":[2],"data_offsets":[2,4]}}
                    """, data: [0, 0, 0, 0])
            ) { .overlap(path: $0, tensor: "b", expected: 3, found: 2) },
            BrokenFile(
                "data cut short",
                safetensors(
                    """
                    {"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}
                    """, data: [0, 0, 0, 0])
            ) { .wrongFileSize(path: $0, expected: 70, found: 66) },
            BrokenFile("bytes appended", safetensors("{}", data: [0])) {
                .wrongFileSize(path: $0, expected: 10, found: 11)
            },
            BrokenFile(
                "duplicate tensor",
                safetensors(
                    """
                    {"t":{"dtype":"I8","shape":[1],"data_offsets":[0,1]},"t":{"dtype":"I8","shape":[1],"data_offsets":[1,2]}}
                    """, data: [0, 0])
            ) { .badJSON(path: $0, reason: .duplicateKey(offset: 53, key: "t")) },
            BrokenFile("not UTF-8", lengthPrefix(7) + [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]) {
                .badJSON(path: $0, reason: .invalidUTF8(offset: 1))
            },
            BrokenFile("header cut in the middle", safetensors("{\"t\":")) {
                .badJSON(path: $0, reason: .unexpectedEnd(offset: 5, expected: "a value"))
            },
            BrokenFile("nested too deep", safetensors("{\"t\":" + String(repeating: "[", count: 10_000))) {
                .badJSON(path: $0, reason: .tooDeep(offset: 68, limit: 64))
            },
        ]
}

@Suite struct SafetensorsFiles {
    private let folder = TemporaryDirectory()

    private func open(_ content: [UInt8]) throws -> SafetensorsFile {
        let path = folder.file("test.safetensors")
        writeFile(path, content)
        return try SafetensorsFile(path: path)
    }

    @Test(arguments: BrokenFile.all)
    func thatBreakARuleAreRefused(_ broken: BrokenFile) {
        #expect(throws: broken.expected(folder.file("test.safetensors"))) { try open(broken.content) }
        #expect(saysWhatToDo("\(broken.expected("test.safetensors"))"))
    }

    @Test func areReadRectangleByRectangle() throws {
        let values = (0..<12).map { Float($0) + 0.5 }
        let header =
            "{\"__metadata__\":{\"format\":\"pt\"},\"w\":{\"dtype\":\"F32\",\"shape\":[3,4],\"data_offsets\":[0,48]}}   "
        let file = try open(safetensors(header, data: bytes(values)))
        let tensor = try #require(file.tensors.first)
        #expect(tensor.name == "w" && tensor.shape == [3, 4] && tensor.type == .float32)

        var output = [Float](repeating: -1, count: 5)
        var span = output.mutableSpan
        file.read(tensor, rows: 1..<3, columns: 2..<4, into: &span)
        #expect(output == [6.5, 7.5, 10.5, 11.5, -1])
        file.release(tensor, rows: 0..<3)
        var again = output.mutableSpan
        file.read(tensor, rows: 0..<1, columns: 0..<4, into: &again)
        #expect(output == [0.5, 1.5, 2.5, 3.5, -1])
    }

    @Test func holdScalarsAndEmptyTensors() throws {
        let file = try open(
            safetensors(
                """
                {"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"e":{"dtype":"F32","shape":[0,7],"data_offsets":[4,4]}}
                """, data: bytes([2.5])))
        #expect(file.tensors.map(\.name) == ["s", "e"])
        #expect(file.tensors.map(\.rowCount) == [1, 0] && file.tensors.map(\.columnCount) == [1, 7])
        var output: [Float] = [0]
        var span = output.mutableSpan
        file.read(file.tensors[0], rows: 0..<1, columns: 0..<1, into: &span)
        #expect(output == [2.5])
    }

    @Test func withEveryByteFlippedOrCutOffAreReadOrRefused() throws {
        let whole = safetensors(
            "{\"w\":{\"dtype\":\"F16\",\"shape\":[2,2],\"data_offsets\":[0,8]}}", data: bytes([1, 2, 3, 4] as [UInt16]))
        #expect(try open(whole).tensors.count == 1)
        for count in 0..<whole.count {
            #expect(throws: CheckpointError.self) { try open(Array(whole[..<count])) }
        }
        for position in whole.indices {
            for flip in [UInt8(0x01), 0x20, 0x80, 0xFF] {
                var changed = whole
                changed[position] ^= flip
                do {
                    let file = try open(changed)
                    #expect(file.tensors.reduce(0) { $0 + $1.bytes.count } == 8)
                } catch {
                    #expect(error is CheckpointError)
                }
            }
        }
    }

    @Test func thatAreNotThereOrNotFilesAreRefused() {
        #expect(throws: CheckpointError.cannotOpen(path: "/nonexistent", reason: "No such file or directory")) {
            try SafetensorsFile(path: "/nonexistent")
        }
        #expect(throws: CheckpointError.notAFile(path: folder.path)) { try SafetensorsFile(path: folder.path) }
    }

    @Test func everyErrorIsASentenceWithoutControlCharacters() {
        for broken in BrokenFile.all {
            let text = broken.expected("a\u{1B}[2Jb").description
            #expect(text.contains("a\\u{1b}[2Jb") && text.count > 20 && !text.contains("\u{1B}"), "\(broken.rule)")
        }
    }
}
