extension ForwardTrace {
    /// The mean attention of a layer's heads, or of all heads.
    public func meanWeights(layer: Int? = nil) -> AttentionMap {
        AttentionMap.mean((layer.map { [heads[$0]] } ?? heads).flatMap { $0.map(\.weights) })
    }

    /// How much of each token reaches each later one through all layers, if every head passed on what it looks at and the
    /// residual stream as much again: the product of ½ (mean attention + identity) over the layers.
    ///
    /// Source: Abnar and Zuidema, "Quantifying Attention Flow in Transformers" (2020).
    public func rollout() -> AttentionMap {
        let identity = AttentionMap.identity(tokens.count)
        return heads.indices.reduce(identity) { flow, layer in
            meanWeights(layer: layer).blended(0.5, with: identity, 0.5).after(flow)
        }
    }
}
