import ArgumentParser
import GPT2
import Generation

/// `vencejo logits`: the model's numbers, for exact comparison.
struct Logits: PromptedCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes the logits that follow a prompt.",
        discussion: """
            The output is raw little-endian float32, [positions × vocabulary]: a row for what follows the last token, or \
            with --all for what follows each. The bits do not depend on threads, kernels, storage, or how the prompt is \
            cut with --split or --batch.

            EXAMPLES
              vencejo logits -p "Once upon a time" -o last.f32
              vencejo logits -m gpt2.q8z --tokens 7454,2402,257,640 --all -o all.f32
              vencejo logits --ids book.u16 --all --kernels reference -t 1 -o - | cmp - all.f32
            """)

    @OptionGroup(title: "Prompt") var prompt: PromptArguments

    @Option(
        help: ArgumentHelp("The prompt as little-endian 16-bit token ids.", valueName: "file.u16"), completion: .file())
    var ids: String?

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Where to write; - is standard output.", valueName: "file"), completion: .file())
    var output: String

    @Flag(help: "A row for every token, not only for the last.")
    var all = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Read this many tokens at a time: 1,5,7; then what is left.", valueName: "counts"),
        transform: { try TokenList(argument: $0, option: "--split", element: "count of tokens") })
    var split: TokenList?

    @Option(parsing: .unconditional, help: ArgumentHelp("Read this many tokens at a time.", valueName: "count"))
    var batch: Int?

    @OptionGroup(title: "Model") var model: ModelOptions

    func validate() throws {
        let sources = prompt.sources + (ids == nil ? [] : ["--ids"])
        guard sources.count == 1 else {
            let found =
                sources.isEmpty ? "there is no prompt" : "the prompt is given by \(sources.joined(separator: " and "))"
            throw ValidationError("\(found); give it once, by -p, -f, --tokens or --ids")
        }
        if let batch, batch < 1 { throw ValidationError("--batch is \(batch); expected 1 or more tokens") }
        guard split == nil || batch == nil else {
            throw ValidationError("--split and --batch both cut the prompt; give one of them")
        }
        if let split, split.ids.contains(0) {
            throw ValidationError("--split has a part of 0 tokens; expected 1 or more")
        }
    }

    func run() throws { try model.open(keptLogits: all ? Session.batchLength : 1, write) }

    private func write(with model: OpenModel) throws {
        let tokens =
            try ids.map { path in
                try Self.readIDs(path, limit: 2 * model.gpt2.contextLength, model.text.promptTooLong).map(Int.init)
            }
            ?? prompt.read(for: model.text).tokens
        let session = try model.gpt2.makeSession()
        guard tokens.count <= session.remainingContext else {
            throw Failure(
                .badData,
                "the prompt has \(tokens.count) tokens and the model's context holds \(session.remainingContext); shorten it"
            )
        }
        guard !tokens.isEmpty else { throw Failure(.badData, "the prompt is empty; there is nothing to predict from") }

        try OutputLook.refuseTerminal(output)
        var file = try OutputFile(output, inputs: [model.path] + (ids.map { [$0] } ?? []))
        try Interrupt.catching {
            for part in parts(of: tokens) { try write(part, session, to: &file) }
            if !all { try session.withLogits { logits in try file.write(logits.span) } }
        }
        try file.finish()
    }

    /// Reads a part of the prompt and, with --all, writes its logits. Ctrl-C ends it, and the unfinished file goes.
    private func write(_ part: [Int], _ session: Session, to file: inout OutputFile) throws {
        for start in stride(from: 0, to: part.count, by: Session.batchLength) {
            let batch = Array(part[start..<min(start + Session.batchLength, part.count)])
            if Interrupt.isRequested { throw ExitStatus.interrupted.code }
            guard all else {
                try session.read(batch)
                continue
            }
            var failure: (any Error)?
            try session.read(batch) { logits in
                do { try file.write(logits) } catch { failure = failure ?? error }
            }
            if let failure { throw failure }
        }
    }

    /// The prompt, cut as asked for.
    private func parts(of tokens: [Int]) -> [[Int]] {
        var counts = split?.ids[...] ?? []
        var parts: [[Int]] = []
        var start = 0
        while start < tokens.count {
            let count = min(counts.popFirst() ?? batch ?? tokens.count, tokens.count - start)
            parts.append(Array(tokens[start..<start + count]))
            start += count
        }
        return parts
    }

    /// Little-endian 16-bit ids.
    static func readIDs(
        _ path: String, limit: Int, _ reason: String = "that is too much to read at once"
    ) throws -> [UInt32] {
        var input = try Input(path)
        let bytes = try input.readAll(limit: limit, reason)
        guard bytes.count % 2 == 0 else {
            throw Failure(.badData, "\(input.name) has \(bytes.count) bytes; 16-bit ids take an even number")
        }
        return stride(from: 0, to: bytes.count, by: 2).map { UInt32(bytes[$0]) | UInt32(bytes[$0 + 1]) << 8 }
    }
}
