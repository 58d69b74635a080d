import ArgumentParser
import GPT2
import Generation

/// The text that is being written in turns, and what holds for the next turn.
struct Conversation {
    private let model: OpenModel
    private let session: Session
    private let showsStatistics: Bool
    /// On a terminal the cursor stands behind what was typed, and the model's text follows right there.
    private let isOnTerminal: Bool
    private var options: GenerationOptions
    /// Whether every turn starts from the same seed.
    private var keepsSeed: Bool
    /// The text so far.
    private var tokens: [Int] = []
    private var endsInSpace = true

    /// Whether the next line begins a text.
    var isNew: Bool { tokens.isEmpty }

    init(
        _ model: OpenModel, options: GenerationOptions, keepsSeed: Bool, showsStatistics: Bool, isOnTerminal: Bool
    ) throws {
        self.model = model
        self.options = options
        self.options.slides = true
        self.keepsSeed = keepsSeed
        self.showsStatistics = showsStatistics
        self.isOnTerminal = isOnTerminal
        session = try model.gpt2.makeSession()
        _ = try options.sampling.validated(vocabularySize: model.gpt2.configuration.vocabularySize)
    }

    /// Does what a line says. What goes wrong with it is said, and the conversation goes on.
    ///
    /// - Returns: whether there are more turns.
    mutating func take(_ line: String) throws -> Bool {
        do {
            if line.hasPrefix("/") {
                if isOnTerminal { Diagnostics.say("") }
                return try obey(line)
            }
            try write(after: line)
        } catch let code as ExitCode {
            throw code
        } catch {
            let failure = Failure(error)
            if failure.status == .inputOutput { throw failure }
            Diagnostics.complain(failure.message)
        }
        return true
    }

    /// Adds a line to the text and lets the model go on.
    private mutating func write(after line: String) throws {
        var printer = TextPrinter(
            .text, tokenizer: model.text.tokenizer, isAtLineStart: !isOnTerminal)
        defer { try? printer.endLine() }
        var turn = options.sampling.seed
        if !keepsSeed { turn = SamplingArguments.newSeed }
        options.sampling.seed = turn

        var generator = try TextGenerator(
            model.text, prompt: tokens + ids(of: line), options: options, session: session)
        let run = try TextRun(&generator, statistics: Statistics(model, seed: turn)) { piece in
            try printer.show(piece)
            if let last = piece.text.unicodeScalars.last { endsInSpace = last.properties.isWhitespace }
        }
        try printer.endLine()
        tokens = generator.tokens
        if run.finishReason == .endOfText { reset() }
        if showsStatistics { Diagnostics.remark(run.remarks) }
    }

    /// The tokens of a line, with a space before it where a word would else stick to the text.
    private mutating func ids(of line: String) throws -> [Int] {
        guard model.text.tokenizer != nil else {
            return try Prompt(tokens: TokenList.parse(Array(line.utf8), source: "the line"), model: model.text).tokens
        }
        let startsAWord = line.unicodeScalars.first.map { $0.properties.isAlphabetic } ?? false
        let added = startsAWord && !endsInSpace ? " " + line : line
        if let last = added.unicodeScalars.last { endsInSpace = last.properties.isWhitespace }
        return try Prompt(text: Array(added.utf8), model: model.text).tokens
    }

    private mutating func reset() {
        tokens = []
        endsInSpace = true
    }
}

// MARK: Commands

extension Conversation {
    private static let help = """
        /reset     begin a new text
        /seed N    the same seed for every turn from now on; without N another one each time
        /temp X    temperature: 0 always takes the likeliest token (no penalty holds then unless it was given)
        /n N       tokens to write in a turn; -1 goes on until Ctrl-C
        /quit      leave (as Ctrl-D does)
        Enter alone lets the model write on. Ctrl-C stops it.
        """

    /// Does what a line that begins with a slash says.
    private mutating func obey(_ line: String) throws -> Bool {
        let words = line.split(separator: " ").map(String.init)
        let value = words.count > 1 ? words[1] : nil
        guard words.count <= 2 else { throw Failure(.usage, "\(words[0]) takes one value at most") }
        switch words[0] {
        case "/quit", "/exit", "/bye": return false
        case "/help", "/?": Diagnostics.say(Self.help)
        case "/reset", "/clear": reset()
        case "/seed":
            keepsSeed = value != nil
            if let value { options.sampling.seed = try Self.number(value, "/seed", in: 0...UInt64(Int.max)) }
        case "/temp":
            guard let temperature = value.flatMap({ Float($0) }) else {
                throw Failure(.usage, "/temp takes a number, such as /temp 0.8")
            }
            var sampling = options.sampling
            sampling.temperature = temperature
            options.sampling = try sampling.validated(vocabularySize: model.gpt2.configuration.vocabularySize)
        case "/n":
            let count = try Self.number(value ?? "", "/n", in: -1...Int.max)
            options.maxTokens = count < 0 ? nil : count
        default: throw Failure(.usage, "there is no command \(words[0]); /help lists them")
        }
        return true
    }

    private static func number<Number: FixedWidthInteger>(
        _ text: String, _ command: String, in allowed: ClosedRange<Number>
    ) throws(Failure) -> Number {
        guard let number = Number(text), allowed.contains(number) else {
            throw Failure(.usage, "\(command) takes a number from \(allowed.lowerBound) to \(allowed.upperBound)")
        }
        return number
    }
}
