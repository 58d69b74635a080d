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

    /// What errors in a matrix cost. Its sums are gone afterwards.
    func takeSensitivity(of name: String) throws(CalibrationError) -> MatrixSensitivity {
        let scale = 1 / Double(max(1, tokenCount))
        if name == head.name || name == ArrayName.tokenEmbedding {
            return try embeddingSensitivity(of: name, scale: scale)
        }
        guard let input = inputs.removeValue(forKey: name) else {
            preconditionFailure("no text went through \(name)")
        }
        let mean = (inputSums[name] ?? []).map { Float($0 * scale) }
        input.scale(by: Float(scale))
        input.subtractSquare(of: mean)
        return try wrap { () throws(KernelError) in
            let columns = try FeedbackFactor(input, damping: Damping.inputs)
            guard let output = outputs.removeValue(forKey: name) else {
                let weights = (outputSquares[name] ?? []).map { $0 * scale }
                return MatrixSensitivity(columns: columns, rowWeights: weights, mean: mean)
            }
            output.scale(by: Float(scale))
            return MatrixSensitivity(
                columns: columns, rows: try FeedbackFactor(output, damping: Damping.outputs), mean: mean)
        }
    }

    /// An embedding is used a row at a time. As the head, an error of row t costs p_t (1 − p_t) times what the head reads;
    /// as the embedding, as often as t is read, the gradient there. Where it is both it costs both.
    private func embeddingSensitivity(of name: String, scale: Double) throws(CalibrationError) -> MatrixSensitivity {
        var parts: [(matrix: SymmetricMatrix, rows: [Double])] = []
        if name == head.name, let input = inputs.removeValue(forKey: name) {
            parts.append((input, head.variances.map { $0 * scale }))
        }
        // A token is as often read as it is predicted.
        if name == ArrayName.tokenEmbedding { parts.append((embedding, head.predictions.map { $0 * scale })) }
        var weights = [Double](repeating: 0, count: model.shape.vocabularySize)
        let sum = try wrap { () throws(KernelError) in try SymmetricMatrix(count: model.shape.embeddingSize) }
        for (matrix, rows) in parts {
            matrix.scale(by: Float(scale))
            let factor = try wrap { () throws(KernelError) in
                try FeedbackFactor(matrix, damping: Damping.inputs)
            }
            let cost = factor.weights.reduce(0, +) / Double(factor.count)
            for row in rows.indices { weights[row] += rows[row] * cost }
            sum.combine(1, Float(rows.reduce(0, +) / Double(rows.count)), matrix)
        }
        let factor = try wrap { () throws(KernelError) in try FeedbackFactor(sum, damping: Damping.inputs) }
        let cost = factor.weights.reduce(0, +) / Double(factor.count)
        return MatrixSensitivity(columns: factor, rowWeights: weights.map { $0 / cost })
    }
}

/// What is added to the diagonals of covariances, as a part of their mean: of inputs, and of gradients, which are noisier.
private enum Damping {
    static let inputs = 0.01
    static let outputs = 0.1
}
