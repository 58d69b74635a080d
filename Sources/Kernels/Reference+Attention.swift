extension Reference {
    /// scores[i] = Σ q[d] · k[d][i] · keyScale(i) · scale, the sum ascending; `key` gives element `index` of
    /// k [blocks of 16][headSize][16]. A key scale of 1 changes no bit.
    static func scores(
        _ head: AttentionQueries, _ q: UnsafePointer<Float>, _ scale: Float, _ scores: UnsafeMutablePointer<Float>,
        keyScale: (_ position: Int) -> Float = { _ in 1 }, key: (_ index: Int) -> Float
    ) {
        for query in 0..<head.queries {
            let q = unsafe q + query * head.stride
            for i in 0..<head.positions + query {
                var sum: Float = 0
                for d in 0..<head.head_size {
                    sum = unsafe fused(q[d], key((i / 16 * head.head_size + d) * 16 + i % 16), sum)
                }
                unsafe scores[query * head.scores_stride + i] = sum * keyScale(i) * scale
            }
        }
    }

    /// out[d] = Σ (p[i] · valueScale(i)) · v[i][d], ascending; `value` gives element `index` of v [positions][headSize].
    static func mix(
        _ head: AttentionQueries, _ p: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
        valueScale: (_ position: Int) -> Float = { _ in 1 }, value: (_ index: Int) -> Float
    ) {
        for query in 0..<head.queries {
            let p = unsafe p + query * head.scores_stride
            for d in 0..<head.head_size {
                var sum: Float = 0
                for i in 0..<head.positions + query {
                    sum = unsafe fused(p[i] * valueScale(i), value(i * head.head_size + d), sum)
                }
                unsafe out[query * head.stride + d] = sum
            }
        }
    }
}
