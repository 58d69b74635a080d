import TestSupport
import Testing

@testable import Checkpoints

@Suite struct TensorFlowCheckpoints {
    private let folder = TemporaryDirectory()
    private var path: String { folder.file("model.ckpt.index") }
    private let index = readFile(golden("formats/tensorflow/model.ckpt.index"))
    private let data = readFile(golden("formats/tensorflow/model.ckpt.data-00000-of-00001"))

    private func refusal(_ index: [UInt8], data: [UInt8]?) -> TensorFlowError? {
        writeFile(path, index)
        writeFile(folder.file("hparams.json"), Array("{}".utf8))
        if let data { writeFile(folder.file("model.ckpt.data-00000-of-00001"), data) }
        do { _ = try TensorFlowModel(indexPath: path) } catch {
            guard case .tensorFlow(path, let reason) = error else { return nil }
            return reason
        }
        return nil
    }

    /// An index of one block that holds these records, its checksums true.
    private func table(_ records: [(String, [UInt8])], compression: UInt8 = 0) -> [UInt8] {
        func block(_ records: [(String, [UInt8])]) -> [UInt8] {
            records.flatMap { [0, UInt8($0.0.utf8.count), UInt8($0.1.count)] + Array($0.0.utf8) + $0.1 }
                + word(UInt32(0)) + word(UInt32(1)) + [compression]
        }
        func sealed(_ block: [UInt8]) -> [UInt8] {
            block + word(TensorFlowIndex.masked(CyclicChecksum.castagnoli(block)))
        }
        func varint(_ value: Int) -> [UInt8] {
            value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128), UInt8(value >> 7)]
        }
        let first = sealed(block(records))
        let second = sealed(block([("z", varint(0) + varint(first.count - 5))]))
        let footer = [0, 0] + varint(first.count) + varint(second.count - 5)
        return first + second + footer + [UInt8](repeating: 0, count: 40 - footer.count) + TensorFlowIndex.magic
    }

    private static let header: (String, [UInt8]) = ("", [8, 1])

    /// An entry of float32 numbers: type 1, one size, at the data's beginning.
    private func entry(count: UInt8, byteCount: UInt8, type: UInt8 = 1, more: [UInt8] = []) -> [UInt8] {
        [8, type, 0x12, 4, 0x12, 2, 8, count, 0x28, byteCount] + more
    }

    @Test func areReadWithALeadingOneLeftOut() throws {
        let model = try openModel(path: golden("formats/tensorflow"))
        #expect(model is TensorFlowModel && model.weights.tensors.count == 28)
        #expect(model.weights.tensors.first { $0.name == "model/h0/attn/c_attn/w" }?.shape == [18, 54])
        #expect(
            model.paths.map { $0.split(separator: "/").last } == [
                "model.ckpt.index", "model.ckpt.data-00000-of-00001", "hparams.json",
            ])
    }

    @Test func thatBreakARuleAreRefused() {
        let four = ZipImage.four
        let masked = TensorFlowIndex.masked(CyclicChecksum.castagnoli(four))
        let honest = table([Self.header, ("a", entry(count: 4, byteCount: 16, more: [0x35] + word(masked)))])
        #expect(refusal(honest, data: four) == nil)
        let bad: [([UInt8], TensorFlowError)] = [
            (table([Self.header], compression: 1), .compressed),
            (table([]), .noHeader),
            (table([("", [8, 0])]), .noHeader),
            (table([("", [8, 0x80, 0x80, 1])]), .noHeader),
            (table([("", [8, 1, 16, 1])]), .bigEndian),
            (table([Self.header, ("b", entry(count: 0, byteCount: 0)), ("a", [])]), .order),
            (table([Self.header, ("a", entry(count: 0, byteCount: 0)), ("a", [])]), .order),
            (table([Self.header, ("a", [8])]), .badEntry(tensor: "a")),
            (table([Self.header, ("a", entry(count: 4, byteCount: 16, more: [0x18, 1]))]), .badEntry(tensor: "a")),
            (table([Self.header, ("a", entry(count: 4, byteCount: 16, type: 7))]), .unknownType(tensor: "a", type: 7)),
            (table([Self.header, ("a", entry(count: 4, byteCount: 16, more: [0x3A, 0]))]), .slices(tensor: "a")),
            (
                table([Self.header, ("a", entry(count: 4, byteCount: 12))]),
                .wrongByteCount(tensor: "a", expected: 16, found: 12)
            ),
            (
                table([
                    Self.header, ("a", entry(count: 4, byteCount: 16, more: [0x35] + word(masked))),
                    ("b", entry(count: 4, byteCount: 16, more: [0x35] + word(masked))),
                ]), .overlap(tensor: "b")
            ),
            (
                table([Self.header, ("a", entry(count: 5, byteCount: 20))]),
                .outside(tensor: "a", file: "model.ckpt.data-00000-of-00001", end: 20, fileByteCount: 16)
            ),
            (
                table([Self.header, ("a", entry(count: 4, byteCount: 16, more: [0x35, 1, 2, 3, 4]))]),
                .wrongChecksum(tensor: "a")
            ),
            ([index[0] ^ 1] + index.dropFirst(), .wrongBlockChecksum(offset: 0)),
        ]
        for (index, expected) in bad {
            #expect(refusal(index, data: four) == expected)
            #expect(saysWhatToDo("\(CheckpointError.tensorFlow(path: "model.ckpt.index", expected))"))
        }
    }

    @Test func withoutTheirDataOrParametersAreRefused() {
        #expect(refusal(index, data: nil) == .missingData(name: "model.ckpt.data-00000-of-00001"))
        writeFile(path, index)
        writeFile(folder.file("model.ckpt.data-00000-of-00001"), data)
        let other = TemporaryDirectory()
        for name in ["model.ckpt.index", "model.ckpt.data-00000-of-00001"] {
            writeFile(other.file(name), readFile(golden("formats/tensorflow/\(name)")))
        }
        #expect(throws: CheckpointError.noConfiguration(path: other.file("hparams.json"))) {
            try openModel(path: other.path)
        }
    }

    @Test func withAnyBitFlippedOrCutAreRefused() throws {
        for offset in index.indices {
            var bytes = index
            bytes[offset] ^= 1 << (offset % 8)
            writeFile(path, bytes)
            // The empty block of metadata before the end, its handle, and the padding behind the handles mean nothing.
            guard let found = try? TensorFlowIndex(bytes) else { continue }
            #expect(found.entries.map(\.checksum) == (try TensorFlowIndex(index)).entries.map(\.checksum))
            #expect((857..<870).contains(offset) || offset >= index.count - 48)
        }
        for count in 0..<index.count {
            #expect(throws: TensorFlowError.self) { try TensorFlowIndex(Array(index[..<count])) }
        }
    }
}
