/// Parts of a forward pass by themselves, for whoever asks what a vector means to the model. They use the session's scratch:
/// its logits are gone afterwards; what it has read stays.
extension Session {
    /// What the model would say next if these were the residual stream behind its last block: `[rows × vocabularySize]`.
    ///
    /// Source: nostalgebraist, "interpreting GPT: the logit lens" (2020).
    ///
    /// - Parameter rows: `[rows × embeddingSize]`
    public func logits(ofResidual rows: [Float]) throws(GPT2Error) -> [Float] {
        try inBatches(rows, width: model.configuration.embeddingSize) { part throws(GPT2Error) in
            batch.begin(with: part, in: batch.x)
            let count = batch.tokenCount
            try batch.predict(lastRows: count)
            return batch.logits.values(rows: count)
        }
    }

    /// What the final norm makes of a residual stream: `[rows × embeddingSize]`.
    ///
    /// - Parameter rows: `[rows × embeddingSize]`
    public func normalized(residual rows: [Float]) throws(GPT2Error) -> [Float] {
        try inBatches(rows, width: model.configuration.embeddingSize) { part throws(GPT2Error) in
            batch.begin(with: part, in: batch.x)
            let count = batch.tokenCount
            batch.normalize(batch.x, model.weights.finalNorm, into: batch.h)
            return batch.h.values(rows: count)
        }
    }

    /// What a block's attention adds to the residual stream for values its heads have mixed: `[rows × embeddingSize]`.
    ///
    /// - Parameters:
    ///   - mixed: head after head, `[rows × embeddingSize]`
    ///   - layer: the block, from 0.
    public func attentionOutput(ofMixed mixed: [Float], layer: Int) throws(GPT2Error) -> [Float] {
        precondition((0..<model.configuration.layerCount).contains(layer), "the model has no such block")
        return try inBatches(mixed, width: model.configuration.embeddingSize) { part throws(GPT2Error) in
            batch.begin(with: part, in: batch.h)
            let count = batch.tokenCount
            try batch.multiply(model.weights.layers[layer].attentionOut, batch.h, into: batch.x)
            return batch.x.values(rows: count)
        }
    }

    private func inBatches(
        _ rows: [Float], width: Int, _ body: (ArraySlice<Float>) throws(GPT2Error) -> [Float]
    ) throws(GPT2Error) -> [Float] {
        precondition(rows.count % width == 0, "whole rows are \(width) numbers each")
        var result: [Float] = []
        for start in stride(from: 0, to: rows.count, by: Self.batchLength * width) {
            result += try body(rows[start..<min(start + Self.batchLength * width, rows.count)])
        }
        return result
    }
}
