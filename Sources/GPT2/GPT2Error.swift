import Kernels
import ModelFile

/// Why a model could not be opened or run.
public enum GPT2Error: Error, Equatable, Sendable, CustomStringConvertible {
    /// The model file cannot be used.
    case file(ModelFileError)
    /// The file's configuration is none of a GPT-2 that is computed here.
    case configuration(ConfigurationError)
    /// There are no such kernels.
    case kernels(KernelError)
    /// The model has no such token.
    case tokenOutsideVocabulary(token: Int, position: Int, vocabularySize: Int)
    /// The context holds no more tokens.
    case contextFull(position: Int, tokens: Int, contextLength: Int)
    /// There is nothing to read.
    case noTokens
    /// The model only predicts tokens.
    case noClassifier
    /// A saved session cannot be resumed.
    case session(SavedSessionError)
    /// The model computed infinities or NaN.
    case notFinite(position: Int)
    /// The system has no such memory.
    case outOfMemory(what: String, byteCount: Int)
    /// The model has no such context.
    case contextLength(Int, most: Int)
    /// Even streaming all weights takes more than the limit, which was given or is what can be spared; `fitting` are contexts
    /// that would do.
    case tooLittleMemory(needed: Int, contextLength: Int, limit: Int, isGiven: Bool, fitting: [MemoryFit])

    /// With one decimal.
    private static func mebibytes(_ byteCount: Int) -> String {
        let tenths = (byteCount * 10 + (1 << 19)) >> 20
        return "\(tenths / 10).\(tenths % 10)"
    }

    public var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .configuration(let error): "\(error)"
        case .kernels(let error): "\(error)"
        case .tokenOutsideVocabulary(let token, let position, let vocabularySize):
            "token \(token) (number \(position + 1) of the input) is not in the vocabulary; ids run from 0 to \(vocabularySize - 1)"
        case .contextFull(let position, let tokens, let contextLength):
            "\(tokens) more tokens after \(position) do not fit: the model's context holds \(contextLength); shorten the text"
        case .noTokens:
            "there are no tokens to read; a model needs at least one"
        case .session(let error): "\(error)"
        case .noClassifier:
            "the model has no classifier, it only predicts tokens; convert a GPT2ForSequenceClassification checkpoint"
        case .notFinite(let position):
            "the model computed infinities or NaN at position \(position): its weights are damaged or overflow float32, "
                + "or its keys and values overflow a float16 cache"
        case .outOfMemory(let what, let byteCount):
            "the system has no \(byteCount) bytes for \(what)"
        case .contextLength(let wanted, let most):
            "a context of \(wanted) is not to be had: this model's holds 1 to \(most) tokens"
        case .tooLittleMemory(let needed, let contextLength, let limit, let isGiven, let fitting):
            // Rounded up, and half a MiB more: runs of a program differ a little.
            "this needs \((needed + (3 << 19)) >> 20) MiB at a context of \(contextLength), and "
                + (isGiven
                    ? "the limit is \(Self.mebibytes(limit)) MiB; "
                    : "\(Self.mebibytes(limit)) MiB can be spared (--memory says otherwise); ")
                + (fitting.isEmpty
                    ? "no context is short enough; fewer threads, or texts at a time, take less"
                    : "what fits: "
                        + fitting.map {
                            "a context of \($0.contextLength) with \($0.cacheType.rawValue) keys and values"
                        }
                        .joined(separator: ", or "))
        }
    }
}
