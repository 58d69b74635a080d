import Checkpoints
import GPT2

/// Where an array of the model file comes from.
struct ArraySource: Sendable {
    let array: ExpectedArray
    let tensor: Tensor
    /// Whether the tensor lies `[in × out]`, as GPT-2's linear layers do; arrays are `[out × in]`.
    let storedByInput: Bool
}

/// The names GPT-2's tensors have in Hugging Face's checkpoints. Nothing else in this package knows them.
enum TensorName {
    static let tokenEmbedding = "wte.weight"
    static let head = "lm_head.weight"

    /// The tensor that an array of the model file is made from, without prefix, and whether it is stored by input.
    static func source(ofArray name: String) -> (tensor: String, storedByInput: Bool) {
        switch name {
        case ArrayName.tokenEmbedding: return (tokenEmbedding, false)
        case ArrayName.positionEmbedding: return ("wpe.weight", false)
        case ArrayName.head: return (head, false)
        default:
            for (part, tensor) in parts {
                guard name.hasSuffix(part) else { continue }
                let layer = name.dropLast(part.count)  // "block.3." or "final_norm."
                let prefix = layer.hasPrefix("block.") ? "h." + layer.dropFirst("block.".count) : ""
                return (prefix + tensor, name.hasSuffix(".weight"))
            }
            preconditionFailure("no tensor is known for the array \(name)")
        }
    }

    /// Ends of arrays' names, and what stands for them in a checkpoint.
    private static let parts = [
        ("norm1.gain", "ln_1.weight"), ("norm1.bias", "ln_1.bias"),
        ("attention.qkv.weight", "attn.c_attn.weight"), ("attention.qkv.bias", "attn.c_attn.bias"),
        ("attention.out.weight", "attn.c_proj.weight"), ("attention.out.bias", "attn.c_proj.bias"),
        ("norm2.gain", "ln_2.weight"), ("norm2.bias", "ln_2.bias"),
        ("mlp.up.weight", "mlp.c_fc.weight"), ("mlp.up.bias", "mlp.c_fc.bias"),
        ("mlp.down.weight", "mlp.c_proj.weight"), ("mlp.down.bias", "mlp.c_proj.bias"),
        ("final_norm.gain", "ln_f.weight"), ("final_norm.bias", "ln_f.bias"),
    ]

    /// A name without the prefix that models with a head put before those of the body.
    static func withoutPrefix(_ name: String) -> String {
        name.hasPrefix("transformer.") ? String(name.dropFirst("transformer.".count)) : name
    }

    /// Whether a tensor is a constant of the attention mask, which early checkpoints saved with the weights.
    static func isMask(_ name: String) -> Bool {
        name.hasPrefix("h.") && (name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias"))
    }
}

/// A checkpoint's tensors under their names without prefix, masks left out.
struct SourceTensors {
    private var byName: [String: Tensor] = [:]
    /// Names that two tensors have.
    private(set) var duplicates: [String] = []

    init(_ checkpoint: any Checkpoint) {
        for tensor in checkpoint.tensors {
            let name = TensorName.withoutPrefix(tensor.name)
            if TensorName.isMask(name) { continue }
            if byName.updateValue(tensor, forKey: name) != nil { duplicates.append(name) }
        }
    }

    subscript(name: String) -> Tensor? { byName[name] }

    /// How many blocks the tensors' names speak of: one more than the largest number.
    var layerCount: Int {
        let numbers = byName.keys.lazy.filter { $0.hasPrefix("h.") }.compactMap {
            Int($0.dropFirst(2).prefix { $0 != "." })
        }
        guard let largest = numbers.max(), largest < Int.max else { return 0 }
        return largest + 1
    }

    /// The names that `known` lacks, sorted.
    func names(notIn known: Set<String>) -> [String] { byName.keys.filter { !known.contains($0) }.sorted() }
}
