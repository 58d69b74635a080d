extension Reference {
    /// scores[i] = scale · Σ q[d] · k[d][i], ascending; `key` gives element `index` of k [blocks of 16][headSize][16].
    static func scores(
        _ head: AttentionQueries, _ q: UnsafePointer<Float>, _ scale: Float, _ scores: UnsafeMutablePointer<Float>,
        key: (_ index: Int) -> Float
    ) {
        for query in 0..<head.queries {
            let q = unsafe q + query * head.stride
            for i in 0..<head.positions + query {
                var sum: Float = 0
                for d in 0..<head.head_size {
                    sum = unsafe fused(q[d], key((i / 16 * head.head_size + d) * 16 + i % 16), sum)
                }
                unsafe scores[query * head.scores_stride + i] = sum * scale
            }
        }
    }

    /// out[d] = Σ p[i] · v[i][d], ascending; `value` gives element `index` of v [positions][headSize].
    static func mix(
        _ head: AttentionQueries, _ p: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
        value: (_ index: Int) -> Float
    ) {
        for query in 0..<head.queries {
            let p = unsafe p + query * head.scores_stride
            for d in 0..<head.head_size {
                var sum: Float = 0
                for i in 0..<head.positions + query { sum = unsafe fused(p[i], value(i * head.head_size + d), sum) }
                unsafe out[query * head.stride + d] = sum
            }
        }
    }
}
