import ModelFile

/// The bytes that a model's tokens draw from memory, as far as they do not stay in the processor's caches: weights, keys and
/// values. With the speed of the memory they bound the tokens that a second can have.
public struct Traffic: Sendable, Equatable {
    /// All blocks, read once for a batch of tokens: matrices with their scales, steps and escapes, biases, norms.
    public let blocks: Int
    /// The final norm and the head, read once for the tokens whose logits are computed together.
    public let head: Int
    /// A token's and a position's row of the embeddings, read for every token.
    public let embeddings: Int
    /// The keys and values of one position in all blocks.
    public let cachedPosition: Int

    /// For each of `count` tokens that one call of ``Session/read(_:)`` reads. Keys and values, which the tokens of a batch
    /// share, are not counted.
    public func perToken(reading count: Int) -> Int {
        let batches = (count + Session.batchLength - 1) / Session.batchLength
        return (batches * blocks + head) / count + embeddings
    }

    /// For each of `count` tokens that are read one at a time after `depth` others, keys and values at the mean of their
    /// positions. Texts that are read together share the weights.
    public func perToken(generating count: Int, after depth: Int, together textCount: Int = 1) -> Int {
        // Token i, from 0, attends to depth + i + 1 positions.
        (blocks + head) / textCount + embeddings + cachedPosition * (2 * depth + count + 1) / 2
    }
}

extension GPT2 {
    /// What this model draws from memory. The padding of panels, which kernels read too, is counted.
    public var traffic: Traffic {
        var (blocks, head, embeddings) = (0, 0, 0)
        for expected in configuration.arrays {
            let byteCount = loadedByteCount(of: expected.name)
            switch expected.name {
            case ArrayName.tokenEmbedding:
                embeddings += byteCount / expected.rows
                if configuration.tiesEmbeddings { head += byteCount }
            case ArrayName.positionEmbedding: embeddings += byteCount / expected.rows
            case let name where name == ArrayName.head || name.hasPrefix(ArrayName.finalNorm): head += byteCount
            default: blocks += byteCount
            }
        }
        return Traffic(
            blocks: blocks, head: head, embeddings: embeddings,
            cachedPosition: KVCache.byteCount(ofPosition: configuration, options.cacheType))
    }
}

extension GPT2 {
    /// Bytes of an array and of its companions as they lie in memory, or would if nothing of them were streamed.
    fileprivate func loadedByteCount(of name: String) -> Int {
        ([""] + Companions.suffixes).compactMap { file.array(named: name + $0) }.reduce(0) {
            $0 + (plan.packedByteCount(of: $1) ?? $1.decodedByteCount)
        }
    }
}
