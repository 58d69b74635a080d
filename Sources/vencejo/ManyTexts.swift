import ArgumentParser
import Generation
import StrictJSON

/// How many texts are written, and how many at a time.
struct ManyTextsArguments: ParsableArguments {
    @Option(
        name: .customLong("n"),
        help: ArgumentHelp(
            "Texts to write from each prompt, together; each has the seed of the one before it plus 1.",
            valueName: "count"))
    var textCount = 1

    @Option(
        help: ArgumentHelp(
            "Take every line of the prompt as a prompt of its own, and write so many texts at a time (1 to "
                + "\(ParallelGenerator.maximumCount)).",
            valueName: "count"))
    var parallel: Int?

    /// Whether there is more than one text, or may be.
    var isNeeded: Bool { textCount > 1 || parallel != nil }

    /// Texts written at a time.
    var together: Int { parallel ?? min(textCount, ParallelGenerator.maximumCount) }

    func validate() throws {
        guard textCount >= 1 else { throw ValidationError("--n is \(textCount); expected 1 or more texts") }
        if let parallel, !(1...ParallelGenerator.maximumCount).contains(parallel) {
            throw ValidationError(
                "--parallel is \(parallel); expected 1 to \(ParallelGenerator.maximumCount) texts at a time")
        }
    }
}

/// Writes many texts, a few at a time, and prints each when it and those before it are done.
struct ManyTexts {
    let model: OpenModel
    let prompts: [Prompt]
    let options: GenerationOptions
    /// Texts at a time.
    let together: Int
    let isJSON: Bool
    let echoes: Bool

    private struct Text {
        let prompt: Prompt
        let index: Int
        var text = ""
        var tokens: [Int] = []
    }

    /// - Returns: what was read and written in how much time.
    func write() throws -> Statistics {
        var statistics = Statistics(model, seed: options.sampling.seed)
        var output = StandardOutput(isAtLineStart: true)
        let start = ContinuousClock.now
        try Interrupt.catching {
            for first in stride(from: 0, to: prompts.count, by: together) {
                let indices = first..<min(first + together, prompts.count)
                try write(indices, to: &output, counting: &statistics)
            }
        }
        statistics.writingTime = start.duration(to: .now)
        if isJSON { try output.writeLine(JSONValue.object(["statistics": statistics.json]).encoded()) }
        try output.flush()
        return statistics
    }

    private func write(
        _ indices: Range<Int>, to output: inout StandardOutput, counting statistics: inout Statistics
    ) throws {
        var texts = indices.map { Text(prompt: prompts[$0], index: $0) }
        var generator = try ParallelGenerator(
            model.text, texts: texts.map { ($0.prompt.tokens, options(of: $0.index)) })
        var printed = 0
        var goesOn = true
        while goesOn {
            goesOn = try generator.advance { index, piece in
                texts[index].text += piece.text
                if let token = piece.token { texts[index].tokens.append(token) }
            }
            while printed < texts.count, let reason = generator.generators[printed].finishReason {
                try show(texts[printed], reason, &output)
                printed += 1
            }
            if Interrupt.isRequested { throw ExitStatus.interrupted.code }
        }
        statistics.promptTokens += texts.reduce(0) { $0 + $1.prompt.tokens.count }
        statistics.writtenTokens += generator.generators.reduce(0) { $0 + $1.writtenCount }
    }

    /// The options of a text: its own seed, so that it can be written again alone.
    private func options(of index: Int) -> GenerationOptions {
        var options = options
        options.sampling.seed &+= UInt64(index)
        return options
    }

    private func show(_ text: Text, _ reason: FinishReason, _ output: inout StandardOutput) throws {
        let ids = TokenList(text.tokens).description
        if isJSON {
            try output.writeLine(
                JSONValue.object([
                    "index": .integer(Int64(text.index)), "text": .string(text.text),
                    "tokens": .array(text.tokens.map { .integer(Int64($0)) }),
                    "finish_reason": .string(reason.rawValue),
                    "seed": .integer(Int64(options(of: text.index).sampling.seed)),
                ]).encoded())
        } else {
            if text.index > 0 { try output.write("\n") }
            if echoes { try output.write(text.prompt.shown) }
            let hasTokenizer = model.text.tokenizer != nil
            try output.write(hasTokenizer ? text.text : (echoes && !text.prompt.shown.isEmpty ? "," : "") + ids)
            if !output.isAtLineStart { try output.write("\n") }
        }
        try output.flush()
    }
}
