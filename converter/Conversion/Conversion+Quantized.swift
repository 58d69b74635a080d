import Calibration
import Checkpoints
import GPT2
import Kernels
import ModelFile
import Quantization
import StrictJSON

/// How the matrices of a calibrated conversion are rounded.
package struct MatrixQuantizer: Sendable {
    let calibration: Calibration
    package var settings: QuantizationSettings
    let kernels: KernelSet
    let pool: WorkerPool
    /// What the file's header says about it.
    var description: JSONObject
}

extension Conversion {
    /// Writes a matrix rounded by what errors in it cost.
    mutating func writeQuantized(
        _ source: ArraySource, by quantizer: MatrixQuantizer, to writer: inout ModelFileWriter
    ) throws(ConversionError) {
        let array = source.array
        guard let sensitivity = quantizer.calibration.sensitivities[array.name] else {
            preconditionFailure("\(array.name) was not calibrated")
        }
        let weights: AlignedBuffer<Float>
        let matrix: QuantizedMatrix
        do {
            weights = try panels(of: source)
            matrix = try QuantizedMatrix(
                weights, rows: array.rows, sensitivity: sensitivity, settings: quantizer.settings,
                kernels: quantizer.kernels, pool: quantizer.pool)
        } catch { throw .cannotRun(reason: "\(error)") }
        try advance(source, elements: array.rows * array.columns)

        try ConversionError.wrapping { () throws(ModelFileError) in
            try writer.beginArray(
                array.name, type: .int8, layout: .panels, storage: options.storage, rows: array.rows,
                columns: array.columns)
            try unsafe writer.append(
                UnsafeRawBufferPointer(start: matrix.symbols.pointer, count: matrix.symbols.byteCount))
            try writer.endArray()
            try writer.write(
                array.name + ".scales", floats: matrix.scales, rows: matrix.scales.count / 16, columns: 16)
            if !matrix.escapes.isEmpty {
                try writer.write(
                    array.name + ".escapes", words: matrix.escapes.flatMap(\.words), rows: matrix.escapes.count,
                    columns: 2)
            }
        }
        errors[array.name] = WeightError(of: matrix, from: weights)
    }

    /// A matrix of the checkpoint in float32 panels. `[panels × columns × 16]`
    private func panels(of source: ArraySource) throws(KernelError) -> AlignedBuffer<Float> {
        let (rows, columns) = (source.array.rows, source.array.columns)
        let panels = try AlignedBuffer<Float>(count: (rows + 15) / 16 * 16 * columns)
        var slab = WeightSlab(columnCount: columns)
        for start in stride(from: 0, to: rows, by: WeightSlab.featureCount) {
            let features = start..<min(start + WeightSlab.featureCount, rows)
            slab.load(source.tensor, of: plan.model.weights, features: features, storedByInput: source.storedByInput)
            if !source.storedByInput { plan.model.weights.release(source.tensor, rows: features) }
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
        if source.storedByInput { plan.model.weights.release(source.tensor, rows: 0..<source.tensor.rowCount) }
        return panels
    }
}

extension WeightError {
    /// - Parameter weights: `[panels × columns × 16]`
    fileprivate init(of matrix: QuantizedMatrix, from weights: AlignedBuffer<Float>) {
        self.init()
        var escapes = matrix.escapes[...]
        let panelByteCount = QuantizedMatrix.panelByteCount(columns: matrix.columns)
        for row in 0..<matrix.rows {
            let (panel, lane) = row.quotientAndRemainder(dividingBy: 16)
            let line = unsafe matrix.symbols.pointer + panel * panelByteCount + 4 * lane
            for column in 0..<matrix.columns {
                var symbol = unsafe Int(line[column / 4 * 64 + column % 4])
                if let escape = escapes.first, escape.row == row, escape.column == column {
                    symbol += Int(escape.remainder)
                    escapes.removeFirst()
                }
                add(
                    weight: unsafe weights.pointer[(panel * matrix.columns + column) * 16 + lane],
                    stored: Float(symbol) * matrix.scales[row])
            }
        }
    }
}
