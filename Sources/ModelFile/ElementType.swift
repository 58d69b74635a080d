/// The type of an array's elements. The raw value is the code in the directory.
public enum ElementType: UInt8, Sendable, CaseIterable {
    /// A signed byte.
    case int8 = 0
    /// IEEE 754 binary16.
    case float16 = 1
    /// IEEE 754 binary32.
    case float32 = 2
    /// A byte.
    case uint8 = 3
    /// A word of 32 bits.
    case uint32 = 4

    /// Bytes one element takes.
    public var byteCount: Int {
        switch self {
        case .int8, .uint8: 1
        case .float16: 2
        case .float32, .uint32: 4
        }
    }
}

/// The order of an array's elements. The raw value is the code in the directory.
public enum Layout: UInt8, Sendable, CaseIterable {
    /// Row after row, without padding.
    case plain = 0
    /// Panels of 16 rows; inside a panel, groups of 16 rows × 4 bytes. Padded with zeros. What kernels multiply in place.
    case panels = 1
    /// Panels of int8 symbols in 4 bits each, but for a few that are listed in a companion.
    case packed4 = 4
    /// The same in 5 bits.
    case packed5 = 5
    /// The same in 6 bits.
    case packed6 = 6

    init(packedBits bits: Int) { self = bits == 4 ? .packed4 : bits == 5 ? .packed5 : .packed6 }

    /// Whether rows lie in panels.
    public var isPanels: Bool { self != .plain }

    /// Itself where it is packed.
    public var packed: Layout? { packedBits == nil ? nil : self }

    /// Bits of a packed symbol.
    public var packedBits: Int? {
        switch self {
        case .plain, .panels: nil
        case .packed4: 4
        case .packed5: 5
        case .packed6: 6
        }
    }
}

/// How a file stores its matrices.
public enum MatrixStorage: String, Sendable, CaseIterable {
    /// As they are; used in place.
    case raw
    /// In zstd frames.
    case zstd
    /// As they are, int8 symbols in as few bits as they fit; used in place.
    case packed

    /// How the chunks lie.
    public var storage: Storage { self == .zstd ? .zstd : .raw }
}

/// How an array's chunks lie in the file. The raw value is the code in the directory.
public enum Storage: UInt8, Sendable, CaseIterable {
    /// As they are; used in place.
    case raw = 0
    /// One zstd frame a chunk.
    case zstd = 1
}
