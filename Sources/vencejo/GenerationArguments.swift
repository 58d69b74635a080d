import ArgumentParser
import Generation

/// When a text ends.
struct GenerationArguments: ParsableArguments {
    @Option(
        name: [.customShort("n"), .long], parsing: .unconditional,
        help: ArgumentHelp(
            "Tokens to write at most; -1 goes on to the end of the context, or until Ctrl-C where it slides.",
            valueName: "count"))
    var nPredict = GenerationOptions().maxTokens ?? -1

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("End the text where this would come. May be given again.", valueName: "text"))
    var stop: [String] = []

    @Flag(help: "Go on when the model ends the text.")
    var ignoreEos = false

    @Flag(
        help: ArgumentHelp(
            "When the context is full, go on from its last half (interactive always does); also shortens a prompt that "
                + "is too long."))
    var slide = false

    @Flag(
        help: ArgumentHelp(
            "Guess the next tokens from what the text has said before and verify the guesses together: the same text, sooner "
                + "where it repeats itself."))
    var lookup = false

    func validate() throws {
        guard nPredict >= -1 else {
            throw ValidationError("-n is \(nPredict); expected 0 or more tokens, or -1 for as many as fit")
        }
    }

    /// The options of a text whose tokens are chosen by `sampling`.
    func options(_ sampling: SamplingArguments) -> GenerationOptions {
        var options = GenerationOptions()
        options.sampling = sampling.options
        options.maxTokens = nPredict < 0 ? nil : nPredict
        options.stops = stop
        options.ignoresEndOfText = ignoreEos
        options.slides = slide
        options.looksUp = lookup
        return options
    }
}
