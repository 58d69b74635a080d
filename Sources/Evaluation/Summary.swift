import Probabilities

/// What a text came to: the means over its scored tokens, with their standard errors.
///
/// Windows are added in the text's order. The same windows in the same order give the same bits, whoever measured them.
public struct Summary: Sendable {
    /// A mean, and its standard error.
    public struct Estimate: Sendable, Equatable {
        /// The mean.
        public let mean: Double
        /// As if tokens were independent of each other; 0 for a single token.
        public let standardError: Double
    }

    /// The model beside its base.
    public struct Comparison: Sendable, Equatable {
        /// −ln p by the base, in nats.
        public let base: Estimate
        /// Of the model less that of the base, token by token.
        public let difference: Estimate
        /// KL(base ‖ model), in nats.
        public let divergence: Estimate
        /// Of the divergence: by linear interpolation between the neighbours in order.
        public let median, percentile99, permille999, maximum: Double
        /// The share of tokens at which both find the same token likeliest.
        public let agreement: Estimate
        /// √ mean (p − p of the base)², p being the probability of the token that comes.
        public let probabilityChange: Estimate
    }

    /// What tokens of an eighth of the context came to.
    public struct Positions: Sendable, Equatable {
        /// How many tokens stand before the scored ones in the window.
        public let range: Range<Int>
        /// Scored tokens in the range.
        public let tokenCount: Int
        /// The mean of −ln p, in nats.
        public let surprise: Double
        /// KL(base ‖ model) and how often both agree, where there is a base.
        public let divergence, agreement: Double?
    }

    /// Tokens scored.
    public private(set) var tokenCount = 0
    private let context: Int
    private var surprise = Mean()
    private var base = Mean()
    private var difference = Mean()
    private var divergence = Mean()
    private var squaredChange = Mean()
    private var agreements = 0
    private var divergences: [Double] = []
    private var eighths = [Eighth](repeating: Eighth(), count: 8)

    private struct Eighth {
        var surprise = Mean()
        var divergence = Mean()
        var agreements = 0
    }

    /// - Parameter context: tokens of a window.
    public init(context: Int) { self.context = context }

    /// Adds the next window.
    public mutating func add(_ scores: WindowScores, of window: Window) {
        precondition(scores.surprises.count == window.scored.count, "a window is added with scores of its own")
        tokenCount += scores.surprises.count
        for (token, surprise) in scores.surprises.enumerated() {
            let eighth = (window.scored.lowerBound + token - window.tokens.lowerBound) * 8 / context
            self.surprise.add(surprise, weight: window.weight)
            eighths[eighth].surprise.add(surprise)
            guard let comparison = scores.comparison else { continue }
            let (baseSurprise, divergence) = (comparison.baseSurprises[token], comparison.divergences[token])
            base.add(baseSurprise, weight: window.weight)
            difference.add(surprise - baseSurprise, weight: window.weight)
            let change = exponential(-surprise) - exponential(-baseSurprise)
            squaredChange.add(change * change)
            self.divergence.add(divergence)
            eighths[eighth].divergence.add(divergence)
            divergences.append(divergence)
            if comparison.agreements[token] {
                agreements += 1
                eighths[eighth].agreements += 1
            }
        }
    }

    /// −ln p of a token, in nats; nil where nothing was scored.
    public var nats: Estimate? { tokenCount > 0 ? surprise.estimate : nil }

    /// e to the power of ``nats``.
    public var perplexity: Estimate? { nats.map(Self.perplexity) }

    /// The perplexity that some nats a token are.
    public static func perplexity(_ nats: Estimate) -> Estimate {
        let perplexity = exponential(nats.mean)
        return Estimate(mean: perplexity, standardError: perplexity * nats.standardError)
    }

    /// Nil where nothing was compared.
    public var comparison: Comparison? {
        guard !divergences.isEmpty else { return nil }
        let sorted = divergences.sorted()
        let share = Double(agreements) / Double(tokenCount)
        let change = squaredChange.estimate
        let root = change.mean.squareRoot()
        return Comparison(
            base: base.estimate, difference: difference.estimate, divergence: divergence.estimate,
            median: Self.quantile(0.5, of: sorted), percentile99: Self.quantile(0.99, of: sorted),
            permille999: Self.quantile(0.999, of: sorted), maximum: Self.quantile(1, of: sorted),
            agreement: Estimate(
                mean: share, standardError: (share * (1 - share) / Double(max(1, tokenCount - 1))).squareRoot()),
            probabilityChange: Estimate(mean: root, standardError: root > 0 ? change.standardError / (2 * root) : 0))
    }

    /// The eighths of the context in which tokens were scored.
    public var positions: [Positions] {
        eighths.enumerated().filter { $1.surprise.count > 0 }.map { index, eighth in
            let compares = !divergences.isEmpty
            return Positions(
                range: (context * index + 7) / 8..<(context * (index + 1) + 7) / 8, tokenCount: eighth.surprise.count,
                surprise: eighth.surprise.estimate.mean,
                divergence: compares ? eighth.divergence.estimate.mean : nil,
                agreement: compares ? Double(eighth.agreements) / Double(eighth.surprise.count) : nil)
        }
    }

    /// The value below which this share of the sorted numbers lies, between two of them by linear interpolation.
    static func quantile(_ share: Double, of sorted: [Double]) -> Double {
        let place = share * Double(sorted.count - 1)
        let index = Int(place)
        let rest = place - Double(index)
        let (below, above) = (sorted[index], sorted[min(index + 1, sorted.count - 1)])
        return below + (above - below) * rest
    }
}
