import TestSupport
import Testing

@testable import ModelFile

@Suite struct Repacking {
    private let folder = TemporaryDirectory()

    /// Matrices with blocks, steps, escapes, odd chunks and every type, and a plain array that is compressed.
    private func samples(_ storage: Storage) -> [any Sample] {
        [
            Int8Matrix("a", rows: 40, columns: 130, storage: storage, rowsPerChunk: 16, hasSteps: true, escapes: 5),
            Int8Matrix("b", rows: 17, columns: 257, blockLength: 64, storage: storage, seed: 3),
            Int8Matrix("c", rows: 33, columns: 129, blockLength: 128, storage: storage, rowsPerChunk: 32, escapes: 1),
            Int8Matrix(
                "d", rows: 40, columns: 96, storage: storage, rowsPerChunk: 16, hasSteps: true, escapes: 3, bits: 4),
            Int8Matrix("e", rows: 65, columns: 32, storage: storage, rowsPerChunk: 32, bits: 5),
            Int8Matrix("g", rows: 16, columns: 64, blockLength: 64, storage: storage, bits: 6, seed: 7),
            FloatMatrix("h", .float16, .panels, storage, rows: 50, columns: 3, rowsPerChunk: 48),
            FloatMatrix("f", .float32, .panels, storage, rows: 2, columns: 3),
            FloatMatrix("p", .float16, .plain, .raw, rows: 20, columns: 30, rowsPerChunk: 7),
            FloatMatrix("q", .float32, .plain, .zstd, rows: 20, columns: 30, rowsPerChunk: 9),
        ]
    }

    private func written(_ storage: MatrixStorage) throws -> String {
        let path = folder.file("\(storage).q8z")
        guard storage == .packed else {
            try writeSamples(samples(storage.storage), to: path)
            return path
        }
        try writeSamples(samples(.raw), to: path)
        #expect(try ModelFile(path: path, access: .read).repack(to: path, storage: .packed))
        return path
    }

    private func repacked(_ path: String, _ storage: MatrixStorage, access: ModelFile.Access = .mapped) throws -> String
    {
        let output = path + ".\(storage)"
        #expect(try ModelFile(path: path, access: access).repack(to: output, storage: storage))
        return output
    }

    @Test(arguments: MatrixStorage.allCases, MatrixStorage.allCases)
    func givesTheBytesThatAWriterWouldHaveWritten(_ first: MatrixStorage, _ second: MatrixStorage) throws {
        let (a, b) = (try written(first), try written(second))
        #expect(readFile(try repacked(a, second)) == readFile(b))
        #expect(readFile(try repacked(a, second, access: .read)) == readFile(b))
        #expect(readFile(try repacked(repacked(a, second), first)) == readFile(a))
        #expect((readFile(a) == readFile(b)) == (first == second))
    }

    @Test func keepsHeaderWeightsAndWhatMustStayAsItIs() throws {
        let (raw, packed) = (try ModelFile(path: written(.raw)), try ModelFile(path: repacked(written(.raw), .zstd)))
        try packed.verifyAll()
        #expect(packed.header.packing.mapValues(\.bits) == ["d": 4, "e": 5, "g": 6])
        var header = packed.header
        header.packing = [:]
        #expect(header == raw.header)
        for sample in samples(.raw) {
            let array = try #require(packed.array(named: sample.name))
            #expect(try packed.weights(of: array).map(\.bitPattern) == sample.weights.map(\.bitPattern))
        }
        for (before, after) in zip(raw.arrays, packed.arrays) {
            #expect(after.storage == (before.layout == .panels ? .zstd : before.storage))
            #expect(after.rowsPerChunk == before.rowsPerChunk)
        }
        #expect(packed.arrays.map(\.name) == raw.arrays.map(\.name))
    }

    @Test func packsWhatFitsAndKeepsTheWeights() throws {
        let packed = try ModelFile(path: written(.packed))
        try packed.verifyAll()
        let bits = packed.arrays.filter { $0.elementType == .int8 }.map { $0.layout.packedBits ?? 8 }
        #expect(bits == [8, 8, 8, 4, 5, 6])
        for sample in samples(.raw) {
            let array = try #require(packed.array(named: sample.name))
            #expect(try packed.weights(of: array).map(\.bitPattern) == sample.weights.map(\.bitPattern))
        }
        #expect(readFile(try written(.packed)).count < readFile(try written(.raw)).count)
    }

    @Test func goldenFilesComeBack() throws {
        for name in ["1.0-every-feature.q8z", "1.0-one-matrix.q8z"] {
            let file = try ModelFile(path: golden("format/\(name)"))
            let output = folder.file(name)
            for storage in MatrixStorage.allCases {
                #expect(try file.repack(to: output, storage: storage))
                let copy = try ModelFile(path: output)
                try copy.verifyAll()
                for array in file.arrays where array.elementType == .int8 {
                    let twin = try #require(copy.array(named: array.name))
                    #expect(try copy.weights(of: twin) == file.weights(of: array))
                }
            }
        }
    }

    @Test func stopsWhenToldToAndLeavesNothing() throws {
        let path = try written(.raw)
        let file = try ModelFile(path: path)
        let output = folder.file("out")
        var calls: [Int] = []
        let isWritten = try file.repack(to: output, storage: .zstd) { done, total in
            calls.append(done)
            return total == file.chunks.count
        }
        #expect(isWritten)
        #expect(calls == Array(0...file.chunks.count))
        let whole = readFile(output)
        for limit in calls {
            let isWritten = try file.repack(to: output, storage: .raw) { done, _ in done < limit }
            #expect(!isWritten)
            #expect(folder.contents == ["out", "raw.q8z"])
            #expect(readFile(output) == whole)
        }
    }

    @Test func aConflictIsAnInputOrWhatIsNoFile() throws {
        let path = try written(.raw)
        let identity = try FileIdentity(path: path)
        #expect(OutputConflict(writing: path, reading: [identity]) == .isInput)
        #expect(OutputConflict(writing: path, reading: []) == nil)
        #expect(OutputConflict(writing: folder.file("absent"), reading: [identity]) == nil)
        #expect(OutputConflict(writing: folder.path, reading: [identity]) == .isNotAFile)
        #expect(OutputConflict(writing: "/dev/null", reading: []) == .isNotAFile)
    }
}
