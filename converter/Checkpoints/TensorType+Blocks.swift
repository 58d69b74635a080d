extension TensorType {
    /// Turns the part of a row that `columns` names into the float32 numbers that ggml's library computes for it.
    ///
    /// - Parameter row: the whole blocks of a row.
    func decodeBlocks(_ row: RawSpan, columns: Range<Int>, into output: inout MutableSpan<Float>, at start: Int) {
        let (length, byteCount) = (blockLength, blockBitCount / 8)
        precondition(length > 1, "\(rawValue) is not a type of blocks")
        precondition(columns.lowerBound >= 0 && columns.upperBound <= row.byteCount / byteCount * length)
        precondition(start >= 0 && start <= output.count && columns.count <= output.count - start)
        guard !columns.isEmpty else { return }
        unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe row.withUnsafeBytes { row in
                guard let bytes = row.baseAddress, let base = output.baseAddress else { return }
                unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: length) { scratch in
                    guard let scratch = scratch.baseAddress else { return }
                    let blocks = columns.lowerBound / length...(columns.upperBound - 1) / length
                    for index in blocks {
                        let block = unsafe QuantizedBlock(bytes: bytes + index * byteCount)
                        let from = max(columns.lowerBound, index * length)
                        let to = min(columns.upperBound, (index + 1) * length)
                        let target = unsafe base + start + from - columns.lowerBound
                        if to - from == length {
                            unsafe block.decode(self, into: target)
                        } else {
                            unsafe block.decode(self, into: scratch)
                            unsafe target.update(from: scratch + from - index * length, count: to - from)
                        }
                    }
                }
            }
        }
    }
}

/// One block of quantized weights, laid out as ggml lays it out.
///
/// Every formula multiplies and adds in the order in which ggml's `dequantize_row_…` does, each operation rounded on its
/// own, so that the numbers are the same to the bit.
@unsafe private struct QuantizedBlock {
    let bytes: UnsafeRawPointer

    func decode(_ type: TensorType, into y: UnsafeMutablePointer<Float>) {
        switch type {
        case .q40: unsafe nibbles(from: 2, offset: -8, into: y)
        case .q41: unsafe nibbles(from: 4, minimum: half(2), into: y)
        case .q50: unsafe nibbles(from: 6, fifthBits: 2, offset: -16, into: y)
        case .q51: unsafe nibbles(from: 8, fifthBits: 4, minimum: half(2), into: y)
        case .q80: unsafe bytes8(into: y)
        case .q2k: unsafe q2k(into: y)
        case .q3k: unsafe q3k(into: y)
        case .q4k: unsafe q45k(low: 16, fifthBits: nil, into: y)
        case .q5k: unsafe q45k(low: 48, fifthBits: 16, into: y)
        case .q6k: unsafe q6k(into: y)
        default: preconditionFailure("\(type.rawValue) is not a type of blocks")
        }
    }

    // MARK: Parts

    @inline(__always)
    private func byte(_ offset: Int) -> Int { unsafe Int(bytes.load(fromByteOffset: offset, as: UInt8.self)) }

    @inline(__always)
    private func signed(_ offset: Int) -> Int { unsafe Int(bytes.load(fromByteOffset: offset, as: Int8.self)) }

    @inline(__always)
    private func half(_ offset: Int) -> Float {
        float(half: UInt16(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }

    // MARK: Blocks of 32

    /// Weight i in the low half of byte i, weight 16 + i in the high one, a fifth bit elsewhere: d · (q + offset), or
    /// q · d + minimum.
    private func nibbles(
        from start: Int, fifthBits: Int? = nil, offset: Int = 0, minimum: Float? = nil,
        into y: UnsafeMutablePointer<Float>
    ) {
        let d = unsafe half(0)
        for i in 0..<32 {
            var q = unsafe byte(start + i % 16) >> (i / 16 * 4) & 15
            if let fifthBits { q |= unsafe (byte(fifthBits + i / 8) >> (i % 8) & 1) << 4 }
            if let minimum {
                unsafe y[i] = Float(q) * d + minimum
            } else {
                unsafe y[i] = Float(q + offset) * d
            }
        }
    }

    private func bytes8(into y: UnsafeMutablePointer<Float>) {
        let d = unsafe half(0)
        for i in 0..<32 { unsafe y[i] = Float(signed(2 + i)) * d }
    }

    // MARK: Blocks of 256

    /// Four bits of scale and of minimum for 16 weights each, two bits a weight.
    private func q2k(into y: UnsafeMutablePointer<Float>) {
        let (d, dmin) = unsafe (half(80), half(82))
        for group in 0..<16 {
            let packed = unsafe byte(group)
            let (scale, minimum) = (d * Float(packed & 15), dmin * Float(packed >> 4))
            for i in 16 * group..<16 * group + 16 {
                let q = unsafe byte(16 + i / 128 * 32 + i % 32) >> (i % 128 / 32 * 2) & 3
                unsafe y[i] = scale * Float(q) - minimum
            }
        }
    }

    /// Six bits of scale for 16 weights each, two bits a weight and a third whose absence means −4.
    private func q3k(into y: UnsafeMutablePointer<Float>) {
        let d = unsafe half(108)
        for group in 0..<16 {
            let low = unsafe byte(96 + group % 8) >> (group / 8 * 4) & 15
            let high = unsafe byte(104 + group % 4) >> (group / 4 * 2) & 3
            let scale = d * Float((low | high << 4) - 32)
            for i in 16 * group..<16 * group + 16 {
                let q = unsafe byte(32 + i / 128 * 32 + i % 32) >> (i % 128 / 32 * 2) & 3
                let hasThird = unsafe byte(i % 32) >> (i / 32) & 1 == 1
                unsafe y[i] = scale * Float(hasThird ? q : q - 4)
            }
        }
    }

    /// Six bits of scale and of minimum for 32 weights each, four bits a weight and perhaps a fifth.
    private func q45k(low: Int, fifthBits: Int?, into y: UnsafeMutablePointer<Float>) {
        let (d, dmin) = unsafe (half(0), half(2))
        for group in 0..<8 {
            let scale: Int
            let minimum: Int
            if group < 4 {
                (scale, minimum) = unsafe (byte(4 + group) & 63, byte(8 + group) & 63)
            } else {
                let shared = unsafe byte(8 + group)
                scale = unsafe shared & 15 | (byte(group) >> 6) << 4
                minimum = unsafe shared >> 4 | (byte(4 + group) >> 6) << 4
            }
            let (step, base) = (d * Float(scale), dmin * Float(minimum))
            for i in 0..<32 {
                var q = unsafe byte(low + group / 2 * 32 + i) >> (group % 2 * 4) & 15
                if let fifthBits { q += unsafe (byte(fifthBits + i) >> group & 1) << 4 }
                unsafe y[32 * group + i] = step * Float(q) - base
            }
        }
    }

    /// Eight bits of scale for 16 weights each, four bits a weight and two more.
    private func q6k(into y: UnsafeMutablePointer<Float>) {
        let d = unsafe half(208)
        for group in 0..<16 {
            let scale = unsafe d * Float(signed(192 + group))
            for i in 16 * group..<16 * group + 16 {
                let (part, quarter) = (i / 128, i % 128 / 32)
                let low = unsafe byte(part * 64 + quarter % 2 * 32 + i % 32) >> (quarter / 2 * 4) & 15
                let high = unsafe byte(128 + part * 32 + i % 32) >> (quarter * 2) & 3
                unsafe y[i] = scale * Float((low | high << 4) - 32)
            }
        }
    }
}
