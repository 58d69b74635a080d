import Kernels
import TestSupport
import Testing

@testable import GPT2

/// What goes into the cache comes out of it, by the kernels that read it: three heads of 6 numbers, two blocks, 24
/// positions.
@Suite struct KVCacheTests {
    private let shape: Configuration
    private let kernels: KernelSet

    init() throws {
        let model = try Converted(golden("checkpoints/base")).open()
        (shape, kernels) = (model.configuration, model.kernels)
    }

    private func cache(_ type: Options.CacheType) throws -> KVCache {
        try KVCache(shape, type: type, contextLength: shape.contextLength, kernels: kernels)
    }

    /// Between −4 and 4, other ones for every block, head and position; all zero at position 5.
    private func vector(_ layer: Int, _ head: Int, _ position: Int, of values: Bool) -> [Float] {
        if position == 5 { return [Float](repeating: 0, count: shape.headSize) }
        var source = SeededGenerator(seed: UInt64((layer * 3 + head) * 24 + position) * 2 + (values ? 1 : 0))
        return (0..<shape.headSize).map { _ in Float.random(in: -4...4, using: &source) }
    }

    private func places(_ body: (_ layer: Int, _ head: Int) throws -> Void) rethrows {
        for layer in 0..<shape.layerCount {
            for head in 0..<shape.headCount { try body(layer, head) }
        }
    }

    private func queries(_ positions: Int) -> AttentionQueries {
        AttentionQueries(
            head_size: shape.headSize, positions: positions, queries: 1, stride: shape.headSize,
            scores_stride: positions)
    }

    /// The scores of a query against all positions.
    private func scores(_ cache: KVCache, _ query: [Float], _ layer: Int, _ head: Int, positions: Int) -> [Float] {
        var (head32, scores) = (queries(positions), [Float](repeating: 0, count: positions))
        unsafe cache.scores(&head32, query, layer: layer, head: head, scale: 1, into: &scores)
        return scores
    }

    private func mix(_ cache: KVCache, _ weights: [Float], _ layer: Int, _ head: Int) -> [Float] {
        var (head32, out) = (queries(weights.count), [Float](repeating: 0, count: shape.headSize))
        unsafe cache.mix(&head32, weights, layer: layer, head: head, into: &out)
        return out
    }

    /// Number by number: a query of one 1 reads a number of every key, a single weight of 1 reads a value.
    @Test(arguments: Options.CacheType.allCases)
    func everyNumberComesBackAsTheTypeKeepsIt(_ type: Options.CacheType) throws {
        let cache = try cache(type)
        for position in 0..<shape.contextLength {
            places { layer, head in
                let (key, value) = (vector(layer, head, position, of: false), vector(layer, head, position, of: true))
                unsafe cache.append(
                    1, keys: key, values: value, stride: 0, layer: layer, head: head, position: position)
            }
        }
        let count = shape.contextLength
        // Half a step: of an int8 number 4 / 127, of a float16 one below 4 2^−9.
        let permitted: Float =
            switch type {
            case .float32: 0
            case .float16: 0x1p-10
            case .int8: 2 / 127 * 1.0001
            }
        places { layer, head in
            let keys = (0..<count).map { vector(layer, head, $0, of: false) }
            for column in 0..<shape.headSize {
                let query = (0..<shape.headSize).map { $0 == column ? Float(1) : 0 }
                let found = scores(cache, query, layer, head, positions: count)
                #expect(compare(found, keys.map { $0[column] }).error <= permitted)
                #expect(found[5] == 0)
            }
            for position in 0..<count {
                let weights = (0..<count).map { $0 == position ? Float(1) : 0 }
                let found = mix(cache, weights, layer, head)
                #expect(compare(found, vector(layer, head, position, of: true)).error <= permitted)
            }
        }
    }

    /// So that the logits are not finite, which a session throws.
    @Test(arguments: Options.CacheType.allCases, [Float.infinity, -.infinity, .nan])
    func whatIsNotFiniteSpoilsScoresAndMix(_ type: Options.CacheType, broken: Float) throws {
        let cache = try cache(type)
        var vector = [Float](repeating: 1, count: shape.headSize)
        unsafe cache.append(1, keys: vector, values: vector, stride: 0, layer: 1, head: 2, position: 0)
        vector[3] = broken
        unsafe cache.append(1, keys: vector, values: vector, stride: 0, layer: 1, head: 2, position: 1)
        let ones = [Float](repeating: 1, count: shape.headSize)
        var weights = scores(cache, ones, 1, 2, positions: 2)
        #expect(!weights[1].isFinite && weights[0] == Float(shape.headSize))
        unsafe kernels.softmax(&weights, 2)
        #expect(weights.allSatisfy { !$0.isFinite } || broken == -.infinity && weights == [1, 0])
        #expect(!mix(cache, [0.5, 0.5], 1, 2)[3].isFinite)
    }

    @Test func aPositionTakesItsNumbersAndScales() {
        let vectors = 2 * shape.layerCount * shape.headCount
        let expected: [Options.CacheType: Int] = [.float16: 12, .float32: 24, .int8: 6 + 4]
        for type in Options.CacheType.allCases {
            #expect(KVCache.byteCount(ofPosition: shape, type) == vectors * expected[type, default: 0])
        }
    }
}
