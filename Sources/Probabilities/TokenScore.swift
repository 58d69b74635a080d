/// How likely a token was, beside all others.
public struct TokenScore: Sendable, Equatable {
    /// A token that might have stood there.
    public struct Alternative: Sendable, Equatable {
        /// Its id.
        public let token: Int
        /// ln p
        public let logProbability: Double
    }

    /// Its id.
    public let token: Int
    /// ln p, in nats.
    public let logProbability: Double
    /// How many tokens were likelier, and 1.
    public let rank: Int
    /// The likeliest tokens, the likeliest first.
    public let likeliest: [Alternative]

    /// - Parameters:
    ///   - token: the token.
    ///   - logits: `[vocabularySize]`, finite.
    ///   - count: tokens to keep in ``likeliest``.
    public init(of token: Int, in logits: Span<Float>, likeliest count: Int = 0) {
        let (value, places) = (logits[token], highest(count, of: logits))
        var above = 0
        for index in logits.indices where logits[index] > value { above += 1 }
        (self.token, rank) = (token, above + 1)
        let surprises: [Double] = unsafe logits.withUnsafeBufferPointer { logits in
            let row = unsafe LogitRow(logits)
            return ([token] + places).map(row.surprise)
        }
        logProbability = -surprises[0]
        likeliest = zip(places, surprises.dropFirst()).map { Alternative(token: $0, logProbability: -$1) }
    }
}

/// The places of the highest numbers, the highest first; of equal ones the first.
public func highest(_ count: Int, of numbers: Span<Float>) -> [Int] {
    guard count > 0 else { return [] }
    var best: [(place: Int, value: Float)] = []
    for place in numbers.indices {
        let value = numbers[place]
        if best.count == count, let last = best.last, !(value > last.value) { continue }
        let index = best.firstIndex { value > $0.value } ?? best.count
        best.insert((place, value), at: index)
        if best.count > count { best.removeLast() }
    }
    return best.map(\.place)
}
