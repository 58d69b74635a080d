import Kernels

/// Everything that depends on the type of the cached numbers: how they are rounded on their way in, and which kernels
/// read them.
extension KVCache {
    /// Stores the keys and the values of one head at `count` positions from `position` on, rounded to the cache's type.
    ///
    /// - Parameters:
    ///   - key: `[count × stride]`, of which the first `headSize` are the head's
    ///   - value: the same
    func append(
        _ count: Int, keys key: UnsafePointer<Float>, values value: UnsafePointer<Float>, stride: Int, layer: Int,
        head: Int, position: Int
    ) {
        let (headSize, kernels) = (configuration.headSize, kernels)
        let (keys, values) = unsafe (keys(layer: layer, head: head), values(layer: layer, head: head))
        switch type {
        case .float32:
            for index in 0..<count {
                unsafe scatter(key + index * stride, headSize, into: keys, position + index)
                unsafe row(of: values, position + index).update(from: value + index * stride, count: headSize)
            }
        case .float16:
            unsafe withUnsafeTemporaryAllocation(of: UInt16.self, capacity: headSize) { halves in
                guard let halves = halves.baseAddress else { return }
                for index in 0..<count {
                    unsafe kernels.halfFromFloat(key + index * stride, headSize, halves)
                    unsafe scatter(halves, headSize, into: keys, position + index)
                    unsafe kernels.halfFromFloat(value + index * stride, headSize, row(of: values, position + index))
                }
            }
        case .int8:
            // The kernel fills groups of 4 up, which a value in its place has no room for.
            let padded = (headSize + 3) / 4 * 4
            unsafe withUnsafeTemporaryAllocation(of: Int8.self, capacity: padded) { bytes in
                guard let bytes = bytes.baseAddress else { return }
                for index in 0..<count {
                    let (key, value) = unsafe (key + index * stride, value + index * stride)
                    let place = position + index
                    unsafe kernels.quantizeI8(key, nil, headSize, padded, bytes, 4, keys.scales + place)
                    unsafe scatter(bytes, headSize, into: keys, place)
                    unsafe kernels.quantizeI8(value, nil, headSize, padded, bytes, 4, values.scales + place)
                    unsafe row(of: values, place).update(from: bytes, count: headSize)
                }
            }
        }
    }

    /// Scores of a head's queries: `[queries × scoresStride]`.
    ///
    /// - Parameter q: `[queries × stride]`
    func scores(
        _ queries: inout AttentionQueries, _ q: UnsafePointer<Float>, layer: Int, head: Int, scale: Float,
        into scores: UnsafeMutablePointer<Float>
    ) {
        let keys = unsafe keys(layer: layer, head: head)
        switch type {
        case .float32: unsafe kernels.scoresF32(&queries, q, row(of: keys, 0), scale, scores)
        case .float16: unsafe kernels.scoresF16(&queries, q, row(of: keys, 0), scale, scores)
        case .int8: unsafe kernels.scoresI8(&queries, q, row(of: keys, 0), keys.scales, scale, scores)
        }
    }

    /// A head's values, mixed by weights `[queries × scoresStride]`: `[queries × stride]`.
    func mix(
        _ queries: inout AttentionQueries, _ weights: UnsafePointer<Float>, layer: Int, head: Int,
        into out: UnsafeMutablePointer<Float>
    ) {
        let values = unsafe values(layer: layer, head: head)
        switch type {
        case .float32: unsafe kernels.mixF32(&queries, weights, row(of: values, 0), out)
        case .float16: unsafe kernels.mixF16(&queries, weights, row(of: values, 0), out)
        case .int8: unsafe kernels.mixI8(&queries, weights, row(of: values, 0), values.scales, out)
        }
    }

    /// The numbers of a position in values; at position 0 the start of keys too.
    private func row<T>(of region: Region, _ position: Int) -> UnsafeMutablePointer<T> {
        unsafe region.elements.assumingMemoryBound(to: T.self) + position * configuration.headSize
    }

    /// Puts a key, `[headSize]`, into its lane of its block.
    private func scatter<T>(_ key: UnsafePointer<T>, _ headSize: Int, into keys: Region, _ position: Int) {
        let (block, lane) = position.quotientAndRemainder(dividingBy: Self.blockLength)
        let start: UnsafeMutablePointer<T> = unsafe row(of: keys, block * Self.blockLength) + lane
        for i in 0..<headSize { unsafe start[i * Self.blockLength] = key[i] }
    }
}
