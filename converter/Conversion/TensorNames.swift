import Checkpoints
import GPT2

/// The names that GPT-2's tensors have in a checkpoint. Nothing else in this package knows them.
enum TensorNames: Sendable {
    case huggingFace
    case gguf

    init(_ convention: TensorConvention) {
        switch convention {
        case .huggingFace: self = .huggingFace
        case .gguf: self = .gguf
        }
    }

    var tokenEmbedding: String { self == .gguf ? "token_embd.weight" : "wte.weight" }
    var positionEmbedding: String { self == .gguf ? "position_embd.weight" : "wpe.weight" }
    var head: String { self == .gguf ? "output.weight" : "lm_head.weight" }
    /// What labels texts, in Hugging Face's GPT2ForSequenceClassification.
    static let classifier = "score.weight"
    private var layerPrefix: String { self == .gguf ? "blk." : "h." }

    /// The tensor that an array of the model file is made from, without prefix, and whether it is stored by input.
    func source(ofArray name: String) -> (tensor: String, storedByInput: Bool) {
        switch name {
        case ArrayName.tokenEmbedding: return (tokenEmbedding, false)
        case ArrayName.positionEmbedding: return (positionEmbedding, false)
        case ArrayName.head: return (head, false)
        case ArrayName.classifier: return (Self.classifier, false)
        default:
            for part in Self.parts {
                guard name.hasSuffix(part.array) else { continue }
                let layer = name.dropLast(part.array.count)  // "block.3." or "final_norm."
                let prefix = layer.hasPrefix("block.") ? layerPrefix + layer.dropFirst("block.".count) : ""
                let tensor = self == .gguf ? part.gguf : part.huggingFace
                return (prefix + tensor, self == .huggingFace && name.hasSuffix(".weight"))
            }
            preconditionFailure("no tensor is known for the array \(name)")
        }
    }

    /// Ends of arrays' names, and what stands for them in a checkpoint.
    private static let parts: [(array: String, huggingFace: String, gguf: String)] = [
        ("norm1.gain", "ln_1.weight", "attn_norm.weight"), ("norm1.bias", "ln_1.bias", "attn_norm.bias"),
        ("attention.qkv.weight", "attn.c_attn.weight", "attn_qkv.weight"),
        ("attention.qkv.bias", "attn.c_attn.bias", "attn_qkv.bias"),
        ("attention.out.weight", "attn.c_proj.weight", "attn_output.weight"),
        ("attention.out.bias", "attn.c_proj.bias", "attn_output.bias"),
        ("norm2.gain", "ln_2.weight", "ffn_norm.weight"), ("norm2.bias", "ln_2.bias", "ffn_norm.bias"),
        ("mlp.up.weight", "mlp.c_fc.weight", "ffn_up.weight"), ("mlp.up.bias", "mlp.c_fc.bias", "ffn_up.bias"),
        ("mlp.down.weight", "mlp.c_proj.weight", "ffn_down.weight"),
        ("mlp.down.bias", "mlp.c_proj.bias", "ffn_down.bias"),
        ("final_norm.gain", "ln_f.weight", "output_norm.weight"), ("final_norm.bias", "ln_f.bias", "output_norm.bias"),
    ]

    /// The number of the block that a tensor belongs to, or nil for those that belong to none.
    func layer(of name: String) -> Int? {
        guard name.hasPrefix(layerPrefix) else { return nil }
        return Int(name.dropFirst(layerPrefix.count).prefix { $0 != "." })
    }

    /// A name without the prefix that models with a head put before those of the body.
    func withoutPrefix(_ name: String) -> String {
        self == .huggingFace && name.hasPrefix("transformer.") ? String(name.dropFirst("transformer.".count)) : name
    }

    /// Whether a tensor is a constant of the attention mask, which early checkpoints saved with the weights.
    func isMask(_ name: String) -> Bool {
        self == .huggingFace && name.hasPrefix("h.")
            && (name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias"))
    }
}
