import Checkpoints
import GPT2
import ModelFile

extension ConversionRun {
    mutating func writeMatrix(
        _ source: ArraySource, to writer: inout ModelFileWriter
    ) throws(ConversionError) {
        try writeMatrix(source, precision: options.precision, storage: options.storage, to: &writer)
    }

    /// A few rows that decide about everything: exactly.
    mutating func writeClassifier(
        _ source: ArraySource, to writer: inout ModelFileWriter
    ) throws(ConversionError) {
        try writeMatrix(source, precision: .float32, storage: .raw, to: &writer)
    }

    private mutating func writeMatrix(
        _ source: ArraySource, precision: Precision, storage: Storage, to writer: inout ModelFileWriter
    ) throws(ConversionError) {
        let (array, tensor) = (source.array, source.tensor)
        let encoder = PanelEncoder(
            precision: precision, blockLength: precision == .int8 ? options.blockLength : 0)
        let type = precision.elementType
        let columnsPerGroup = 4 / type.byteCount
        let panelByteCount = 64 * ((array.columns + columnsPerGroup - 1) / columnsPerGroup)
        var slab = WeightSlab(columnCount: array.columns)
        var panel = [UInt8](repeating: 0, count: panelByteCount)
        var scales: [Float] = []
        var error = WeightError()
        let mean = centering?.inputs[array.name]
        var gains: [Float] = []

        try ConversionError.wrapping { () throws(ModelFileError) in
            try writer.beginArray(
                array.name, type: type, layout: .panels, storage: storage, rows: array.rows,
                columns: array.columns, blockLength: encoder.blockLength)
        }
        for start in stride(from: 0, to: array.rows, by: WeightSlab.featureCount) {
            let features = start..<min(start + WeightSlab.featureCount, array.rows)
            slab.load(tensor, of: plan.model.weights, features: features, storedByInput: source.storedByInput)
            if !source.storedByInput { plan.model.weights.release(tensor, rows: features) }
            for index in 0..<(features.count + 15) / 16 {
                do throws(RefusedWeight) {
                    try unsafe slab.withPanel(index) { (weights) throws(RefusedWeight) in
                        let rows = min(16, features.count - 16 * index)
                        if let mean { gains += unsafe weights.product(with: mean).prefix(rows) }
                        try unsafe encoder.encode(
                            weights, rows: rows, into: &panel, scales: &scales, error: &error)
                    }
                } catch {
                    throw refusal(error, in: source, firstFeature: start + 16 * index)
                }
                try ConversionError.wrapping { () throws(ModelFileError) in try writer.append(panel) }
            }
            try advance(source, elements: features.count * array.columns)
        }
        if source.storedByInput { plan.model.weights.release(tensor, rows: 0..<tensor.rowCount) }
        try ConversionError.wrapping { () throws(ModelFileError) in
            try writer.endArray()
            if !scales.isEmpty {
                try writer.write(array.name + ".scales", floats: scales, rows: scales.count / 16, columns: 16)
            }
        }
        errors[array.name] = error
        if mean != nil { biasGains[array.name.dropLast("weight".count) + "bias"] = gains }
    }

    /// The position embedding: row by row, in float16 unless everything is float32.
    mutating func writePositions(
        _ source: ArraySource, to writer: inout ModelFileWriter
    ) throws(ConversionError) {
        let array = source.array
        let isFloat32 = options.precision == .float32
        var error = WeightError()
        try ConversionError.wrapping { () throws(ModelFileError) in
            try writer.beginArray(
                array.name, type: isFloat32 ? .float32 : .float16, layout: .plain, storage: .raw, rows: array.rows,
                columns: array.columns)
        }
        for row in 0..<array.rows {
            let weights = try finiteWeights(source, row: row)
            var bytes: [UInt8] = []
            for (column, weight) in weights.enumerated() {
                if isFloat32 {
                    bytes.append(littleEndian: weight.bitPattern, byteCount: 4)
                    error.add(weight: weight, stored: weight)
                } else {
                    guard weight.magnitude < Half.overflow else {
                        throw .tooLargeForFloat16(tensor: source.tensor.name, position: [row, column], value: weight)
                    }
                    let half = Half.bits(SIMD16(repeating: weight))
                    bytes.append(littleEndian: half[0], byteCount: 2)
                    error.add(weight: weight, stored: Half.values(half)[0])
                }
            }
            try ConversionError.wrapping { () throws(ModelFileError) in try writer.append(bytes) }
            try advance(source, elements: array.columns)
        }
        try ConversionError.wrapping { () throws(ModelFileError) in try writer.endArray() }
        errors[array.name] = error
    }

    mutating func writeVector(
        _ source: ArraySource, to writer: inout ModelFileWriter
    ) throws(ConversionError) {
        var weights = try finiteWeights(source, row: 0)
        for (index, gain) in (biasGains[source.array.name] ?? []).enumerated() { weights[index] += gain }
        for (index, mean) in (centering?.subtracted[source.array.name] ?? []).enumerated() { weights[index] -= mean }
        try ConversionError.wrapping { () throws(ModelFileError) in
            try writer.write(source.array.name, floats: weights, rows: 1, columns: weights.count)
        }
        try advance(source, elements: weights.count)
    }

    private func finiteWeights(_ source: ArraySource, row: Int) throws(ConversionError) -> [Float] {
        let columns = 0..<source.array.columns
        var weights = [Float](repeating: 0, count: columns.count)
        var span = weights.mutableSpan
        plan.model.weights.read(source.tensor, rows: row..<row + 1, columns: columns, into: &span)
        if let column = weights.firstIndex(where: { !$0.isFinite }) {
            let position = source.tensor.shape.count > 1 ? [row, column] : [column]
            throw .notFinite(tensor: source.tensor.name, position: position)
        }
        return weights
    }

    private func refusal(_ weight: RefusedWeight, in source: ArraySource, firstFeature: Int) -> ConversionError {
        func position(_ feature: Int, _ column: Int) -> [Int] {
            source.storedByInput ? [column, firstFeature + feature] : [firstFeature + feature, column]
        }
        switch weight {
        case .notFinite(let feature, let column):
            return .notFinite(tensor: source.tensor.name, position: position(feature, column))
        case .tooLargeForFloat16(let feature, let column, let value):
            return .tooLargeForFloat16(tensor: source.tensor.name, position: position(feature, column), value: value)
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian word: UInt32, byteCount: Int) {
        for byte in 0..<byteCount { append(UInt8(truncatingIfNeeded: word >> UInt32(8 * byte))) }
    }
}
