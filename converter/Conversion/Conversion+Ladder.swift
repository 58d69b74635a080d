import Checkpoints
import ModelFile

/// Writes a checkpoint's model files at several settings, in order. Neighbours that are calibrated on the same text share what
/// was found on it.
///
/// - Parameters:
///   - outputs: paths, replaced as ``convert(_:to:options:onProgress:)`` replaces them, and settings.
///   - onUnreachable: called for each output whose goal no rounding reaches; it is left out then. Without this it is an error.
///   - onProgress: called often; false stops the work. Files that are done stay.
/// - Returns: what the matrices of each lost and take.
@discardableResult public func convert(
    _ plan: ConversionPlan, to outputs: [(path: String, options: ConversionOptions)],
    onUnreachable: ((_ path: String, _ error: ConversionError) -> Void)? = nil,
    onProgress: (ConversionProgress) -> Bool = { _ in true }
) throws(ConversionError) -> [ConversionReport] {
    try withoutActuallyEscaping(onProgress) { (onProgress) throws(ConversionError) in
        var reports: [ConversionReport] = []
        var calibrated: CalibratedModel?
        for (path, options) in outputs {
            guard let calibration = options.calibration else {
                calibrated = nil
                reports.append(try convert(plan, to: path, options: options, onProgress: onProgress))
                continue
            }
            try checkOutput(
                path, inputs: plan.model.paths + [calibration.source.path].compactMap { $0 }, replacing: ModelFile.magic
            )
            let model: CalibratedModel
            if let known = calibrated, known.source == calibration.source {
                model = known
            } else {
                calibrated = nil  // two of them would be in memory else
                model = try CalibratedModel(plan, beside: path, source: calibration.source, onProgress: onProgress)
            }
            calibrated = model
            do throws(ConversionError) {
                reports.append(try model.convert(to: path, options: options, goal: calibration.goal))
            } catch {
                guard case .unreachable = error, let onUnreachable else { throw error }
                onUnreachable(path, error)
            }
        }
        return reports
    }
}
