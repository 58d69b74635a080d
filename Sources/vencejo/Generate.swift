import ArgumentParser
import GPT2
import Generation

/// `vencejo generate`: goes on with a text.
struct Generate: PromptedCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes on from a prompt.",
        discussion: """
            The prompt is shown first, then what the model writes, as it comes; statistics follow on standard error. \
            Without a prompt the model begins a text of its own. A model file without a tokenizer takes --tokens and \
            shows ids. Ctrl-C ends the text.

            With --json every piece is an object on a line of its own, {"token", "text"}; the last has "text" and \
            "tokens" (what was written, without the prompt), "finish_reason" (end_of_text, stop, length or interrupted), \
            "context_full": true where the context and not -n was the length, and "statistics". Without a tokenizer \
            every "text" is empty; the ids are in "token" and "tokens". --logprobs adds "logprob" (nats, of the model's own \
            distribution, before temperature and the other rules) and "top_logprobs" to every token.

            --n writes several texts from the prompt and --parallel one from each of its lines, together, which takes \
            hardly longer than one; they are shown when they are done. With --json they are objects {"index", "text", \
            "tokens", "finish_reason", "context_full", "seed"}, and the last line has "statistics". Each is the text that \
            generate writes from its prompt and seed alone.

            --session keeps the text in a file, what the model has read of it and the state of its random numbers: with the \
            same options it goes on as if it had never stopped, with the prompt added where there is one. A seed (-s) begins \
            other random numbers; no other option is kept. What --stop has ended is kept as it was shown, without the stop \
            string, which is looked for in what one run writes. One program at a time has the file; a new one is yours alone \
            to read.

            EXAMPLES
              vencejo generate -p "Once upon a time"
              vencejo generate -p "Once upon a time" -n 40 --temp 0
              vencejo generate -f story.txt --slide -n -1
              echo "Dear reader," | vencejo generate - --stop "The end" -s 7
              vencejo generate -p "Once upon a time" --n 4 -s 1
              vencejo generate -f prompts.txt --parallel 8 --json
              vencejo generate -p "Once upon a time" -s 1 --session tale.q8s
              vencejo generate --session tale.q8s
              vencejo generate -m gpt2.q8z --tokens 7454,2402,257,640 --json
            """)

    @OptionGroup(title: "Prompt") var prompt: PromptArguments
    @OptionGroup(title: "Text") var generation: GenerationArguments
    @OptionGroup(title: "Text") var many: ManyTextsArguments
    @OptionGroup(title: "Sampling") var sampling: SamplingArguments
    @OptionGroup(title: "Model") var model: ModelOptions

    @Flag(help: "Write JSON: an object a piece, and one about the whole text.")
    var json = false

    @Flag(help: "Do not show the prompt before the text.")
    var noEcho = false

    @Flag(name: .shortAndLong, help: "No statistics, and no word on why the text ended.")
    var quiet = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "With --json, say how likely the model itself found each token, and these many likeliest ones.",
            valueName: "count"))
    var logprobs: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Keep the text in this file, what the model has read of it and all. Where the file is there, the text in it goes on, "
                + "with the prompt added, as if it had never stopped; -s begins other random numbers.",
            valueName: "file"),
        completion: .file())
    var session: String?

    func validate() throws {
        guard session == nil || !many.isNeeded else {
            throw ValidationError("--session keeps one text; leave --n and --parallel out")
        }
        if let session, session.isEmpty || session == "-" {
            throw ValidationError("--session is \"\(session)\"; expected the name of a file")
        }
        if let logprobs, !(0...1000).contains(logprobs) {
            throw ValidationError("--logprobs is \(logprobs); expected 0 to 1000 tokens")
        }
        guard logprobs == nil || json else {
            throw ValidationError("--logprobs writes numbers into JSON; give --json too")
        }
    }

    func run() throws {
        // What is wrong with the file is said before anything is written that could not be kept.
        let lock = try session.map { try SessionLock($0) }
        defer { withExtendedLifetime(lock) {} }
        try model.open(
            sessions: many.isNeeded ? many.together : 1,
            keptLogits: generation.lookup ? LookupDraft.longestGuess + 1 : 1
        ) { try run($0, resumes: lock.map { !$0.isEmpty } ?? false) }
    }

    private func run(_ model: OpenModel, resumes: Bool) throws {
        var options = generation.options(sampling)
        options.scoredAlternatives = logprobs
        options.isToBeContinued = session != nil
        if !quiet, let remark = try model.remark { Diagnostics.remark(remark) }
        guard !many.isNeeded else { return try writeMany(model, options) }
        let prompt = try prompt.read(for: model.text, slides: options.slides)
        var generator =
            if let session, resumes {
                try TextGenerator(
                    model.text, resuming: model.gpt2.resumeSession(from: session), prompt: prompt.tokens,
                    options: options, restartsRandomNumbers: sampling.seed != nil)
            } else {
                try TextGenerator(model.text, prompt: prompt.tokens, options: options)
            }
        var printer = TextPrinter(json ? .json : .text, tokenizer: model.text.tokenizer)
        if !noEcho { try printer.begin(with: prompt) }

        let run: TextRun
        do {
            run = try TextRun(&generator, statistics: Statistics(model, seed: generator.seed)) { piece in
                try printer.show(piece)
            }
        } catch {
            try? printer.endLine()
            throw error
        }
        try printer.end(run)
        if let session { try generator.save(to: session) }
        if !quiet { Diagnostics.remark(run.remarks) }
        if run.finishReason == .interrupted { throw ExitStatus.interrupted.code }
    }

    private func writeMany(_ model: OpenModel, _ options: GenerationOptions) throws {
        let prompts =
            try many.parallel == nil
            ? [prompt.read(for: model.text, slides: options.slides)]
            : prompt.readLines(for: model.text, slides: options.slides)
        let texts = ManyTexts(
            model: model, prompts: prompts, copies: many.textCount, options: options, together: many.together,
            isJSON: json, echoes: !noEcho)
        let remarks = try texts.write()
        if !quiet { Diagnostics.remark(remarks) }
        try Interrupt.check()
    }
}
