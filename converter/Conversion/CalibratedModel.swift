import Calibration
import Checkpoints
import GPT2
import Generation
import Kernels
import ModelFile
import Quantization
import StrictJSON
import Synchronization

/// A checkpoint of which is known what an error in each matrix costs: it can be written as fine as one likes.
package final class CalibratedModel {
    let plan: ConversionPlan
    let onProgress: (ConversionProgress) -> Bool
    let source: CalibrationSource
    let files: [SourceFile]
    /// The model in float32, beside the output, to be run.
    private let exact: TemporaryModel
    private let exactModel: GPT2
    private let calibration: Calibration
    private let pool: WorkerPool
    let texts: CalibrationTexts

    /// Converts a checkpoint to float32 for a while, and runs it on texts.
    package init(
        _ plan: ConversionPlan, beside path: String, source: CalibrationSource, pool: WorkerPool = .shared,
        onProgress: @escaping (ConversionProgress) -> Bool
    ) throws(ConversionError) {
        func advance(_ stage: String) -> (Int, Int) throws(CalibrationError) -> Void {
            { done, total throws(CalibrationError) in
                guard onProgress(ConversionProgress(stage: stage, done: done, total: total)) else { throw .interrupted }
            }
        }
        self.plan = plan
        self.source = source
        self.pool = pool
        self.onProgress = onProgress
        exact = try TemporaryModel(beside: path)
        var files = try exact.convert(
            plan, options: ConversionOptions(precision: .float32, storage: .raw), onProgress: onProgress)
        if let path = source.path { files.append(try SourceFile(path: path) { _ in true }) }
        self.files = files
        do {
            let options = Options(activations: .float32, cacheType: .float32, pool: pool)
            let model = try TextModel(contentsOf: exact.path, options: options)
            exactModel = model.model
            texts = try Self.texts(source, for: model, onProgress: advance("writing calibration text"))
            calibration = try Calibration(model.model, on: texts.statistics, onProgress: advance("calibrating"))
        } catch { throw ConversionError(calibrating: error) }
    }

    private static func texts(
        _ source: CalibrationSource, for model: TextModel,
        onProgress: (Int, Int) throws(CalibrationError) -> Void
    ) throws -> CalibrationTexts {
        let shape = model.model.configuration
        let ids: [Int]
        switch source {
        case .written: return try CalibrationTexts(writtenBy: model, onProgress: onProgress)
        case .text(let path):
            guard model.tokenizer != nil else {
                throw ConversionError.cannotCalibrate(
                    reason: "the checkpoint has no tokenizer for \(quoted(path)); give token ids with --calibrate-ids")
            }
            let text = try readWhole(path)
            guard String(validating: text, as: UTF8.self) != nil else {
                throw ConversionError.cannotCalibrate(reason: "\(quoted(path)) is not a text in UTF-8")
            }
            ids = try model.tokens(of: text)
        case .ids(let path):
            let bytes = try readWhole(path)
            guard bytes.count % 2 == 0 else {
                throw ConversionError.cannotCalibrate(
                    reason: "\(path) has \(bytes.count) bytes; expected 16-bit little-endian ids, two bytes each")
            }
            ids = stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8 }
        }
        return try CalibrationTexts(
            from: ids, contextLength: model.model.contextLength, vocabularySize: shape.vocabularySize)
    }

    /// A text is held in memory, with its tokens.
    private static let largestText = 1 << 28

    /// A whole file that a person named.
    private static func readWhole(_ path: String) throws(ConversionError) -> [UInt8] {
        do {
            return try SmallFile.read(path, limit: largestText)
        } catch .notAFile {
            throw .cannotCalibrate(reason: "\(path) is not a regular file; name a text")
        } catch { throw .checkpoint(error) }
    }

    /// Rounds every matrix, as many at a time as there are threads.
    func quantize(_ settings: QuantizationSettings) throws(ConversionError) -> QuantizedMatrices {
        let sources = plan.sources.filter { $0.array.role == .matrix }
            .sorted { $0.array.rows * $0.array.columns > $1.array.rows * $1.array.columns }
        let results = Mutex<[String: (QuantizedMatrix, RoundingLoss)]>([:])
        let failure = Mutex<KernelError?>(nil)
        let (checkpoint, calibration, kernels) = (plan.model.weights, calibration, exactModel.kernels)
        pool.forEachShare(of: sources.count) { index in
            let source = sources[index]
            guard let sensitivity = calibration.sensitivities[source.array.name] else {
                preconditionFailure("\(source.array.name) was not calibrated")
            }
            do throws(KernelError) {
                let weights = try source.panels(of: checkpoint)
                let matrix = try QuantizedMatrix(
                    weights, sensitivity: sensitivity, settings: settings, kernels: kernels)
                let loss = RoundingLoss(matrix, from: weights, mean: sensitivity.mean)
                results.withLock { $0[source.array.name] = (matrix, loss) }
            } catch { failure.withLock { $0 = error } }
        }
        if let error = failure.withLock({ $0 }) { throw .cannotCalibrate(reason: error.description) }
        let all = results.withLock { $0 }
        let gains = all.filter { !$0.value.1.biasGains.isEmpty }.map { name, result in
            (String(name.dropLast("weight".count)) + "bias", result.1.biasGains)
        }
        return QuantizedMatrices(
            matrices: all.mapValues { $0.0 }, biasGains: Dictionary(uniqueKeysWithValues: gains),
            errors: all.mapValues { $0.1.error }, description: [:])
    }

    /// Writes the model.
    ///
    /// - Parameter description: what the header says about how it was made.
    package func write(
        _ settings: QuantizationSettings, to path: String, storage: Storage = .zstd, description: JSONObject = [:]
    ) throws(ConversionError) -> ConversionReport {
        var conversion = ConversionRun(
            plan: plan, options: ConversionOptions(storage: storage), quantized: try quantize(settings), files: files,
            onProgress: onProgress)
        return try conversion.run(path: path)
    }

    /// How far the predictions of a file lie from those of the float32 model, on text that was held out, or on other ids.
    package func divergence(ofModelAt path: String, on other: [[Int]]? = nil) throws(ConversionError) -> Double {
        do {
            return try meanDivergence(
                of: GPT2(contentsOf: path, options: Options(pool: pool)), from: exactModel, on: other ?? texts.heldOut
            ) { done, total throws(CalibrationError) in
                guard onProgress(ConversionProgress(stage: "measuring", done: done, total: total)) else {
                    throw .interrupted
                }
            }
        } catch { throw ConversionError(calibrating: error) }
    }
}

extension ConversionError {
    /// What went wrong while a model was run.
    fileprivate init(calibrating error: any Error) {
        switch error {
        case CalibrationError.interrupted: self = .interrupted
        case let error as ConversionError: self = error
        case let error as CalibrationError: self = .cannotCalibrate(reason: error.description)
        case let error as GenerationError: self = .cannotCalibrate(reason: error.description)
        case let error as GPT2Error: self = .cannotCalibrate(reason: error.description)
        default: self = .cannotCalibrate(reason: "\(error)")
        }
    }
}
