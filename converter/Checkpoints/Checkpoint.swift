/// The tensors of a model as somebody else stored them: named, shaped, and read a rectangle at a time.
///
/// Nothing is converted before it is asked for, so a checkpoint larger than the memory can be walked through.
public protocol Checkpoint: Sendable {
    /// Every tensor, in the order of the file.
    var tensors: [Tensor] { get }

    /// Writes a rectangle of a matrix, row by row and converted without loss, to the start of `output`.
    ///
    /// The rectangle must lie inside the tensor, `output` must hold it, and the tensor's type must be readable.
    func read(_ tensor: Tensor, rows: Range<Int>, columns: Range<Int>, into output: inout MutableSpan<Float>)

    /// Says that these rows will not be read again soon, so that the memory that holds them may be given back.
    func release(_ tensor: Tensor, rows: Range<Int>)
}

/// One tensor of a checkpoint.
public struct Tensor: Sendable, Equatable {
    public let name: String
    /// Sizes from the slowest dimension to the fastest; empty for a single number.
    public let shape: [Int]
    public let type: TensorType
    /// Where it lies in its file.
    let bytes: Range<Int>
    /// Which of the checkpoint's files holds it.
    let shard: Int

    /// Rows of the tensor read as a matrix: the product of all sizes but the last.
    public var rowCount: Int { shape.dropLast().reduce(1, *) }
    /// Bytes it takes in its file.
    public var byteCount: Int { bytes.count }
    /// Columns of the tensor read as a matrix: its last size.
    public var columnCount: Int { shape.last ?? 1 }

    func inShard(_ shard: Int) -> Tensor { Tensor(name: name, shape: shape, type: type, bytes: bytes, shard: shard) }
}

/// The element types a safetensors file can name.
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

    /// Bits of one element.
    var bitCount: Int {
        switch self {
        case .float4: 4
        case .float6e2m3, .float6e3m2: 6
        case .bool, .uint8, .int8, .float8e5m2, .float8e4m3, .float8e8m0: 8
        case .int16, .uint16, .float16, .bfloat16: 16
        case .int32, .uint32, .float32: 32
        case .complex64, .float64, .int64, .uint64: 64
        }
    }

    /// Bytes of one element, rounded up.
    public var byteCount: Int { (bitCount + 7) / 8 }

    /// Whether every value of this type is a float32 value, so that ``Checkpoint/read(_:rows:columns:into:)`` works.
    public var isReadable: Bool { self == .float32 || self == .float16 || self == .bfloat16 }
}
