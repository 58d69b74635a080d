import StrictJSON

/// The shape of a GPT-2 and the choices its authors left open. Keys are those of Hugging Face's `config.json`.
public struct Configuration: Sendable, Equatable {
    /// Number of blocks (`n_layer`).
    public let layerCount: Int
    /// Number of attention heads in a block (`n_head`).
    public let headCount: Int
    /// Length of the residual stream (`n_embd`), a multiple of `headCount`.
    public let embeddingSize: Int
    /// Length of the feed-forward's inner layer (`n_inner`, where null means 4 × `n_embd`).
    public let innerSize: Int
    /// Most positions a text can have (`n_positions`).
    public let contextLength: Int
    /// Number of tokens (`vocab_size`).
    public let vocabularySize: Int
    /// The number that keeps layer norm from dividing by zero (`layer_norm_epsilon`).
    public let layerNormEpsilon: Float
    /// The feed-forward's activation (`activation_function`).
    public let activation: Activation
    /// Whether scores are divided by √headSize (`scale_attn_weights`).
    public let scalesAttention: Bool
    /// Whether scores are also divided by the block's number, from 1 (`scale_attn_by_inverse_layer_idx`).
    public let scalesAttentionByInverseLayer: Bool
    /// Whether the head is the token embedding (`tie_word_embeddings`).
    public let tiesEmbeddings: Bool
    /// The token that ends a text (`eos_token_id`), if there is one; nil where that id is outside the vocabulary.
    public let endOfText: Int?
    /// The head that labels texts, where the model has one.
    public let classifier: ClassifierConfiguration?

    /// The non-linearity between the two matrices of a feed-forward.
    public enum Activation: String, Sendable, CaseIterable {
        /// v/2 · (1 + tanh(√(2/π) · (v + 0.044715 v³))), what GPT-2 was trained with.
        case geluTanh = "gelu_new"
        /// v · Φ(v).
        case geluErf = "gelu"
        /// max(v, 0).
        case relu
    }

    /// Length of a head's query, key and value: embeddingSize / headCount.
    public var headSize: Int { embeddingSize / headCount }

    /// What the dot product of a query and a key is multiplied by in block `layer`.
    public func attentionScale(layer: Int) -> Float {
        let size = scalesAttention ? Double(headSize).squareRoot() : 1
        return Float(1 / (size * (scalesAttentionByInverseLayer ? Double(layer + 1) : 1)))
    }
}
