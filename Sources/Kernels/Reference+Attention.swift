extension Reference {
    /// scores[i] = scale · Σ q[d] · k[d][i], ascending; `key` gives element `index` of k [blocks of 16][headSize][16].
    static func scores(
        _ q: UnsafePointer<Float>, _ headSize: Int, _ positions: Int, _ scale: Float,
        _ scores: UnsafeMutablePointer<Float>, key: (_ index: Int) -> Float
    ) {
        for i in 0..<positions {
            var sum: Float = 0
            for d in 0..<headSize { sum = unsafe fused(q[d], key((i / 16 * headSize + d) * 16 + i % 16), sum) }
            unsafe scores[i] = sum * scale
        }
    }

    /// out[d] = Σ p[i] · v[i][d], ascending; `value` gives element `index` of v [positions][headSize].
    static func mix(
        _ p: UnsafePointer<Float>, _ headSize: Int, _ positions: Int, _ out: UnsafeMutablePointer<Float>,
        value: (_ index: Int) -> Float
    ) {
        for d in 0..<headSize {
            var sum: Float = 0
            for i in 0..<positions { sum = unsafe fused(p[i], value(i * headSize + d), sum) }
            unsafe out[d] = sum
        }
    }
}
