import ArgumentParser
import GPT2
import Generation
import Kernels
import ModelFile

/// Which model, and how it is run: the same options for every command that runs one.
struct ModelOptions: ParsableArguments {
    @OptionGroup(title: "Model") var file: ModelFileOption

    @OptionGroup(title: "Model") var threads: ThreadsOption
    @OptionGroup(title: "Model") var runtime: RuntimeOptions
    @OptionGroup(title: "Model") var context: ContextOption

    /// How the model is run, by these threads.
    func options(pool: WorkerPool) throws(Failure) -> Options {
        try runtime.options(pool: pool, contextLength: context.context)
    }

    /// Opens the model, starts the threads and does something with it. What turns out to be wrong with the file names it.
    ///
    /// - Parameters:
    ///   - sessions: texts that will be read at a time.
    ///   - keptLogits: tokens whose logits will be kept at a time.
    func open(sessions: Int = 1, keptLogits: Int = 1, _ body: (OpenModel) throws -> Void) throws {
        let path = try file.path
        var options = try options(pool: threads.pool)
        (options.sessionCount, options.keptLogits) = (sessions, keptLogits)
        let start = ContinuousClock.now
        let text: TextModel
        do { text = try TextModel(contentsOf: path, options: options) } catch { throw Failure(error).about(path) }
        do {
            try body(OpenModel(text: text, path: path, loadTime: start.duration(to: .now)))
        } catch GenerationError.model(.file(let error)) {
            throw Failure(error).about(path)
        } catch GPT2Error.file(let error) {
            throw Failure(error).about(path)
        }
    }
}

/// How many threads run a model.
struct ThreadsOption: ParsableArguments {
    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp(
            "Threads to work with, 1 to \(counts.upperBound); default: all cores.", valueName: "count"))
    var threads: Int?

    static let counts = 1...WorkerPool.maximumThreadCount

    /// The threads, started.
    var pool: WorkerPool { WorkerPool(threadCount: threads) }

    func validate() throws {
        if let threads, !Self.counts.contains(threads) {
            throw ValidationError(
                "--threads is \(threads); expected \(Self.counts.lowerBound) to \(Self.counts.upperBound)")
        }
    }
}

/// How long a text may become.
struct ContextOption: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Tokens that a text may have, prompt and all; default: what the model was made for.", valueName: "count"))
    var context: Int?

    func validate() throws {
        if let context, context < 1 { throw ValidationError("--context is \(context); expected 1 or more tokens") }
    }
}

/// How a model is run, but for the threads and the context.
struct RuntimeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Row of the kernel table to use (see vencejo kernels); default: the best.", valueName: "name"))
    var kernels: String?

    @Option(
        help: ArgumentHelp(
            "How activations are rounded before they meet int8 weights; default: as the file was made for, int16 mostly.",
            valueName: "type"))
    var activations: Options.Activations?

    @Option(name: .customLong("kv-cache"), help: "How keys and values are kept.")
    var cacheType: Options.CacheType = .float16

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The most memory to take, 64M or 1.5G say: weights that do not fit are decoded anew for every token, which is "
                + "slower and changes no result; default: what the machine has to spare.",
            valueName: "size"))
    var memory: ByteCount?

    @Option(
        help: ArgumentHelp(
            "How weights lie in memory that are compressed in the file: packed where they fit 4, 5 or 6 bits, or all int8. "
                + "No result depends on it."))
    var resident: Options.Residence = .packed

    @Flag(name: .customLong("no-mmap"), help: "Read the file into memory instead of mapping it.")
    var readsFile = false

    func validate() throws {
        if let memory, memory.byteCount < 1 << 20 {
            throw ValidationError(
                "--memory is \(memory.byteCount) bytes, which is too little for any model; 64M is 64 MiB")
        }
    }

    func options(pool: WorkerPool, contextLength: Int?) throws(Failure) -> Options {
        var options = Options(
            activations: activations, cacheType: cacheType, kernels: try KernelSet.chosen(kernels).name, pool: pool,
            mapsFile: !readsFile, memoryLimit: memory?.byteCount, contextLength: contextLength)
        options.residence = resident
        return options
    }
}

/// The model file, for commands that only look at it too.
struct ModelFileOption: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The .q8z file; default: VENCEJO_MODEL, else the demo model.", valueName: "file"),
        completion: .file(extensions: ["q8z"]))
    var model: String?

    var path: String { get throws(Failure) { try ModelSearch().path(given: model) } }

    /// Opens the file without loading weights.
    func open() throws(Failure) -> ModelFile { try Self.open(path) }

    /// Opens a file without loading weights.
    static func open(_ path: String) throws(Failure) -> ModelFile {
        do { return try ModelFile(path: path) } catch { throw Failure(error).about(path) }
    }
}

/// A model that is ready to run.
struct OpenModel {
    let text: TextModel
    let path: String
    let loadTime: Duration

    var gpt2: GPT2 { text.model }
}

extension KernelSet {
    /// The row called `name`, or else what the environment or this machine says. An error names the variable at fault.
    static func chosen(_ name: String? = nil) throws(Failure) -> KernelSet {
        do { return try selected(name) } catch {
            let failure = Failure(error)
            throw name == nil ? Failure(failure.status, "\(environmentVariable): \(failure.message)") : failure
        }
    }
}

extension Options.Activations: ExpressibleByArgument {}
extension Options.CacheType: ExpressibleByArgument {}
extension Options.Residence: ExpressibleByArgument {}
