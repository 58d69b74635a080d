import Checkpoints
import GPT2
import ModelFile

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
        try checkOutput(
            path, inputs: plan.model.paths + [options.calibration?.source.path].compactMap { $0 },
            replacing: ModelFile.magic)
        if let calibration = options.calibration {
            let model = try CalibratedModel(plan, beside: path, source: calibration.source, onProgress: onProgress)
            return try model.convert(to: path, options: options, goal: calibration.goal)
        }
        var centering: Centering?
        if options.precision == .int8, options.activations == .int8 {
            centering = try means(of: plan, beside: path, options: options, onProgress: onProgress)
        }
        var conversion = ConversionRun(plan: plan, options: options, centering: centering, onProgress: onProgress)
        return try conversion.run(path: path)
    }
}

/// The means of the activations, found on a plain conversion that is removed again.
private func means(
    of plan: ConversionPlan, beside path: String, options: ConversionOptions,
    onProgress: @escaping (ConversionProgress) -> Bool
) throws(ConversionError) -> Centering {
    let plain = try TemporaryModel(beside: path)
    var plainOptions = options
    plainOptions.activations = .int16
    try plain.convert(plan, options: plainOptions, onProgress: onProgress)
    do {
        return try Centering(modelAt: plain.path, onProgress: onProgress)
    } catch ConversionError.interrupted {
        throw .interrupted
    } catch { throw .cannotRun(reason: "\(error)") }
}

/// Refuses to replace an input, anything but a file, or a file that does not begin as the new one will: somebody mistook a
/// checkpoint's file for the name to write.
///
/// - Parameter magic: what a file that may be replaced begins with; nil where all may be.
func checkOutput(_ path: String, inputs: [String], replacing magic: [UInt8]?) throws(ConversionError) {
    var identities: [FileIdentity] = []
    for input in inputs {
        identities.append(
            try ConversionError.wrapping { () throws(ModelFileError) in try FileIdentity(path: input) })
    }
    switch OutputConflict(writing: path, reading: identities) {
    case nil: break
    case .isInput: throw .outputIsInput(path: path)
    case .isNotAFile: throw .outputIsNotAFile(path: path)
    }
    guard let magic, let found = try? SmallFile.beginning(of: path, count: magic.count), !found.isEmpty else { return }
    guard found == magic else { throw .outputIsAnother(path: path) }
}
