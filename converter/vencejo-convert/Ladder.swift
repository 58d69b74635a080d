import Conversion
import ModelFile

/// The settings at which a report converts a checkpoint.
enum Ladder {
    /// What the others are compared with: every weight as it is.
    static let base = ConversionOptions(precision: .float32, storage: .raw)

    /// Names and settings, from the largest file to the smallest.
    static let rungs: [(name: String, options: ConversionOptions)] = [
        ("f16", ConversionOptions(precision: .float16)),
        ("int8-block64", ConversionOptions(blockLength: 64)),
        ("int8-block128", ConversionOptions(blockLength: 128)),
        ("int8", ConversionOptions()),
    ]
}
