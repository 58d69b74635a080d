import ArgumentParser
import GPT2
import Generation
import StrictJSON

/// `vencejo classify`: what a classifier says of texts.
struct Classify: PromptedCommand {
    static let configuration = CommandConfiguration(
        abstract: "Labels texts with a model that has a classifier.",
        discussion: """
            For models made from Hugging Face's GPT2ForSequenceClassification. The last token that is not padding decides. \
            Scores are shares of one label among all, a probability for each label of a multi-label problem, or the number \
            itself in a regression, as problem_type says.

            --jsonl reads an object a line, {"text"} or {"ids"}, from a file or standard input (-), and writes one for each: \
            {"label", "score", "scores": [{"label", "score"}], "logits"}; of a multi-label problem {"labels"}, those from 0.5 \
            on, in place of the first two, of a regression {"value"} with one output and {"scores"} with more. A line that cannot \
            be labelled has {"line", "error"}, its number and why, and the command ends with status 65 when all are done; lines \
            of white space are passed over. Where lines also have the right "label", one of the model's, the share that was \
            found goes to standard error. --parallel 8 reads so many texts together, to the same results; it is for weights that \
            are streamed (--memory), which are then read less often, and each text takes its own memory.

            EXAMPLES
              vencejo classify -m models/shelf.q8z -p "Érase una vez un gato."
              vencejo classify -m reviews.q8z --jsonl reviews.jsonl
              echo '{"text": "It was a dark night."}' | vencejo classify -m models/shelf.q8z --jsonl -
            """)

    @OptionGroup(title: "Text") var prompt: PromptArguments

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Read texts as JSON lines from a file, or standard input (-).", valueName: "file"),
        completion: .file())
    var jsonl: String?

    @Option(
        help: ArgumentHelp(
            "Read so many of the lines' texts together (1 to \(Session.batchLength)).", valueName: "count"))
    var parallel = 1

    @Flag(help: "Cut texts that the context cannot hold, in place of refusing them.")
    var truncate = false

    @Flag(help: "Write one JSON object for the text.")
    var json = false

    @OptionGroup(title: "Model") var model: ModelOptions

    func validate() throws {
        let sources = prompt.sources + (jsonl == nil ? [] : ["--jsonl"])
        guard sources.count == 1 else {
            throw ValidationError(
                sources.isEmpty
                    ? "there is no text; give it by -p, -f, --tokens or --jsonl"
                    : "the text is given by \(sources.joined(separator: " and ")); give it once")
        }
        guard (1...Session.batchLength).contains(parallel) else {
            throw ValidationError("--parallel is \(parallel); expected 1 to \(Session.batchLength) texts at a time")
        }
        guard parallel == 1 || jsonl != nil else { throw ValidationError("--parallel is for the lines of --jsonl") }
    }

    func run() throws {
        try model.open(sessions: parallel) { model in
            guard let classifier = model.gpt2.configuration.classifier else { throw GPT2Error.noClassifier }
            let session = try model.gpt2.makeSession()
            var output = StandardOutput()
            if let jsonl {
                var sessions = [session]
                while sessions.count < parallel { sessions.append(try session.makeCompanion()) }
                let path = jsonl
                try Interrupt.catching {
                    var lines = LabelledLines(
                        model: model, classifier: classifier, sessions: sessions, parsesSpecials: prompt.special,
                        fitted: { fitted($0, model) })
                    try lines.run(from: Input(path), to: &output)
                }
            } else {
                // A text to be cut may be any length.
                let tokens = try prompt.read(for: model.text, slides: truncate).tokens
                guard !tokens.isEmpty else { throw Failure(.badData, "the text is empty; there is nothing to label") }
                let found = try session.classify(fitted(tokens, model))
                if json {
                    try output.writeLine(Self.object(found, classifier).encoded())
                } else {
                    try output.writeLine(Self.text(found, classifier))
                }
            }
            try output.flush()
        }
    }

    private func fitted(_ tokens: [Int], _ model: OpenModel) -> [Int] {
        truncate ? Array(tokens.prefix(model.gpt2.contextLength)) : tokens
    }

    // MARK: What is shown

    /// A label from a file, without what would command a terminal or break a table.
    private static func shown(_ label: String) -> String {
        String(
            String.UnicodeScalarView(
                label.unicodeScalars.map { $0.properties.generalCategory == .control || $0 == "|" ? "\u{FFFD}" : $0 }))
    }

    static func object(_ found: Classification, _ classifier: ClassifierConfiguration) -> JSONValue {
        var object = JSONObject()
        switch classifier.problem {
        case .singleLabel:
            object["label"] = .string(classifier.labels[found.best])
            object["score"] = .number(found.scores[found.best])
        case .multiLabel:
            object["labels"] = .array(
                zip(classifier.labels, found.scores).filter { $0.1 >= 0.5 }.map { .string($0.0) })
        case .regression:
            if found.scores.count == 1 { object["value"] = .number(found.scores[0]) }
        }
        object["scores"] = .array(
            zip(classifier.labels, found.scores).map { ["label": .string($0), "score": .number($1)] })
        object["logits"] = .array(found.logits.map { .number(Double("\($0)") ?? Double($0)) })
        return .object(object)
    }

    private static func text(_ found: Classification, _ classifier: ClassifierConfiguration) -> String {
        let order = found.scores.indices.sorted { (found.scores[$1], $0) < (found.scores[$0], $1) }
        let isNumber = classifier.problem == .regression
        let rows = order.map { index in
            [
                Self.shown(classifier.labels[index]),
                isNumber ? found.scores[index].fixed(4) : (100 * found.scores[index]).fixed(2) + " %",
                Double(found.logits[index]).fixed(4),
            ]
        }
        return Table(["label", isNumber ? "value" : "probability", "logit"], rows).lines.joined(separator: "\n")
    }
}
