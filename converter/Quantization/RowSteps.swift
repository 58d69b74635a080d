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
    }

    /// Makes steps coarser in the rows with the most weights beyond ±127, until few are left: rounding adds some.
    mutating func coarsen(_ weights: AlignedBuffer<Float>, columns: Int, limit: Int) {
        var counts = places.indices.map { excess(weights, row: $0, columns: columns) }
        while counts.reduce(0, +) > limit / 4 * 3 {
            for row in coarsen(counts) { counts[row] = excess(weights, row: row, columns: columns) }
        }
    }

    /// Makes steps coarser in the rows with the most of some escapes.
    mutating func coarsen(rowsOf escapes: [Escape]) {
        var counts = [Int](repeating: 0, count: places.count)
        for escape in escapes { counts[escape.row] += 1 }
        _ = coarsen(counts)
    }

    /// Makes rows with more than half of the largest count coarser by an eighth of an octave.
    private mutating func coarsen(_ counts: [Int]) -> [Int] {
        let most = counts.max() ?? 0
        let rows = counts.indices.filter { counts[$0] > most / 2 }
        for row in rows { places[row] += StepGrid.placesInOctave / 8 }
        return rows
    }

    private func excess(_ weights: AlignedBuffer<Float>, row: Int, columns: Int) -> Int {
        let bound = 127 * StepGrid.step(places[row])
        let line = unsafe weights.pointer + row / 16 * 16 * columns + row % 16
        var count = 0
        for column in 0..<columns where unsafe line[16 * column].magnitude > bound { count += 1 }
        return count
    }

    /// The steps, 0 in rows that fill up the last panel. `[panels × 16]`
    var values: [Float] {
        places.map(StepGrid.step) + [Float](repeating: 0, count: (places.count + 15) / 16 * 16 - places.count)
    }
}
