import ArgumentParser
import Generation

/// How each token is chosen. What the numbers may be is said by ``SamplingOptions/validated(vocabularySize:)``.
struct SamplingArguments: ParsableArguments {
    @Option(
        name: [.customLong("temp"), .customLong("temperature")], parsing: .unconditional,
        help: ArgumentHelp(
            "Temperature: 0 always takes the likeliest token (no penalty holds then unless it is given), 1 takes the "
                + "model's own probabilities.",
            valueName: "number"))
    var temperature = Self.defaults.temperature

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Choose among this many of the likeliest tokens; 0 is off.", valueName: "count"))
    var topK = Self.defaults.topK

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Choose among the likeliest tokens that together have this probability; 1 is off.", valueName: "share"))
    var topP = Self.defaults.topP

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Choose among tokens at least this likely beside the likeliest; 0 is off.", valueName: "share"))
    var minP = Self.defaults.minP

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Makes tokens of the latest text less likely; 1 is off. "
                + "(default: \(SamplingOptions.defaultRepeatPenalty); with --temp 0: 1)",
            valueName: "number"))
    var repeatPenalty: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many tokens back the three penalties look.", valueName: "count"))
    var repeatLastN = Self.defaults.penaltyWindow

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Taken once from the logits of tokens in the latest text.", valueName: "number"))
    var presencePenalty = Self.defaults.presencePenalty

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Taken from the logits of tokens in the latest text, for every time.", valueName: "number"))
    var frequencyPenalty = Self.defaults.frequencyPenalty

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Added to a token's logit; -inf forbids the token. May be given again.", valueName: "id=value"),
        transform: { try LogitBiasArgument(argument: $0) })
    var logitBias: [LogitBiasArgument] = []

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp(
            "The same seed gives the same text; -1, the default, takes another one each time.", valueName: "number"))
    var seed: Int?

    /// Whether a seed was asked for.
    var keepsSeed: Bool { (seed ?? -1) >= 0 }

    private static let defaults = SamplingOptions()

    func validate() throws {
        if let seed, seed < -1 {
            throw ValidationError("--seed is \(seed); expected 0 to \(Int.max), or -1 for another one each time")
        }
    }

    /// The options, with a new seed where none was given.
    var options: SamplingOptions {
        var options = SamplingOptions()
        options.temperature = temperature
        options.topK = topK
        options.topP = topP
        options.minP = minP
        options.repeatPenalty = repeatPenalty
        options.penaltyWindow = repeatLastN
        options.presencePenalty = presencePenalty
        options.frequencyPenalty = frequencyPenalty
        options.logitBias = Dictionary(logitBias.map { ($0.token, $0.bias) }) { first, second in first + second }
        options.seed = seed.flatMap(UInt64.init(exactly:)) ?? Self.newSeed
        return options
    }

    /// A seed short enough to be typed again.
    static var newSeed: UInt64 { UInt64.random(in: 0...UInt64(UInt32.max)) }
}

/// A token's id and what its logit is changed by, written `ID=VALUE`.
struct LogitBiasArgument {
    let token: Int
    let bias: Float

    init(argument: String) throws(ValidationError) {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let token = Int(parts[0]), let bias = Float(parts[1]) else {
            throw ValidationError("expected a token id and a number, such as 11=-2.5 or 11=-inf")
        }
        (self.token, self.bias) = (token, bias)
    }
}
