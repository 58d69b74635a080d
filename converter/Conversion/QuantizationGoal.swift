/// What a calibrated conversion is to reach by its one dial, how fine all matrices are rounded.
public enum QuantizationGoal: Sendable, Equatable {
    /// Bits of the file for a weight, on average, at most; as the report counts them.
    case bits(Double)
    /// Bytes of the whole file, at most.
    case byteCount(Int)
    /// Bits of a symbol in memory, on average, at most: matrices are made to fill 4, 5 or 6 bits, or take 8. Outliers and
    /// scales come on top.
    case bitsInMemory(Double)
    /// Mean divergence from the float32 model in nats, at most, measured on text that was held out.
    case divergence(Double)
}

/// Text that a conversion is calibrated on.
public enum CalibrationSource: Sendable, Equatable {
    /// A text in UTF-8, for the checkpoint's own tokenizer.
    case text(path: String)
    /// Token ids, little-endian, 16 bits each.
    case ids(path: String)
    /// None: the model writes some itself.
    case written

    /// The file that is read.
    public var path: String? {
        switch self {
        case .text(let path), .ids(let path): path
        case .written: nil
        }
    }
}

/// A calibrated conversion: matrices are rounded by what an error in them costs.
public struct CalibrationOptions: Sendable, Equatable {
    public var goal: QuantizationGoal
    public var source: CalibrationSource

    public init(goal: QuantizationGoal, source: CalibrationSource = .written) {
        self.goal = goal
        self.source = source
    }
}
