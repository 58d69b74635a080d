import Kernels

/// How a model is run. Only these options (and the file) change the bits of a result; threads, kernel row and
/// residency never do.
public struct Options: Sendable {
    /// How activations are rounded before they meet int8 weights.
    public enum Activations: String, Sendable, CaseIterable {
        /// 16-bit integers, one scale per token: as good as float32 (6e-8 nats away on a trained model), and fast.
        case int16
        /// 8-bit integers, one scale per token, for queries, keys, values, what they are mixed to, and the way up in the
        /// feed-forward; int16 for the way down and for the head. Faster on prompts where the processor multiplies bytes.
        /// Less accurate, and visibly so unless the file was made for it.
        case int8
        /// Not at all: the yardstick.
        case float32 = "f32"
    }

    /// The member of a file's `quantization` that says which activations it was made for.
    public static let activationsKey = "activations"

    /// How keys and values are stored between tokens. Arithmetic on them is float32 always.
    public enum CacheType: String, Sendable, CaseIterable {
        /// Half the memory of float32.
        case float16 = "f16"
        /// As they were computed.
        case float32 = "f32"
        /// Each head's key and value at a position in 8 bits, with a float32 scale of its own.
        case int8

        /// Bytes of one number, scales apart.
        var elementByteCount: Int {
            switch self {
            case .float16: 2
            case .float32: 4
            case .int8: 1
            }
        }

        /// Whether each head's key and value at a position has a scale.
        var hasScales: Bool { self == .int8 }

        /// Bytes of one head's key or value at a position, its scale included.
        func byteCount(headSize: Int) -> Int {
            headSize * elementByteCount + (hasScales ? MemoryLayout<Float>.size : 0)
        }
    }

    /// How weights lie in memory that are compressed in the file. No result depends on it.
    public enum Residence: String, Sendable, CaseIterable {
        /// In 4, 5 or 6 bits where the file says that they fit, else in int8.
        case packed
        /// In int8, however few bits would do.
        case int8
    }

    /// How activations are rounded; nil as the file wants it, which is int16 where it says nothing.
    public var activations: Activations?
    /// How keys and values are stored.
    public var cacheType: CacheType
    /// A row of the kernel table by name; nil takes `VENCEJO_KERNELS`, and without that the best this CPU has.
    public var kernels: String?
    /// Who does the work; nil shares one pool, a worker for each core, in the whole process.
    public var pool: WorkerPool?
    /// Whether what is not compressed in the file is used in place, in the mapped file, where everything fits; else it is read
    /// into memory.
    public var mapsFile: Bool
    /// The most bytes that the process may occupy; nil what the machine has to spare. Weights that do not fit are read and
    /// decoded anew for every batch of tokens. See ``MemoryPlan``.
    public var memoryLimit: Int?
    /// What else the process occupies or will, for ``memoryLimit``: a second model, say. Nil looks at what it occupies now.
    public var programByteCount: Int?
    /// Positions that a text may have; nil all that the model was made for.
    public var contextLength: Int?
    /// How weights lie in memory that are compressed in the file.
    public var residence = Residence.packed
    /// Sessions that will be there at a time, for ``memoryLimit``.
    public var sessionCount = 1
    /// Tokens whose logits will be kept at a time, for ``memoryLimit``.
    public var keptLogits = 1

    /// The defaults run a model as its file wants it, as fast as the machine can.
    public init(
        activations: Activations? = nil, cacheType: CacheType = .float16, kernels: String? = nil,
        pool: WorkerPool? = nil, mapsFile: Bool = true, memoryLimit: Int? = nil, contextLength: Int? = nil
    ) {
        self.activations = activations
        self.cacheType = cacheType
        self.kernels = kernels
        self.pool = pool
        self.mapsFile = mapsFile
        self.memoryLimit = memoryLimit
        self.contextLength = contextLength
    }

    /// Positions that a text of a model may have.
    func contextLength(_ configuration: Configuration) -> Int {
        min(contextLength ?? configuration.contextLength, configuration.contextLength)
    }
}
