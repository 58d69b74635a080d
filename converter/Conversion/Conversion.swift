import Checkpoints
import GPT2
import MappedMemory
import ModelFile
import StrictJSON
import Tokenizer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How far a conversion is.
public struct ConversionProgress: Sendable {
    /// What is being done, such as "reading model.safetensors" or an array's name.
    public let stage: String
    /// How much of this part of the work is done, of ``total``. Converting counts bytes of the checkpoint, each twice: they are
    /// read for their SHA-256 and to be converted. Finding the means of activations is a part of its own.
    public let done: Int
    public let total: Int
}

/// Writes the model file of a checkpoint.
///
/// Matrices are read and encoded 64 output features at a time, so that memory holds two slabs of those, a chunk of the
/// file and the scales of one matrix. The same checkpoint and options give the same bytes with the same libzstd.
///
/// - Parameters:
///   - path: replaced when everything is written and on the disk, and not touched before.
///   - onProgress: called often; false stops the conversion.
/// - Returns: what each matrix lost and takes.
public func convert(
    _ plan: ConversionPlan, to path: String, options: ConversionOptions,
    onProgress: (ConversionProgress) -> Bool = { _ in true }
) throws(ConversionError) -> ConversionReport {
    try withoutActuallyEscaping(onProgress) { (onProgress) throws(ConversionError) in
        try checkOutput(path, inputs: plan.model.paths)
        var centering: Centering?
        if options.precision == .int8, options.activations == .int8 {
            centering = try means(of: plan, beside: path, options: options, onProgress: onProgress)
        }
        var conversion = Conversion(plan: plan, options: options, centering: centering, onProgress: onProgress)
        return try conversion.run(path: path)
    }
}

/// The means of the activations, found on a plain conversion beside the output that is removed again. Nobody needs to
/// know its name: errors tell the output's.
private func means(
    of plan: ConversionPlan, beside path: String, options: ConversionOptions,
    onProgress: @escaping (ConversionProgress) -> Bool
) throws(ConversionError) -> Centering {
    let target = try ConversionError.wrapping { () throws(ModelFileError) in try resolvedPath(path) }
    let folder = target.reversed().drop { $0 != "/" }.reversed()
    let plain = String(folder) + "plain-\(String(UInt64.random(in: 0...(.max)), radix: 36)).q8z"
    defer { unsafe unlink(plain) }
    var plainOptions = options
    plainOptions.activations = .int16
    var conversion = Conversion(plan: plan, options: plainOptions, centering: nil, onProgress: onProgress)
    do throws(ConversionError) {
        _ = try conversion.run(path: plain)
    } catch .file(.system(let operation, _, let number)) {
        throw .file(.system(operation: operation, path: path, errorNumber: number))
    }
    do {
        return try Centering(modelAt: plain, onProgress: onProgress)
    } catch ConversionError.interrupted {
        throw .interrupted
    } catch { throw .cannotRun(reason: "\(error)") }
}

/// Refuses to replace an input, or anything but a file.
private func checkOutput(_ path: String, inputs: [String]) throws(ConversionError) {
    var identities: [FileIdentity] = []
    for input in inputs {
        identities.append(
            try ConversionError.wrapping { () throws(ModelFileError) in try FileIdentity(path: input) })
    }
    switch OutputConflict(writing: path, reading: identities) {
    case nil: return
    case .isInput: throw .outputIsInput(path: path)
    case .isNotAFile: throw .outputIsNotAFile(path: path)
    }
}

/// A conversion under way.
private struct Conversion {
    let plan: ConversionPlan
    let options: ConversionOptions
    let onProgress: (ConversionProgress) -> Bool
    private var done = 0
    private let total: Int
    private var errors: [String: WeightError] = [:]
    private let centering: Centering?
    /// What a bias gains because its matrix reads centred activations, by the bias's name.
    private var biasGains: [String: [Float]] = [:]

    init(
        plan: ConversionPlan, options: ConversionOptions, centering: Centering?,
        onProgress: @escaping (ConversionProgress) -> Bool
    ) {
        self.plan = plan
        self.options = options
        self.centering = centering
        self.onProgress = onProgress
        total = 2 * plan.sources.reduce(0) { $0 + $1.tensor.byteCount }
    }

    mutating func run(path: String) throws(ConversionError) -> ConversionReport {
        let files = try readSources()
        var writer = try ConversionError.wrapping { () throws(ModelFileError) in try ModelFileWriter(path: path) }
        for source in plan.sources {
            switch source.array.role {
            case .matrix: try writeMatrix(source, to: &writer)
            case .positions: try writePositions(source, to: &writer)
            case .vector: try writeVector(source, to: &writer)
            }
        }
        do {
            try plan.tokenizer?.write(to: &writer)
            try writer.finish(header: header(files))
        } catch {
            throw .file(error)
        }
        return try report(path: path)
    }

    // MARK: Sources

    /// Every source file with its SHA-256.
    private mutating func readSources() throws(ConversionError) -> [SourceFile] {
        var files: [SourceFile] = []
        for path in plan.model.paths {
            let name = path.split(separator: "/").last ?? ""
            files.append(
                try SourceFile(path: path) { count in
                    done = min(done + count, total / 2)
                    return onProgress(ConversionProgress(stage: "reading \(name)", done: done, total: total))
                })
        }
        done = total / 2
        return files
    }

    private func header(_ files: [SourceFile]) -> Header {
        Header(
            config: plan.configuration.json.objectValue ?? [:],
            quantization: options.quantization,
            tokenizer: plan.tokenizer?.header,
            provenance: [
                "converter": .string("vencejo-convert \(converterVersion)"),
                "options": options.json,
                "sources": .array(files.map(\.json)),
            ])
    }

    /// Says how far it is, and stops if asked to.
    private mutating func advance(_ source: ArraySource, elements: Int) throws(ConversionError) {
        if MappedMemory.hasLostPages { throw .checkpoint(.changedWhileReading) }
        done = min(done + source.tensor.byteCount(ofElements: elements), total)
        guard onProgress(ConversionProgress(stage: source.array.name, done: done, total: total)) else {
            throw .interrupted
        }
    }

    // MARK: Arrays

    private mutating func writeMatrix(
        _ source: ArraySource, to writer: inout ModelFileWriter
    ) throws(ConversionError) {
        let (array, tensor) = (source.array, source.tensor)
        let encoder = PanelEncoder(
            precision: options.precision, blockLength: options.precision == .int8 ? options.blockLength : 0)
        let type = options.precision.elementType
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
                array.name, type: type, layout: .panels, storage: options.storage, rows: array.rows,
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
    private mutating func writePositions(
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

    private mutating func writeVector(
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

    // MARK: Report

    /// Opens what was written, which checks its tables, and measures it.
    private func report(path: String) throws(ConversionError) -> ConversionReport {
        let file = try ConversionError.wrapping { () throws(ModelFileError) in try ModelFile(path: path) }
        func byteCount(_ source: ArraySource) -> Int {
            file.array(named: source.array.name).map(file.storedByteCountWithCompanions) ?? 0
        }
        return ConversionReport(
            matrices: plan.sources.compactMap { source in
                guard let error = errors[source.array.name] else { return nil }
                let precision =
                    source.array.role == .positions && options.precision == .int8 ? .float16 : options.precision
                return ConversionReport.Matrix(
                    name: source.array.name, rows: source.array.rows, columns: source.array.columns, error: error,
                    byteCount: byteCount(source),
                    isErrorPermitted: error.relative <= precision.permittedRelativeError)
            },
            byteCount: file.byteCount,
            weightCount: plan.sources.reduce(0) { $0 + $1.array.rows * $1.array.columns },
            weightByteCount: plan.sources.reduce(0) { $0 + byteCount($1) })
    }
}

extension ConversionError {
    /// Runs `body` and passes its error on as one of these.
    static func wrapping<R: ~Copyable>(_ body: () throws(ModelFileError) -> R) throws(ConversionError) -> R {
        do { return try body() } catch { throw .file(error) }
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian word: UInt32, byteCount: Int) {
        for byte in 0..<byteCount { append(UInt8(truncatingIfNeeded: word >> UInt32(8 * byte))) }
    }
}
