import ModelFile
import StrictJSON
import TestSupport

/// An array made for a test, packed by this file's own reading of docs/FORMAT.md rather than by the module's.
protocol Sample: Sendable {
    var name: String { get }
    /// The float32 weights that a reader must find, row after row.
    var weights: [Float] { get }
    func write(to writer: inout ModelFileWriter) throws
}

/// Puts the little-endian bytes of elements, given row after row, into panels.
func packed(_ elements: [[UInt8]], rows: Int, columns: Int) -> [UInt8] {
    let size = elements[0].count
    let group = 4 / size
    let groups = (columns + group - 1) / group
    var bytes = [UInt8](repeating: 0, count: (rows + 15) / 16 * groups * 64)
    for row in 0..<rows {
        for column in 0..<columns {
            let inPanel = ((column / group) * 16 + row % 16) * 4 + column % group * size
            let start = row / 16 * groups * 64 + inPanel
            bytes.replaceSubrange(start..<start + size, with: elements[row * columns + column])
        }
    }
    return bytes
}

/// The little-endian bytes of an integer.
func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

struct Int8Matrix: Sample {
    var name = "m"
    var rows: Int
    var columns: Int
    var blockLength = 0
    var storage = Storage.raw
    var rowsPerChunk: Int?
    /// Row after row; what does not fit an int8 becomes an escape.
    var symbols: [Int]
    /// [panels][blocks][16]
    var scales: [Float]
    var steps: [Float]?

    var blockCount: Int { blockLength == 0 ? 1 : (columns + blockLength - 1) / blockLength }

    init(
        _ name: String = "m", rows: Int, columns: Int, blockLength: Int = 0, storage: Storage = .raw,
        rowsPerChunk: Int? = nil, hasSteps: Bool = false, escapes: Int = 0, bits: Int? = nil, seed: UInt64 = 1
    ) {
        var generator = SeededGenerator(seed: seed)
        (self.name, self.rows, self.columns) = (name, rows, columns)
        (self.blockLength, self.storage, self.rowsPerChunk) = (blockLength, storage, rowsPerChunk)
        symbols = (0..<rows * columns).map { _ in
            (0..<4).reduce(0) { sum, _ in sum + Int.random(in: -5...5, using: &generator) }
        }
        if let half = bits.map({ 1 << ($0 - 1) }) {
            symbols = symbols.enumerated().map {
                $0 % 301 == 5 ? $1 * 6 : max(-half, min(half - 1, max(1, half / 16) * $1))
            }
        }
        symbols[0] = -128
        for index in 0..<escapes {
            let far = [128, -129, 1000, -32000, 32894][index % 5]
            symbols[index * symbols.count / escapes] = far
        }
        scales = []
        steps = nil
        scales = (0..<(rows + 15) / 16 * blockCount * 16).map { _ in Float.random(in: 0...0.25, using: &generator) }
        if hasSteps { steps = (0..<columns).map { _ in Float.random(in: 0.5...2, using: &generator) } }
    }

    var escapes: [Escape] {
        symbols.enumerated().compactMap { index, symbol in
            let remainder = symbol - max(-128, min(127, symbol))
            return remainder == 0
                ? nil : Escape(row: index / columns, column: index % columns, remainder: Int16(remainder))
        }
    }

    var weights: [Float] {
        symbols.enumerated().map { index, symbol in
            let (row, column) = index.quotientAndRemainder(dividingBy: columns)
            let block = row / 16 * blockCount + (blockLength == 0 ? 0 : column / blockLength)
            let weight = Float(symbol) * scales[block * 16 + row % 16]
            return steps.map { weight * $0[column] } ?? weight
        }
    }

    func write(to writer: inout ModelFileWriter) throws {
        try writer.beginArray(
            name, type: .int8, layout: .panels, storage: storage, rows: rows, columns: columns,
            blockLength: blockLength, rowsPerChunk: rowsPerChunk)
        let bytes = symbols.map { [UInt8(bitPattern: Int8(clamping: $0))] }
        try writer.append(packed(bytes, rows: rows, columns: columns))
        try writer.endArray()
        try writer.write(name + ".scales", floats: scales, rows: scales.count / 16, columns: 16)
        if let steps { try writer.write(name + ".steps", floats: steps, rows: 1, columns: columns) }
        if !escapes.isEmpty {
            try writer.write(name + ".escapes", words: escapes.flatMap(\.words), rows: escapes.count, columns: 2)
        }
    }
}

struct FloatMatrix: Sample {
    var name: String
    var type: ElementType
    var layout: Layout
    var storage = Storage.raw
    var rows: Int
    var columns: Int
    var rowsPerChunk: Int?
    /// Bit patterns, row after row.
    var bits: [UInt32]

    init(
        _ name: String, _ type: ElementType, _ layout: Layout, _ storage: Storage = .raw, rows: Int, columns: Int,
        rowsPerChunk: Int? = nil, seed: UInt64 = 2
    ) {
        var generator = SeededGenerator(seed: seed)
        (self.name, self.type, self.layout, self.storage) = (name, type, layout, storage)
        (self.rows, self.columns, self.rowsPerChunk) = (rows, columns, rowsPerChunk)
        bits = (0..<rows * columns).map { index in
            let random = UInt32(truncatingIfNeeded: generator.next())
            // Finite numbers, subnormal ones and both zeros among them.
            if type == .float16 { return index == 0 ? 0x8000 : index == 1 ? 1 : random & 0xBBFF }
            return index == 0 ? 0x8000_0000 : index == 1 ? 1 : random & 0xBFFF_FFFF
        }
    }

    var weights: [Float] {
        bits.map { type == .float16 ? Self.value(half: $0) : Float(bitPattern: $0) }
    }

    /// The definition: (−1)^s · 2^(e−15) · 1.f, or (−1)^s · 2^−14 · 0.f where e = 0.
    private static func value(half: UInt32) -> Float {
        let (sign, exponent, fraction) = (half >> 15, Int(half >> 10 & 31), Float(half & 1023) / 1024)
        let magnitude =
            exponent == 0
            ? Float(sign: .plus, exponent: -14, significand: fraction)
            : Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
        return sign == 1 ? -magnitude : magnitude
    }

    func write(to writer: inout ModelFileWriter) throws {
        try writer.beginArray(
            name, type: type, layout: layout, storage: storage, rows: rows, columns: columns,
            rowsPerChunk: rowsPerChunk)
        let elements = bits.map { type == .float16 ? littleEndian(UInt16($0)) : littleEndian($0) }
        let bytes = layout == .panels ? packed(elements, rows: rows, columns: columns) : elements.flatMap { $0 }
        for start in stride(from: 0, to: bytes.count, by: 1000) {  // in pieces that ignore the chunks' borders
            try writer.append(Array(bytes[start..<min(start + 1000, bytes.count)]))
        }
        try writer.endArray()
    }
}

extension Header {
    static let sample = Header(
        config: ["n_embd": 5, "layer_norm_epsilon": 1e-5], quantization: ["note": "é"],
        tokenizer: ["type": "byte-level-bpe"], provenance: ["converter": "test"])
}

/// Writes a file with these arrays, and two of the kinds that hold no weights.
func writeSamples(_ samples: [any Sample], to path: String) throws {
    var writer = try ModelFileWriter(path: path)
    for sample in samples { try sample.write(to: &writer) }
    try writer.write("t.bytes", bytes: Array("vencejo".utf8))
    try writer.write("t.words", words: [0, 1, 2, 3, 4, .max], rows: 2, columns: 3)
    try writer.finish(header: .sample)
}

/// Every feature of the format in under 4 KB.
let tinySamples: [any Sample] = [
    Int8Matrix("m", rows: 17, columns: 5, hasSteps: true, escapes: 2),
    Int8Matrix("z", rows: 17, columns: 66, blockLength: 64, storage: .zstd, rowsPerChunk: 16, seed: 3),
    FloatMatrix("h", .float16, .panels, rows: 3, columns: 3),
    FloatMatrix("f", .float32, .panels, .zstd, rows: 2, columns: 3),
    FloatMatrix("p", .float16, .plain, rows: 2, columns: 3, rowsPerChunk: 1),
    FloatMatrix("b", .float32, .plain, rows: 1, columns: 5),
]

/// The bytes of the file with ``tinySamples``.
func tinyFile() throws -> [UInt8] {
    let folder = TemporaryDirectory()
    try writeSamples(tinySamples, to: folder.file("tiny.q8z"))
    return readFile(folder.file("tiny.q8z"))
}
