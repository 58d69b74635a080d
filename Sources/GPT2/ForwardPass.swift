extension Batch {
    /// Takes the embeddings in `x` through every block. Afterwards `x` holds the residual stream after the last one,
    /// `[tokens × embeddingSize]`.
    ///
    /// Source: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), § 2.3: a transformer
    /// decoder with the layer norms moved to the input of each sub-block and one more after the last block.
    func forward() throws(GPT2Error) {
        observe("embedding", x)  // x [tokens × embeddingSize]
        for layer in model.weights.layers {
            normalize(x, layer.norm1, into: h)  // h [tokens × embeddingSize]
            try multiply(layer.qkv, h, into: qkv)  // qkv [tokens × 3 embeddingSize]
            append(qkv, layer)  // keys and values enter the cache
            attend(qkv, layer, into: h)  // softmax(QKᵀ/√d)V, float32, positions 0...position
            try multiply(layer.attentionOut, h, addingTo: x)  // residual

            normalize(x, layer.norm2, into: h)
            try multiply(layer.up, h, into: wide)  // wide [tokens × innerSize]
            activate(wide, layer)  // GELU
            try multiply(layer.down, wide, addingTo: x)  // residual
        }
    }

    /// The logits of the last `rowCount` tokens in `x`: `[rowCount × vocabularySize]`, in `logits`.
    func predict(lastRows rowCount: Int) throws(GPT2Error) {
        keepLastRows(rowCount)
        normalize(x, model.weights.finalNorm, into: h)
        try logits.reserve(rows: rowCount)
        try multiply(model.weights.head, h, into: logits)
    }
}
