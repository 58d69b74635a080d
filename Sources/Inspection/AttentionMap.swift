/// How much each token of a text looks at those before it and at itself: a number for every query and every key up to it.
public struct AttentionMap: Sendable, Equatable {
    /// Tokens of the text.
    public let tokenCount: Int
    /// Query after query, each with the keys from 0 to its own: `[tokenCount · (tokenCount + 1) / 2]`.
    public private(set) var values: [Float]

    /// - Parameter values: see ``values``; their count says how many tokens there are.
    init(tokenCount: Int, values: [Float]) {
        precondition(values.count == Self.count(tokenCount), "a query has as many keys as its number, and its own")
        (self.tokenCount, self.values) = (tokenCount, values)
    }

    /// Pairs of a query and a key in a text.
    static func count(_ tokenCount: Int) -> Int { tokenCount * (tokenCount + 1) / 2 }

    /// The keys of one query, `[query + 1]`.
    public func row(_ query: Int) -> ArraySlice<Float> {
        values[Self.count(query)..<Self.count(query + 1)]
    }

    /// What `query` gives to `key`; nothing to a key of its future.
    public subscript(query: Int, key: Int) -> Float { key > query ? 0 : values[Self.count(query) + key] }

    /// The sum of this and another map, each times a factor.
    func blended(_ factor: Float, with other: AttentionMap, _ otherFactor: Float) -> AttentionMap {
        AttentionMap(tokenCount: tokenCount, values: zip(values, other.values).map { factor * $0 + otherFactor * $1 })
    }

    /// The mean of several maps of one text.
    static func mean(_ maps: [AttentionMap]) -> AttentionMap {
        guard let first = maps.first else { return AttentionMap(tokenCount: 0, values: []) }
        var sums = [Double](repeating: 0, count: first.values.count)
        for map in maps { for index in sums.indices { sums[index] += Double(map.values[index]) } }
        return AttentionMap(tokenCount: first.tokenCount, values: sums.map { Float($0 / Double(maps.count)) })
    }

    /// Each token looks at itself alone.
    static func identity(_ tokenCount: Int) -> AttentionMap {
        var values = [Float](repeating: 0, count: count(tokenCount))
        for query in 0..<tokenCount { values[count(query) + query] = 1 }
        return AttentionMap(tokenCount: tokenCount, values: values)
    }

    /// Each token looks at all it can see alike.
    static func even(_ tokenCount: Int) -> AttentionMap {
        AttentionMap(
            tokenCount: tokenCount,
            values: (0..<tokenCount).flatMap { repeatElement(1 / Float($0 + 1), count: $0 + 1) })
    }

    /// What comes of looking by `earlier` first and then by this: the product of both as matrices.
    func after(_ earlier: AttentionMap) -> AttentionMap {
        var product: [Float] = []
        product.reserveCapacity(values.count)
        for query in 0..<tokenCount {
            var sums = [Double](repeating: 0, count: query + 1)
            for (middle, share) in row(query).enumerated() {
                for (key, value) in earlier.row(middle).enumerated() { sums[key] += Double(share) * Double(value) }
            }
            product += sums.map { Float($0) }
        }
        return AttentionMap(tokenCount: tokenCount, values: product)
    }
}
