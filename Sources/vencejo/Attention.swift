import ArgumentParser
import GPT2
import Generation
import Inspection

/// `vencejo attention`: which earlier words does a word look at?
struct Attention: PromptedCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what each token of a text looks at.",
        discussion: """
            The model reads the text, and what its heads computed on the way is shown: softmax(QKᵀ/√d), the share of its \
            attention that each token gives to those before it and to itself. Without --layer it is the mean of all heads, \
            with it the mean of that layer's, and with --head one head's; --rollout follows attention through all layers. \
            Layers and heads count from 0.

            The picture goes to standard output, in colour on a terminal (NO_COLOR is respected), as wide as that is. --word \
            and --token show one word's row as bars. --json writes {"tokens", "bytes" (null, or a token's where it is no UTF-8), \
            "labels" (tokens as they are shown), "ids", "attention" [layer][head][query][key], "rollout", "heads" (those of a \
            kind)}. --html writes a page to explore every layer and head, with scores before and \
            after scaling and softmax, and what each layer would say next; it needs no network.

            Several tokens may make one character; each is shown as that character and the number of its part, の₁.

            Heads of a kind are found by a probe of random tokens, read twice: previous-token, first-token, same-token, and \
            induction, which looks at what came after the same token before.

            EXAMPLES
              vencejo attention -p "Me encanta el color negro, espero algún día tener un gato así"
              vencejo attention -p "the cat sat on the mat" --word mat --layer 2 --head 1
              vencejo attention -f poem.txt --html poem.html --svg poem.svg
              vencejo attention -m gpt2.q8z --tokens 464,3797,3332 --json | jq '.attention[0][0][2]'
            """)

    @OptionGroup(title: "Text") var prompt: PromptArguments

    @Option(parsing: .unconditional, help: ArgumentHelp("Show this layer's heads.", valueName: "number"))
    var layer: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Show this head of the layer.", valueName: "number"))
    var head: Int?

    @Flag(help: "Show attention followed through all layers (Abnar and Zuidema, 2020).")
    var rollout = false

    @Option(help: ArgumentHelp("Show what this word of the text looks at; the last such word.", valueName: "word"))
    var word: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Show what this token looks at, by its number in the text, from 0.", valueName: "number"))
    var token: Int?

    @Flag(help: "Write one JSON object with every layer and head.")
    var json = false

    @Option(help: ArgumentHelp("Write the picture as SVG.", valueName: "file"), completion: .file())
    var svg: String?

    @Option(help: ArgumentHelp("Write a page to explore every layer and head.", valueName: "file"), completion: .file())
    var html: String?

    @OptionGroup(title: "Model") var model: ModelOptions

    func validate() throws {
        guard !prompt.sources.isEmpty else {
            throw ValidationError("there is no text; give it by -p, -f or --tokens")
        }
        guard head == nil || layer != nil else { throw ValidationError("--head is one of a layer's; give --layer too") }
        guard !rollout || layer == nil else {
            throw ValidationError("--rollout goes through all layers; leave --layer out")
        }
        guard word == nil || token == nil else {
            throw ValidationError("--word and --token both choose; give one of them")
        }
        for (name, number) in [("layer", layer), ("head", head), ("token", token)] {
            if let number, number < 0 { throw ValidationError("--\(name) is \(number); expected 0 or more") }
        }
        guard [svg, html].compactMap({ $0 }).filter({ $0 == "-" }).count + (json ? 1 : 0) <= 1 else {
            throw ValidationError("only one of --json, --svg - and --html - can go to standard output")
        }
    }

    /// What takes a browser a moment to open.
    private static let largePage = 2 << 20

    func run() throws { try model.open(keptLogits: Session.batchLength, show) }

    private func show(with model: OpenModel) throws {
        let view = try view(of: model.gpt2.configuration)
        let tokens = try prompt.read(for: model.text).tokens
        guard !tokens.isEmpty else { throw Failure(.badData, "the text is empty; there is nothing to look at") }
        let report = try AttentionReport(
            tokens, model: model.gpt2, tokenizer: model.text.tokenizer, tokenCount: model.text.writableCount,
            name: model.path.split(separator: "/").last.map(String.init) ?? model.path)
        let focus = try focus(in: report)
        var isWritten = json
        for (path, text) in [(svg, { () throws in report.svg(view) }), (html, { try report.html() })] {
            guard let path else { continue }
            isWritten = true
            var file = try OutputFile(path, inputs: [model.path])
            let text = try text()
            try file.write(text: text)
            try file.finish()
            if text.utf8.count > Self.largePage {
                Diagnostics.remark("[\(path) has \(text.utf8.count.asBytes); a shorter text takes less]")
            }
        }
        var output = StandardOutput()
        if json {
            try output.writeLine(report.json)
        } else if !isWritten {
            let style = TextStyle(width: OutputLook.width, usesColor: OutputLook.usesColor)
            try output.writeLine(
                focus.map { report.text(of: $0.queries, among: $0.groups, view, style: style) }
                    ?? report.text(view, style: style))
        }
        try output.flush()
    }

    private func view(of shape: Configuration) throws -> AttentionReport.View {
        if rollout { return .rollout }
        guard let layer else { return .mean(layer: nil) }
        guard layer < shape.layerCount else {
            throw Failure(.usage, "--layer is \(layer); this model's layers are 0 to \(shape.layerCount - 1)")
        }
        guard let head else { return .mean(layer: layer) }
        guard head < shape.headCount else {
            throw Failure(.usage, "--head is \(head); this model's heads are 0 to \(shape.headCount - 1)")
        }
        return .head(layer: layer, head: head)
    }

    /// The tokens whose row is wanted, and what they look at.
    private func focus(in report: AttentionReport) throws -> (queries: Range<Int>, groups: [Range<Int>])? {
        if let token {
            guard token < report.labels.count else {
                throw Failure(.usage, "--token is \(token); the text's tokens are 0 to \(report.labels.count - 1)")
            }
            return (token..<token + 1, (0...token).map { $0..<$0 + 1 })
        }
        guard let word else { return nil }
        guard let index = report.words.lastIndex(where: { report.word($0) == word }) else {
            let words = report.words.prefix(40).map { "\"\(report.word($0))\"" }.joined(separator: ", ")
            throw Failure(.usage, "--word is \"\(word)\", which the text does not have; its words are \(words)")
        }
        return (report.words[index], Array(report.words[...index]))
    }
}
