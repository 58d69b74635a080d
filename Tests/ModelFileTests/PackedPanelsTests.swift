import StrictJSON
import TestSupport
import Testing

@testable import ModelFile

/// Rules 31 and 36 to 39, for packed panels.
@Suite struct PackedPanelsTests {
    private let folder = TemporaryDirectory()

    /// A matrix [17 × 32] of zeros in 4 bits, with this list of outliers and, in the padding, this byte.
    private func write(_ words: [UInt32]?, columns: Int = 32, padding: UInt8 = 0x88) throws -> ModelFile {
        let path = folder.file("a.q8z")
        var writer = try ModelFileWriter(path: path)
        try writer.beginArray("w", type: .int8, layout: .packed4, storage: .raw, rows: 17, columns: columns)
        var bytes = [UInt8](repeating: 0x88, count: 512)
        bytes[511] = padding
        try writer.append(bytes)
        try writer.endArray()
        try writer.write("w.scales", floats: [Float](repeating: 1, count: 32), rows: 2, columns: 16)
        if let words { try writer.write("w.outliers", words: words, rows: words.count, columns: 1) }
        try writer.finish(header: Header(config: [:]))
        return try ModelFile(path: path)
    }

    @Test func aListThatKeepsTheRulesIsRead() throws {
        let file = try write([0, 1, 2, 4 << 8 | 0x78, 0 << 8 | 0x88])
        try file.verifyAll()
        let array = try #require(file.array(named: "w"))
        let weights = try file.weights(of: array)
        #expect(weights.enumerated().filter { $0.element != 0 }.map(\.offset) == [1 * 32, 16 * 32])
        #expect((weights[32], weights[16 * 32]) == (120, -120))
        #expect(file.header.packing.isEmpty)
        #expect(array.decodedByteCount == 512 && array.panelByteCount == 256)
    }

    @Test(
        arguments: [
            [1, 1, 1], [0, 1, 0, 0x01], [0, 2, 1, 0x01], [0, 0, 1], [0, 1, 1, 0x00], [0, 1, 1, 0x79], [0, 1, 1, 0x80],
            [0, 2, 2, 0x101, 0x101], [0, 2, 2, 0x201, 0x101], [0, 1, 1, 512 << 8 | 1], [0, 0, 1, 4 << 8 | 1],
        ] as [[UInt32]])
    func aListThatBreaksOneIsRefused(_ words: [UInt32]) throws {
        let file = try write(words)
        #expect(throws: ModelFileError.self) { try file.companions(of: try #require(file.array(named: "w"))) }
        #expect(throws: ModelFileError.self) { try file.verifyAll() }
    }

    @Test func shapesAndCompanionsAreChecked() throws {
        #expect(throws: ModelFileError.missingOutliers(array: "w")) { try write(nil) }
        #expect(throws: ModelFileError.notPackable(array: "w", columns: 33)) { try write(nil, columns: 33) }
        #expect(throws: ModelFileError.tooManyOutliers(array: "w", count: 17, limit: 16)) {
            try write([0, 17, 17] + (0..<17).map { $0 << 8 | 1 })
        }
        #expect(throws: ModelFileError.tooManyOutliers(array: "w", count: -1, limit: 16)) { try write([0, 0]) }
        #expect(throws: ModelFileError.panelPaddingNotZero(array: "w", chunk: 0)) {
            try write([0, 0, 0], padding: 0x98).verifyAll()
        }
    }

    @Test func theIndependentReaderFindsTheSameNumbers() throws {
        let samples: [any Sample] = (4...6).map { bits in
            Int8Matrix("w\(bits)", rows: 33, columns: 96, rowsPerChunk: 16, escapes: 3, bits: bits, seed: UInt64(bits))
        }
        let (raw, packed) = (folder.file("raw.q8z"), folder.file("packed.q8z"))
        try writeSamples(samples, to: raw)
        #expect(try ModelFile(path: raw).repack(to: packed, storage: .packed))
        #expect(try ModelFile(path: packed).arrays.compactMap(\.layout.packedBits) == [4, 5, 6])
        guard let found = independentReading(of: packed) else { return }
        #expect(found == (try digests(of: packed)))
    }
}
