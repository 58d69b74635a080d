import ArgumentParser
import GPT2
import Kernels
import ModelFile
import StrictJSON

/// `vencejo info`: what a model file holds.
struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what a model file holds.",
        discussion: """
            The model's shape, where it comes from, its tokenizer, and every array with its size in the file. Bits per \
            weight count what weights take as they are stored, with the scales, steps and escapes of int8 matrices; \
            tokenizer, header and tables are in the file's size only. The weights are not read; vencejo verify does that.

            Under "memory" stands what running the model will take, added up: the same plan that the other commands make \
            with the same --memory, --context, --kv-cache and --threads. Where weights are streamed, the time a token is \
            estimated by decoding a few chunks of the file.

            EXAMPLES
              vencejo info
              vencejo info -m gpt2.q8z
              vencejo info -m gpt2.q8z --memory 64M --kv-cache int8
              vencejo info -m gpt2.q8z --json
            """)

    @OptionGroup(title: "Model") var model: ModelOptions

    @Flag(help: "Write one JSON object.")
    var json = false

    func run() throws {
        let path = try model.file.path
        let file = try model.file.open()
        var output = StandardOutput()
        // What does not fit is shown all the same, and then said.
        var refusal: GPT2Error?
        do {
            let pool = model.threads.pool
            let options = try model.options(pool: pool)
            var memory: MemoryReport?
            do throws(GPT2Error) {
                let plan = try MemoryPlan(file, options, threadCount: pool.threadCount)
                memory = try MemoryReport(plan, of: file, threadCount: pool.threadCount)
            } catch .tooLittleMemory(let needed, let context, let limit, let isGiven, let fitting) {
                refusal = .tooLittleMemory(
                    needed: needed, contextLength: context, limit: limit, isGiven: isGiven, fitting: fitting)
            }
            let report = try ModelReport(file, path: path, memory: memory)
            try output.writeLine(json ? report.json.encoded(pretty: true) : report.text)
        } catch { throw Failure(error).about(path) }
        try output.flush()
        if let refusal { throw Failure(refusal).about(path) }
    }
}
