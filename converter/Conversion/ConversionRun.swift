import Checkpoints
import GPT2
import MappedMemory
import ModelFile
import StrictJSON
import Tokenizer

/// A conversion under way.
struct ConversionRun {
    let plan: ConversionPlan
    let options: ConversionOptions
    let onProgress: (ConversionProgress) -> Bool
    private var done = 0
    private let total: Int
    var errors: [String: WeightError]
    let centering: Centering?
    /// The matrices, where they are not rounded to nearest.
    private let quantized: QuantizedMatrices?
    /// The source files, where they were read before.
    private(set) var files: [SourceFile]?
    /// What a bias gains because its matrix reads centred activations, by the bias's name.
    var biasGains: [String: [Float]]

    init(
        plan: ConversionPlan, options: ConversionOptions, centering: Centering? = nil,
        quantized: QuantizedMatrices? = nil, files: [SourceFile]? = nil,
        onProgress: @escaping (ConversionProgress) -> Bool
    ) {
        self.plan = plan
        self.options = options
        self.centering = centering
        self.quantized = quantized
        self.files = files
        self.onProgress = onProgress
        biasGains = quantized?.biasGains ?? [:]
        errors = quantized?.errors ?? [:]
        total = 2 * plan.sources.reduce(0) { $0 + $1.tensor.byteCount }
    }

    mutating func run(path: String) throws(ConversionError) -> ConversionReport {
        let files: [SourceFile]
        if let known = self.files { files = known } else { files = try readSources() }
        self.files = files
        done = total / 2
        var writer = try ConversionError.wrapping { () throws(ModelFileError) in try ModelFileWriter(path: path) }
        for source in plan.sources {
            switch source.array.role {
            case .matrix:
                if let matrix = quantized?.matrices[source.array.name] {
                    try writeQuantized(source, matrix, to: &writer)
                } else {
                    try writeMatrix(source, to: &writer)
                }
            case .positions: try writePositions(source, to: &writer)
            case .vector: try writeVector(source, to: &writer)
            case .classifier: try writeClassifier(source, to: &writer)
            }
        }
        do {
            try plan.tokenizer?.write(to: &writer)
            return try writer.finish(header: header(files)) { file in report(file) }
        } catch {
            throw .file(error)
        }
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
        return files
    }

    private func header(_ files: [SourceFile]) -> Header {
        Header(
            config: plan.configuration.json.objectValue ?? [:],
            quantization: quantized?.description ?? options.quantization,
            tokenizer: plan.tokenizer?.header,
            provenance: [
                "converter": .string("vencejo-convert \(converterVersion)"),
                "options": options.json,
                "sources": .array(files.map(\.json)),
            ])
    }

    /// Says how far it is, and stops if asked to.
    mutating func advance(_ source: ArraySource, elements: Int) throws(ConversionError) {
        if MappedMemory.hasLostPages { throw .checkpoint(.changedWhileReading) }
        done = min(done + source.tensor.byteCount(ofElements: elements), total)
        guard onProgress(ConversionProgress(stage: source.array.name, done: done, total: total)) else {
            throw .interrupted
        }
    }

    // MARK: Report

    /// Measures what was written.
    private func report(_ file: ModelFile) -> ConversionReport {
        func byteCount(_ source: ArraySource) -> Int {
            file.array(named: source.array.name).map(file.storedByteCountWithCompanions) ?? 0
        }
        return ConversionReport(
            matrices: plan.sources.compactMap { source in
                guard let error = errors[source.array.name] else { return nil }
                let precision: Precision =
                    switch source.array.role {
                    case .positions where options.precision == .int8: .float16
                    case .classifier: .float32
                    default: options.precision
                    }
                return ConversionReport.Matrix(
                    name: source.array.name, rows: source.array.rows, columns: source.array.columns, error: error,
                    byteCount: byteCount(source),
                    isErrorPermitted: quantized != nil || error.relative <= precision.permittedRelativeError)
            },
            byteCount: file.byteCount,
            weightCount: plan.sources.reduce(0) { $0 + $1.array.rows * $1.array.columns },
            weightByteCount: plan.sources.reduce(0) { $0 + byteCount($1) }, calibration: nil)
    }
}
