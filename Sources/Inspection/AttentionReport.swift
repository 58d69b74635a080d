public import GPT2
public import Tokenizer

/// Everything there is to show of a model's attention to one text: numbers, and the words for them.
public struct AttentionReport {
    /// Which attention is shown.
    public enum View: Sendable, Equatable {
        /// The mean over a layer's heads, or over all.
        case mean(layer: Int?)
        /// ``ForwardTrace/rollout()``.
        case rollout
        /// One head.
        case head(layer: Int, head: Int)
    }

    /// What the model is called, for headings.
    public let name: String
    /// What the model computed.
    public let trace: ForwardTrace
    /// The tokens as they are shown: see ``TokenLabels/labels(of:)``.
    public let labels: [String]
    /// Ranges of tokens that make words.
    public let words: [Range<Int>]
    /// Heads that are of a kind.
    public let patterns: [HeadPattern]
    let texts: TokenLabels
    private let session: Session
    private let tokenCount: Int

    /// Has the model read the text, and looks on.
    ///
    /// - Parameters:
    ///   - tokens: the text.
    ///   - model: who reads it.
    ///   - tokenizer: for the tokens' texts; nil shows ids.
    ///   - tokenCount: tokens that texts may have, from 0 on.
    ///   - name: what the model is called, for headings.
    public init(
        _ tokens: [Int], model: GPT2, tokenizer: Tokenizer?, tokenCount: Int, name: String
    ) throws(InspectionError) {
        do { session = try model.makeSession() } catch { throw .model(error) }
        self.name = name
        self.tokenCount = tokenCount
        texts = TokenLabels(tokenizer)
        trace = try ForwardTrace(tokens, by: session)
        patterns = try HeadPattern.find(by: session, tokenCount: tokenCount)
        labels = texts.labels(of: tokens)
        words = texts.words(of: tokens)
    }

    /// The attention that a view is of.
    public func map(_ view: View) -> AttentionMap {
        switch view {
        case .mean(let layer): trace.meanWeights(layer: layer)
        case .rollout: trace.rollout()
        case .head(let layer, let head): trace.heads[layer][head].weights
        }
    }

    /// The view in words.
    public func title(_ view: View) -> String {
        let shape = trace.configuration
        return switch view {
        case .mean(nil): "mean of all \(shape.layerCount * shape.headCount) heads"
        case .mean(let layer?): "mean of layer \(layer)'s \(shape.headCount) heads"
        case .rollout: "attention rollout"
        case .head(let layer, let head): "layer \(layer), head \(head)"
        }
    }

    /// The text by layers: see ``LogitLens``.
    func lens(count: Int) throws(InspectionError) -> LogitLens {
        try LogitLens(trace, by: session, count: count, tokenCount: tokenCount)
    }

    /// What values say: see ``ValueEffects``.
    func effects(count: Int) throws(InspectionError) -> ValueEffects {
        try ValueEffects(trace, by: session, count: count, tokenCount: tokenCount)
    }

    /// A label without the white space around it; what is nothing but white space is shown as such.
    static func trimmed(_ label: String) -> String {
        let visible = label.drop { $0.isWhitespace }
        let text = visible.isEmpty ? Array(label) : visible.reversed().drop { $0.isWhitespace }.reversed()
        return String(
            text.map { character in
                if character.isNewline { return "⏎" }
                if character == "\t" { return "⇥" }
                return character == " " && visible.isEmpty ? "␣" : character
            })
    }

    /// How a word, or any tokens in a row, looks at groups of tokens: what its last token, which has read it whole, gives to each
    /// group together.
    public func weights(of word: Range<Int>, among groups: [Range<Int>], in map: AttentionMap) -> [Float] {
        groups.map { group in group.reduce(0) { $0 + map[word.upperBound - 1, $1] } }
    }
}
