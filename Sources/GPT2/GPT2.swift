import Kernels
public import ModelFile
import StrictJSON

/// A GPT-2, opened from a `.q8z` file and ready to run.
///
/// Immutable, and safe to share: every text being read or written has a ``Session`` of its own.
public final class GPT2: Sendable {
    /// The file it was opened from.
    public let file: ModelFile
    /// Its shape.
    public let configuration: Configuration
    /// How it was asked to run.
    public let options: Options
    /// How activations are rounded: as the options or else the file say.
    public let activations: Options.Activations
    /// The row of the kernel table in use.
    public let kernels: KernelSet
    /// What it takes, and how much of the weights is kept in memory.
    public let plan: MemoryPlan
    /// Positions that a text may have.
    public let contextLength: Int
    let pool: WorkerPool
    let weights: Weights

    /// Opens a model file: checks its structure, plans its memory, and decodes what is compressed and kept, on all workers.
    public convenience init(contentsOf path: String, options: Options = Options()) throws(GPT2Error) {
        try self.init(contentsOf: path, options: options, program: options.programByteCount)
    }

    /// - Parameter program: bytes that the process takes already; nil looks.
    init(contentsOf path: String, options: Options, program: Int?) throws(GPT2Error) {
        self.options = options
        kernels = try wrap(GPT2Error.kernels) { () throws(KernelError) in try KernelSet.selected(options.kernels) }
        pool = options.pool ?? .shared
        let file = try wrap(GPT2Error.file) { () throws(ModelFileError) in
            try ModelFile(path: path, access: .read)
        }
        let plan = try MemoryPlan(file, options, threadCount: pool.threadCount, program: program)
        self.plan = plan
        self.file = try wrap(GPT2Error.file) { () throws(ModelFileError) in plan.isMapped ? try file.mapped() : file }
        let header = file.header
        let wanted = header.quantization[Options.activationsKey]?.stringValue.flatMap(Options.Activations.init)
        activations = options.activations ?? wanted ?? .int16
        configuration = try Configuration(of: file)
        contextLength = options.contextLength(configuration)
        weights = try Weights(configuration, in: self.file, plan: plan, kernels: kernels, pool: pool)
    }

    /// The threads that work on a token.
    public var threadCount: Int { pool.threadCount }

    /// Throws where the file is still needed and was written to since it was opened.
    func checkFile() throws(GPT2Error) {
        guard plan.needsFile else { return }
        try wrap(GPT2Error.file) { () throws(ModelFileError) in try file.checkUnchanged() }
    }

    /// A new text: nothing read yet.
    public func makeSession() throws(GPT2Error) -> Session { try Session(self, batch: Batch(self)) }
}

extension Configuration {
    /// What a file's header says.
    init(of file: ModelFile) throws(GPT2Error) {
        self = try wrap(GPT2Error.configuration) { () throws(ConfigurationError) in
            try Configuration(json: .object(file.header.config))
        }
    }
}

/// Zeroed scratch of `count` elements.
func allocate<Element: BitwiseCopyable>(
    _ type: Element.Type, _ count: Int
) throws(GPT2Error) -> AlignedBuffer<Element> {
    try wrap(GPT2Error.kernels) { () throws(KernelError) in try AlignedBuffer(count: count) }
}

/// Runs `body`, turning another room's error into ours.
func wrap<R, Inner: Error>(_ turn: (Inner) -> GPT2Error, _ body: () throws(Inner) -> R) throws(GPT2Error) -> R {
    do { return try body() } catch { throw turn(error) }
}
