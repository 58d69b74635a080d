import Kernels

/// Chooses the next token from the logits, by the rules of ``SamplingOptions`` in their order.
///
/// The same logits, history, options and seed give the same token on every machine.
public struct Sampler {
    private let options: SamplingOptions
    private let bias: LogitBias
    private let penalties: Penalties
    private var candidates: Candidates
    private var random: RandomSource
    /// Random numbers of the seed that were taken.
    public private(set) var drawCount: UInt64

    /// - Parameters:
    ///   - options: validated ones (``SamplingOptions/validated(vocabularySize:)``).
    ///   - kernels: who computes probabilities.
    ///   - drawCount: random numbers of the seed that were taken before.
    public init(_ options: SamplingOptions, kernels: KernelSet, drawCount: UInt64 = 0) {
        self.options = options
        bias = LogitBias(options.logitBias)
        penalties = Penalties(
            repeatPenalty: options.effectiveRepeatPenalty, presence: options.presencePenalty,
            frequency: options.frequencyPenalty, window: options.penaltyWindow)
        candidates = Candidates(kernels: kernels)
        random = RandomSource(seed: options.seed)
        random.skip(drawCount)
        self.drawCount = drawCount
    }

    /// The next token.
    ///
    /// - Parameters:
    ///   - logits: `[vocabularySize]`; biases and penalties change them in place.
    ///   - history: the tokens of the text so far.
    public mutating func choose(_ logits: inout MutableSpan<Float>, history: [Int]) throws(GenerationError) -> Int {
        bias.apply(to: &logits)
        penalties.apply(to: &logits, history: history)
        if options.temperature == 0 { return try Self.likeliest(logits.span) }

        candidates.take(logits.span, limit: options.topK)
        guard let best = candidates.items.first else { throw .allTokensForbidden }
        try Self.check(best.logit)
        candidates.weigh(temperature: options.temperature)
        TopP(mass: options.topP).apply(to: &candidates)
        MinP(share: options.minP).apply(to: &candidates)
        return draw()
    }

    /// One candidate, each with its probability among those that are left.
    private mutating func draw() -> Int {
        let total = candidates.items.reduce(0.0) { $0 + Double($1.probability) }
        drawCount &+= 1
        var left = random.uniform() * total
        for item in candidates.items {
            left -= Double(item.probability)
            if left < 0 { return item.token }
        }
        return candidates.items[candidates.items.count - 1].token
    }

    /// The token with the highest logit; of equal ones the first.
    private static func likeliest(_ logits: Span<Float>) throws(GenerationError) -> Int {
        var best = 0
        for token in logits.indices where logits[token] > logits[best] { best = token }
        try check(logits[best])
        return best
    }

    /// Refuses to choose where the best logit is no number to choose by.
    private static func check(_ best: Float) throws(GenerationError) {
        guard best > -.infinity else { throw .allTokensForbidden }
        guard best < .infinity else { throw .logitsOverflow }
    }
}
