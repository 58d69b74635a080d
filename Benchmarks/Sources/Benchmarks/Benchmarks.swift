import ArgumentParser
import Kernels

/// Measures the parts that a token's time is made of; `vencejo bench` measures the whole.
@main struct Benchmarks: ParsableCommand {
    /// What can be measured.
    enum Part: String, CaseIterable, ExpressibleByArgument {
        case multiply, attention, vectors, text
    }

    static let configuration = CommandConfiguration(
        commandName: "benchmarks",
        abstract: "Measures the kernels, the tokenizer, the decoder and the sampler, on one thread.",
        discussion: """
            Times are the thread's CPU time: the median of many short runs, and how far apart the quartiles lie.

            EXAMPLES
              benchmarks
              benchmarks multiply --kernels all
              benchmarks text --text corpus.txt --seconds 1
            """)

    @Argument(help: "What to measure; default: everything.")
    var parts: [Part] = []

    @Option(help: ArgumentHelp("A row of the kernel table, or \"all\"; default: the best.", valueName: "row"))
    var kernels: String?

    @Option(help: ArgumentHelp("Time to spend on each figure.", valueName: "seconds"))
    var seconds = 0.1

    @Option(help: ArgumentHelp("The model whose tokenizer and chunks are used.", valueName: "file"))
    var model = "models/demo.q8z"

    @Option(
        help: ArgumentHelp(
            "The text to encode; default: corpora/tinyshakespeare.txt in VENCEJO_DATA, or README.md.",
            valueName: "file"))
    var text: String?

    func validate() throws {
        guard seconds > 0, seconds <= 3600 else {
            throw ValidationError("--seconds is \(seconds); expected more than 0, at most 3600")
        }
    }

    func run() throws {
        let stopwatch = Stopwatch(budget: seconds)
        // `reference` is there to be read, not to be fast.
        let rows = try kernels == "all" ? Array(KernelSet.runnable.dropFirst()) : [KernelSet.selected(kernels)]
        func wants(_ part: Part) -> Bool { parts.isEmpty || parts.contains(part) }
        print("CPU: \(Processor.name); one thread, CPU time; at least \(seconds) s a figure\n")

        if wants(.multiply) || wants(.attention) {
            let memory = try WeightMemory()
            if wants(.multiply) {
                let bandwidth = memory.bandwidth(stopwatch)
                for row in rows {
                    let benchmark = try MultiplyBenchmark(row, memory, bandwidth: bandwidth, stopwatch)
                    print(benchmark.table(), terminator: "\n\n")
                }
            }
            if wants(.attention) {
                for row in rows { print(try AttentionBenchmark(row, memory, stopwatch).table(), terminator: "\n\n") }
            }
        }
        if wants(.vectors) {
            for row in rows { print(try VectorBenchmark(row, stopwatch).table(), terminator: "\n\n") }
        }
        if wants(.text) { print(try TextBenchmark(model: model, text: text, stopwatch).table()) }
    }
}
