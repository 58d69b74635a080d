extension Reference {
    static func sum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
        var lanes = SIMD16<Float>()
        for i in 0..<count { unsafe lanes[i % 16] += x[i] }
        return treeSum(lanes)
    }

    static func layerNorm(
        _ x: UnsafePointer<Float>, _ gain: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ count: Int,
        _ epsilon: Float, _ out: UnsafeMutablePointer<Float>
    ) {
        let mean = unsafe sum(x, count) / Float(count)
        var squares = SIMD16<Float>()
        for i in 0..<count {
            let d = unsafe x[i] - mean
            squares[i % 16] = fused(d, d, squares[i % 16])
        }
        let variance = treeSum(squares) / Float(count)
        let r = 1 / (variance + epsilon).squareRoot()
        for i in 0..<count { unsafe out[i] = fused((x[i] - mean) * r, gain[i], bias[i]) }
    }

    static func softmax(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
        var highest = -Float.infinity
        for i in 0..<count { unsafe highest = x[i] > highest ? x[i] : highest }
        for i in 0..<count { unsafe x[i] = exp(x[i] - highest) }
        let inverse = unsafe 1 / sum(x, count)
        for i in 0..<count { unsafe x[i] *= inverse }
    }

    /// x[i] · steps[i], or x[i] alone.
    private static func stepped(_ x: UnsafePointer<Float>, _ steps: UnsafePointer<Float>?, _ i: Int) -> Float {
        guard let steps = unsafe steps else { return unsafe x[i] }
        return unsafe x[i] * steps[i]
    }

    /// The integers for `x`, in order, and their scale: the largest |x · step| becomes `limit`.
    static func quantized(
        _ x: UnsafePointer<Float>, _ steps: UnsafePointer<Float>?, _ columns: Int, limit: Float
    ) -> (values: [Int], scale: Float) {
        var highest: UInt32 = 0
        for i in 0..<columns { unsafe highest = max(highest, stepped(x, steps, i).magnitude.bitPattern) }
        let max = Float(bitPattern: highest)
        let zeros = [Int](repeating: 0, count: columns)
        guard max.isFinite else { return (zeros, .nan) }
        guard max > 0, (limit / max).isFinite else { return (zeros, 0) }
        let inverse = limit / max
        let values = (0..<columns).map { i in
            let v = unsafe stepped(x, steps, i) * inverse
            return Int((v < -limit ? -limit : v > limit ? limit : v).rounded(.toNearestOrEven))
        }
        return (values, max / limit)
    }

    /// Where column `c` lies among int16 activations: in each group of 4 the order is 0 2 1 3.
    static func int16Place(_ c: Int) -> Int { c - c % 4 + [0, 2, 1, 3][c % 4] }

    /// Where column `c` of a token's integer activations lies among those of `tokens` tokens.
    static func place(_ token: Int, _ tokens: Int, _ columns: Int, _ c: Int) -> Int {
        let place = KernelSet.place(ofToken: token, among: tokens, columns: columns)
        return place.start + c / 4 * place.stride + c % 4
    }

    /// The largest int16 activation, 127 · 257: it fits 16 bits with a weight added to it, and is 256 times a signed byte
    /// and another.
    static let int16Limit: Float = 32639

    static func quantizeInt16(
        _ x: UnsafePointer<Float>, _ steps: UnsafePointer<Float>?, _ columns: Int, _ padded: Int,
        _ out: UnsafeMutablePointer<Int16>, _ stride: Int, _ scale: UnsafeMutablePointer<Float>
    ) {
        let (values, found) = unsafe quantized(x, steps, columns, limit: int16Limit)
        for i in 0..<padded {
            let place = int16Place(i)
            unsafe out[place / 4 * stride + place % 4] = i < columns ? Int16(values[i]) : 0
        }
        unsafe scale.pointee = found
    }

    static func quantizeInt8(
        _ x: UnsafePointer<Float>, _ steps: UnsafePointer<Float>?, _ columns: Int, _ padded: Int,
        _ out: UnsafeMutablePointer<Int8>, _ stride: Int, _ scale: UnsafeMutablePointer<Float>
    ) {
        let (values, found) = unsafe quantized(x, steps, columns, limit: 127)
        for i in 0..<padded { unsafe out[i / 4 * stride + i % 4] = i < columns ? Int8(values[i]) : 0 }
        unsafe scale.pointee = found
    }

    static func prepare(
        _ x: UnsafePointer<Float>, _ steps: UnsafePointer<Float>?, _ columns: Int, _ padded: Int,
        _ out: UnsafeMutablePointer<Float>
    ) {
        for i in 0..<padded { unsafe out[i] = i < columns ? stepped(x, steps, i) : 0 }
    }
}
