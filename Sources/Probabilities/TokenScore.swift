/// How likely a token was, beside all others.
public struct TokenScore: Sendable, Equatable {
    /// A token that might have stood there.
    public struct Alternative: Sendable, Equatable {
        public let token: Int
        /// ln p
        public let logProbability: Double
    }

    public let token: Int
    /// ln p, in nats.
    public let logProbability: Double
    /// How many tokens were likelier, and 1.
    public let rank: Int
    /// The likeliest tokens, the likeliest first.
    public let likeliest: [Alternative]

    /// - Parameters:
    ///   - logits: `[vocabularySize]`, finite.
    ///   - count: tokens to keep in ``likeliest``.
    public init(of token: Int, in logits: Span<Float>, likeliest count: Int = 0) {
        let value = logits[token]
        let (row, best, above) = unsafe logits.withUnsafeBufferPointer { logits in
            let row = unsafe LogitRow(logits)
            let above = unsafe logits.reduce(0) { $0 + ($1 > value ? 1 : 0) }
            let places = unsafe highest(count, of: logits)
            return (
                -row.surprise(token), places.map { Alternative(token: $0, logProbability: -row.surprise($0)) }, above
            )
        }
        (self.token, logProbability, rank, likeliest) = (token, row, above + 1, best)
    }
}

/// The places of the highest numbers, the highest first; of equal ones the first.
public func highest(_ count: Int, of numbers: some RandomAccessCollection<Float>) -> [Int] {
    guard count > 0 else { return [] }
    var best: [(place: Int, value: Float)] = []
    for (place, value) in numbers.enumerated() {
        if best.count == count, let last = best.last, !(value > last.value) { continue }
        let index = best.firstIndex { value > $0.value } ?? best.count
        best.insert((place, value), at: index)
        if best.count > count { best.removeLast() }
    }
    return best.map(\.place)
}
