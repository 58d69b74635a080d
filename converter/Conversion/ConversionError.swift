public import Checkpoints
public import ModelFile

/// Why a conversion did not happen. Nothing is left behind then.
public enum ConversionError: Error, Equatable, Sendable {
    /// The checkpoint's parts do not fit each other; all of it at once.
    case disagreements([Disagreement])
    /// A weight is NaN or infinite. `position` indexes the tensor as the checkpoint stores it.
    case notFinite(tensor: String, position: [Int])
    /// A weight is larger than a float16 can be.
    case tooLargeForFloat16(tensor: String, position: [Int], value: Float)
    /// The output would replace a file that is being read.
    case outputIsInput(path: String)
    /// The output is a folder, a device or the like.
    case outputIsNotAFile(path: String)
    /// The output would replace a file of another kind.
    case outputIsAnother(path: String)
    /// The model could not be run to find the means of its activations.
    case cannotRun(reason: String)
    /// The model or its text cannot be used to find what errors cost.
    case cannotCalibrate(reason: String)
    /// However coarse all matrices are rounded, or however fine, it is not enough.
    case unreachable(goal: QuantizationGoal, fewest: Double?)
    /// The model cannot be written as another format has it.
    case cannotExport(reason: String)
    /// Somebody asked for it to stop.
    case interrupted
    case checkpoint(CheckpointError)
    case file(ModelFileError)
}

extension ConversionError: CustomStringConvertible {
    /// Disagreements that are spelt out; the others are counted.
    private static let shownDisagreements = 20

    public var description: String {
        switch self {
        case .disagreements(let all):
            "the checkpoint does not fit together; nothing was written."
                + all.prefix(Self.shownDisagreements).map { "\n  - \($0)" }.joined()
                + (all.count > Self.shownDisagreements ? "\n  - and \(all.count - Self.shownDisagreements) more" : "")
        case .notFinite(let tensor, let position):
            "tensor \(quoted(tensor)) holds NaN or an infinity at \(position); expected finite weights. "
                + "The training went wrong or the file is damaged: fetch it again"
        case .tooLargeForFloat16(let tensor, let position, let value):
            "tensor \(quoted(tensor)) holds \(value) at \(position), which float16 cannot (its largest number is 65504); "
                + "convert with --precision f32 or int8"
        case .outputIsInput(let path):
            "\(quoted(path)) is a file of the checkpoint; name another output"
        case .outputIsNotAFile(let path):
            "\(quoted(path)) exists and is not a regular file; name a file to write"
        case .outputIsAnother(let path):
            "\(quoted(path)) exists and is a file of another kind; name another output, or delete it first"
        case .cannotRun(let reason):
            "the model cannot be run to find the means of its activations: \(reason); convert without --for-activations int8"
        case .cannotCalibrate(let reason):
            "cannot calibrate: \(reason)"
        case .unreachable(.bitsInMemory(let bits), let fewest):
            "no step packs these matrices in \(bits) bits a weight"
                + (fewest.map { ": \(fixed($0, digits: 2)) were the fewest found" } ?? "") + "; ask for more"
        case .unreachable(.bits(let bits), _):
            "no rounding makes weights of \(bits) bits on average, or fewer; ask for more"
        case .unreachable(.byteCount(let byteCount), _):
            "no rounding makes a file of \(byteCount) bytes or fewer; ask for more"
        case .unreachable(.divergence(let divergence), _):
            "no int8 matrices come within \(divergence) nats of the float32 model; let them be further away "
                + "(a larger --target-kl, a lower --quality), or convert with --precision f16"
        case .cannotExport(let reason):
            "cannot write it so: \(reason)"
        case .interrupted:
            "interrupted; nothing was written"
        case .checkpoint(let error):
            error.description
        case .file(let error):
            error.description
        }
    }
}

extension ConversionError {
    /// Runs `body` and passes its error on as one of these.
    static func wrapping<R: ~Copyable>(_ body: () throws(ModelFileError) -> R) throws(ConversionError) -> R {
        do { return try body() } catch { throw .file(error) }
    }
}
