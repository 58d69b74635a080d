import Conversion
import GPT2
import Kernels
import ModelFile
import TestSupport
import Testing

/// Column steps and escapes, which the converter does not write yet: an int8 file is given some, and the weights that the
/// format says it then has are written as float32. Both files must compute the same, up to float32 rounding.
@Suite struct StepsAndEscapesTests {
    private let folder = TemporaryDirectory()
    private static let tokens = (0..<24).map { $0 * 5 % 61 }

    /// A model file with steps and escapes in every int8 matrix, and the float32 file of the same weights.
    private func files(_ blockLength: Int) throws -> (int8: String, float32: String) {
        let options = ConversionOptions(precision: .int8, storage: .raw, blockLength: blockLength)
        let converted = try Converted(golden("checkpoints/base"), options)
        let source = try ModelFile(path: converted.path)
        let (int8, float32) = (folder.file("int8.q8z"), folder.file("float32.q8z"))
        var random = SeededGenerator(seed: 7)

        var writer = try ModelFileWriter(path: int8)
        for array in source.arrays {
            let bytes = try unsafe [UInt8](source.rawBytes(of: array))
            try writer.beginArray(
                array.name, type: array.elementType, layout: array.layout, storage: .raw, rows: array.rows,
                columns: array.columns, blockLength: array.blockLength)
            try writer.append(bytes)
            try writer.endArray()
            guard array.elementType == .int8 else { continue }
            let steps = (0..<array.columns).map { _ in Float.random(in: 0.5...2, using: &random) }
            try writer.write(array.name + ".steps", floats: steps, rows: 1, columns: array.columns)
            // Sixteen places in ascending order, the last row and column among them.
            let count = array.rows * array.columns
            var places = Set([count - 1, 0])
            while places.count < 16 { places.insert(Int.random(in: 0..<count, using: &random)) }
            let escapes = places.sorted().map { place in
                Escape(
                    row: place / array.columns, column: place % array.columns,
                    remainder: Int16.random(in: 100...900, using: &random) * (Bool.random(using: &random) ? 1 : -1))
            }
            try writer.write(array.name + ".escapes", words: escapes.flatMap(\.words), rows: 16, columns: 2)
        }
        try writer.finish(header: source.header)
        try writeFloat32(int8, to: float32)
        return (int8, float32)
    }

    private func writeFloat32(_ path: String, to target: String) throws {
        let source = try ModelFile(path: path)
        var writer = try ModelFileWriter(path: target)
        for array in source.arrays where ![".scales", ".steps", ".escapes"].contains(where: array.name.hasSuffix) {
            let isMatrix = array.elementType == .int8
            try writer.beginArray(
                array.name, type: isMatrix ? .float32 : array.elementType, layout: array.layout, storage: .raw,
                rows: array.rows, columns: array.columns)
            try writer.append(
                isMatrix
                    ? float32Panels(source.weights(of: array), rows: array.rows, columns: array.columns)
                    : unsafe [UInt8](source.rawBytes(of: array)))
            try writer.endArray()
        }
        try writer.finish(header: source.header)
    }

    /// The bytes of float32 panels: 16 rows side by side for every column.
    private func float32Panels(_ weights: [Float], rows: Int, columns: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for panel in 0..<(rows + 15) / 16 {
            for column in 0..<columns {
                for row in panel * 16..<panel * 16 + 16 {
                    let bits = row < rows ? weights[row * columns + column].bitPattern : 0
                    for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
                }
            }
        }
        return bytes
    }

    /// Permitted differences, relative to the largest logit: float32 rounding; 16-bit and 8-bit activations.
    static let permitted: [(Options.Activations, Float)] = [(.float32, 2e-5), (.int16, 2e-3), (.int8, 0.3)]

    @Test(arguments: [0, 64]) func countAsTheFormatSays(blockLength: Int) throws {
        let (int8, float32) = try files(blockLength)
        let expected = try GPT2(contentsOf: float32, options: exact).allLogits(Self.tokens)
        let plain = try Converted(golden("checkpoints/base")).open().allLogits(Self.tokens)
        #expect(compare(plain, expected).error > 0.05 * compare(plain, expected).magnitude, "they must matter")
        for (activations, limit) in Self.permitted {
            var options = exact
            options.activations = activations
            let logits = try GPT2(contentsOf: int8, options: options).allLogits(Self.tokens)
            let (error, magnitude) = compare(logits, expected)
            #expect(error <= limit * magnitude, "\(activations): \(error / magnitude)")
            // The same bits on every row, thread count and split, with escapes too.
            for row in KernelSet.runnable {
                options.kernels = row.name
                options.pool = WorkerPool(threadCount: 3)
                let same = try GPT2(contentsOf: int8, options: options).allLogits(Self.tokens, parts: [1, 7, 2])
                #expect(same.map(\.bitPattern) == logits.map(\.bitPattern), "\(row.name)")
            }
        }
    }
}
