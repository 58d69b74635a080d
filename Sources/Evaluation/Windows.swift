/// A part of a text that a model reads from its first position on.
public struct Window: Sendable, Equatable {
    /// Which of the text's windows it is.
    public let index: Int
    /// The tokens in it.
    public let tokens: Range<Int>
    /// Those of them that are scored; each is predicted from the tokens before it in the window.
    public let scored: Range<Int>
    /// What a scored token counts in the mean over the text.
    public let weight: Double
}

/// The windows of a text. They are computed, not stored.
public struct Windows: Sendable, Equatable {
    /// The protocol.
    public let rules: EvaluationProtocol
    /// Tokens in a window; the last may have fewer.
    public let context: Int
    /// Tokens from the beginning of a window to the beginning of the next.
    public let stride: Int
    /// Tokens of the text.
    public let tokenCount: Int
    /// Windows there are.
    public let count: Int

    /// Cuts a text of so many tokens.
    ///
    /// - Parameters:
    ///   - rules: the protocol.
    ///   - context: tokens of a window.
    ///   - stride: nil takes the usual one; `llama.cpp` has no other.
    ///   - tokenCount: tokens of the text.
    public init(
        _ rules: EvaluationProtocol, context: Int, stride: Int?, tokenCount: Int
    ) throws(EvaluationError) {
        guard context >= rules.leastContext else { throw .contextTooShort(context, least: rules.leastContext) }
        let usual = rules.usualStride(context: context)
        let stride = stride ?? usual
        guard rules == .huggingFace || stride == usual else { throw .fixedStride(stride, rules) }
        guard rules.leastContext <= stride, stride <= context else { throw .stride(stride, context: context) }
        let least = rules.leastTokenCount(context: context)
        guard tokenCount >= least else { throw .textTooShort(tokens: tokenCount, least: least, rules) }
        (self.rules, self.context, self.stride, self.tokenCount) = (rules, context, stride, tokenCount)
        count =
            switch rules {
            case .huggingFace: 1 + (max(0, tokenCount - context) + stride - 1) / stride
            case .llamaCpp: tokenCount / context
            }
    }

    /// One of the windows.
    public subscript(index: Int) -> Window {
        precondition((0..<count).contains(index), "no such window")
        let start = index * stride
        let end = min(start + context, tokenCount)
        switch rules {
        case .huggingFace:
            // New are the tokens behind the window before. The text's first token is one of them and has nothing to be
            // predicted from; so has a window's first where windows do not overlap.
            let new = (index == 0 ? 0 : start - stride + context)..<end
            let scored = max(new.lowerBound, start + 1)..<end
            // The mean of a window is multiplied by one token fewer than are new, whether or not one of them was left out.
            let weight = scored.isEmpty ? 0 : Double(new.count - 1) / Double(scored.count)
            return Window(index: index, tokens: start..<end, scored: scored, weight: weight)
        case .llamaCpp:
            return Window(index: index, tokens: start..<end, scored: start + context / 2 + 1..<end, weight: 1)
        }
    }

    /// How many tokens some of the windows score together.
    public func scoredCount(_ indices: Range<Int>) -> Int { indices.reduce(0) { $0 + self[$1].scored.count } }
}

/// A share of a text's windows: the third of sixteen, say.
public struct Shard: Sendable, Equatable, CustomStringConvertible {
    /// From 1.
    public let number: Int
    /// Shares there are.
    public let count: Int

    /// The most shards; more than any cluster runs, and no overflow.
    public static let counts = 1...1_000_000

    /// Nil where there is no such share.
    public init?(_ number: Int, of count: Int) {
        guard Self.counts.contains(count), (1...count).contains(number) else { return nil }
        (self.number, self.count) = (number, count)
    }

    /// Everything.
    public static let whole = Shard(whole: ())
    private init(whole: ()) { (number, count) = (1, 1) }

    /// The windows of this share: neighbours, as many as in every other share or one more or fewer; none at all in some
    /// where there are more shares than windows.
    public func windows(of count: Int) -> Range<Int> {
        count * (number - 1) / self.count..<count * number / self.count
    }

    public var description: String { "\(number)/\(count)" }
}
