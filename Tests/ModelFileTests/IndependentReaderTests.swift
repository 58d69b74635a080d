import StrictJSON
import TestSupport
import Testing

@testable import ModelFile

/// `Tests/read_q8z.py`, which shares no line with this module, must find the same numbers.
@Suite struct IndependentReader {
    @Test func findsTheSameNumbersInEveryFeature() throws {
        let folder = TemporaryDirectory()
        let path = folder.file("every.q8z")
        var samples: [any Sample] = tinySamples
        for (index, blockLength) in [0, 64, 128, 256].enumerated() {
            let storage = index % 2 == 0 ? Storage.zstd : .raw
            samples.append(
                Int8Matrix(
                    "w\(index)", rows: 33, columns: 130 + index, blockLength: blockLength, storage: storage,
                    rowsPerChunk: 16, hasSteps: index > 1, escapes: index * 2, seed: UInt64(index)))
        }
        for (index, type) in [ElementType.float16, .float32].enumerated() {
            samples.append(
                FloatMatrix("x\(index)", type, .panels, .zstd, rows: 50, columns: 7, rowsPerChunk: 32))
            samples.append(FloatMatrix("y\(index)", type, .plain, .zstd, rows: 50, columns: 7, rowsPerChunk: 9))
        }
        try writeSamples(samples, to: path)
        guard let found = independentReading(of: path) else { return }
        #expect(found == (try digests(of: path)))
        #expect(
            found.count == samples.count + 2
                + samples.compactMap { $0 as? Int8Matrix }.reduce(0) { count, matrix in
                    count + 1 + (matrix.steps == nil ? 0 : 1) + (matrix.escapes.isEmpty ? 0 : 1)
                })
    }

    @Test func noticesDamageToo() throws {
        let folder = TemporaryDirectory()
        var bytes = try tinyFile()
        bytes[64] ^= 1
        writeFile(folder.file("a.q8z"), bytes)
        guard let found = independentReading(of: folder.file("a.q8z")) else { return }
        #expect(found == ["m: chunk 0 is damaged"])
    }
}

/// What the independent reader prints, line by line, or its last complaint; nil, said loudly, without Python.
func independentReading(of path: String) -> [String]? {
    let folder = TemporaryDirectory()
    let output = folder.file("output")
    let command = "python3 '\(packageRoot)/Tests/read_q8z.py' '\(path)' > '\(output)' 2> '\(output).errors'"
    let status = run(command)
    if status == 127 << 8 {
        say("SKIPPED: python3 is not installed; the independent reader was not run")
        return nil
    }
    if status == 0 { return lines(of: readFile(output)) }
    let complaint = lines(of: readFile(output + ".errors")).last ?? "no output"
    return [complaint.split(separator: "AssertionError: ").last.map(String.init) ?? complaint]
}

func lines(of bytes: [UInt8]) -> [String] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
}

/// For each array what the independent reader prints: name, type, rows, columns, XXH64 of its numbers.
func digests(of path: String) throws -> [String] {
    let file = try ModelFile(path: path)
    return try file.arrays.map { array in
        let bytes =
            switch array.elementType {
            case .uint8: try file.bytes(of: array)
            case .uint32: try file.words(of: array).flatMap { littleEndian($0) }
            case .int8, .float16, .float32: try file.weights(of: array).flatMap { littleEndian($0.bitPattern) }
            }
        let digest = unsafe String(xxh64(bytes.span.bytes), radix: 16)
        let padded = String(repeating: "0", count: 16 - digest.count) + digest
        return "\(array.name) \(array.elementType) \(array.rows) \(array.columns) \(padded)"
    }
}
