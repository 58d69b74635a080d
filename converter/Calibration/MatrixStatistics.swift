import Kernels
import Quantization

/// What texts say about one matrix.
struct MatrixStatistics: Sendable {
    /// A way in which the matrix is used. Only a tied embedding has two: it is read a row at a time, and it is the head.
    struct Role: Sendable {
        /// The covariance of what errors of a row meet: of the matrix's inputs around their mean, or, where rows are read, of
        /// the gradient there.
        let inputs: SymmetricMatrix
        /// How much that matters for each row; empty where ``outputs`` says it. `[rows]`
        let rowWeights: [Double]
    }

    let name: String
    let roles: [Role]
    /// The covariance of the gradients at what it gives.
    let outputs: SymmetricMatrix?
    /// The mean of its inputs, where a bias can make up for it. `[columns]`
    let mean: [Float]

    /// What is added to the diagonals of covariances, as a part of their mean: of inputs, and of gradients, which are noisier.
    private static let (inputDamping, outputDamping) = (0.01, 0.1)

    /// Whether all sums are numbers.
    var isFinite: Bool {
        let traces = (roles.map(\.inputs) + [outputs].compactMap { $0 }).map(\.meanOfDiagonal)
        return (traces + roles.flatMap(\.rowWeights)).allSatisfy(\.isFinite)
    }

    /// About how many operations ``sensitivity()`` takes.
    var cost: Double {
        (roles.map(\.inputs) + [outputs].compactMap { $0 }).reduce(0) { $0 + Double($1.count * $1.count * $1.count) }
    }

    /// What errors in the matrix cost.
    func sensitivity() throws(KernelError) -> MatrixSensitivity {
        if roles.count > 1 { return try sensitivityOfAll() }
        let columns = try FeedbackFactor(roles[0].inputs, damping: Self.inputDamping)
        guard let outputs else {
            return MatrixSensitivity(columns: columns, rowWeights: roles[0].rowWeights, mean: mean)
        }
        return MatrixSensitivity(
            columns: columns, rows: try FeedbackFactor(outputs, damping: Self.outputDamping), mean: mean)
    }

    /// A row costs what it costs in each role; columns correct each other as they would for the average row.
    private func sensitivityOfAll() throws(KernelError) -> MatrixSensitivity {
        var weights = roles[0].rowWeights.map { _ in 0.0 }
        let sum = try SymmetricMatrix(count: roles[0].inputs.count)
        for role in roles {
            let cost = try FeedbackFactor(role.inputs, damping: Self.inputDamping).meanWeight
            for row in weights.indices { weights[row] += role.rowWeights[row] * cost }
            let share = role.rowWeights.reduce(0, +) / Double(max(1, weights.count))
            sum.combine(1, Float(share), role.inputs)
        }
        let factor = try FeedbackFactor(sum, damping: Self.inputDamping)
        let cost = max(factor.meanWeight, .leastNormalMagnitude)
        return MatrixSensitivity(columns: factor, rowWeights: weights.map { $0 / cost })
    }
}
