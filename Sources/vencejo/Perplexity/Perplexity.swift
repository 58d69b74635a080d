import ArgumentParser
import Evaluation
import GPT2
import ModelFile
import StrictJSON

/// `vencejo perplexity`: how well a model predicts a text, and how far it is from another.
struct Perplexity: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures how well a model predicts a text, and how far it is from its float32 original.",
        usage: """
            vencejo perplexity (--text <file> | --ids <file.u16>) [<options>]
            vencejo perplexity merge <part> ...
            """,
        discussion: """
            Two protocols cut the text into windows, each read from an empty context. huggingface: windows overlap, and \
            each scores what no window before it has scored, as transformers' documentation does it; by default a window is \
            the model's context and the next begins half a window later. llama.cpp: windows of 512 stand side by side and \
            the second half of each is scored, as by llama-perplexity. docs/ACCURACY.md has the rules. The same text, \
            tokens and protocol give the same perplexity as there.

            --against names the model that this one was made from, or the same file to be run in another way: both read the \
            text side by side. KL is KL(base ‖ model) in nats, the mean over all scored tokens and some quantiles; same \
            top 1 is how often both find the same token likeliest; Δp is how far the probability of the token that comes \
            moves, root mean square. ± is one standard error.

            With -o the scores of every token are kept in a file (JSON Lines), window by window. --resume goes on where \
            such a file stops. --shard 3/16 measures a sixteenth of the windows, and merge puts the parts together, to the \
            same figures, bit for bit. The figures do not depend on threads, kernels or memory.

            With --json there is one object: "perplexity", "nll", "tokens", "protocol", and with --against "base", "kl" (an \
            object with "mean", "median", "p99", "p999", "max"), "same_top1", "delta_p_rms" and more. Ctrl-C ends the \
            command; a second one ends it at once.

            EXAMPLES
              vencejo perplexity -m gpt2.q8z --text wiki.txt
              vencejo perplexity -m gpt2.q8z --text wiki.txt --protocol llama.cpp
              vencejo perplexity -m gpt2.q8z --text wiki.txt --against f32.q8z --json
              vencejo perplexity -m gpt2.q8z --text wiki.txt --against gpt2.q8z --kv-cache int8
              vencejo perplexity -m gpt2.q8z --text wiki.txt --shard 3/16 -o part3.jsonl --resume
              vencejo perplexity merge part*.jsonl
            """,
        subcommands: [MergePerplexity.self])

    @OptionGroup(title: "Text") var text: EvaluatedText

    @OptionGroup(title: "Protocol") var cutting: CuttingArguments
    @OptionGroup(title: "Comparison") var comparison: BaseArguments
    @OptionGroup(title: "Results") var results: ResultArguments
    @OptionGroup(title: "Results") var figures: FiguresArguments

    @OptionGroup(title: "Model") var file: ModelFileOption
    @OptionGroup(title: "Model") var threads: ThreadsOption
    @OptionGroup(title: "Model") var runtime: RuntimeOptions

    func run() throws {
        let source = try text.source
        let path = try file.path
        let file = try self.file.open()
        let shape: Configuration
        do { shape = try Configuration(json: .object(file.header.config)) } catch { throw Failure(error).about(path) }
        let context = cutting.context ?? cutting.protocol.usualContext(of: shape.contextLength)
        guard context <= shape.contextLength else {
            throw GPT2Error.contextLength(context, most: shape.contextLength)
        }
        let ids = try source.ids(for: file, shape, cutting.protocol)
        let windows = try Windows(
            cutting.protocol, context: context, stride: cutting.stride, tokenCount: ids.count)
        let scored = windows.scoredCount(results.shard.windows(of: windows.count))
        let models = try EvaluatedModels(
            path, runtime, comparison, pool: threads.pool, contextLength: context,
            // The divergence of every token is kept, and sorted for the quantiles.
            reservedByteCount: comparison.base == nil ? 0 : 3 * 8 * scored)
        let measurement = Measurement(
            program: Vencejo.version, model: MeasuredModel(models.model, name: path),
            base: models.base.map { MeasuredModel($0.model, name: $0.path) }, windows: windows, text: ids)
        var run = EvaluationRun(measurement, models, text: ids, shard: results.shard)
        try run.measure(keepingIn: results.output, resumes: results.resume)
        try run.report.write(asJSON: figures.json)
        if !results.quiet { Diagnostics.remark(run.remark) }
    }
}

/// `vencejo perplexity merge`: the parts of a measurement as one.
struct MergePerplexity: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Puts together what shards have measured.",
        discussion: """
            The parts are the files that --shard with -o wrote, all of one measurement, in any order. What comes out is \
            what the measurement in one piece would have said, bit for bit. A part that is missing, unfinished or of \
            something else is named. It works with a single file too, to see its figures again.

            EXAMPLES
              vencejo perplexity merge part*.jsonl
              vencejo perplexity merge part*.jsonl --json
            """)

    @Argument(help: ArgumentHelp("The parts.", valueName: "part"), completion: .file())
    var parts: [String]

    @OptionGroup var figures: FiguresArguments

    func run() throws {
        let (measurement, summary) = try Record.merge(parts)
        try PerplexityReport(measurement: measurement, summary: summary, shard: .whole).write(asJSON: figures.json)
    }
}

extension EvaluationProtocol: ExpressibleByArgument {}
