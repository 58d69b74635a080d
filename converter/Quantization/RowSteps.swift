import Kernels
import ModelFile

/// The step of every row of a matrix, on the grid of ``StepGrid``.
struct RowSteps {
    /// `[rows]`
    private var places: [Int]

    /// Chooses steps: the cost of rounding is to be the same for a weight of every matrix, and inside a matrix step_r ∝
    /// g_r^(−β/2) · σ_r^(1−β), g_r being what errors in the row cost and σ_r the size of its weights.
    ///
    /// Rows that cost alike would want β = 1 if each had an entropy coder of its own; rows that share one want symbols of
    /// one size, β = 0. Halfway is best (docs/ACCURACY.md).
    init(_ weights: AlignedBuffer<Float>, _ sensitivity: MatrixSensitivity, _ settings: QuantizationSettings) {
        let columnWeights = sensitivity.columns.weights
        let columns = columnWeights.count
        let tiny = Double(Float.leastNormalMagnitude)
        let costs = sensitivity.rowWeights.map { max($0, tiny) }
        let logs = costs.indices.map { row in
            let line = unsafe weights.pointer + row / 16 * 16 * columns + row % 16
            var squares = 0.0
            for column in 0..<columns { unsafe squares += Double(line[16 * column]) * Double(line[16 * column]) }
            let size = max(squares / Double(columns), tiny)
            return (1 - settings.rowExponent) / 2 * binaryLogarithm(size)
                - settings.rowExponent / 2 * binaryLogarithm(costs[row])
        }
        let largest = logs.max() ?? 0
        var cost = 0.0  // mean of step² · g, steps taken from the largest
        for row in costs.indices {
            let step = Double(StepGrid.step(StepGrid.place(logs[row] - largest)))
            cost += step * step * costs[row] / Double(costs.count)
        }
        let columnCost = columnWeights.reduce(0, +) / Double(columns)
        let shift = settings.fineness - binaryLogarithm(max(cost * columnCost, tiny)) / 2
        places = logs.map { StepGrid.place($0 - largest + shift) }
        for row in places.indices {
            let floor = Self.largest(weights, row: row, columns: columns) / 127
            if floor > 0 { places[row] = max(places[row], StepGrid.place(binaryLogarithm(floor) + 0.5 / 64)) }
        }
    }

    /// The largest magnitude in a row, but for one of every 2048 weights, which may be an escape: a step is not to be so fine
    /// that more leave the int8 range.
    private static func largest(_ weights: AlignedBuffer<Float>, row: Int, columns: Int) -> Double {
        let line = unsafe weights.pointer + row / 16 * 16 * columns + row % 16
        let magnitudes = (0..<columns).map { unsafe line[16 * $0].magnitude }
        return Double(columns < 2048 ? magnitudes.max() ?? 0 : magnitudes.sorted(by: >)[columns / 2048])
    }

    /// Makes steps an eighth of an octave coarser in the rows with more than half as many escapes as the row with the most.
    mutating func coarsen(rowsOf escapes: [Escape]) {
        var counts = [Int](repeating: 0, count: places.count)
        for escape in escapes { counts[escape.row] += 1 }
        let most = counts.max() ?? 0
        for row in counts.indices where counts[row] > most / 2 { places[row] += StepGrid.placesInOctave / 8 }
    }

    /// Makes all steps coarser, or finer by less than nothing.
    mutating func coarsen(octaves: Double) {
        let shift = Int((octaves * Double(StepGrid.placesInOctave)).rounded(.up))
        for row in places.indices { places[row] += shift }
    }

    /// The steps, 0 in rows that fill up the last panel. `[panels × 16]`
    var values: [Float] {
        places.map(StepGrid.step) + [Float](repeating: 0, count: (places.count + 15) / 16 * 16 - places.count)
    }
}
