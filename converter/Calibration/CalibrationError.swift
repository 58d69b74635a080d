public import GPT2
public import Generation
public import Kernels

/// Why a model could not be calibrated.
public enum CalibrationError: Error, Sendable {
    /// There is less text than statistics can be made of.
    case tooLittleText(tokens: Int, needed: Int)
    /// A token of the text is none of the model's.
    case tokenOutsideVocabulary(token: Int, vocabularySize: Int)
    /// What a matrix reads or gives back is infinite or not a number.
    case notFinite(matrix: String)
    /// The float32 weights have no room in memory.
    case tooLittleMemory(byteCount: Int)
    case model(GPT2Error)
    case generation(GenerationError)
    case kernels(KernelError)
    /// Somebody asked for it to stop.
    case interrupted
}

extension CalibrationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLittleText(let tokens, let needed):
            "the calibration text has \(tokens) tokens; at least \(needed) are needed, and 28 672 are better. "
                + "Give more text, or none: then the model writes some itself"
        case .tokenOutsideVocabulary(let token, let size):
            "the calibration ids hold \(token), but the model's vocabulary ends at \(size - 1); "
                + "expected 16-bit little-endian ids of this model's tokenizer"
        case .notFinite(let matrix):
            "on this text the model computes numbers that are not finite at \(matrix); convert without calibration"
        case .tooLittleMemory(let byteCount):
            "the model's float32 weights take \(byteCount >> 20) MiB, more than there is memory to spare; "
                + "calibrate on a larger machine, or convert without"
        case .model(let error): error.description
        case .generation(let error): error.description
        case .kernels(let error): error.description
        case .interrupted: "interrupted; nothing was written"
        }
    }
}

/// Runs `body`, turning the kernels' error into ours.
func wrap<R>(_ body: () throws(KernelError) -> R) throws(CalibrationError) -> R {
    do { return try body() } catch { throw .kernels(error) }
}
