import GPT2
import Kernels

extension GradientModel {
    /// o = softmax(q kᵀ · scale) v for every head: ∂L/∂(q, k, v), `[tokens × 3 embeddingSize]`.
    func attendBackward(_ o: TokenVectors, _ block: Trace.Block, layer: Int) throws(KernelError) -> TokenVectors {
        let gradient = try TokenVectors(count: o.count, width: 3 * shape.embeddingSize)
        let heads = try (0..<min(pool.threadCount, shape.headCount)).map { _ throws(KernelError) in
            try AttentionGradient(tokenCount: o.count, headSize: shape.headSize, kernels: kernels)
        }
        let scale = shape.attentionScale(layer: layer)
        pool.forEachShare(of: heads.count) { worker in
            for head in stride(from: worker, to: shape.headCount, by: heads.count) {
                let first = head * shape.headSize
                unsafe heads[worker].run(
                    qkv: block.qkv.row(0) + first, o: o.row(0) + first, into: gradient.row(0) + first,
                    embeddingSize: shape.embeddingSize, scale: scale)
            }
        }
        return gradient
    }
}

/// The backward pass of one head's attention, and room for it.
///
/// With p = softmax(s), s = q kᵀ · scale and g = ∂L/∂o: ∂v = pᵀ g; ∂p = g vᵀ; ∂s = p · (∂p − Σ p ∂p); ∂q = ∂s k · scale;
/// ∂k = ∂sᵀ q · scale. Every product is the runtime's, of a matrix in panels and rows.
final class AttentionGradient: Sendable {
    private let tokenCount: Int
    private let headSize: Int
    private let kernels: KernelSet
    /// p, then ∂s. `[tokens × tokens]`
    private let weights: TokenVectors
    /// ∂p. `[tokens × tokens]`
    private let slopes: TokenVectors
    /// A matrix that is multiplied by, `[tokens × headSize]` or transposed.
    private let tall: FloatPanels
    private let flat: FloatPanels
    /// pᵀ or ∂sᵀ. `[tokens × tokens]`
    private let square: FloatPanels
    /// Rows of a head, side by side: `[tokens × headSize]` or transposed.
    private let rows: TokenVectors
    private let columns: TokenVectors
    private let out: TokenVectors

    init(tokenCount: Int, headSize: Int, kernels: KernelSet) throws(KernelError) {
        (self.tokenCount, self.headSize, self.kernels) = (tokenCount, headSize, kernels)
        weights = try TokenVectors(count: tokenCount, width: tokenCount)
        slopes = try TokenVectors(count: tokenCount, width: tokenCount)
        tall = try FloatPanels(rows: tokenCount, columns: headSize)
        flat = try FloatPanels(rows: headSize, columns: tokenCount)
        square = try FloatPanels(rows: tokenCount, columns: tokenCount)
        rows = try TokenVectors(count: tokenCount, width: headSize)
        columns = try TokenVectors(count: headSize, width: tokenCount)
        out = try TokenVectors(count: max(tokenCount, headSize), width: max(tokenCount, headSize))
    }

    /// - Parameters: where the head's first query, output gradient and query gradient begin; keys and values lie
    ///   `embeddingSize` further each, the next token's `3 · embeddingSize`, of outputs `embeddingSize`.
    func run(
        qkv: UnsafePointer<Float>, o: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>,
        embeddingSize: Int, scale: Float
    ) {
        let (wide, q, k, v) = unsafe (3 * embeddingSize, qkv, qkv + embeddingSize, qkv + 2 * embeddingSize)

        unsafe tall.load(k, stride: wide)
        unsafe gather(q, stride: wide)
        unsafe tall.multiply(rows.row(0), count: tokenCount, into: weights.row(0), stride: tokenCount, kernels: kernels)
        for token in 0..<tokenCount {
            let row = unsafe weights.row(token)
            for other in 0...token { unsafe row[other] *= scale }
            unsafe kernels.softmax(row, token + 1)
            unsafe (row + token + 1).update(repeating: 0, count: tokenCount - token - 1)
        }
        // ∂v, as [headSize × tokens]
        unsafe square.load(transposing: weights.row(0), stride: tokenCount)
        unsafe gatherTransposed(o, stride: embeddingSize)
        unsafe square.multiply(
            columns.row(0), count: headSize, into: out.row(0), stride: tokenCount, kernels: kernels)
        unsafe scatterTransposed(to: gradient + 2 * embeddingSize, stride: wide, factor: 1)

        // ∂s, in the place of p
        unsafe tall.load(v, stride: wide)
        unsafe gather(o, stride: embeddingSize)
        unsafe tall.multiply(rows.row(0), count: tokenCount, into: slopes.row(0), stride: tokenCount, kernels: kernels)
        for token in 0..<tokenCount {
            let (p, slope) = unsafe (weights.row(token), slopes.row(token))
            var mean: Float = 0
            for other in 0...token { unsafe mean += p[other] * slope[other] }
            for other in 0...token { unsafe p[other] *= slope[other] - mean }
        }
        // ∂q
        unsafe flat.load(transposing: k, stride: wide)
        unsafe flat.multiply(weights.row(0), count: tokenCount, into: out.row(0), stride: headSize, kernels: kernels)
        for token in 0..<tokenCount {
            for i in 0..<headSize { unsafe gradient[token * wide + i] = out.row(0)[token * headSize + i] * scale }
        }
        // ∂k, as [headSize × tokens]
        unsafe square.load(transposing: weights.row(0), stride: tokenCount)
        unsafe gatherTransposed(q, stride: wide)
        unsafe square.multiply(
            columns.row(0), count: headSize, into: out.row(0), stride: tokenCount, kernels: kernels)
        unsafe scatterTransposed(to: gradient + embeddingSize, stride: wide, factor: scale)
    }

    private func gather(_ source: UnsafePointer<Float>, stride: Int) {
        for token in 0..<tokenCount { unsafe rows.row(token).update(from: source + token * stride, count: headSize) }
    }

    private func gatherTransposed(_ source: UnsafePointer<Float>, stride: Int) {
        for token in 0..<tokenCount {
            for i in 0..<headSize { unsafe columns.row(i)[token] = source[token * stride + i] }
        }
    }

    private func scatterTransposed(to target: UnsafeMutablePointer<Float>, stride: Int, factor: Float) {
        for token in 0..<tokenCount {
            for i in 0..<headSize { unsafe target[token * stride + i] = out.row(0)[i * tokenCount + token] * factor }
        }
    }
}
