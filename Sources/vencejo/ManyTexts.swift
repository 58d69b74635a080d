import ArgumentParser
import Generation
import Inspection
import Probabilities
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
            "Take every line of the prompt that is not empty as a prompt of its own, and write so many texts at a time "
                + "(1 to \(ParallelGenerator.maximumCount)).",
            valueName: "count"))
    var parallel: Int?

    private static let textCounts = 1...1_000_000

    /// Whether there is more than one text, or may be.
    var isNeeded: Bool { textCount > 1 || parallel != nil }

    /// Texts written at a time.
    var together: Int { parallel ?? min(textCount, ParallelGenerator.maximumCount) }

    func validate() throws {
        guard Self.textCounts.contains(textCount) else {
            throw ValidationError("--n is \(textCount); expected 1 to \(Self.textCounts.upperBound) texts")
        }
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
    /// Texts from each prompt.
    let copies: Int
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
        var scores: [TokenScore] = []
    }

    /// Writes the texts, or those that were begun when the user pressed Ctrl-C.
    ///
    /// - Returns: what people are told about it: what may surprise, and the statistics.
    func write() throws -> String {
        var statistics = Statistics(model, seed: options.sampling.seed)
        var output = StandardOutput(isAtLineStart: true)
        var surprises: [String] = []
        let count = prompts.count * copies
        try Interrupt.catching {
            for first in stride(from: 0, to: count, by: together) where !Interrupt.isRequested {
                let indices = first..<min(first + together, count)
                for surprise in try write(indices, to: &output, counting: &statistics)
                where !surprises.contains(surprise) {
                    surprises.append(surprise)
                }
            }
        }
        if isJSON { try output.writeLine(JSONValue.object(["statistics": statistics.json]).encoded()) }
        try output.flush()
        return (surprises + [statistics.line]).joined(separator: "\n")
    }

    /// - Returns: what may surprise about the texts' ends.
    private func write(
        _ indices: Range<Int>, to output: inout StandardOutput, counting statistics: inout Statistics
    ) throws -> [String] {
        var texts = indices.map { Text(prompt: prompts[$0 / copies], index: $0) }
        let clock = ContinuousClock()
        var generator = try ParallelGenerator(
            model.text, texts: texts.map { ($0.prompt.tokens, options(of: $0.index)) })
        func keep(_ index: Int, _ piece: Piece) {
            texts[index].text += piece.text
            if let token = piece.token { texts[index].tokens.append(token) }
            if let score = piece.score { texts[index].scores.append(score) }
        }
        var goesOn = true
        statistics.promptTime += try clock.measure {
            while try !Interrupt.isRequested && generator.readBatch() {}
            if !Interrupt.isRequested { goesOn = try generator.advance(keep) }
        }
        statistics.promptTokens += generator.generators.reduce(0) { $0 + $1.readCount }
        var printed = 0
        let start = clock.now
        while true {
            while printed < texts.count, let reason = generator.generators[printed].finishReason {
                try show(texts[printed], of: generator.generators[printed], reason, &output)
                printed += 1
            }
            guard goesOn else { break }
            if Interrupt.isRequested { generator.interrupt(keep) }
            goesOn = try generator.advance(keep)
        }
        statistics.writingTime += start.duration(to: clock.now)
        statistics.writtenTokens += generator.generators.reduce(0) { $0 + $1.writtenCount }
        return generator.generators.compactMap(TextRun.surprise)
    }

    /// The options of a text: its own seed, so that it can be written again alone. After the largest comes 0.
    private func options(of index: Int) -> GenerationOptions {
        var options = options
        options.sampling.seed = (options.sampling.seed &+ UInt64(index)) & UInt64(Int.max)
        return options
    }

    private func show(
        _ text: Text, of generator: TextGenerator, _ reason: FinishReason, _ output: inout StandardOutput
    ) throws {
        let ids = TokenList(text.tokens).description
        if isJSON {
            var object: JSONObject = [
                "index": .integer(Int64(text.index)), "text": .string(text.text),
                "tokens": .array(text.tokens.map { .integer(Int64($0)) }),
                "finish_reason": .string(reason.rawValue),
            ]
            if generator.endedWithFullContext { object["context_full"] = true }
            if options.scoredAlternatives != nil {
                let labels = TokenLabels(model.text.tokenizer)
                object["logprobs"] = .array(text.scores.map { .number($0.logProbability) })
                object["top_logprobs"] = .array(
                    text.scores.map { .array($0.likeliest.map { Score.json($0, labels) }) })
            }
            object["seed"] = .integer(Int64(options(of: text.index).sampling.seed))
            try output.writeLine(JSONValue.object(object).encoded())
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
