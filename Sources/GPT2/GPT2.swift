import Kernels
public import ModelFile
import StrictJSON

/// A GPT-2, opened from a `.q8z` file and ready to run.
///
/// Immutable, and safe to share: every text being read or written has a ``Session`` of its own.
public final class GPT2: Sendable {
    public let file: ModelFile
    public let configuration: Configuration
    public let options: Options
    /// How activations are rounded: as the options or else the file say.
    public let activations: Options.Activations
    /// The row of the kernel table in use.
    public let kernels: KernelSet
    let pool: WorkerPool
    let weights: Weights

    /// Opens a model file: maps it, checks its structure, and decodes what is compressed, on all workers.
    public init(contentsOf path: String, options: Options = Options()) throws(GPT2Error) {
        self.options = options
        kernels = try wrap(GPT2Error.kernels) { () throws(KernelError) in try KernelSet.selected(options.kernels) }
        file = try wrap(GPT2Error.file) { () throws(ModelFileError) in
            try ModelFile(path: path, access: options.readsWholeFile ? .read : .mapped)
        }
        let header = file.header
        let wanted = header.quantization[Options.activationsKey]?.stringValue.flatMap(Options.Activations.init)
        activations = options.activations ?? wanted ?? .int16
        configuration = try wrap(GPT2Error.configuration) { () throws(ConfigurationError) in
            try Configuration(json: .object(header.config))
        }
        pool = options.pool ?? .shared
        weights = try Weights(configuration, in: file, pool: pool)
    }

    /// The threads that work on a token.
    public var threadCount: Int { pool.threadCount }

    /// A new text: nothing read yet.
    public func makeSession() throws(GPT2Error) -> Session { try Session(self, batch: Batch(self)) }
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
