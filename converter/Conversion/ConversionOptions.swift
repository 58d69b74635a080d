public import GPT2
public import ModelFile

/// What a conversion is asked to make.
public struct ConversionOptions: Sendable, Equatable {
    /// How matrices are stored.
    public var precision: Precision
    /// Whether matrices are stored compressed.
    public var storage: Storage
    /// Columns that share a scale in an int8 matrix: 64, 128 or 256, or 0 for one scale per row.
    public var blockLength: Int
    /// What the model will round activations to where nobody says otherwise. Int8 takes the means out of activations, which
    /// are found by letting the model write; int16 needs nothing.
    public var activations: Options.Activations
    /// How matrices are rounded by what errors cost; nil rounds them to nearest. For int8 with a scale per row.
    public var calibration: CalibrationOptions?

    /// The defaults are those of the command line; docs/decisions/0004-one-scale-per-row.md says why.
    public init(
        precision: Precision = .int8, storage: Storage = .zstd, blockLength: Int = 0,
        activations: Options.Activations = .int16, calibration: CalibrationOptions? = nil
    ) {
        self.precision = precision
        self.storage = storage
        self.blockLength = blockLength
        self.activations = activations
        self.calibration = calibration
    }
}

/// The type of a matrix's elements in the model file.
public enum Precision: String, Sendable, CaseIterable {
    case int8
    case float16 = "f16"
    case float32 = "f32"

    var elementType: ElementType {
        switch self {
        case .int8: .int8
        case .float16: .float16
        case .float32: .float32
        }
    }

    /// The relative error ‖ŵ − w‖ / ‖w‖ a matrix may have before the converter points at it.
    ///
    /// - int8: 0.005 to 0.011 in every matrix measured, GPT-2 124M's own among them. A row's scale follows its largest
    ///   weight: 0.02 means that a few weights set the scale for all others.
    /// - f16: rounding to 11 bits gives at most 2⁻¹¹; denormal results lose more, and only in weights below 6e-5.
    /// - f32: nothing changes.
    public var permittedRelativeError: Double {
        switch self {
        case .int8: 0.02
        case .float16: 0x1p-11
        case .float32: 0
        }
    }
}
