import GPT2
import Kernels

/// Takes the gradient of a text's surprise from the logits back to the embeddings, the forward pass read from below.
///
/// On the way it shows the `observer` what every matrix read and the gradient at what it gave.
struct BackwardPass {
    let model: GradientModel
    /// Told of every matrix: its name, its inputs `[tokens × columns]`, and ∂L/∂y for its outputs `[tokens × rows]`.
    let observe: (_ name: String, _ inputs: TokenVectors, _ gradients: TokenVectors) throws(KernelError) -> Void

    /// - Parameter h: ∂L at what the head reads, `[tokens × embeddingSize]`.
    /// - Returns: ∂L at the embeddings, `[tokens × embeddingSize]`.
    ///
    /// Source: the chain rule, applied to Radford et al. (2019), § 2.3, as `Batch.forward` computes it.
    func run(_ trace: Trace, from h: TokenVectors) throws(KernelError) -> TokenVectors {
        let x = try TokenVectors(count: h.count, width: h.width)  // ∂L at the residual stream
        model.normalizeBackward(h, ArrayName.finalNorm, of: trace.end, addingTo: x)
        for (layer, block) in trace.blocks.enumerated().reversed() {
            func name(_ part: String) -> String { ArrayName.block(layer, part) }

            let active = try model.activate(block.up)  // [tokens × innerSize]
            try observe(name("mlp.down.weight"), active, x)
            let wide = try model.multiplyBackward(x, name("mlp.down.weight"))  // [tokens × innerSize]
            try model.activateBackward(wide, at: block.up)
            try observe(name("mlp.up.weight"), block.norm2, wide)
            let up = try model.multiplyBackward(wide, name("mlp.up.weight"))
            model.normalizeBackward(up, name("norm2"), of: block.middle, addingTo: x)  // residual

            try observe(name("attention.out.weight"), block.attention, x)
            let mixed = try model.multiplyBackward(x, name("attention.out.weight"))
            let qkv = try model.attendBackward(mixed, block, layer: layer)  // [tokens × 3 embeddingSize]
            try observe(name("attention.qkv.weight"), block.norm1, qkv)
            let read = try model.multiplyBackward(qkv, name("attention.qkv.weight"))
            model.normalizeBackward(read, name("norm1"), of: block.x, addingTo: x)  // residual
        }
        return x
    }
}
