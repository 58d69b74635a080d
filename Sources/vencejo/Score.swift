import ArgumentParser
import Evaluation
import GPT2
import Generation
import Inspection
import Probabilities
import StrictJSON

/// `vencejo score`: how likely a text is, and which of several continuations is likeliest.
struct Score: PromptedCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says how likely a text is, token by token, or ranks continuations.",
        discussion: """
            Every token's log-probability in nats given those before it, and its rank among all tokens. The first has none, \
            unless --bos puts the end-of-text token before the text, as training texts have it.

            With --choices the prompt's continuations are ranked, as GPT-2's paper has its tasks done: the likeliest is the \
            answer. A space is put between prompt and choice where neither has white space, unless --joined. --by token or \
            byte ranks by the mean over a choice's tokens or bytes, where long choices would lose.

            With --json the output is one object: {"tokens": [{"token", "text", "logprob", "rank", "top"}], "logprob", \
            "perplexity"}, or {"choices": [{"choice", "logprob", "share", "tokens"}], "best"}. A token that ends inside a \
            character has U+FFFD in "text", and its bytes in "bytes".

            EXAMPLES
              vencejo score -p "Once upon a time, there was a little girl"
              vencejo score -f poem.txt --top 3 --json
              vencejo score -p "The cat sat on the" --choices mat moon "very tall tree"
              vencejo score -p "Review: I loved it. Sentiment:" --choices good bad
            """)

    @OptionGroup(title: "Text") var prompt: PromptArguments

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Continuations to rank, each an argument of its own.", valueName: "text"))
    var choices: [String] = []

    enum Rule: String, ExpressibleByArgument, CaseIterable { case sum, token, byte }

    @Option(help: "What choices are ranked by: the log-probability's sum (default), or its mean over tokens or bytes.")
    var by: Rule?

    @Flag(help: "Put nothing between prompt and choice.")
    var joined = false

    @Flag(help: "Begin with the end-of-text token, so that the first token has a probability too.")
    var bos = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Show so many likeliest tokens of each place, with --json.", valueName: "count"))
    var top = 0

    @Flag(help: "Write one JSON object.")
    var json = false

    @OptionGroup(title: "Model") var model: ModelOptions

    func validate() throws {
        guard !prompt.sources.isEmpty else { throw ValidationError("there is no text; give it by -p, -f or --tokens") }
        guard (0...1000).contains(top) else { throw ValidationError("--top is \(top); expected 0 to 1000 tokens") }
        guard top == 0 || json && choices.isEmpty else {
            throw ValidationError("--top is for --json, and for a text without --choices")
        }
        guard choices.allSatisfy({ !$0.isEmpty }) else {
            throw ValidationError("one of --choices is empty; nothing would be said")
        }
        guard !choices.isEmpty || by == nil && !joined else {
            throw ValidationError("\(joined ? "--joined" : "--by") is about --choices, of which there are none")
        }
        guard choices.isEmpty || prompt.tokens == nil else {
            throw ValidationError("--choices go on with a text; give it by -p or -f, not in tokens")
        }
    }

    func run() throws {
        try model.open(keptLogits: TextScorer.keptLogits) { model in
            var output = StandardOutput()
            try Interrupt.catching {
                if choices.isEmpty { try score(model, &output) } else { try rank(model, &output) }
            }
            try output.flush()
        }
    }

    /// The end-of-text token where --bos asks for it.
    private func start(_ model: OpenModel) throws -> [Int] {
        guard bos else { return [] }
        guard let token = model.text.endOfText else {
            throw Failure(.badData, "--bos: this model has no end-of-text token to begin with")
        }
        return [token]
    }

    // MARK: A text

    private func score(_ model: OpenModel, _ output: inout StandardOutput) throws {
        let tokens = try start(model) + prompt.read(for: model.text).tokens
        guard let first = tokens.first, !bos || tokens.count > 1 else {
            throw Failure(.badData, "the text is empty; there is nothing to score")
        }
        let scores = try TextScorer(model.gpt2).scores(
            of: Array(tokens.dropFirst()), after: [first], likeliest: top)
        let labels = TokenLabels(model.text.tokenizer)
        let sum = scores.reduce(0) { $0 + $1.logProbability }
        let perplexity = scores.isEmpty ? nil : exponential(-sum / Double(scores.count))
        guard !json else {
            let object: JSONObject = [
                "tokens": .array(
                    (bos ? [] : [Self.json(unscored: first, labels)]) + scores.map { Self.json($0, labels, top: top) }),
                "logprob": .number(sum), "perplexity": perplexity.map { .number($0) } ?? .null,
            ]
            return try output.writeLine(JSONValue.object(object).encoded(pretty: true))
        }
        let names = labels.labels(of: tokens).map(Self.shown)
        var rows = zip(scores, names.dropFirst()).map { score, name in
            [
                name, "\(score.token)", score.logProbability.fixed(4),
                (100 * exponential(score.logProbability)).brief + " %", "\(score.rank)",
            ]
        }
        if !bos { rows.insert([names[0], "\(first)", "", "", ""], at: 0) }
        for line in Table(["token", "id", "log p", "p", "rank"], rows).lines { try output.writeLine(line) }
        if let perplexity {
            let mean = (sum / Double(scores.count)).fixed(4)
            try output.writeLine("\nlog p \(sum.fixed(4)), \(mean) a token; perplexity \(perplexity.brief)")
        } else {
            Diagnostics.remark("one token, with nothing before it, has no probability; --bos gives it one")
        }
    }

    private static func json(unscored token: Int, _ labels: TokenLabels) -> JSONValue {
        var object = json(token, labels)
        (object["logprob"], object["rank"]) = (.null, .null)
        return .object(object)
    }

    static func json(_ score: TokenScore, _ labels: TokenLabels, top: Int) -> JSONValue {
        var object = json(score.token, labels)
        object["logprob"] = .number(score.logProbability)
        object["rank"] = .integer(Int64(score.rank))
        if top > 0 { object["top"] = .array(score.likeliest.map { json($0, labels) }) }
        return .object(object)
    }

    static func json(_ alternative: TokenScore.Alternative, _ labels: TokenLabels) -> JSONValue {
        var object = json(alternative.token, labels)
        object["logprob"] = .number(alternative.logProbability)
        return .object(object)
    }

    /// A token: its id, its text, and its bytes where they are no UTF-8.
    private static func json(_ token: Int, _ labels: TokenLabels) -> JSONObject {
        let (text, bytes) = labels.exactText(of: token)
        var object: JSONObject = ["token": .integer(Int64(token)), "text": .string(text)]
        if let bytes { object["bytes"] = .array(bytes.map { .integer(Int64($0)) }) }
        return object
    }

    /// A token in a table: its spaces are seen.
    private static func shown(_ text: String) -> String {
        String(
            text.map { (character: Character) -> Character in
                switch character {
                case " ": "·"
                case "\n", "\r\n": "⏎"
                case "\t": "⇥"
                case "|": "¦"
                default: character
                }
            })
    }

    // MARK: Choices

    private func rank(_ model: OpenModel, _ output: inout StandardOutput) throws {
        let begin = try start(model)
        let prompt = try prompt.read(for: model.text)
        let context = begin + prompt.tokens
        let endsInSpace = prompt.shown.last.map { $0 == 0x20 || (0x09...0x0D).contains($0) } ?? true
        let texts = try choices.map { choice in
            let space = joined || endsInSpace || choice.first?.isWhitespace == true ? "" : " "
            return begin
                + (try model.text.tokens(
                    of: prompt.shown + Array((space + choice).utf8), parsingSpecials: self.prompt.special))
        }
        guard !context.isEmpty else {
            throw Failure(.badData, "the prompt is empty, so that the choices go on with nothing; give one, or --bos")
        }
        let ranked = try RankedChoices(texts, prompt: context, by: TextScorer(model.gpt2))
        func mean(_ choice: RankedChoices.Choice) -> Double {
            switch by ?? .sum {
            case .sum: choice.logProbability
            case .token: choice.logProbability / Double(max(1, choice.scores.count))
            case .byte: choice.logProbability / Double(choices[choice.index].utf8.count)
            }
        }
        let order = ranked.choices.sorted { (mean($1), $0.index) < (mean($0), $1.index) }
        guard !json else {
            let labels = TokenLabels(model.text.tokenizer)
            let list = order.map { choice in
                JSONValue.object([
                    "choice": .string(choices[choice.index]), "logprob": .number(choice.logProbability),
                    "share": .number(choice.share),
                    "tokens": .array(choice.scores.map { Self.json($0, labels, top: 0) }),
                ])
            }
            let best: JSONValue = order.first.map { .string(choices[$0.index]) } ?? .null
            return try output.writeLine(
                JSONValue.object(["choices": .array(list), "best": best]).encoded(pretty: true))
        }
        let rows = order.map { choice in
            [
                choices[choice.index], choice.logProbability.fixed(4), (100 * choice.share).brief + " %",
                "\(choice.scores.count)", (choice.logProbability / Double(max(1, choice.scores.count))).fixed(4),
            ]
        }
        for line in Table(["choice", "log p", "share", "tokens", "log p a token"], rows).lines {
            try output.writeLine(line)
        }
    }
}
