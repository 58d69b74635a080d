public import GPT2

/// What a model computed while it read a text: the attention of every head, and the residual stream after every step.
///
/// Everything comes from the forward pass that generates, handed out by its observer.
public struct ForwardTrace: Sendable {
    /// One head's attention.
    public struct Head: Sendable {
        /// QKᵀ · scale, before softmax.
        public let scores: AttentionMap
        /// softmax(QKᵀ · scale): every row sums to 1.
        public let weights: AttentionMap
    }

    /// The text.
    public let tokens: [Int]
    /// The model's shape.
    public let configuration: Configuration
    /// `[layer][head]`
    public let heads: [[Head]]
    /// The residual stream before the first block and behind each block, `[layerCount + 1][tokens × embeddingSize]`.
    public let residual: [[Float]]
    /// The residual stream between a block's attention and its feed-forward, `[layerCount][tokens × embeddingSize]`.
    public let residualAfterAttention: [[Float]]
    /// What the head reads: the last residual stream, normalized. `[tokens × embeddingSize]`
    public let finalNorm: [Float]
    /// Values of all heads, head after head: `[layerCount][tokens × embeddingSize]`.
    let values: [[Float]]

    /// The most pairs of a query and a key, over all heads, that are kept: 64 MiB of scores and weights.
    public static let pairLimit = 8 << 20

    /// The longest text that can be watched.
    public static func tokenLimit(_ model: GPT2) -> Int {
        let heads = model.configuration.layerCount * model.configuration.headCount
        // t (t + 1) / 2 · heads ≤ limit
        let root = (Double(2 * pairLimit) / Double(heads) + 0.25).squareRoot() - 0.5
        return min(model.contextLength, max(1, Int(root)))
    }

    /// Has the model read a text from its beginning, and watches.
    ///
    /// - Parameters:
    ///   - tokens: the text.
    ///   - session: one of the model's; what it has read is forgotten.
    ///   - eachLogits: is given the logits `[vocabularySize]` of what follows each token, in order.
    /// - Throws: ``InspectionError/textTooLong(tokens:limit:)`` beyond ``tokenLimit(_:)``, and what reading throws.
    public init(
        _ tokens: [Int], by session: Session, eachLogits: (Span<Float>) throws(GPT2Error) -> Void = { _ in }
    ) throws(InspectionError) {
        let shape = session.model.configuration
        let limit = Self.tokenLimit(session.model)
        guard tokens.count <= limit else { throw .textTooLong(tokens: tokens.count, limit: limit) }
        var seen: [String: [Float]] = [:]
        let wanted = Set(Self.names(shape))
        session.rewind()
        (session.observesScores, session.observer) = (
            true, { if wanted.contains($0.name) { seen[$0.name, default: []] += $0.values } }
        )
        defer { session.observer = nil }
        do { try session.read(tokens, eachLogits: eachLogits) } catch { throw .model(error) }

        func take(_ name: String) -> [Float] { seen.removeValue(forKey: name) ?? [] }
        func map(_ name: String) -> AttentionMap { AttentionMap(tokenCount: tokens.count, values: take(name)) }
        var heads: [[Head]] = []
        var residual = [take("embedding")]
        var (middles, values) = ([[Float]](), [[Float]]())
        for layer in 0..<shape.layerCount {
            heads.append(
                (0..<shape.headCount).map { head in
                    Head(
                        scores: map(ArrayName.block(layer, "attention.scores.\(head)")),
                        weights: map(ArrayName.block(layer, "attention.weights.\(head)")))
                })
            middles.append(take(ArrayName.block(layer, "attention.out.residual")))
            residual.append(take(ArrayName.block(layer, "mlp.down.residual")))
            let (qkv, size) = (take(ArrayName.block(layer, "attention.qkv")), shape.embeddingSize)
            values.append(tokens.indices.flatMap { qkv[(3 * $0 + 2) * size..<(3 * $0 + 3) * size] })
        }
        (self.tokens, configuration, self.heads, self.residual) = (tokens, shape, heads, residual)
        (residualAfterAttention, self.values, finalNorm) = (middles, values, take(ArrayName.finalNorm))
    }

    private static func names(_ shape: Configuration) -> [String] {
        var names = ["embedding", ArrayName.finalNorm]
        for layer in 0..<shape.layerCount {
            for part in ["attention.qkv", "attention.out.residual", "mlp.down.residual"] {
                names.append(ArrayName.block(layer, part))
            }
            for head in 0..<shape.headCount {
                names.append(ArrayName.block(layer, "attention.scores.\(head)"))
                names.append(ArrayName.block(layer, "attention.weights.\(head)"))
            }
        }
        return names
    }

    /// What Hugging Face calls the hidden states, `[layerCount + 1][tokens × embeddingSize]`: the embedding, the residual stream
    /// behind every block but the last, and the final norm's output.
    public var hiddenStates: [[Float]] { residual.dropLast() + [finalNorm] }
}

/// Why a text was not looked into.
public enum InspectionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The model could not be run.
    case model(GPT2Error)
    /// More tokens than can be watched at a time.
    case textTooLong(tokens: Int, limit: Int)

    public var description: String {
        switch self {
        case .model(let error): "\(error)"
        case .textTooLong(let tokens, let limit):
            "the text has \(tokens) tokens, and attention of this model's heads is shown for at most \(limit); shorten it"
        }
    }
}
