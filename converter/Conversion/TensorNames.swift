import Checkpoints
import GPT2

/// The names that GPT-2's tensors have in a checkpoint. Nothing else in this package knows them.
struct TensorNames: Sendable {
    let convention: TensorConvention

    private func named(_ huggingFace: String, _ tensorFlow: String, _ gguf: String) -> String {
        switch convention {
        case .huggingFace, .linear: huggingFace
        case .tensorFlow: tensorFlow
        case .gguf: gguf
        }
    }

    var tokenEmbedding: String { named("wte.weight", "model/wte", "token_embd.weight") }
    var positionEmbedding: String { named("wpe.weight", "model/wpe", "position_embd.weight") }
    var head: String { named("lm_head.weight", "model/lm_head", "output.weight") }
    /// What labels texts, in Hugging Face's GPT2ForSequenceClassification.
    static let classifier = "score.weight"
    private var layerPrefix: String { named("h.", "model/h", "blk.") }
    private var separator: Character { convention == .tensorFlow ? "/" : "." }
    /// Whether linear layers lie `[in × out]`.
    var storesByInput: Bool { convention == .huggingFace || convention == .tensorFlow }

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
                let tensor = named(part.huggingFace, part.tensorFlow, part.gguf)
                let isMatrix = name.hasSuffix(".weight")
                guard name.hasPrefix("block.") else {
                    return (named("", "model/", "") + tensor, isMatrix && storesByInput)
                }
                let layer = name.dropFirst("block.".count).prefix { $0 != "." }
                return (layerPrefix + layer + String(separator) + tensor, isMatrix && storesByInput)
            }
            preconditionFailure("no tensor is known for the array \(name)")
        }
    }

    /// Ends of arrays' names, and what stands for them in a checkpoint.
    private static let parts: [(array: String, huggingFace: String, tensorFlow: String, gguf: String)] = [
        ("norm1.gain", "ln_1.weight", "ln_1/g", "attn_norm.weight"),
        ("norm1.bias", "ln_1.bias", "ln_1/b", "attn_norm.bias"),
        ("attention.qkv.weight", "attn.c_attn.weight", "attn/c_attn/w", "attn_qkv.weight"),
        ("attention.qkv.bias", "attn.c_attn.bias", "attn/c_attn/b", "attn_qkv.bias"),
        ("attention.out.weight", "attn.c_proj.weight", "attn/c_proj/w", "attn_output.weight"),
        ("attention.out.bias", "attn.c_proj.bias", "attn/c_proj/b", "attn_output.bias"),
        ("norm2.gain", "ln_2.weight", "ln_2/g", "ffn_norm.weight"),
        ("norm2.bias", "ln_2.bias", "ln_2/b", "ffn_norm.bias"),
        ("mlp.up.weight", "mlp.c_fc.weight", "mlp/c_fc/w", "ffn_up.weight"),
        ("mlp.up.bias", "mlp.c_fc.bias", "mlp/c_fc/b", "ffn_up.bias"),
        ("mlp.down.weight", "mlp.c_proj.weight", "mlp/c_proj/w", "ffn_down.weight"),
        ("mlp.down.bias", "mlp.c_proj.bias", "mlp/c_proj/b", "ffn_down.bias"),
        ("final_norm.gain", "ln_f.weight", "ln_f/g", "output_norm.weight"),
        ("final_norm.bias", "ln_f.bias", "ln_f/b", "output_norm.bias"),
    ]

    /// The number of the block that a tensor belongs to, or nil for those that belong to none.
    func layer(of name: String) -> Int? {
        guard name.hasPrefix(layerPrefix) else { return nil }
        return Int(name.dropFirst(layerPrefix.count).prefix { $0 != separator })
    }

    /// The name by which a tensor is known here: without what models with a head, copies on several devices and compiled
    /// models put before the names of the body, and DialoGPT's name for the head as the usual one.
    func canonical(_ name: String) -> String {
        guard convention == .huggingFace || convention == .linear else { return name }
        var name = name[...]
        while let prefix = Self.prefixes.first(where: name.hasPrefix) { name = name.dropFirst(prefix.count) }
        return name == "lm_head.decoder.weight" ? head : String(name)
    }

    private static let prefixes = ["transformer.", "module.", "model.", "_orig_mod."]

    /// Whether a tensor is no weight of a language model, but something that training or another head left with it:
    /// constants of the attention mask, the head of GPT2DoubleHeadsModel that chooses between texts, Adam's state.
    func isIgnored(_ name: String) -> Bool {
        switch convention {
        case .huggingFace, .linear:
            return name.hasPrefix("h.") && (name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias"))
                || name.hasPrefix(Self.choiceHead)
        case .tensorFlow:
            return name == "global_step"
                || ["beta1_power", "beta2_power", "/Adam", "/Adam_1"].contains(where: name.hasSuffix)
        case .gguf: return false
        }
    }

    /// The beginning of the names that GPT2DoubleHeadsModel's second head has.
    static let choiceHead = "multiple_choice_head."
}
