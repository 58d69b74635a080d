public import Kernels
import ModelFile

/// How fine a matrix is rounded, and how.
public struct QuantizationSettings: Sendable, Equatable {
    /// log₂ of θ, the dial: θ² is what rounding a weight may cost, its square error times what that costs, times 12.
    public var fineness: Double
    /// How steps of rows follow what errors cost there (1), or the size of the row's weights (0).
    public var rowExponent = 0.5
    /// Whether symbols are to fill whole bits in memory: 4, 5 or 6, whichever is nearest.
    public var packs = false

    public init(fineness: Double) { self.fineness = fineness }
}

/// What errors in a matrix cost: tr(Γ E H Eᵀ) for the errors E.
public struct MatrixSensitivity: Sendable {
    /// H: of inputs, factored.
    public let columns: FeedbackFactor
    /// Γ: of outputs, factored; nil where it counts as diagonal.
    public let rows: FeedbackFactor?
    /// What the square of a row's remaining error costs: of Γ, B where it is factored, else its diagonal. `[rows]`
    public let rowWeights: [Double]
    /// The mean input, which a bias makes good; empty where there is none. `[columns]`
    public let mean: [Float]

    public init(columns: FeedbackFactor, rows: FeedbackFactor, mean: [Float]) {
        (self.columns, self.rows, self.mean) = (columns, rows, mean)
        rowWeights = rows.weights
    }

    public init(columns: FeedbackFactor, rowWeights: [Double], mean: [Float] = []) {
        (self.columns, self.rowWeights, self.mean) = (columns, rowWeights, mean)
        rows = nil
    }
}

extension QuantizedMatrix {
    /// Rounds a matrix.
    ///
    /// - Parameter weights: float32 panels, rows beyond the matrix zeros. `[panels × columns × 16]`
    public init(
        _ weights: AlignedBuffer<Float>, sensitivity: MatrixSensitivity, settings: QuantizationSettings,
        kernels: KernelSet
    ) throws(KernelError) {
        let (rows, columns) = (sensitivity.rowWeights.count, sensitivity.columns.count)
        let limit = max(16, rows * columns / 2000)  // rule 35 of docs/FORMAT.md
        var steps = RowSteps(weights, sensitivity, settings)
        let feedback = try ErrorFeedback(
            weights, rows: rows, columnFactor: sensitivity.columns, rowFactor: sensitivity.rows, kernels: kernels)
        var bits: Int?
        if settings.packs, columns % Packing.columnMultiple == 0 {
            feedback.round(steps: steps.values)
            let trial = try QuantizedMatrix(feedback.symbols, rows: rows, columns: columns, steps: steps.values)
            if let fit = trial.nearestPacking {
                bits = fit.bits
                steps.coarsen(octaves: fit.octaves)
            }
        }
        while true {
            feedback.round(steps: steps.values)
            let result = try QuantizedMatrix(feedback.symbols, rows: rows, columns: columns, steps: steps.values)
            if let bits, !result.fits(bits) {
                steps.coarsen(octaves: 1 / 32)
                continue
            }
            guard result.escapes.count > limit else {
                self = result
                return
            }
            steps.coarsen(rowsOf: result.escapes)
        }
    }
}
