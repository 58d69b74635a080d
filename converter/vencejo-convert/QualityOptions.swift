import ArgumentParser
import Conversion

/// How fine a calibrated conversion rounds: four dials, of which one is turned, and the text it is calibrated on.
struct QualityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Calibrate: \(Quality.help).", discussion: "The numbers are mean divergences from the float32 model."))
    var quality: Quality?

    @Option(help: ArgumentHelp("Calibrate: bits of the file for a weight, on average.", valueName: "bits"))
    var bits: Double?

    @Option(
        help: ArgumentHelp(
            "Calibrate: the size of the file at most: 60MB, 1.5GB or 57MiB.", valueName: "size"))
    var targetSize: FileSize?

    @Option(
        help: ArgumentHelp(
            "Calibrate: bits of a symbol in memory, on average: matrices are made to fill 4, 5 or 6, or take 8.",
            discussion: "Scales, and the few symbols that do not fit, come on top.", valueName: "bits"))
    var targetBitsInMemory: Double?

    @Option(
        name: .customLong("target-kl"),
        help: ArgumentHelp("Calibrate: the mean divergence from the float32 model at most, in nats.", valueName: "nats")
    )
    var targetDivergence: Double?

    @Option(
        help: ArgumentHelp(
            "Text like the model's future work, in UTF-8; without any the model writes some itself.", valueName: "file")
    )
    var calibrate: String?

    @Option(
        name: .customLong("calibrate-ids"),
        help: ArgumentHelp("The same as token ids, 16 bits each, little-endian.", valueName: "file"))
    var calibrateIDs: String?

    /// What is asked for; nil where nothing is.
    var options: CalibrationOptions? {
        let goals: [QuantizationGoal?] = [
            quality.map { .divergence($0.divergence) }, bits.map { .bits($0) },
            targetSize.map { .byteCount($0.byteCount) }, targetBitsInMemory.map { .bitsInMemory($0) },
            targetDivergence.map { .divergence($0) },
        ]
        let sources: [CalibrationSource?] = [calibrate.map { .text(path: $0) }, calibrateIDs.map { .ids(path: $0) }]
        let (goal, source) = (goals.compactMap { $0 }.first, sources.compactMap { $0 }.first)
        if goal == nil, source == nil { return nil }
        return CalibrationOptions(goal: goal ?? .divergence(Quality.high.divergence), source: source ?? .written)
    }

    /// Bits that an int8 file can have: symbols of zeros only, to nothing compressed.
    private static let bitRange = 1.0...8.5

    func validate() throws {
        let dials = [
            ("--quality", quality != nil), ("--bits", bits != nil), ("--target-size", targetSize != nil),
            ("--target-bits-in-memory", targetBitsInMemory != nil), ("--target-kl", targetDivergence != nil),
        ].filter(\.1).map(\.0)
        guard dials.count < 2 else {
            throw ValidationError(
                "\(dials.joined(separator: " and ")) turn the same dial; leave all but one of them out")
        }
        guard calibrate == nil || calibrateIDs == nil else {
            throw ValidationError("--calibrate and --calibrate-ids both name the text; leave one of them out")
        }
        if let bits, !Self.bitRange.contains(bits) {
            let (least, most) = (Self.bitRange.lowerBound, Self.bitRange.upperBound)
            throw ValidationError("--bits is \(bits); expected \(least) to \(most)")
        }
        if let targetBitsInMemory, !(4...8).contains(targetBitsInMemory) {
            throw ValidationError("--target-bits-in-memory is \(targetBitsInMemory); expected 4 to 8")
        }
        if let targetDivergence, !(targetDivergence > 0 && targetDivergence <= 10) {
            throw ValidationError("--target-kl is \(targetDivergence); expected a number above 0, at most 10")
        }
        if calibrate == "" || calibrateIDs == "" { throw ValidationError("the calibration text has no name") }
    }
}

/// Points on the dial, by the divergence that they allow.
enum Quality: String, ExpressibleByArgument, CaseIterable {
    case best
    case high
    case medium
    case small

    /// Nats. What int8 and 6, 5 and 4 bits in blocks of other formats lose (docs/ACCURACY.md).
    var divergence: Double {
        switch self {
        case .best: 1e-4
        case .high: 1e-3
        case .medium: 3e-3
        case .small: 1e-2
        }
    }

    static var help: String { allCases.map { "\($0.rawValue) (\($0.divergence))" }.joined(separator: ", ") }
}

/// A size as people tell it of files: 60MB, 1.5G, 57MiB or bytes. K, M and G are powers of 1000, with "iB" of 1024.
struct FileSize: ExpressibleByArgument, Equatable {
    let byteCount: Int

    init?(argument: String) {
        let number = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let factors: [String: Double] = [
            "": 1, "B": 1, "K": 1e3, "KB": 1e3, "KIB": 0x1p10, "M": 1e6, "MB": 1e6, "MIB": 0x1p20, "G": 1e9,
            "GB": 1e9, "GIB": 0x1p30,
        ]
        guard let factor = factors[argument.dropFirst(number.count).uppercased()], let value = Double(number),
            value * factor >= 1, value * factor < 0x1p62
        else { return nil }
        byteCount = Int(value * factor)
    }
}
