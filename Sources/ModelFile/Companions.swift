/// A number that an int8 cannot hold: the true symbol at (row, column) is the int8 there plus `remainder`.
public struct Escape: Sendable, Equatable {
    /// The row of the matrix.
    public let row: Int
    /// The column of the matrix.
    public let column: Int
    /// What is added to the int8.
    public let remainder: Int16

    /// An escape.
    public init(row: Int, column: Int, remainder: Int16) {
        self.row = row
        self.column = column
        self.remainder = remainder
    }

    /// The two words of the `.escapes` array.
    public var words: [UInt32] { [UInt32(row), UInt32(column) | UInt32(UInt16(bitPattern: remainder)) << 16] }
}

/// What an int8 matrix needs besides its symbols, loaded and checked.
public struct Companions: Sendable {
    /// What their names add to the matrix's.
    package static let suffixes = [".scales", ".steps", ".escapes", outliersSuffix]
    static let outliersSuffix = ".outliers"

    /// The scales, float32 [panelCount · blockCount × 16], raw; verified, finite and not negative. Use them in place
    /// (``ModelFile/rawBytes(of:)``) or copy them (``ModelFile/floats(of:)``).
    public let scales: ArrayDescription
    /// One positive finite step a column [columns], or nil.
    public let steps: [Float]?
    /// In ascending order of row, then column; may be empty.
    public let escapes: [Escape]
    /// Of a packed matrix the outliers, uint32 [panelCount + 1 + count × 1], raw; verified. First where each panel's begin
    /// among them, and where the last end; then each outlier: its place in the panel as int8 · 256, and what it lacks.
    public let outliers: ArrayDescription?

    /// Checks rules 27, 28, 37 and 38: the companions of every int8 matrix are there and have the shape they must have.
    static func check(_ arrays: [ArrayDescription], byName: [String: Int]) throws(ModelFileError) {
        for matrix in arrays where matrix.elementType == .int8 {
            func check(
                _ suffix: String, _ type: ElementType, rows: Int?, columns: Int
            ) throws(ModelFileError) -> Bool {
                guard let index = byName[matrix.name + suffix] else { return false }
                let array = arrays[index]
                guard array.elementType == type, array.layout == .plain, array.storage == .raw,
                    rows ?? array.rows == array.rows, array.columns == columns
                else {
                    let shape = "[\(rows.map(String.init) ?? "any") × \(columns)]"
                    throw .invalidCompanion(
                        array: array.name, found: "\(array.kindAndShape), \(array.storage)",
                        expected: "\(type), plain, \(shape), raw")
                }
                return true
            }
            let scaleRows = matrix.panelCount * matrix.blockCount
            guard try check(".scales", .float32, rows: scaleRows, columns: ArrayDescription.panelRowCount) else {
                throw .missingScales(array: matrix.name)
            }
            _ = try check(".steps", .float32, rows: 1, columns: matrix.columns)
            _ = try check(".escapes", .uint32, rows: nil, columns: 2)
            guard matrix.layout.packedBits != nil else { continue }
            guard try check(outliersSuffix, .uint32, rows: nil, columns: 1) else {
                throw .missingOutliers(array: matrix.name)
            }
            let count = (byName[matrix.name + outliersSuffix].map { arrays[$0].rows } ?? 0) - matrix.panelCount - 1
            let limit = Limits.outlierCount(elementCount: matrix.elementCount)
            guard (0...limit).contains(count) else {
                throw .tooManyOutliers(array: matrix.name, count: count, limit: limit)
            }
        }
    }
}

extension ModelFile {
    /// Loads and checks the companions of an int8 matrix (rules 32 to 35).
    public func companions(of matrix: ArrayDescription) throws(ModelFileError) -> Companions {
        guard let scales = array(named: matrix.name + ".scales"), matrix.elementType == .int8 else {
            throw .unexpectedArray(name: matrix.name, found: matrix.kindAndShape, expected: "int8, panels")
        }
        try checkScales(scales)
        return Companions(
            scales: scales,
            steps: try array(named: matrix.name + ".steps").map { (array) throws(ModelFileError) in
                try steps(array)
            },
            escapes: try array(named: matrix.name + ".escapes").map { (array) throws(ModelFileError) in
                try escapes(array, of: matrix)
            } ?? [],
            outliers: try matrix.layout.packedBits.map { (bits) throws(ModelFileError) in
                try outliers(of: matrix, bits: bits).array
            })
    }

    /// The outliers of a packed matrix (rule 39), and all their words.
    func outliers(
        of matrix: ArrayDescription, bits: Int
    ) throws(ModelFileError) -> (array: ArrayDescription, words: [UInt32]) {
        guard let array = array(named: matrix.name + Companions.outliersSuffix) else {
            throw .missingOutliers(array: matrix.name)
        }
        let words = try words(of: array)
        let count = words.count - matrix.panelCount - 1
        let most = 128 - 1 << (bits - 1)
        guard words[0] == 0, words[matrix.panelCount] == count else {
            throw .invalidOutlier(array: array.name, index: 0)
        }
        for panel in 0..<matrix.panelCount {
            guard words[panel] <= words[panel + 1], words[panel + 1] <= count else {
                throw .invalidOutlier(array: array.name, index: panel + 1)
            }
            let lanes = min(16, matrix.rows - panel * 16)
            var next: UInt32 = 0
            for index in Int(words[panel])..<Int(words[panel + 1]) {
                let word = words[matrix.panelCount + 1 + index]
                let (place, remainder) = (word >> 8, Int(Int8(truncatingIfNeeded: word)))
                guard place >= next, place < 16 * matrix.columns, place / 4 % 16 < lanes, remainder != 0,
                    abs(remainder) <= most
                else { throw .invalidOutlier(array: array.name, index: matrix.panelCount + 1 + index) }
                next = place + 1
            }
        }
        return (array, words)
    }

    /// Scales may be many, so that they are checked where they lie.
    private func checkScales(_ array: ArrayDescription) throws(ModelFileError) {
        try verify(array)
        let bytes = try unsafe RawSpan(_unsafeBytes: rawBytes(of: array))
        for index in 0..<array.elementCount {
            // Below the bit pattern of infinity lie exactly the finite numbers without a sign.
            let bits = bytes.uint32(at: index * 4)
            guard bits < Float.infinity.bitPattern else {
                throw .invalidScale(array: array.name, index: index, bits: bits)
            }
        }
    }

    private func steps(_ array: ArrayDescription) throws(ModelFileError) -> [Float] {
        let steps = try floats(of: array)
        for (index, step) in steps.enumerated() {
            guard step > 0, step.isFinite else {
                throw .invalidStep(array: array.name, index: index, bits: step.bitPattern)
            }
        }
        return steps
    }

    private func escapes(
        _ array: ArrayDescription, of matrix: ArrayDescription
    ) throws(ModelFileError) -> [Escape] {
        let limit = Limits.escapeCount(elementCount: matrix.elementCount)
        guard array.rows <= limit else { throw .tooManyEscapes(array: array.name, count: array.rows, limit: limit) }
        let words = try words(of: array)
        var escapes: [Escape] = []
        escapes.reserveCapacity(array.rows)
        var previous = (row: -1, column: -1)
        for index in 0..<array.rows {
            let place = (row: Int(words[2 * index]), column: Int(words[2 * index + 1] & 0xFFFF))
            let remainder = Int16(bitPattern: UInt16(words[2 * index + 1] >> 16))
            guard place.row < matrix.rows, place.column < matrix.columns, place > previous, remainder != 0 else {
                throw .invalidEscape(array: array.name, index: index)
            }
            escapes.append(Escape(row: place.row, column: place.column, remainder: remainder))
            previous = place
        }
        return escapes
    }
}
