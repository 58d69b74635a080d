import GPT2
import Kernels
import Quantization

/// Sums over the tokens of texts, and what they say about each matrix.
final class GradientStatistics {
    private let model: GradientModel
    private let session: Session
    private let head: PredictionGradient
    private var tokenCount = 0
    /// Σ x xᵀ and Σ x of what a matrix reads, by its name.
    private var inputs: [String: SymmetricMatrix] = [:]
    private var inputSums: [String: [Double]] = [:]
    /// Σ g gᵀ of the gradients at what it gives, or of a very tall matrix Σ g², `[rows]`.
    private var outputs: [String: SymmetricMatrix] = [:]
    private var outputSquares: [String: [Double]] = [:]
    private let mostCorrelatedRows: Int
    /// Σ g gᵀ at the embeddings.
    private let embedding: SymmetricMatrix

    /// - Parameter mostCorrelatedRows: rows up to which covariances of gradients are kept: those of GPT-2 XL's widest matrices
    ///   would take another 6 GB.
    init(_ model: GPT2, mostCorrelatedRows: Int = 4096) throws(CalibrationError) {
        self.mostCorrelatedRows = mostCorrelatedRows
        let gradients = try GradientModel(model)
        self.model = gradients
        do { session = try model.makeSession() } catch { throw .model(error) }
        head = try wrap { () throws(KernelError) in try PredictionGradient(gradients) }
        embedding = try wrap { () throws(KernelError) in
            try SymmetricMatrix(count: model.configuration.embeddingSize)
        }
    }

    /// Takes in a text, forward and backward.
    func read(_ tokens: [Int]) throws(CalibrationError) {
        let h = try wrap { () throws(KernelError) in
            try TokenVectors(count: tokens.count, width: model.shape.embeddingSize)
        }
        var row = 0
        let trace = try Trace(tokens, by: session) { logits in
            head.add(logits, row: row, into: h)
            row += 1
        }
        head.flush(into: h)
        tokenCount += tokens.count
        try wrap { () throws(KernelError) in
            try add(head.name, inputs: trace.finalNorm)
            let pass = BackwardPass(model: model) { (name, x, y) throws(KernelError) in
                try self.add(name, inputs: x)
                try self.add(name, gradients: y)
            }
            let x = try pass.run(trace, from: h)
            try embedding.add(x, kernels: model.kernels, pool: model.pool)
        }
    }

    private func add(_ name: String, inputs x: TokenVectors) throws(KernelError) {
        try add(x, to: name, in: &inputs)
        var sums = inputSums[name] ?? [Double](repeating: 0, count: x.width)
        for token in 0..<x.count {
            let row = unsafe x.row(token)
            for i in sums.indices { unsafe sums[i] += Double(row[i]) }
        }
        inputSums[name] = sums
    }

    private func add(_ name: String, gradients y: TokenVectors) throws(KernelError) {
        if y.width <= mostCorrelatedRows { return try add(y, to: name, in: &outputs) }
        var sums = outputSquares[name] ?? [Double](repeating: 0, count: y.width)
        for token in 0..<y.count {
            let row = unsafe y.row(token)
            for i in sums.indices { unsafe sums[i] += Double(row[i]) * Double(row[i]) }
        }
        outputSquares[name] = sums
    }

    private func add(
        _ x: TokenVectors, to name: String, in sums: inout [String: SymmetricMatrix]
    ) throws(KernelError) {
        let sum = if let sum = sums[name] { sum } else { try SymmetricMatrix(count: x.width) }
        sums[name] = sum
        try sum.add(x, kernels: model.kernels, pool: model.pool)
    }

    // MARK: Results

    /// What the texts said about every matrix. The sums are gone afterwards.
    func takeMatrices() -> [MatrixStatistics] {
        model.shape.arrays.filter { $0.role == .matrix }.map { take($0.name) }
    }

    private func take(_ name: String) -> MatrixStatistics {
        let scale = 1 / Double(max(1, tokenCount))
        func scaled(_ sums: [Double]) -> [Double] { sums.map { $0 * scale } }
        var roles: [MatrixStatistics.Role] = []
        if let input = inputs.removeValue(forKey: name) {
            let rows = name == head.name ? floored(head.variances) : outputSquares[name] ?? []
            input.scale(by: Float(scale))
            roles.append(MatrixStatistics.Role(inputs: input, rowWeights: scaled(rows)))
        }
        if name == head.name || name == ArrayName.tokenEmbedding {
            if name == ArrayName.tokenEmbedding {
                // A token is as often read as it is predicted.
                embedding.scale(by: Float(scale))
                roles.append(MatrixStatistics.Role(inputs: embedding, rowWeights: scaled(floored(head.predictions))))
            }
            return MatrixStatistics(name: name, roles: roles, outputs: nil, mean: [])
        }
        precondition(roles.count == 1, "texts have gone through \(name)")
        let mean = scaled(inputSums[name] ?? []).map { Float($0) }
        roles[0].inputs.subtractSquare(of: mean)
        let output = outputs.removeValue(forKey: name)
        output?.scale(by: Float(scale))
        return MatrixStatistics(name: name, roles: roles, outputs: output, mean: mean)
    }

    /// The rarest tokens count as if they came a 256th as often as the mean: what these texts had no use for others may have.
    private func floored(_ sums: [Double]) -> [Double] {
        let floor = sums.reduce(0, +) / Double(max(1, sums.count)) / 256
        return sums.map { max($0, floor) }
    }
}
