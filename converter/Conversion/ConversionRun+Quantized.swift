import Calibration
import Checkpoints
import GPT2
import Kernels
import ModelFile
import Quantization
import StrictJSON

/// The matrices of a calibrated conversion, rounded.
struct QuantizedMatrices: Sendable {
    /// By name.
    let matrices: [String: QuantizedMatrix]
    /// What biases gain, by name: what rounding does to the mean of a matrix's inputs.
    let biasGains: [String: [Float]]
    /// How far the weights lie from those of the checkpoint, by name.
    let errors: [String: WeightError]
    /// What the file's header says about it.
    var description: JSONObject

    /// Bits that a symbol takes in memory, on average.
    var bitsInMemory: Double {
        let counts = matrices.values.map { Double($0.rows * $0.columns) }
        let bits = zip(matrices.values, counts).reduce(0) { $0 + Double($1.0.bitsInMemory) * $1.1 }
        return bits / counts.reduce(0, +)
    }
}

extension ConversionRun {
    /// Writes a matrix that was rounded before.
    mutating func writeQuantized(
        _ source: ArraySource, _ matrix: QuantizedMatrix, to writer: inout ModelFileWriter
    ) throws(ConversionError) {
        let name = source.array.name
        try ConversionError.wrapping { () throws(ModelFileError) in
            try writer.beginArray(
                name, type: .int8, layout: .panels, storage: options.storage, rows: matrix.rows,
                columns: matrix.columns)
            try unsafe writer.append(
                UnsafeRawBufferPointer(start: matrix.symbols.pointer, count: matrix.symbols.byteCount))
            try writer.endArray()
            try writer.write(name + ".scales", floats: matrix.scales, rows: matrix.scales.count / 16, columns: 16)
            if !matrix.escapes.isEmpty {
                try writer.write(
                    name + ".escapes", words: matrix.escapes.flatMap(\.words), rows: matrix.escapes.count, columns: 2)
            }
        }
        try advance(source, elements: matrix.rows * matrix.columns)
    }
}

extension ArraySource {
    /// The matrix in float32 panels. `[panels × columns × 16]`
    func panels(of checkpoint: any Checkpoint) throws(KernelError) -> AlignedBuffer<Float> {
        let (rows, columns) = (array.rows, array.columns)
        let panels = try AlignedBuffer<Float>(count: (rows + 15) / 16 * 16 * columns)
        var slab = WeightSlab(columnCount: columns)
        for start in stride(from: 0, to: rows, by: WeightSlab.featureCount) {
            let features = start..<min(start + WeightSlab.featureCount, rows)
            slab.load(tensor, of: checkpoint, features: features, storedByInput: storedByInput)
            if !storedByInput { checkpoint.release(tensor, rows: features) }
            for index in 0..<(features.count + 15) / 16 {
                let out = unsafe panels.pointer + (start / 16 + index) * 16 * columns
                unsafe slab.withPanel(index) { weights in
                    for column in 0..<columns {
                        unsafe UnsafeMutableRawPointer(out + 16 * column).storeBytes(
                            of: weights[column], as: SIMD16<Float>.self)
                    }
                }
            }
        }
        if storedByInput { checkpoint.release(tensor, rows: 0..<tensor.rowCount) }
        return panels
    }
}

/// What rounding a matrix did.
struct RoundingLoss {
    private(set) var error = WeightError()
    /// (W − Ŵ) · mean of the inputs, which the bias takes over; empty where there is none. `[rows]`
    private(set) var biasGains: [Float] = []

    /// - Parameters:
    ///   - weights: before. `[panels × columns × 16]`
    ///   - mean: `[columns]`, or empty.
    init(_ matrix: QuantizedMatrix, from weights: AlignedBuffer<Float>, mean: [Float]) {
        var gains = [Double](repeating: 0, count: mean.isEmpty ? 0 : matrix.rows)
        var error = WeightError()
        matrix.forEachWeight { row, column, stored in
            let weight = unsafe weights.pointer[(row / 16 * matrix.columns + column) * 16 + row % 16]
            error.add(weight: weight, stored: stored)
            if !gains.isEmpty { gains[row] += Double(weight - stored) * Double(mean[column]) }
        }
        self.error = error
        biasGains = gains.map { Float($0) }
    }
}
