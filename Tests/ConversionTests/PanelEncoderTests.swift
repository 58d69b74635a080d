import ModelFile
import TestSupport
import Testing

@testable import Conversion

/// Encodes one panel given as rows of weights.
func encode(
    _ rows: [[Float]], as precision: Precision, block: Int = 0
) throws -> (bytes: [UInt8], scales: [Float], error: WeightError) {
    let columns = rows[0].count
    var slab = [Float](repeating: 0, count: columns * 16)
    for (row, weights) in rows.enumerated() {
        for (column, weight) in weights.enumerated() { slab[column * 16 + row] = weight }
    }
    let perGroup = 4 / precision.elementType.byteCount
    var bytes = [UInt8](repeating: 0xEE, count: (columns + perGroup - 1) / perGroup * 64)
    var scales: [Float] = []
    var error = WeightError()
    let encoder = PanelEncoder(precision: precision, blockLength: block)
    try unsafe slab.withUnsafeBufferPointer { slab in
        guard let base = slab.baseAddress else { return }
        let weights = unsafe PanelWeights(base: base, stride: 16, columnCount: columns)
        try unsafe encoder.encode(weights, rows: rows.count, into: &bytes, scales: &scales, error: &error)
    }
    return (bytes, scales, error)
}

/// The int8 symbol of an element of a panel.
func symbol(_ bytes: [UInt8], row: Int, column: Int) -> Int {
    Int(Int8(bitPattern: bytes[(column / 4 * 16 + row) * 4 + column % 4]))
}

/// A row whose scale is exactly 1 because its largest weight is 127.
struct HandCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let weights: [Float]
    let scale: Float
    let symbols: [Int]

    private static let tiny = Float.leastNonzeroMagnitude

    static let all = [
        HandCase(
            testDescription: "ties go to the even neighbour", weights: [127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 126.5],
            scale: 1, symbols: [127, 0, 2, 2, 0, -2, -2, 126]),
        HandCase(
            testDescription: "the largest magnitude becomes 127 or -127", weights: [-2.54, 2.54, 1.27, 0.02, 0],
            scale: 2.54 / 127, symbols: [-127, 127, 64, 1, 0]),
        HandCase(testDescription: "a row of zeros has scale 0", weights: [0, 0, -0.0], scale: 0, symbols: [0, 0, 0]),
        HandCase(
            testDescription: "a scale that rounds to 0 gives zeros", weights: [tiny, -tiny, 0], scale: 0,
            symbols: [0, 0, 0]),
        HandCase(
            testDescription: "a denormal scale is used as rounded, and symbols saturate",
            weights: [190 * tiny, 2 * tiny],
            scale: tiny, symbols: [127, 2]),
        HandCase(
            testDescription: "the largest number works",
            weights: [.greatestFiniteMagnitude, 1, -.greatestFiniteMagnitude],
            scale: .greatestFiniteMagnitude / 127, symbols: [127, 0, -127]),
        HandCase(testDescription: "one column", weights: [-3], scale: 3 / 127, symbols: [-127]),
    ]
}

@Suite struct Int8Panels {
    @Test(arguments: HandCase.all)
    func followTheHandCases(_ hand: HandCase) throws {
        let (bytes, scales, _) = try encode([hand.weights], as: .int8)
        #expect(scales == [hand.scale] + [Float](repeating: 0, count: 15))
        #expect(hand.weights.indices.map { symbol(bytes, row: 0, column: $0) } == hand.symbols)
        for column in 0..<bytes.count / 16 {
            for row in 0..<16 where row > 0 || column >= hand.weights.count {
                #expect(symbol(bytes, row: row, column: column) == 0, "padding at \(row), \(column)")
            }
        }
    }

    @Test(arguments: [0, 64, 128, 256], [1, 63, 64, 65, 200, 257, 513])
    func equalAScalarQuantizer(block: Int, columns: Int) throws {
        var generator = SeededGenerator(seed: UInt64(columns))
        let rows = (0..<13).map { row in
            (0..<columns).map { _ in Float.random(in: -1...1, using: &generator) * Float(row + 1) }
        }
        let (bytes, scales, error) = try encode(rows, as: .int8, block: block)
        let length = block == 0 ? columns : block
        var (squared, energy, maximum, differences) = (0.0, 0.0, Float(0), 0)
        for (row, weights) in rows.enumerated() {
            for start in stride(from: 0, to: columns, by: length) {
                let block = weights[start..<min(start + length, columns)]
                let scale = (block.map(\.magnitude).max() ?? 0) / 127
                if scales[start / length * 16 + row] != scale { differences += 1 }
                for (column, weight) in zip(block.indices, block) {
                    let expected = (weight / scale).rounded(.toNearestOrEven)
                    if symbol(bytes, row: row, column: column) != Int(expected) { differences += 1 }
                    let difference = expected * scale - weight
                    if difference.magnitude > scale * 0.5001 { differences += 1 }
                    squared += Double(difference) * Double(difference)
                    energy += Double(weight) * Double(weight)
                    maximum = max(maximum, difference.magnitude)
                }
            }
        }
        let (relative, root) = ((squared / energy).squareRoot(), (squared / Double(13 * columns)).squareRoot())
        #expect(differences == 0)
        #expect(scales.count == (columns + length - 1) / length * 16)
        #expect(error.maximum == maximum)
        #expect(abs(error.relative - relative) <= 1e-5 * relative)
        #expect(abs(error.rootMeanSquare - root) <= 1e-5 * root)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity], Precision.allCases)
    func nameAWeightThatIsNotFinite(weight: Float, precision: Precision) {
        var rows = [[Float]](repeating: [1, 2, 3, 4, 5], count: 3)
        rows[2][4] = weight
        #expect(throws: RefusedWeight.notFinite(feature: 2, column: 4)) { try encode(rows, as: precision) }
    }
}

@Suite struct FloatPanels {
    @Test func holdFloat32AsItIs() throws {
        let rows: [[Float]] = [[1.5, -0.0, .leastNonzeroMagnitude], [.greatestFiniteMagnitude, 3, 4]]
        let (bytes, scales, error) = try encode(rows, as: .float32)
        #expect(scales.isEmpty && error.maximum == 0 && error.relative == 0)
        for (row, weights) in rows.enumerated() {
            for (column, weight) in weights.enumerated() {
                let at = (column * 16 + row) * 4
                let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) }
                #expect(bits == weight.bitPattern)
            }
        }
    }

    @Test func holdFloat16InPairsOfColumns() throws {
        let (bytes, _, error) = try encode([[1, 2, 3], [-1, 65504, 65519]], as: .float16)
        func bits(_ row: Int, _ column: Int) -> UInt16 {
            let at = (column / 2 * 16 + row) * 4 + column % 2 * 2
            return UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8
        }
        #expect([bits(0, 0), bits(0, 1), bits(0, 2), bits(0, 3)] == [0x3C00, 0x4000, 0x4200, 0])
        #expect([bits(1, 0), bits(1, 1), bits(1, 2), bits(2, 0)] == [0xBC00, 0x7BFF, 0x7BFF, 0])
        #expect(error.maximum == 15)
    }

    @Test func refuseWhatFloat16CannotHold() {
        #expect(throws: RefusedWeight.tooLargeForFloat16(feature: 1, column: 2, value: -65520)) {
            try encode([[1, 2, 3], [4, 5, -65520]], as: .float16)
        }
    }

    @Test func keepEveryFloat16() {
        for bits in stride(from: 0, to: UInt32(0x10000), by: 16) where bits & 0x7C00 != 0x7C00 {
            let all = SIMD16<UInt32>(repeating: bits) &+ SIMD16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
            #expect(Half.bits(Half.values(all)) == all)
        }
    }

    #if !(os(macOS) && arch(x86_64))
        @Test func roundToTheNearestFloat16TiesToEven() {
            var generator = SeededGenerator(seed: 16)
            var values: [Float] = [
                65519.996, 0x1p-24, 0x1p-25, 0x1.8p-25, 0x1p-14, 0x1.ffcp-15, 0x1.ffep-15, 1 + 0x1p-11,
            ]
            for _ in 0..<2000 {
                let exponent = Int.random(in: -30...14, using: &generator)
                let value =
                    Float.random(in: 1..<2, using: &generator) * Float(sign: .plus, exponent: exponent, significand: 1)
                // Every second one exactly between two float16 numbers of its size.
                values.append(values.count % 2 == 0 ? value : Float(bitPattern: value.bitPattern & ~0x1FFF | 0x1000))
            }
            for value in values + values.map({ -$0 }) {
                let bits = Half.bits(SIMD16(repeating: value))[7]
                #expect(bits == UInt32(Float16(value).bitPattern), "\(value)")
            }
        }
    #endif
}
