import ArgumentParser
import GPT2
import Generation
import Tokenizer

/// A command that reads a prompt.
protocol PromptedCommand: ParsableCommand { var prompt: PromptArguments { get } }

/// Where a prompt comes from, the same for every command that reads one.
struct PromptArguments: ParsableArguments {
    @Argument(help: ArgumentHelp("The prompt, or - to read it from standard input.", valueName: "prompt"))
    var positional: String?

    @Argument(help: .hidden) var excess: [String] = []

    @Option(name: .shortAndLong, parsing: .unconditional, help: ArgumentHelp("The prompt.", valueName: "text"))
    var prompt: String?

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp(
            "Read the prompt from a file, or from standard input (-). One newline at its end does not count.",
            valueName: "file"),
        completion: .file())
    var file: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The prompt as token ids: 1,2,3.", valueName: "ids"),
        transform: { try TokenList(argument: $0, option: "--tokens") })
    var tokens: TokenList?

    @Flag(help: "Read names of special tokens, such as <|endoftext|>, in the prompt as those tokens.")
    var special = false

    /// The names of those sources that were given.
    var sources: [String] {
        [
            positional.map { _ in "an argument" }, prompt.map { _ in "-p" }, file.map { _ in "-f" },
            tokens.map { _ in "--tokens" },
        ].compactMap { $0 }
    }

    /// Not `validate()`, which would blame the prompt for the words of an option that is not known.
    func check() throws {
        guard sources.count <= 1 else {
            throw ValidationError(
                "the prompt is given twice, by \(sources.joined(separator: " and ")); give it once, and put quotes around "
                    + "several words")
        }
        guard excess.isEmpty else {
            throw ValidationError(
                "the prompt is one argument, but \"\(positional ?? "")\" is followed by \"\(excess[0])\"; put quotes "
                    + "around the prompt")
        }
    }

    /// The prompt in tokens. Without any source it is empty.
    ///
    /// - Parameter slides: whether a prompt may be longer than the context.
    func read(for model: TextModel, slides: Bool = false) throws -> Prompt {
        if let tokens { return try Prompt(tokens: tokens.ids, model: model) }
        let text =
            slides
            ? try readText(limit: Prompt.byteLimit)
            : try readText(limit: Prompt.byteLimit(context: model), model.promptTooLong)
        return try Prompt(text: text, model: model, parsingSpecials: special)
    }

    /// Every line of the prompt that is not empty, as a prompt of its own; one empty prompt where there is none.
    ///
    /// - Parameters:
    ///   - model: who reads them.
    ///   - slides: whether a prompt may be longer than the context; nil where that is not for the user to say.
    func readLines(for model: TextModel, slides: Bool?) throws -> [Prompt] {
        if let tokens { return [try Prompt(tokens: tokens.ids, model: model)] }
        let lines = try readText(limit: Prompt.byteLimit).split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var prompts: [Prompt] = []
        for (index, line) in lines.enumerated() {
            let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if text.isEmpty { continue }
            do {
                let prompt = try Prompt(text: Array(text), model: model, parsingSpecials: special)
                if slides == nil { try model.checkLength(prompt.tokens) }
                try model.check(prompt: prompt.tokens, slides: slides ?? false)
                prompts.append(prompt)
            } catch { throw Failure(error).about("line \(index + 1)") }
        }
        return try prompts.isEmpty ? [Prompt(tokens: [], model: model)] : prompts
    }

    private func readText(limit: Int, _ reason: String = "that is too much to read at once") throws -> [UInt8] {
        guard let path = file ?? (positional == "-" ? "-" : nil) else {
            return Array((prompt ?? positional ?? "").utf8)
        }
        var input = try Input(path)
        return Input.withoutLineEnd(try input.readAll(limit: limit, reason))
    }
}

/// What a text begins with: as tokens, and as it is shown.
struct Prompt {
    let tokens: [Int]
    /// The text, byte by byte as it was given; without a tokenizer the ids.
    let shown: [UInt8]

    /// A prompt of 64 MiB is longer than any context; more is a mistake (`vencejo generate - < /dev/zero`).
    static let byteLimit = 64 << 20

    /// The most bytes that a model's context can hold, and a newline: a longer prompt need not be cut into tokens, which takes
    /// many times its own memory, to be refused.
    static func byteLimit(context model: TextModel) -> Int {
        guard let tokenizer = model.tokenizer else { return byteLimit }
        return min(byteLimit, model.model.contextLength * tokenizer.longestTokenByteCount + 1)
    }

    init(text: [UInt8], model: TextModel, parsingSpecials: Bool = false) throws {
        shown = text
        tokens = text.isEmpty ? [] : try model.tokens(of: text, parsingSpecials: parsingSpecials)
    }

    init(tokens: [Int], model: TextModel) throws {
        let vocabularySize = model.model.configuration.vocabularySize
        for (position, token) in tokens.enumerated() where !(0..<vocabularySize).contains(token) {
            throw GPT2Error.tokenOutsideVocabulary(
                token: token, position: position, vocabularySize: vocabularySize)
        }
        self.tokens = tokens
        shown =
            if let tokenizer = model.tokenizer {
                // A model may have more tokens than its tokenizer has texts.
                tokens.flatMap { (try? tokenizer.bytes(of: UInt32($0))) ?? [] }
            } else {
                Array(TokenList(tokens).description.utf8)
            }
    }
}

extension TextModel {
    /// Refuses a text that the context cannot hold.
    func checkLength(_ tokens: [Int]) throws(Failure) {
        guard tokens.count > model.contextLength else { return }
        throw Failure(
            .badData,
            "the text has \(tokens.count) tokens and the model's context holds \(model.contextLength); shorten it")
    }

    /// What is wrong with a file that is longer than any prompt this model can read.
    var promptTooLong: String { "that is more than the context of \(model.contextLength) tokens can hold; shorten it" }
}
