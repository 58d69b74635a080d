public import StrictJSON

/// A model as somebody else stored it: weights, hyperparameters, and perhaps a tokenizer.
public protocol SourceModel: Sendable {
    var weights: any Checkpoint { get }
    /// The hyperparameters under the keys of Hugging Face's `config.json`.
    var configuration: JSONObject { get }
    /// The tokenizer, or nil where there is none.
    var tokenizer: TokenizerFiles? { get }
    /// Every file that was read, in a fixed order.
    var paths: [String] { get }
    /// How its tensors are named and laid out.
    var convention: TensorConvention { get }
}

/// A tokenizer as it is stored.
public enum TokenizerFiles: Sendable, Equatable {
    case vocabularyAndMerges(vocabulary: [UInt8], merges: [UInt8])
    case tokenizerJSON([UInt8])
    /// The lists in a GGUF file's metadata; types are its numbers for kinds of tokens, nil where there are none.
    case lists(tokens: [String], types: [Int]?, merges: [String])
}

/// Whose names a checkpoint's tensors have, and with them the side its matrices are stored from.
public enum TensorConvention: Sendable {
    /// `h.0.attn.c_attn.weight`; linear layers lie `[in × out]`.
    case huggingFace
    /// `blk.0.attn_qkv.weight`; every matrix lies `[out × in]`.
    case gguf

    /// Where the hyperparameters stand, for messages.
    public var configurationName: String {
        switch self {
        case .huggingFace: "config.json"
        case .gguf: "the metadata"
        }
    }
}

/// Opens the checkpoint at `path`, a folder or a file, whatever its name: what a file begins with says what it is.
public func openModel(path: String) throws(CheckpointError) -> any SourceModel {
    if try GGUFFile.isBegun(at: path) { return try GGUFModel(path: path) }
    return try HuggingFaceModel(path: path)
}
