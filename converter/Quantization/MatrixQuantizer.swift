public import Kernels
import ModelFile

/// How fine a matrix is rounded, and how.
public struct QuantizationSettings: Sendable, Equatable {
    /// log₂ of the step where an error of one costs one: the dial.
    public var fineness: Double
    /// How far steps of rows follow their sensitivities: 0 not at all, 1 wholly.
    public var rowExponent = 1.0
    /// What bits are worth while rounding; 0 rounds to nearest. See ``BitPrices``.
    public var bitPrice = 0.0

    public var extra: [String: Double] = [:]

    public init(fineness: Double) { self.fineness = fineness }
}

/// What an error in a matrix costs: G_r · e H eᵀ for an error e in row r.
public struct MatrixSensitivity: Sendable {
    /// G_r: how much the square of an error in each output costs. `[rows]`
    public let rows: [Double]
    /// H, factored.
    public let factor: FeedbackFactor

    public init(rows: [Double], factor: FeedbackFactor) {
        self.rows = rows
        self.factor = factor
    }
}

extension QuantizedMatrix {
    /// Rounds a matrix.
    ///
    /// - Parameter weights: float32 panels, rows beyond the matrix zeros. `[panels × columns × 16]`
    public init(
        _ weights: AlignedBuffer<Float>, rows: Int, sensitivity: MatrixSensitivity, settings: QuantizationSettings,
        kernels: KernelSet, pool: WorkerPool
    ) throws(KernelError) {
        let factor = sensitivity.factor
        let columns = factor.columnCount
        let limit = max(16, rows * columns / 2000)  // rule 35 of docs/FORMAT.md
        var places = Self.places(sensitivity, settings)
        Self.coarsen(&places, weights, columns: columns, limit: limit)
        let feedback = try ErrorFeedback(weights, factor: factor, kernels: kernels, pool: pool)
        var prices: BitPrices?
        var passes = settings.bitPrice > 0 ? 2 : 1
        while true {
            let steps = Self.steps(places, count: weights.count / columns)
            try feedback.round(steps: steps, prices: prices)
            let (escapes, histogram) = feedback.escapes(steps: steps, rows: rows)
            passes -= 1
            if passes > 0 {
                prices = BitPrices(histogram, weights: factor.weights, strength: settings.bitPrice)
                continue
            }
            guard escapes.count > limit else {
                self.init(
                    rows: rows, columns: columns, symbols: feedback.symbols, scales: steps, escapes: escapes)
                return
            }
            for row in Set(escapes.map(\.row)) { places[row] += StepGrid.placesInOctave / 8 }
        }
    }

    /// Where rows' steps lie on the grid: the cost of a row, G_r · mean D · step², is to be the same for all.
    private static func places(_ sensitivity: MatrixSensitivity, _ settings: QuantizationSettings) -> [Int] {
        let weights = sensitivity.factor.weights
        let columnCost = weights.reduce(0, +) / Double(max(1, weights.count))
        let logs = sensitivity.rows.map { binaryLogarithm(max($0 * columnCost, .leastNormalMagnitude)) }
        let mean = logs.reduce(0, +) / Double(max(1, logs.count))
        return logs.map { log in
            StepGrid.place(settings.fineness - 0.5 * (mean + settings.rowExponent * (log - mean)))
        }
    }

    /// Makes steps coarser in the rows with the most weights beyond ±127, until few are left.
    private static func coarsen(_ places: inout [Int], _ weights: AlignedBuffer<Float>, columns: Int, limit: Int) {
        func excess(_ row: Int) -> Int {
            let bound = 127 * StepGrid.step(places[row])
            let line = unsafe weights.pointer + row / 16 * 16 * columns + row % 16
            var count = 0
            for column in 0..<columns where unsafe line[16 * column].magnitude > bound { count += 1 }
            return count
        }
        var counts = places.indices.map(excess)
        while counts.reduce(0, +) > limit / 4 * 3, let most = counts.max() {
            for row in counts.indices where counts[row] > most / 2 {
                places[row] += StepGrid.placesInOctave / 8
                counts[row] = excess(row)
            }
        }
    }

    /// `[panels × 16]`, 0 beyond the matrix.
    private static func steps(_ places: [Int], count: Int) -> [Float] {
        places.map(StepGrid.step) + [Float](repeating: 0, count: count - places.count)
    }
}
