import GPT2
import Kernels
import Quantization

/// Sums over the tokens of texts, and what they say about each matrix.
final class GradientStatistics {
    private let model: GradientModel
    private let session: Session
    private let head: PredictionGradient
    private var tokenCount = 0
    /// Σ x xᵀ of what a matrix reads, by its name.
    private var inputs: [String: SymmetricMatrix] = [:]
    /// Σ g² of what it gives, `[rows]`.
    private var outputs: [String: [Double]] = [:]
    /// Σ g gᵀ at the embeddings.
    private let embedding: SymmetricMatrix

    init(_ model: GPT2) throws(CalibrationError) {
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
                self.add(name, gradients: y)
            }
            let x = try pass.run(trace, from: h)
            try embedding.add(x, kernels: model.kernels, pool: model.pool)
        }
    }

    private func add(_ name: String, inputs x: TokenVectors) throws(KernelError) {
        let sum = if let sum = inputs[name] { sum } else { try SymmetricMatrix(count: x.width) }
        inputs[name] = sum
        try sum.add(x, kernels: model.kernels, pool: model.pool)
    }

    private func add(_ name: String, gradients y: TokenVectors) {
        var sums = outputs[name] ?? [Double](repeating: 0, count: y.width)
        for token in 0..<y.count {
            let row = unsafe y.row(token)
            for i in sums.indices { unsafe sums[i] += Double(row[i]) * Double(row[i]) }
        }
        outputs[name] = sums
    }

    /// What an error in a matrix costs. The sums are gone afterwards.
    func takeSensitivity(of name: String) throws(CalibrationError) -> MatrixSensitivity {
        let scale = 1 / Double(max(1, tokenCount))
        var rows: [Double]
        let covariance: SymmetricMatrix
        switch name {
        case head.name:
            rows = head.variances.map { $0 * scale }
            covariance = takeInputs(of: name)
            // A tied embedding is also looked up, and a token is as often looked up as it is predicted: then an error of
            // its row meets the gradient at the embeddings.
            if model.shape.tiesEmbeddings {
                covariance.add(embedding, times: Float(1 / max(head.variances.reduce(0, +), 1e-30)))
            }
        case ArrayName.tokenEmbedding:
            rows = head.predictions.map { $0 * scale }
            covariance = embedding
            covariance.scale(by: Float(scale))
        default:
            rows = (outputs[name] ?? []).map { $0 * scale }
            covariance = takeInputs(of: name)
        }
        // Nothing costs nothing: a row that these texts never needed may be needed by others.
        let floor = rows.reduce(0, +) / Double(max(1, rows.count)) * Self.leastSensitivity
        rows = rows.map { max($0, floor) }
        let sensitivities = rows
        return try wrap { () throws(KernelError) in
            MatrixSensitivity(rows: sensitivities, factor: try FeedbackFactor(covariance, pool: model.pool))
        }
    }

    /// The least sensitivity of a row, beside the mean of its matrix.
    private static let leastSensitivity = 1.0 / 256

    private func takeInputs(of name: String) -> SymmetricMatrix {
        guard let sum = inputs.removeValue(forKey: name) else { preconditionFailure("no text went through \(name)") }
        sum.scale(by: Float(1 / Double(max(1, tokenCount))))
        return sum
    }
}
