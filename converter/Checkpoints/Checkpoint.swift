/// The tensors of a model as somebody else stored them: named, shaped, and read a rectangle at a time.
///
/// Nothing is converted before it is asked for, so a checkpoint larger than the memory can be walked through.
public protocol Checkpoint: Sendable {
    /// Every tensor, in the order of the file.
    var tensors: [Tensor] { get }

    /// Writes a rectangle of a matrix, row by row and as the float32 numbers that it stands for, to the start of `output`.
    ///
    /// The rectangle must lie inside the tensor, `output` must hold it, and the tensor's type must be readable.
    func read(_ tensor: Tensor, rows: Range<Int>, columns: Range<Int>, into output: inout MutableSpan<Float>)

    /// Says that these rows will not be read again soon, so that the memory that holds them may be given back.
    func release(_ tensor: Tensor, rows: Range<Int>)
}

/// One tensor of a checkpoint.
public struct Tensor: Sendable, Equatable {
    /// The most tensors that a file is read with. A model of 4096 blocks has 49 156.
    static let countLimit = 65_536
    /// The most sizes of one, but where a format has fewer.
    static let dimensionLimit = 8

    public let name: String
    /// Sizes from the slowest dimension to the fastest; empty for a single number.
    public let shape: [Int]
    public let type: TensorType
    /// Where it lies in its file.
    let bytes: Range<Int>
    /// Which of the checkpoint's files holds it.
    let shard: Int
    /// Elements from one to the next along each dimension; nil where the tensor lies there row after row.
    var strides: [Int]?

    /// Rows of the tensor read as a matrix: the product of all sizes but the last.
    public var rowCount: Int { shape.dropLast().reduce(1, *) }
    /// The product of all sizes.
    var elementCount: Int { shape.reduce(1, *) }
    /// Bytes it takes in its file.
    public var byteCount: Int { bytes.count }
    /// Columns of the tensor read as a matrix: its last size.
    public var columnCount: Int { shape.last ?? 1 }

    /// Bytes that so many of its elements take, rounded up; for whole blocks exact.
    public func byteCount(ofElements count: Int) -> Int {
        (count * type.blockBitCount + 8 * type.blockLength - 1) / (8 * type.blockLength)
    }

    func inShard(_ shard: Int) -> Tensor {
        Tensor(name: name, shape: shape, type: type, bytes: bytes, shard: shard, strides: strides)
    }
}

/// A checkpoint in one file, or a shard of one.
public protocol WeightsFile: Checkpoint {
    var path: String { get }
}

/// The element types that files can name: those of safetensors, and blocks of quantized weights, which GGUF has besides.
public enum TensorType: String, Sendable, CaseIterable {
    case bool = "BOOL"
    case float4 = "F4"
    case float6e2m3 = "F6_E2M3"
    case float6e3m2 = "F6_E3M2"
    case uint8 = "U8"
    case int8 = "I8"
    case float8e5m2 = "F8_E5M2"
    case float8e4m3 = "F8_E4M3"
    case float8e8m0 = "F8_E8M0"
    case int16 = "I16"
    case uint16 = "U16"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int32 = "I32"
    case uint32 = "U32"
    case float32 = "F32"
    case complex64 = "C64"
    case float64 = "F64"
    case int64 = "I64"
    case uint64 = "U64"

    // Blocks of 32 weights with a float16 scale (_0), or scale and minimum (_1).
    case q40 = "Q4_0"
    case q41 = "Q4_1"
    case q50 = "Q5_0"
    case q51 = "Q5_1"
    case q80 = "Q8_0"
    // Blocks of 256 weights, whose scales are quantized themselves.
    case q2k = "Q2_K"
    case q3k = "Q3_K"
    case q4k = "Q4_K"
    case q5k = "Q5_K"
    case q6k = "Q6_K"

    /// Elements that are stored together: 1, or the length of a block. A row consists of whole blocks.
    var blockLength: Int {
        switch self {
        case .q40, .q41, .q50, .q51, .q80: 32
        case .q2k, .q3k, .q4k, .q5k, .q6k: 256
        default: 1
        }
    }

    /// Bits of one block: of one element, where elements stand alone.
    var blockBitCount: Int {
        switch self {
        case .float4: 4
        case .float6e2m3, .float6e3m2: 6
        case .bool, .uint8, .int8, .float8e5m2, .float8e4m3, .float8e8m0: 8
        case .int16, .uint16, .float16, .bfloat16: 16
        case .int32, .uint32, .float32: 32
        case .complex64, .float64, .int64, .uint64: 64
        case .q40: 8 * 18
        case .q41: 8 * 20
        case .q50: 8 * 22
        case .q51: 8 * 24
        case .q80: 8 * 34
        case .q2k: 8 * 84
        case .q3k: 8 * 110
        case .q4k: 8 * 144
        case .q5k: 8 * 176
        case .q6k: 8 * 210
        }
    }

    /// Whether a value of this type is a float32 number, so that ``Checkpoint/read(_:rows:columns:into:)`` works.
    public var isReadable: Bool {
        self == .float32 || self == .float16 || self == .bfloat16 || blockLength > 1
    }
}
