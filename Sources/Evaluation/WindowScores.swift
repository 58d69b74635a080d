import Probabilities

/// What a window came to, token by token.
public struct WindowScores: Sendable, Equatable {
    /// Which window.
    public let index: Int
    /// −ln p of each scored token, in order.
    public var surprises: [Double] = []
    /// The same beside a base; nil where there is none.
    public var comparison: Comparison?

    /// How a model differs from its base, token by token.
    public struct Comparison: Sendable, Equatable {
        /// −ln p by the base.
        public var baseSurprises: [Double] = []
        /// KL(base ‖ model), in nats.
        public var divergences: [Double] = []
        /// Whether both find the same token likeliest.
        public var agreements: [Bool] = []
    }

    init(index: Int, compares: Bool, capacity: Int) {
        self.index = index
        surprises.reserveCapacity(capacity)
        guard compares else { return }
        var comparison = Comparison()
        comparison.baseSurprises.reserveCapacity(capacity)
        comparison.divergences.reserveCapacity(capacity)
        comparison.agreements.reserveCapacity(capacity)
        self.comparison = comparison
    }

    /// Puts down what is said about the next scored token.
    mutating func append(_ row: LogitRow, base: LogitRow?, token: Int) {
        surprises.append(row.surprise(token))
        guard let base else { return }
        comparison?.baseSurprises.append(base.surprise(token))
        comparison?.divergences.append(base.divergence(from: row))
        comparison?.agreements.append(base.likeliest == row.likeliest)
    }
}
