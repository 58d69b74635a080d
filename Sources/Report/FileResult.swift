import Evaluation
import ModelFile
import Pages
public import StrictJSON

/// What a report says of a file.
public struct FileResult: Sendable {
    /// What it is called.
    public let name: String
    /// "q8z", or what kind of file its weights come from.
    public let format: String
    /// Whether the others are compared with it.
    public let isBase: Bool
    /// The file its weights come from, with the beginning of its SHA-256; nil where its header does not say.
    public let source: String?
    /// Bytes of the file that people would carry.
    public let byteCount: Int
    /// Weights of the model.
    public let weightCount: Int
    /// Bytes that the weights take in it: without tokenizer, header and tables.
    public let weightByteCount: Int
    /// Bytes of weights that every token written reads from memory, as they lie there.
    public internal(set) var tokenByteCount = 0
    /// How it is stored, for people.
    public let storage: String
    /// The header's "quantization"; nil for files of other formats.
    public let quantization: JSONObject?
    /// Its matrices.
    public let matrices: [MatrixResult]
    /// Nil where no matrix is int8.
    public let symbols: SymbolCounts?
    /// What the text came to, a protocol each.
    public internal(set) var texts: [TextResult] = []
    /// Nil where it was not measured.
    public internal(set) var speed: SpeedResult?

    /// What a weight takes in the file.
    public var bitsPerWeight: Double { weightCount == 0 ? 0 : Double(weightByteCount) * 8 / Double(weightCount) }

    /// The KL, in nats, that its converter measured on the held-out part of its calibration text; nil where it did not.
    var calibratedDivergence: Double? { quantization?["divergence"]?.doubleValue }

    /// How it is stored and, where it was calibrated, on what.
    var making: String {
        guard let source = quantization?["calibration"]?.stringValue else { return storage }
        let tokens = quantization?["calibration_tokens"]?.intValue.map { ", \($0) tokens" }
        return "\(storage); calibration text: \(source)\(tokens ?? "")"
            + (calibratedDivergence.map { ", KL \($0.scientific) nats on what was held out of it" } ?? "")
    }

    func text(_ rules: EvaluationProtocol) -> TextResult? { texts.first { $0.windows.rules == rules } }
    /// How it differs from the base, in the protocol in which that was measured.
    var comparison: Summary.Comparison? { texts.lazy.compactMap(\.summary.comparison).first }
}

/// A matrix of a file, beside the same of the base.
public struct MatrixResult: Sendable, Equatable {
    /// What it is called.
    public let name: String
    /// Output features.
    public let rows: Int
    /// Input features.
    public let columns: Int
    /// Bytes in the file with scales, steps and escapes.
    public let byteCount: Int
    /// ‖stored − base‖ / ‖base‖
    public let relativeError: Double

    /// What a weight takes in the file.
    public var bitsPerWeight: Double { Double(byteCount) * 8 / (Double(rows) * Double(columns)) }
}

/// How often each symbol is there in a file's int8 matrices.
public struct SymbolCounts: Sendable, Equatable {
    /// Of the symbols −128 to 127.
    public internal(set) var counts = [Int](repeating: 0, count: 256)
    /// Weights that have a remainder beside their symbol.
    public internal(set) var escapeCount = 0

    /// Bits that a symbol takes if they are coded by their frequencies and nothing else.
    public var entropy: Double {
        let total = Double(counts.reduce(0, +))
        return counts.reduce(0) { sum, count in
            count == 0 ? sum : sum - Double(count) / total * binaryLogarithm(Double(count) / total)
        }
    }

    /// The symbols from the first to the last that is there.
    var range: ClosedRange<Int>? {
        guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 }) else {
            return nil
        }
        return first - 128...last - 128
    }
}

/// What a text came to, cut by a protocol.
public struct TextResult: Sendable {
    /// How the text was cut.
    public let windows: Windows
    /// What it came to.
    public let summary: Summary
}

/// What runs in processes of their own took.
public struct SpeedResult: Sendable, Equatable {
    /// From the start of the program to its end, with one token written.
    public let startMilliseconds: Spread
    /// The most memory that was resident while a text was written; nil where the system does not tell.
    public let peakByteCount: Int?
    /// Tokens of a prompt, and tokens written, in a second.
    public let readingRate: Spread
    /// Tokens a second when writing.
    public let writingRate: Spread
    /// Threads at work.
    public let threads: Int
    /// The row of the kernel table.
    public let kernels: String
}

/// What rounds of the same came to.
public struct Spread: Sendable, Equatable {
    /// The round in the middle.
    public let median: Double
    /// The lowest round.
    public let least: Double
    /// The highest round.
    public let most: Double

    /// - Precondition: there is one value at least, and their number is odd.
    init(_ values: [Double]) {
        let sorted = values.sorted()
        (median, least, most) = (sorted[sorted.count / 2], sorted[0], sorted[sorted.count - 1])
    }
}
