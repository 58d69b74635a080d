/// How a text is cut into windows, and which of its tokens count: docs/ACCURACY.md has the rules and their sources.
public enum EvaluationProtocol: String, Sendable, CaseIterable {
    /// Windows that overlap, each scoring what no window before it has scored: "Perplexity of fixed-length models" in the
    /// documentation of Hugging Face's transformers.
    case huggingFace = "huggingface"
    /// Windows side by side, the second half of each scored: llama.cpp's `llama-perplexity`.
    case llamaCpp = "llama.cpp"

    /// The window where none is asked for, as far as the model goes.
    public func usualContext(of contextLength: Int) -> Int {
        switch self {
        case .huggingFace: contextLength
        case .llamaCpp: min(512, contextLength)
        }
    }

    /// The step from window to window where none is asked for: 512 at a window of 1024 tokens.
    public func usualStride(context: Int) -> Int {
        switch self {
        case .huggingFace: max(1, context / 2)
        case .llamaCpp: context
        }
    }

    /// Whether one newline at the end of a text file does not count.
    public var dropsFinalNewline: Bool { self == .llamaCpp }

    /// The shortest window that scores anything.
    var leastContext: Int {
        switch self {
        case .huggingFace: 2
        case .llamaCpp: 3
        }
    }

    /// The shortest text that is measured.
    func leastTokenCount(context: Int) -> Int {
        switch self {
        case .huggingFace: 2
        case .llamaCpp: 2 * context
        }
    }
}
