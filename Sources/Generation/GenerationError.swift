import GPT2
import ModelFile
import Tokenizer

/// Why text could not be generated.
public enum GenerationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The model could not be opened or run.
    case model(GPT2Error)
    /// A text could not be cut into tokens, or tokens not be made a text.
    case tokenizer(TokenizerError)
    /// An option makes no sense.
    case badOption(name: String, value: String, expected: String)
    /// The context does not hold the prompt.
    case promptTooLong(tokens: Int, contextLength: Int)
    /// The context does not hold the text that was saved and the prompt that goes on with it.
    case sessionFull(tokens: Int, added: Int, contextLength: Int)
    /// There is nothing to begin with.
    case emptyPrompt
    /// The model file reads and writes ids only.
    case noTokenizer
    /// Every token was ruled out.
    case allTokensForbidden
    /// Penalties or biases are too large.
    case logitsOverflow

    public var description: String {
        switch self {
        case .model(let error): "\(error)"
        case .tokenizer(let error): "\(error)"
        case .badOption(let name, let value, let expected): "--\(name) is \(value); expected \(expected)"
        case .promptTooLong(let tokens, let contextLength):
            "the prompt has \(tokens) tokens and the model's context holds \(contextLength); "
                + "shorten it, or use --slide to keep only its end"
        case .sessionFull(let tokens, let added, let contextLength):
            "the session's text has \(tokens) tokens"
                + (added > 0
                    ? " and the prompt \(added) more, and a context of \(contextLength) does not hold them"
                    : ", which is all that a context of \(contextLength) holds")
                + "; --slide goes on from the last half, and another session begins anew"
        case .emptyPrompt:
            "the prompt is empty and the model has no end-of-text token to start from; give it a prompt"
        case .noTokenizer:
            "this model file has no tokenizer, so it reads no text; give token ids with --tokens 1,2,3"
        case .allTokensForbidden:
            "no token is left to choose from: --logit-bias has ruled out all of them"
        case .logitsOverflow:
            "penalties or biases carry the logits beyond what float32 holds; use smaller ones"
        }
    }
}
