import Conversion
import ModelFile

/// The settings at which a report converts a checkpoint.
enum Ladder {
    /// What the others are compared with: every weight as it is.
    static let base = ConversionOptions(precision: .float32, storage: .raw)

    /// Names and settings, the finest first.
    ///
    /// - Parameter source: the text that calibrated ones are calibrated on.
    static func rungs(_ source: CalibrationSource) -> [(name: String, options: ConversionOptions)] {
        [
            ("f16", ConversionOptions(precision: .float16)), ("int8-block64", ConversionOptions(blockLength: 64)),
            ("int8", ConversionOptions()),
        ]
            + Quality.allCases.map { quality in
                let calibration = CalibrationOptions(goal: .divergence(quality.divergence), source: source)
                return (quality.rawValue, ConversionOptions(calibration: calibration))
            }
    }
}
