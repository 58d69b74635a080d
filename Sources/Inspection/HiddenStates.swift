public import GPT2

/// The vectors in which a model keeps what it has read, one for each token: embeddings of texts.
public struct HiddenStates: Sendable {
    /// How a text's vectors become one.
    public enum Pooling: String, Sendable, CaseIterable {
        /// The last token's, the one that has seen all others.
        case last
        /// The mean of all.
        case mean
    }

    /// `[tokens × size]`
    public let rows: [Float]
    /// Numbers of a vector: the model's embedding size.
    public let size: Int

    /// Reads a text from the beginning.
    ///
    /// - Parameters:
    ///   - tokens: the text.
    ///   - layer: 0 for the embedding, i for the residual stream behind i blocks; the last, the number of blocks, is
    ///     normalized, as Hugging Face's `hidden_states` are.
    ///   - session: one of the model's; what it has read is forgotten.
    public init(_ tokens: [Int], layer: Int, by session: Session) throws(GPT2Error) {
        let shape = session.model.configuration
        precondition((0...shape.layerCount).contains(layer), "the model has no such layer")
        let name = layer == 0 ? "embedding" : ArrayName.block(layer - 1, "mlp.down.residual")
        var rows: [Float] = []
        session.rewind()
        (session.observesScores, session.observer) = (false, { if $0.name == name { rows += $0.values } })
        defer { (session.observesScores, session.observer) = (true, nil) }
        try session.read(tokens.span, keptLogits: 0)
        self.rows = try layer == shape.layerCount ? session.normalized(residual: rows) : rows
        size = shape.embeddingSize
    }

    /// One vector, `[size]`.
    public func pooled(_ pooling: Pooling) -> [Float] {
        switch pooling {
        case .last: return Array(rows.suffix(size))
        case .mean:
            var sums = [Double](repeating: 0, count: size)
            for (index, value) in rows.enumerated() { sums[index % size] += Double(value) }
            return sums.map { Float($0 / Double(rows.count / size)) }
        }
    }
}
