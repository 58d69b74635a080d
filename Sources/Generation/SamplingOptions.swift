/// How the next token is chosen. Rules apply in the order of these properties.
public struct SamplingOptions: Sendable, Equatable {
    /// Added to the logits of some tokens.
    public var logitBias: [Int: Float] = [:]
    /// Logits of tokens seen lately are divided by this where positive and multiplied where negative; 1 is off
    /// (Keskar et al., CTRL, 2019). Nil is ``defaultRepeatPenalty``, or off at temperature 0.
    public var repeatPenalty: Float?
    /// Subtracted once from the logits of tokens seen lately.
    public var presencePenalty: Float = 0
    /// Subtracted from the logits of tokens seen lately, once for every time.
    public var frequencyPenalty: Float = 0
    /// How many tokens back "lately" reaches.
    public var penaltyWindow = 64
    /// Logits are divided by this; 0 takes the likeliest token always.
    public var temperature: Float = 0.8
    /// Only the `topK` likeliest tokens; 0 is off (Fan et al., 2018).
    public var topK = 40
    /// Only the likeliest tokens that together reach this probability; 1 is off (Holtzman et al., 2020).
    public var topP: Float = 0.95
    /// Only tokens at least this likely beside the likeliest; 0 is off (Nguyen et al., 2024).
    public var minP: Float = 0.05
    /// Where the random numbers start.
    public var seed: UInt64 = 0

    /// What ``repeatPenalty`` is where nobody says.
    public static let defaultRepeatPenalty: Float = 1.1

    /// The defaults, with seed 0.
    public init() {}

    /// Greedy decoding, nothing else: always the likeliest token.
    public static var greedy: SamplingOptions {
        var options = SamplingOptions()
        options.temperature = 0
        return options
    }

    /// The penalty that holds.
    var effectiveRepeatPenalty: Float { repeatPenalty ?? (temperature == 0 ? 1 : Self.defaultRepeatPenalty) }

    /// Refuses what makes no sense, naming the option.
    public func validated(vocabularySize: Int) throws(GenerationError) -> SamplingOptions {
        func require(_ holds: Bool, _ option: String, _ value: some Any, _ expected: String) throws(GenerationError) {
            if !holds { throw .badOption(name: option, value: "\(value)", expected: expected) }
        }
        for (token, bias) in logitBias {
            try require((0..<vocabularySize).contains(token), "logit-bias", token, "a token id below \(vocabularySize)")
            try require(bias < .infinity, "logit-bias", bias, "a number below infinity")
        }
        let penalty = effectiveRepeatPenalty
        try require(penalty > 0 && penalty.isFinite, "repeat-penalty", penalty, "a number above 0")
        try require(presencePenalty.isFinite, "presence-penalty", presencePenalty, "a finite number")
        try require(frequencyPenalty.isFinite, "frequency-penalty", frequencyPenalty, "a finite number")
        try require(penaltyWindow >= 0, "repeat-last-n", penaltyWindow, "0 or more tokens")
        try require(temperature >= 0 && temperature.isFinite, "temp", temperature, "0 or more")
        try require(topK >= 0, "top-k", topK, "0 (off) or more")
        try require(topP > 0 && topP <= 1, "top-p", topP, "a number above 0, at most 1 (off)")
        try require(minP >= 0 && minP < 1, "min-p", minP, "a number from 0 (off) to below 1")
        return self
    }
}
