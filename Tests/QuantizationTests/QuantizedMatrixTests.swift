import Kernels
import ModelFile
import TestSupport
import Testing

@testable import Quantization

/// Normally distributed weights of any spread in panels, `[panels × columns × 16]`.
private func panels(_ weights: [[Float]]) throws -> AlignedBuffer<Float> {
    let columns = weights[0].count
    let buffer = try AlignedBuffer<Float>(count: (weights.count + 15) / 16 * 16 * columns)
    for (row, line) in weights.enumerated() {
        for (column, weight) in line.enumerated() {
            unsafe buffer.pointer[(row / 16 * columns + column) * 16 + row % 16] = weight
        }
    }
    return buffer
}

private func randomWeights(rows: Int, columns: Int) -> [[Float]] {
    var random = SeededGenerator(seed: 7)
    return (0..<rows).map { row in
        (0..<columns).map { _ in
            (0..<8).reduce(0) { sum, _ in sum + Float.random(in: -1...1, using: &random) } * Float(1 + row % 5)
        }
    }
}

extension QuantizedMatrix {
    fileprivate var weights: [[Float]] {
        var weights = (0..<rows).map { _ in [Float](repeating: .nan, count: columns) }
        forEachWeight { weights[$0][$1] = $2 }
        return weights
    }
}

/// tr(Γ E H Eᵀ), in float64.
private func cost(_ errors: [[Double]], _ columns: SymmetricMatrix, _ rows: SymmetricMatrix) -> Double {
    let eh = errors.map { e in
        (0..<columns.count).map { j in e.indices.reduce(0) { $0 + e[$1] * Double(columns[$1, j]) } }
    }
    var sum = 0.0
    for r in errors.indices {
        for s in errors.indices {
            sum += Double(rows[r, s]) * zip(eh[r], errors[s]).reduce(0) { $0 + $1.0 * $1.1 }
        }
    }
    return sum
}

private func difference(_ a: [[Float]], _ b: [[Float]]) -> [[Double]] {
    zip(a, b).map { zip($0, $1).map { Double($0) - Double($1) } }
}

@Suite struct RoundingMatrices {
    static let shapes = [(1, 1), (3, 5), (16, 16), (17, 33), (40, 70), (64, 48)]

    /// The same, an element at a time in float64: ErrorFeedback's formula as it stands in its comment.
    private func reference(
        _ weights: [[Float]], steps: [Float], _ columns: SymmetricMatrix, _ rows: SymmetricMatrix?
    ) -> [[Double]] {
        let (upper, _) = textbookFactor(columns, damping: 0.01)
        let below = rows.map { textbookFactor($0, damping: 0.05).upper }
        var errors: [[Double]] = []
        for (r, line) in weights.enumerated() {
            var (remains, row) = ([Double](), [Double]())
            for k in line.indices {
                let target = Double(line[k]) + errors.indices.reduce(0) { $0 + errors[$1][k] * (below?[$1][r] ?? 0) }
                let exact = target + remains.indices.reduce(0) { $0 + remains[$1] * upper[$1][k] }
                let stored = (exact / Double(steps[r])).rounded(.toNearestOrEven) * Double(steps[r])
                remains.append(target - stored)
                row.append(Double(line[k]) - stored)
            }
            errors.append(row)
        }
        return errors
    }

    @Test(arguments: shapes, [false, true])
    func followsItsFormula(shape: (rows: Int, columns: Int), rowsToo: Bool) throws {
        let weights = randomWeights(rows: shape.rows, columns: shape.columns)
        let (columns, rows) = (try covariance(shape.columns, seed: 2), try covariance(shape.rows, seed: 3))
        let factor = try FeedbackFactor(columns, damping: 0.01)
        let sensitivity =
            rowsToo
            ? MatrixSensitivity(columns: factor, rows: try FeedbackFactor(rows, damping: 0.05), mean: [])
            : MatrixSensitivity(columns: factor, rowWeights: (0..<shape.rows).map { Double(rows[$0, $0]) })
        for kernels in KernelSet.runnable {
            let matrix = try QuantizedMatrix(
                try panels(weights), sensitivity: sensitivity, settings: QuantizationSettings(fineness: -1),
                kernels: kernels)
            let expected = reference(weights, steps: matrix.scales, columns, rowsToo ? rows : nil)
            let found = difference(weights, matrix.weights)
            // Float32 may take the other side of a tie, and all that follow differ then: the cost hardly does.
            let (a, b) = (cost(found, columns, rows), cost(expected, columns, rows))
            #expect(abs(a - b) <= 0.1 * b, "\(a) beside \(b)")
            if shape.rows * shape.columns < 100 {
                let largest = zip(found.joined(), expected.joined()).map { abs($0 - $1) }.max() ?? 0
                #expect(largest < 1e-4)
            }
        }
    }

    @Test func costsLessThanRoundingToNearestAndLeastWithRowsToo() throws {
        let weights = randomWeights(rows: 64, columns: 96)
        let (columns, rows) = (try covariance(96, seed: 2), try covariance(64, seed: 3))
        let factor = try FeedbackFactor(columns, damping: 0.01)
        let rowFactor = try FeedbackFactor(rows, damping: 0.05)
        let kernels = try KernelSet.selected()
        func rounded(_ sensitivity: MatrixSensitivity) throws -> QuantizedMatrix {
            var settings = QuantizationSettings(fineness: -1)
            settings.rowExponent = 0  // the same steps for all
            return try QuantizedMatrix(
                try panels(weights), sensitivity: sensitivity, settings: settings, kernels: kernels)
        }
        let both = try rounded(MatrixSensitivity(columns: factor, rows: rowFactor, mean: []))
        let steps = both.scales
        let nearest = weights.indices.map { r in
            weights[r].map { Double($0) - Double(($0 / steps[r]).rounded() * steps[r]) }
        }
        let plain = cost(nearest, columns, rows)
        let withRows = cost(difference(weights, both.weights), columns, rows)
        let feedback = try ErrorFeedback(
            try panels(weights), rows: 64, columnFactor: factor, rowFactor: nil, kernels: kernels)
        feedback.round(steps: steps)
        let along = try QuantizedMatrix(feedback.symbols, rows: 64, columns: 96, steps: steps)
        let alone = cost(difference(weights, along.weights), columns, rows)
        #expect(alone < 0.7 * plain && withRows < 0.7 * alone, "\(plain), \(alone), \(withRows)")
    }

    @Test func keepsToTheEscapesThatAFileMayHave() throws {
        var weights = randomWeights(rows: 32, columns: 64)
        for row in 0..<32 { for column in 0..<3 { weights[row][20 * column + row % 20] = 500 * Float(1 + row) } }
        let sensitivity = MatrixSensitivity(
            columns: try FeedbackFactor(try covariance(64, seed: 2), damping: 0.01),
            rowWeights: [Double](repeating: 1, count: 32))
        let matrix = try QuantizedMatrix(
            try panels(weights), sensitivity: sensitivity, settings: QuantizationSettings(fineness: -6),
            kernels: try KernelSet.selected())
        #expect(matrix.escapes.count <= 16)
        for (row, line) in matrix.weights.enumerated() {
            for (column, weight) in line.enumerated() {
                #expect(abs(weight - weights[row][column]) < 40 * matrix.scales[row], "\(row), \(column)")
            }
        }
    }

    @Test func storesWhatIsBeyondAByteAsEscapes() throws {
        let numbers = try AlignedBuffer<Int16>(count: 2 * 5 * 16)
        for index in 0..<numbers.count { unsafe numbers.pointer[index] = [0, 127, -128, 5000, -127][index % 5] }
        let matrix = try QuantizedMatrix(numbers, rows: 17, columns: 5, steps: [Float](repeating: 0.5, count: 32))
        #expect(matrix.escapes.count == 2 * 17)
        let places = matrix.escapes.map { ($0.row, $0.column) }
        #expect(zip(places, places.dropFirst()).allSatisfy(<))
        for (row, line) in matrix.weights.enumerated() {
            for (column, weight) in line.enumerated() {
                let number = unsafe numbers.pointer[(row / 16 * 5 + column) * 16 + row % 16]
                #expect(weight == 0.5 * Float(number))
            }
        }
    }

    /// What cancellation makes of a covariance, and what no text makes: nothing traps.
    @Test(
        arguments: [(1, 2), (1e-30, 1e-30), (.leastNonzeroMagnitude, 0), (.infinity, 1), (.nan, .nan), (1, .nan)]
            as [(Float, Float)])
    func standsCovariancesThatAreNone(diagonal: Float, beside: Float) throws {
        let covariance = try SymmetricMatrix(count: 20)
        for i in 0..<20 { for j in 0...i { unsafe covariance.row(i)[j] = i == j ? diagonal : beside } }
        let factor = try FeedbackFactor(covariance, damping: 0.01)
        #expect(factor.weights.allSatisfy { $0 > 0 && $0.isFinite }, "\(factor.weights)")
        let sensitivity = MatrixSensitivity(columns: factor, rowWeights: [Double](repeating: 1, count: 18))
        let matrix = try QuantizedMatrix(
            try panels(randomWeights(rows: 18, columns: 20)), sensitivity: sensitivity,
            settings: QuantizationSettings(fineness: -6), kernels: try KernelSet.selected())
        #expect(matrix.scales.allSatisfy { $0.isFinite })
    }

    @Test func givesNothingButZerosForNothingButZeros() throws {
        let sensitivity = MatrixSensitivity(
            columns: try FeedbackFactor(try SymmetricMatrix(count: 20), damping: 0.01),
            rows: try FeedbackFactor(try SymmetricMatrix(count: 18), damping: 0.05), mean: [])
        let matrix = try QuantizedMatrix(
            try panels((0..<18).map { _ in [Float](repeating: 0, count: 20) }), sensitivity: sensitivity,
            settings: QuantizationSettings(fineness: -6), kernels: try KernelSet.selected())
        #expect(matrix.weights.joined().allSatisfy { $0 == 0 } && matrix.scales.allSatisfy(\.isFinite))
    }
}

@Suite struct Logarithms {
    /// Of a number and its inverse, natural and binary: three ways to the same.
    @Test(arguments: [1e-300, 1e-9, 0.1, 0.5, 0.75, 0.999999, 1, 1.000001, 1.5, 2, 3, 1e9, 1e300])
    func areAccurate(x: Double) {
        let natural = naturalLogarithm(x)
        #expect(abs(natural - binaryLogarithm(x) * 0.6931471805599453) <= 1e-9 * max(1, abs(natural)))
        #expect(abs(naturalLogarithm(x) + naturalLogarithm(1 / x)) <= 1e-9)
    }

    @Test func areThoseOfTheStepGrid() {
        for place in stride(from: -2000, through: 2000, by: 7) {
            #expect(StepGrid.place(binaryLogarithm(Double(StepGrid.step(place)))) == place)
        }
        #expect(StepGrid.step(0) == 1 && StepGrid.step(-64) == 0.5 && StepGrid.step(32) == Float(2).squareRoot())
    }
}
