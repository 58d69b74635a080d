@testable import GPT2
import Kernels
import StrictJSON
import TestSupport
import Testing

@testable import ModelFile

/// Symbols in 4, 5 and 6 bits give the bits that they give as int8: made so at load, stored so, mapped, read and streamed.
@Suite struct PackedTests {
    private let folder = TemporaryDirectory()
    private static let tokens = (0..<70).map { $0 * 7 % 61 }

    /// Shapes whose matrices can be packed; what a matrix's symbols fit in goes round. The last panel of one is partly padding.
    struct Shape: Sendable, CustomTestStringConvertible {
        let size, inner, heads, layers, vocabulary, blockLength: Int
        let isTied: Bool
        var testDescription: String { "\(size)" }

        static let all = [
            Shape(size: 32, inner: 128, heads: 4, layers: 2, vocabulary: 61, blockLength: 0, isTied: true),
            Shape(size: 64, inner: 96, heads: 1, layers: 2, vocabulary: 200, blockLength: 64, isTied: false),
            Shape(size: 96, inner: 544, heads: 3, layers: 1, vocabulary: 333, blockLength: 0, isTied: true),
        ]
    }

    /// A random model, stored as zstd.
    private func model(_ shape: Shape) throws -> String {
        let path = folder.file("model.q8z")
        var random = SeededGenerator(seed: UInt64(shape.size))
        let config: JSONObject = [
            "n_embd": .integer(Int64(shape.size)), "n_inner": .integer(Int64(shape.inner)),
            "n_head": .integer(Int64(shape.heads)), "n_layer": .integer(Int64(shape.layers)), "n_positions": 128,
            "vocab_size": .integer(Int64(shape.vocabulary)), "tie_word_embeddings": .bool(shape.isTied),
        ]
        func floats(_ count: Int, _ range: ClosedRange<Float>) -> [Float] {
            (0..<count).map { _ in Float.random(in: range, using: &random) }
        }
        var writer = try ModelFileWriter(path: path)
        var matrixCount = 0
        for (index, array) in try Configuration(json: .object(config)).arrays.enumerated() {
            guard array.role == .matrix else {
                let values = floats(array.rows * array.columns, -0.5...0.5)
                try writer.write(array.name, floats: values, rows: array.rows, columns: array.columns)
                continue
            }
            let half = 1 << (3 + matrixCount % 3)
            matrixCount += 1
            let panels = (array.rows + 15) / 16
            try writer.beginArray(
                array.name, type: .int8, layout: .panels, storage: .zstd, rows: array.rows, columns: array.columns,
                blockLength: shape.blockLength, rowsPerChunk: min(32, panels * 16))
            for place in 0..<panels * 16 * array.columns {
                let row = place / (16 * array.columns) * 16 + place / 4 % 16
                let isOutlier = place % 317 == 11
                let symbol = Int8.random(in: isOutlier ? -128...127 : Int8(-half)...Int8(half - 1), using: &random)
                try writer.append([row < array.rows ? UInt8(bitPattern: symbol) : 0])
            }
            try writer.endArray()
            let blocks = shape.blockLength == 0 ? 1 : (array.columns + shape.blockLength - 1) / shape.blockLength
            let scales = floats(panels * blocks * 16, 0.01...0.5 / Float(half))
            try writer.write(array.name + ".scales", floats: scales, rows: panels * blocks, columns: 16)
            if index % 2 == 0 {
                let steps = floats(array.columns, 0.5...1)
                try writer.write(array.name + ".steps", floats: steps, rows: 1, columns: array.columns)
            }
            let escape = Escape(row: array.rows - 1, column: array.columns - 1, remainder: 300)
            try writer.write(array.name + ".escapes", words: escape.words, rows: 1, columns: 2)
        }
        try writer.finish(header: Header(config: config))
        return path
    }

    private func stored(_ path: String, _ storage: MatrixStorage) throws -> String {
        let output = path + ".\(storage)"
        #expect(try ModelFile(path: path).repack(to: output, storage: storage))
        return output
    }

    private func logits(
        _ path: String, _ activations: Options.Activations = .int16, _ residence: Options.Residence = .packed,
        kernels: String? = nil, threads: Int = 1, parts: [Int] = [], mapsFile: Bool = true
    ) throws -> [UInt32] {
        var options = Options(
            activations: activations, kernels: kernels, pool: WorkerPool(threadCount: threads), mapsFile: mapsFile)
        options.residence = residence
        return try GPT2(contentsOf: path, options: options).allLogits(Self.tokens, parts: parts).map(\.bitPattern)
    }

    @Test(arguments: Shape.all, Options.Activations.allCases)
    func everyRowThreadCountAndSplitAgreesWithInt8(_ shape: Shape, _ activations: Options.Activations) throws {
        let zstd = try model(shape)
        let (raw, packed) = (try stored(zstd, .raw), try stored(zstd, .packed))
        let expected = try logits(raw, activations, kernels: "portable")
        #expect(Set(expected).count > 60, "logits must differ from each other")
        #expect(try logits(zstd, activations, .int8) == expected)
        #expect(try logits(packed, activations, mapsFile: false) == expected)
        for row in KernelSet.runnable {
            for path in [zstd, packed] {
                #expect(try logits(path, activations, kernels: row.name) == expected, "\(row.name)")
            }
        }
        for threads in 2...4 { #expect(try logits(zstd, activations, threads: threads) == expected, "\(threads)") }
        for parts in [[Int](repeating: 1, count: 70), [2, 3, 4, 5, 6, 7, 8], [69], [1, 64]] {
            for path in [zstd, packed] { #expect(try logits(path, activations, parts: parts) == expected, "\(parts)") }
        }
    }

    @Test func packsWhereTheFileSaysSo() throws {
        let zstd = try model(Shape.all[0])
        let (packed, whole) = (try ModelFile(path: zstd).header.packing, try ModelFile(path: stored(zstd, .packed)))
        #expect(Set(packed.values.map(\.bits)) == [4, 5, 6])
        for array in whole.arrays where array.elementType == .int8 {
            #expect(array.layout.packedBits == packed[array.name]?.bits)
        }
        func plan(_ path: String, _ residence: Options.Residence) throws -> MemoryPlan {
            var options = Options(pool: WorkerPool(threadCount: 1), mapsFile: false)
            options.residence = residence
            return try GPT2(contentsOf: path, options: options).plan
        }
        let (narrow, wide) = (try plan(zstd, .packed), try plan(zstd, .int8))
        #expect(narrow.mode == "resident, packed" && wide.mode == "resident")
        #expect(narrow.keptByteCount < wide.keptByteCount * 3 / 4)
        #expect(try readFile(stored(zstd, .packed)).count < readFile(stored(zstd, .raw)).count)
    }

    @Test(arguments: Shape.all) func streamedInPartAgrees(_ shape: Shape) throws {
        let zstd = try model(shape)
        let expected = try logits(zstd, .int16, .int8)
        for path in [zstd, try stored(zstd, .packed)] {
            func open(_ limit: Int?) throws -> GPT2 {
                let options = Options(pool: WorkerPool(threadCount: 2), memoryLimit: limit)
                return try GPT2(contentsOf: path, options: options, program: 0)
            }
            var least = 0
            do { _ = try open(1) } catch GPT2Error.tooLittleMemory(let needed, _, _, _, _) { least = needed }
            let most = try open(nil).plan.byteCount
            for step in 0...5 {
                let model = try open(least + (most - least) * step / 5)
                #expect(model.plan.byteCount <= model.plan.limit)
                #expect(try model.allLogits(Self.tokens).map(\.bitPattern) == expected, "\(model.plan.mode)")
            }
        }
    }

    @Test func aHeaderThatPromisesTooFewOutliersIsRefused() throws {
        let path = try model(Shape.all[0])
        let bytes = readFile(path)
        let file = try ModelFile(path: path)
        let (name, packing) = try #require(file.header.packing.first { $0.value.outlierCount % 10 > 0 })
        var header = file.header
        header.packing[name] = Packing(bits: packing.bits, outlierCount: packing.outlierCount - 1)
        let damaged = folder.file("damaged.q8z")
        writeFile(damaged, resealed(bytes, header: header.encoded(arrays: file.arrays)))
        #expect(
            throws: GPT2Error.file(
                .wrongPacking(array: name, stated: packing.outlierCount - 1, found: packing.outlierCount))
        ) { try logits(damaged) }
        #expect(try logits(damaged, .int16, .int8) == logits(path))
    }

    /// A file with another header of the same length.
    private func resealed(_ file: [UInt8], header: [UInt8]) -> [UInt8] {
        let start = unsafe Int(file.span.bytes.uint64(at: 16))
        var bytes = file
        bytes.replaceSubrange(start..<start + header.count, with: header)
        let checksum = Prologue.checksum(prologue: Array(bytes[..<64]), tables: Array(bytes[start...]))
        bytes.replaceSubrange(56..<64, with: (0..<8).map { UInt8(truncatingIfNeeded: checksum >> ($0 * 8)) })
        return bytes
    }
}
