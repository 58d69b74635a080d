import StrictJSON
import TestSupport
import Testing

@testable import ModelFile

@Suite struct RoundTrip {
    static let shapes = [(1, 1), (17, 5), (16, 4), (33, 130), (15, 64), (48, 257), (2, 1000)]

    static let samples: [any Sample] = shapes.flatMap { rows, columns -> [any Sample] in
        var samples: [any Sample] = []
        for storage in Storage.allCases {
            for blockLength in [0, 64, 128, 256] {
                samples.append(
                    Int8Matrix(
                        rows: rows, columns: columns, blockLength: blockLength, storage: storage, rowsPerChunk: 16,
                        hasSteps: blockLength == 64, escapes: min(blockLength / 16, rows * columns)))
            }
            for layout in [Layout.plain, .panels] {
                for type in [ElementType.float16, .float32] {
                    samples.append(FloatMatrix("w", type, layout, storage, rows: rows, columns: columns))
                }
            }
        }
        return samples
    }

    @Test(arguments: samples.indices)
    func weightsComeBackBitForBit(_ index: Int) throws {
        let sample = Self.samples[index]
        let folder = TemporaryDirectory()
        try writeSamples([sample], to: folder.file("a.q8z"))
        for access in [ModelFile.Access.mapped, .read] {
            let file = try ModelFile(path: folder.file("a.q8z"), access: access)
            let weights = try file.weights(of: try #require(file.array(named: sample.name)))
            #expect(weights.map(\.bitPattern) == sample.weights.map(\.bitPattern))
            try file.verifyAll()
        }
    }

    @Test func companionsComeBack() throws {
        let folder = TemporaryDirectory()
        let matrix = Int8Matrix(rows: 40, columns: 130, blockLength: 64, hasSteps: true, escapes: 5)
        try writeSamples([matrix], to: folder.file("a.q8z"))
        let file = try ModelFile(path: folder.file("a.q8z"))
        let companions = try file.companions(of: try #require(file.array(named: "m")))
        #expect(try file.floats(of: companions.scales) == matrix.scales)
        #expect(companions.steps == matrix.steps)
        #expect(companions.escapes == matrix.escapes)
        #expect(companions.escapes.count == 5)
    }

    @Test func headerAndSmallArraysComeBack() throws {
        let folder = TemporaryDirectory()
        try writeSamples(tinySamples, to: folder.file("a.q8z"))
        let file = try ModelFile(path: folder.file("a.q8z"))
        #expect(file.header == .sample)
        #expect(try file.bytes(of: try #require(file.array(named: "t.bytes"))) == Array("vencejo".utf8))
        #expect(try file.words(of: try #require(file.array(named: "t.words"))) == [0, 1, 2, 3, 4, .max])
        #expect(file.identity == (try FileIdentity(path: folder.file("a.q8z"))))
        #expect(file.byteCount == readFile(folder.file("a.q8z")).count)
        #expect(file.arrays.map(\.index) == Array(file.arrays.indices))
    }

    @Test func aRawArrayLiesContiguousAndAlignedInPlace() throws {
        let folder = TemporaryDirectory()
        let matrix = Int8Matrix(rows: 40, columns: 130, rowsPerChunk: 16)
        try writeSamples([matrix], to: folder.file("a.q8z"))
        for access in [ModelFile.Access.mapped, .read] {
            let file = try ModelFile(path: folder.file("a.q8z"), access: access)
            let array = try #require(file.array(named: "m"))
            #expect(array.chunks.count == 3)
            let bytes = try unsafe file.rawBytes(of: array)
            #expect(Int(bitPattern: bytes.baseAddress) % 64 == 0)
            #expect(
                unsafe Array(bytes)
                    == packed(
                        matrix.symbols.map { [UInt8(bitPattern: Int8(clamping: $0))] }, rows: 40, columns: 130))
            #expect(file.storedByteCount(of: array) == array.decodedByteCount)
        }
    }

    @Test func geometryAddsUp() throws {
        let folder = TemporaryDirectory()
        try writeSamples([Int8Matrix(rows: 40, columns: 130, rowsPerChunk: 16)], to: folder.file("a.q8z"))
        let file = try ModelFile(path: folder.file("a.q8z"))
        let array = try #require(file.array(named: "m"))
        #expect((array.panelCount, array.paddedRows, array.paddedColumns, array.panelByteCount) == (3, 48, 132, 2112))
        #expect(array.chunks.map { array.rows(inChunk: $0) } == [0..<16, 16..<32, 32..<40])
        #expect(array.chunks.map { array.decodedByteCount(ofChunk: $0) }.reduce(0, +) == array.decodedByteCount)
        for row in 0..<40 { #expect(array.rows(inChunk: array.chunk(containingRow: row)).contains(row)) }
    }

    @Test(arguments: [(50257, 768, 336), (3072, 768, 336), (768, 3072, 80), (16, 65536, 16), (100, 10000, 16)])
    func aWriterPicksChunksOfUpTo256KiB(rows: Int, columns: Int, rowsPerChunk: Int) throws {
        let array = try ArrayDescription(
            index: 0, name: "w", elementType: .int8, layout: .panels, storage: .zstd, blockLength: 0, rows: rows,
            columns: columns, firstChunk: 0, rowsPerChunk: nil)
        #expect(array.rowsPerChunk == rowsPerChunk)
        #expect(array.chunks.count == (rows + rowsPerChunk - 1) / rowsPerChunk)
    }

    @Test func theSameCallsMakeTheSameBytes() throws {
        #expect(try tinyFile() == tinyFile())
    }

    @Test func askingForTheWrongThingThrows() throws {
        let folder = TemporaryDirectory()
        try writeSamples(tinySamples, to: folder.file("a.q8z"))
        let file = try ModelFile(path: folder.file("a.q8z"))
        let (m, z) = (try #require(file.array(named: "m")), try #require(file.array(named: "z")))
        #expect(try file.require("m", types: [.int8], layout: .panels, rows: 17, columns: nil) == m)
        #expect(throws: ModelFileError.missingArray(name: "nowhere")) {
            try file.require("nowhere", types: [.int8], layout: .panels, rows: nil, columns: nil)
        }
        #expect(
            throws: ModelFileError.unexpectedArray(
                name: "m", found: "int8, panels, [17 × 5]", expected: "float16 or float32, panels, [17 × any]")
        ) { try file.require("m", types: [.float16, .float32], layout: .panels, rows: 17, columns: nil) }
        #expect(throws: ModelFileError.notRaw(array: "z")) { _ = try unsafe file.rawBytes(of: z) }
        #expect(throws: ModelFileError.self) { try file.floats(of: m) }
        #expect(throws: ModelFileError.self) { try file.words(of: m) }
        #expect(throws: ModelFileError.self) { try file.bytes(of: m) }
        #expect(throws: ModelFileError.self) { try file.companions(of: try #require(file.array(named: "b"))) }
    }
}
