import ModelFile
import StrictJSON

/// What a conversion made of each matrix, and of the whole.
public struct ConversionReport: Sendable {
    /// One matrix, or the position embedding.
    public struct Matrix: Sendable {
        /// Its name in the model file.
        public let name: String
        public let rows: Int
        public let columns: Int
        public let error: WeightError
        /// Bytes in the file, scales, steps and escapes included.
        public let byteCount: Int
        /// What ``Precision/permittedRelativeError`` says about it.
        public let isErrorPermitted: Bool

        /// Bits a weight takes in the file, scales, steps, escapes and padding included.
        public var bitsPerWeight: Double { Double(byteCount) * 8 / (Double(rows) * Double(columns)) }
    }

    public let matrices: [Matrix]
    /// Bytes of the whole file.
    public let byteCount: Int
    /// Weights of all matrices and vectors.
    public let weightCount: Int
    /// Bytes that these weights take in the file: without tokenizer, header and tables.
    public let weightByteCount: Int
    /// How matrices were rounded, where not to nearest.
    public internal(set) var calibration: CalibrationReport?

    /// Bits a weight takes in the file, as `vencejo info` counts them.
    public var bitsPerWeight: Double { Double(weightByteCount) * 8 / Double(weightCount) }
}

extension ConversionReport {
    /// The matrices as a table whose columns are aligned, a line each, and a warning where an error is large.
    public var table: String {
        let head = ["matrix", "shape", "max error", "rms error", "relative", "bits/weight"]
        let rows = matrices.map { matrix in
            [
                matrix.name, "\(matrix.rows) × \(matrix.columns)", scientific(Double(matrix.error.maximum)),
                scientific(matrix.error.rootMeanSquare), fixed(matrix.error.relative, digits: 5),
                fixed(matrix.bitsPerWeight, digits: 3),
            ]
        }
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }.joined(separator: "  ")
        }
        let lines = zip(matrices, rows).map { line($1) + ($0.isErrorPermitted ? "" : "  <- a large error") }
        return ([line(head)] + lines).joined(separator: "\n")
    }

    /// The report for programs, as JSON.
    public var jsonText: String {
        let json: JSONValue = [
            "calibration": calibration?.json ?? nil,
            "byte_count": .integer(Int64(byteCount)),
            "weight_count": .integer(Int64(weightCount)),
            "weight_byte_count": .integer(Int64(weightByteCount)),
            "bits_per_weight": .number(bitsPerWeight),
            "matrices": .array(
                matrices.map { matrix in
                    [
                        "name": .string(matrix.name),
                        "rows": .integer(Int64(matrix.rows)),
                        "columns": .integer(Int64(matrix.columns)),
                        "max_error": .number(Double(matrix.error.maximum)),
                        "rms_error": .number(matrix.error.rootMeanSquare),
                        "relative_error": .number(matrix.error.relative),
                        "byte_count": .integer(Int64(matrix.byteCount)),
                        "bits_per_weight": .number(matrix.bitsPerWeight),
                    ]
                }),
        ]
        return json.encoded(pretty: true)
    }
}

/// A number that is not negative with a fixed number of decimals, ties away from zero.
public func fixed(_ value: Double, digits: Int) -> String {
    var power = 1.0
    for _ in 0..<digits { power *= 10 }
    let scaled = (value * power).rounded()
    guard scaled.isFinite, scaled < 1e15 else { return "\(value)" }
    let text = String(Int64(scaled))
    if digits == 0 { return text }
    let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
    return padded.dropLast(digits) + "." + padded.suffix(digits)
}

/// A number that is not negative as 1.23e-4; 0 as "0".
public func scientific(_ value: Double) -> String {
    guard value > 0, value.isFinite else { return value == 0 ? "0" : "\(value)" }
    var (mantissa, exponent) = (value, 0)
    while mantissa >= 9.995 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    while mantissa < 0.9995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    return "\(fixed(mantissa, digits: 2))e\(exponent)"
}
