import GPT2
import Generation
import Kernels

/// The gradient of surprise at tokens drawn from the model's own prediction: at the logits p − y, y being one at the token
/// drawn, and from there through the head.
///
/// Tokens are drawn, not taken from the text, since the curvature of a divergence is wanted and not the slope of a loss.
final class PredictionGradient {
    /// The head's name in the model file.
    let name: String
    /// Σ p (1 − p) of each token: Σ of the squared gradient at its logit, over all that could be drawn. `[vocabularySize]`
    private(set) var variances: [Double]
    /// Σ p of each token. `[vocabularySize]`
    private(set) var predictions: [Double]

    private let model: GradientModel
    private let transposed: FloatPanels
    private var random = RandomSource(seed: 1)
    /// Gradients at the logits that wait to go through the head. `[batch × vocabularySize]`
    private let waiting: TokenVectors
    private var waitingRows: Range<Int> = 0..<0

    init(_ model: GradientModel) throws(KernelError) {
        self.model = model
        name = model.shape.tiesEmbeddings ? ArrayName.tokenEmbedding : ArrayName.head
        transposed = try model.transposed(name)
        waiting = try TokenVectors(count: Session.batchLength, width: model.shape.vocabularySize)
        variances = [Double](repeating: 0, count: model.shape.vocabularySize)
        predictions = variances
    }

    /// Takes the logits behind a token.
    ///
    /// - Parameter h: takes the gradients at what the head reads, when a batch is full. `[tokens × embeddingSize]`
    func add(_ logits: Span<Float>, row: Int, into h: TokenVectors) {
        let p = unsafe waiting.row(waitingRows.count)
        unsafe logits.withUnsafeBufferPointer { logits in
            guard let logits = logits.baseAddress else { return }
            unsafe p.update(from: logits, count: waiting.width)
        }
        unsafe model.kernels.softmax(p, waiting.width)
        var (threshold, drawn) = (random.uniform(), 0)
        for token in 0..<waiting.width {
            let probability = unsafe Double(p[token])
            variances[token] += probability * (1 - probability)
            predictions[token] += probability
            if threshold >= 0, probability > 0 { drawn = token }
            threshold -= probability
        }
        unsafe p[drawn] -= 1
        waitingRows = (waitingRows.isEmpty ? row : waitingRows.lowerBound)..<row + 1
        if waitingRows.count == waiting.count { flush(into: h) }
    }

    /// Sends what waits through the head.
    func flush(into h: TokenVectors) {
        guard !waitingRows.isEmpty else { return }
        model.multiply(transposed, waiting, rows: waitingRows.count, into: h, firstRow: waitingRows.lowerBound)
        waitingRows = 0..<0
    }
}
