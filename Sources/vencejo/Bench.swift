import ArgumentParser
import GPT2
import Kernels
import StrictJSON

/// `vencejo bench`: how fast a model runs, and how near to what the memory allows.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures how fast a model runs.",
        discussion: """
            Tests are named as in llama-bench: pp512 reads 512 tokens at once, tg128 reads 128 tokens one at a time as in \
            writing a text, tg128@d512 does so after 512 others, and tg128x8 writes 8 texts together, each of 128 tokens. The tokens are pseudo-random, always the same. Every \
            round runs every test once with each number of threads; a first round is not counted.

            MB/token is what a token draws from memory: all weights and, in tg, the keys and values at the mean depth. \
            In pp the tokens of a batch share the weights. % of bandwidth sets MB/token × t/s beside the speed at which \
            the same threads read memory in the same rounds, median beside median; it can exceed 100 where caches hold the model. What is \
            read for that is 512 MiB, or a quarter of the memory to be had; no plan counts it. --memory takes one number of \
            threads by -t.

            With --json there is an array with an object a test and number of threads: "test", "threads", \
            "tokens_per_second" (an object with "median", "min" and "max"), "bytes_per_token", "bandwidth_fraction" and \
            more. Ctrl-C ends the command; a second one ends it at once.

            EXAMPLES
              vencejo bench
              vencejo bench -m gpt2.q8z -t 1,2,4
              vencejo bench -m gpt2.q8z -p 0 -n 64 -d 0,512,960
              vencejo bench -p 0 --parallel 1,8
              vencejo bench -p 64,256 -n 0 -r 20 --json
            """)

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Threads to work with; default: 1 and all cores.", valueName: "counts"),
        transform: { try CountList(argument: $0, allowed: ThreadsOption.counts) })
    var threads: CountList?

    @Option(
        name: [.customShort("p"), .long], parsing: .unconditional,
        help: ArgumentHelp("Tokens to read at once; 0 for none; default: 512, or the context.", valueName: "counts"),
        transform: { try CountList(argument: $0, allowed: tokenCounts) })
    var nPrompt: CountList?

    @Option(
        name: [.customShort("n"), .long], parsing: .unconditional,
        help: ArgumentHelp(
            "Tokens to read one at a time; 0 for none; default: 128, or the context.", valueName: "counts"),
        transform: { try CountList(argument: $0, allowed: tokenCounts) })
    var nGen: CountList?

    @Option(
        name: [.customShort("d"), .long], parsing: .unconditional,
        help: ArgumentHelp("Tokens that come before; default: 0.", valueName: "counts"),
        transform: { try CountList(argument: $0, allowed: tokenCounts) })
    var nDepth: CountList?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Texts that are written together; default: 1.", valueName: "counts"),
        transform: { try CountList(argument: $0, allowed: textCounts) })
    var parallel: CountList?

    @Option(name: .shortAndLong, parsing: .unconditional, help: ArgumentHelp("Rounds that count.", valueName: "count"))
    var repetitions = 5

    @Flag(help: "Write JSON: an array of objects.")
    var json = false

    @OptionGroup(title: "Model") var file: ModelFileOption
    @OptionGroup(title: "Model") var runtime: RuntimeOptions
    @OptionGroup(title: "Model") var context: ContextOption

    /// No context is longer.
    private static let tokenCounts = 0...1_048_576
    private static let textCounts = 1...Session.batchLength
    private static let repetitionCounts = 1...100_000

    func validate() throws {
        guard Self.repetitionCounts.contains(repetitions) else {
            let allowed = Self.repetitionCounts
            throw ValidationError(
                "--repetitions is \(repetitions); expected \(allowed.lowerBound) to \(allowed.upperBound)")
        }
        guard nPrompt?.counts != [0] || nGen?.counts != [0] else {
            throw ValidationError("-p and -n are both 0; there is nothing to measure")
        }
    }

    func run() throws {
        let path = try file.path
        let report: BenchmarkReport
        do {
            let setups = try setups(path)
            let benchmark = Benchmark(setups: setups, rounds: repetitions, memory: try ReadBandwidth())
            try Interrupt.catching { try benchmark.run() }
            report = try self.report(benchmark, path: path)
        } catch {
            if let code = error as? ExitCode { throw code }
            throw Failure(error).about(path)
        }
        var output = StandardOutput()
        try output.writeLine(json ? report.json.encoded(pretty: true) : report.text)
        try output.flush()
    }

    /// The model, opened for each number of threads.
    private func setups(_ path: String) throws -> [BenchmarkSetup] {
        let counts = threads?.counts ?? (WorkerPool.coreCount == 1 ? [1] : [1, WorkerPool.coreCount])
        guard counts.count == 1 || runtime.memory == nil else {
            throw Failure(.usage, "--memory is a promise about one model; give one number of threads by -t")
        }
        return try counts.map { count in
            let pool = WorkerPool(threadCount: count)
            var options = try runtime.options(pool: pool, contextLength: context.context)
            // Every depth has a session of its own, and companions where texts are written together.
            options.sessionCount = (nDepth?.counts ?? [0]).count * (parallel?.counts ?? [1]).reduce(0, max)
            let model = try GPT2(contentsOf: path, options: options)
            let tests = try BenchmarkTest.all(
                prompts: nPrompt?.counts, generations: nGen?.counts, depths: nDepth?.counts ?? [0],
                textCounts: parallel?.counts ?? [1], contextLength: model.contextLength)
            return BenchmarkSetup(model, pool: pool, tests: tests)
        }
    }

    private func report(_ benchmark: Benchmark, path: String) throws -> BenchmarkReport {
        let model = benchmark.setups[0].model
        return BenchmarkReport(
            model: try ModelReport(model.file, path: path), kernels: model.kernels.name, activations: model.activations,
            options: model.options,
            rounds: benchmark.rounds, results: benchmark.setups.flatMap(\.results),
            memoryByteCount: benchmark.memory.byteCount)
    }
}
