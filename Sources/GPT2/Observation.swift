/// One intermediate value of a forward pass.
///
/// In the order of the pass, with `i` for the number of a block, from 0:
///
/// | name | values |
/// |---|---|
/// | `embedding` | the residual stream at first, `[tokens × embeddingSize]` |
/// | `block.i.norm1` | what the attention reads, `[tokens × embeddingSize]` |
/// | `block.i.attention.qkv` | queries, keys and values, each head after head, `[tokens × 3 embeddingSize]` |
/// | `block.i.attention.scores.h` | QKᵀ · ``Configuration/attentionScale(layer:)`` of head h, one row for each token: the keys up to its own position |
/// | `block.i.attention.weights.h` | their softmax |
/// | `block.i.attention` | what the heads mixed of the values, head after head, `[tokens × embeddingSize]` |
/// | `block.i.attention.out` | what they add to the residual stream, `[tokens × embeddingSize]` |
/// | `block.i.attention.out.residual` | the residual stream with it |
/// | `block.i.norm2` | what the feed-forward reads, `[tokens × embeddingSize]` |
/// | `block.i.mlp.up`, `.activation` | its inner layer before and after the non-linearity, `[tokens × innerSize]` |
/// | `block.i.mlp.down` | what it adds to the residual stream, `[tokens × embeddingSize]` |
/// | `block.i.mlp.down.residual` | the residual stream with it: what Hugging Face calls the hidden states of layer i + 1, but for the last |
/// | `final_norm` | what the head reads, `[rows × embeddingSize]`, for the tokens whose logits are computed |
/// | `token_embedding` or `head` | the logits, `[rows × vocabularySize]` |
///
/// A text of more than ``Session/batchLength`` tokens comes in parts.
public struct Observation: Sendable {
    /// Which value it is.
    public let name: String
    /// The position in the text of its first row.
    public let firstPosition: Int
    /// `[rows × columns]`
    public let values: [Float]
    /// Tokens, mostly.
    public let rows: Int
    /// Numbers of a row.
    public var columns: Int { values.count / rows }
}
