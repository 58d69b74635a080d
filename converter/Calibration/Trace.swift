import GPT2
import Kernels

/// What a model computed while it read a text: everything its backward pass needs.
final class Trace {
    /// What one block computed.
    struct Block {
        /// The residual stream where the block begins. `[tokens × embeddingSize]`
        let x: TokenVectors
        /// `[tokens × embeddingSize]`
        let norm1: TokenVectors
        /// `[tokens × 3 embeddingSize]`
        let qkv: TokenVectors
        /// `[tokens × embeddingSize]`
        let attention: TokenVectors
        /// The residual stream behind the attention. `[tokens × embeddingSize]`
        let middle: TokenVectors
        /// `[tokens × embeddingSize]`
        let norm2: TokenVectors
        /// Before the non-linearity. `[tokens × innerSize]`
        let up: TokenVectors
    }

    private(set) var blocks: [Block] = []
    /// The residual stream behind the last block. `[tokens × embeddingSize]`
    let end: TokenVectors
    /// What the head reads. `[tokens × embeddingSize]`
    let finalNorm: TokenVectors

    /// Reads a text from the beginning of its context.
    ///
    /// - Parameter eachLogits: is given the logits `[vocabularySize]` of what follows each token, in order.
    init(
        _ tokens: [Int], by session: Session, eachLogits: (Span<Float>) throws(GPT2Error) -> Void
    ) throws(CalibrationError) {
        let shape = session.model.configuration
        var byName: [String: TokenVectors] = [:]
        func vectors(_ name: String, _ width: Int) throws(CalibrationError) -> TokenVectors {
            let vectors = try wrap { () throws(KernelError) in try TokenVectors(count: tokens.count, width: width) }
            byName[name] = vectors
            return vectors
        }
        let size = shape.embeddingSize
        var x = try vectors("embedding", size)
        for layer in 0..<shape.layerCount {
            let name = ArrayName.block(layer, "")
            let block = Block(
                x: x, norm1: try vectors(name + "norm1", size), qkv: try vectors(name + "attention.qkv", 3 * size),
                attention: try vectors(name + "attention", size),
                middle: try vectors(name + "attention.out.residual", size), norm2: try vectors(name + "norm2", size),
                up: try vectors(name + "mlp.up", shape.innerSize))
            blocks.append(block)
            x = try vectors(name + "mlp.down.residual", size)
        }
        end = x
        finalNorm = try vectors(ArrayName.finalNorm, size)

        let wanted = byName
        session.rewind()
        session.observesScores = false
        session.observer = { observation in
            wanted[observation.name]?.load(observation.values, firstRow: observation.firstPosition)
        }
        defer { session.observer = nil }
        do { try session.read(tokens, eachLogits: eachLogits) } catch { throw .model(error) }
    }
}
