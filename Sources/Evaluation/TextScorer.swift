public import GPT2
public import Probabilities

/// Says how likely texts are, token by token. What texts share at their beginning is read once.
public final class TextScorer {
    private let session: Session

    /// Tokens whose logits are there at a time: what `Options.keptLogits` is to be.
    public static let keptLogits = Session.batchLength

    /// A scorer for texts of a model.
    public init(_ model: GPT2) throws(GPT2Error) { session = try model.makeSession() }

    /// ln p of each token given those before it.
    ///
    /// - Parameters:
    ///   - tokens: what is scored.
    ///   - context: what stands before the first of them: one token at least.
    ///   - count: likeliest tokens to keep of each place.
    /// - Throws: `GPT2Error.contextFull` where both together are more than a token longer than the model's context.
    public func scores(
        of tokens: [Int], after context: [Int], likeliest count: Int = 0
    ) throws(GPT2Error) -> [TokenScore] {
        guard !context.isEmpty else { throw .noTokens }
        let size = session.model.configuration.vocabularySize
        for (index, token) in tokens.enumerated() where !(0..<size).contains(token) {
            throw .tokenOutsideVocabulary(token: token, position: context.count + index, vocabularySize: size)
        }
        guard !tokens.isEmpty else { return [] }
        // The last token is predicted, and need not be read.
        let unread = context + tokens.dropLast()
        let known = zip(session.tokens, context.dropLast()).prefix { $0 == $1 }.count
        session.rewind(to: known)
        if known < context.count - 1 {
            try session.read(Array(unread[known..<context.count - 1]).span, keptLogits: 0)
        }
        var scores: [TokenScore] = []
        for start in stride(from: context.count - 1, to: unread.count, by: Session.batchLength) {
            let part = Array(unread[start..<min(start + Session.batchLength, unread.count)])
            try session.read(part.span, keptLogits: part.count)
            for row in part.indices {
                session.withLogits(at: row) { logits in
                    scores.append(
                        TokenScore(of: tokens[start + row + 1 - context.count], in: logits.span, likeliest: count))
                }
            }
        }
        return scores
    }
}

/// Continuations of a text, and how likely each is.
///
/// A prompt and a continuation are cut into tokens together, as they stand in a text; what is scored begins where the first of
/// the continuations differs from the prompt alone, so that all are probabilities given the same tokens.
public struct RankedChoices: Sendable {
    /// One of the continuations.
    public struct Choice: Sendable {
        /// Its place in the list given.
        public let index: Int
        /// Its tokens, in order.
        public let scores: [TokenScore]
        /// ln p of the whole continuation.
        public let logProbability: Double
        /// Its probability, were one of the continuations sure to come.
        public internal(set) var share = 0.0
    }

    /// The likeliest first; of equal ones the first.
    public let choices: [Choice]
    /// Tokens at the beginning that all share.
    public let context: [Int]

    /// Scores and ranks them.
    ///
    /// - Parameters:
    ///   - texts: prompt and continuation together, in tokens, one for each choice.
    ///   - prompt: the prompt alone, in tokens.
    ///   - scorer: one of the model's.
    public init(_ texts: [[Int]], prompt: [Int], by scorer: TextScorer) throws(GPT2Error) {
        let shared = texts.reduce(prompt.count) { min($0, zip($1, prompt).prefix { $0 == $1 }.count) }
        let context = Array(prompt.prefix(shared))
        self.context = context
        var choices: [Choice] = []
        for (index, text) in texts.enumerated() {
            let scores = try scorer.scores(of: Array(text.dropFirst(shared)), after: context)
            choices.append(
                Choice(index: index, scores: scores, logProbability: scores.reduce(0) { $0 + $1.logProbability }))
        }
        for (index, share) in softmax(choices.map(\.logProbability)).enumerated() { choices[index].share = share }
        self.choices = choices.sorted { ($1.logProbability, $0.index) < ($0.logProbability, $1.index) }
    }
}
