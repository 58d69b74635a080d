extension KernelSet {
    /// The row every other is measured against: the definitions of docs/KERNELS.md in plain Swift.
    static let reference = unsafe KernelSet(
        name: "reference",
        isSupported: { true },
        quantizeI16: { x, steps, columns, padded, out, stride, scale in
            unsafe Reference.quantizeInt16(x, steps, columns, padded, out, stride, scale)
        },
        quantizeI8: { x, steps, columns, padded, out, stride, scale in
            unsafe Reference.quantizeInt8(x, steps, columns, padded, out, stride, scale)
        },
        prepareF32: { x, steps, columns, padded, out in unsafe Reference.prepare(x, steps, columns, padded, out) },
        multiplyI8I16: { matrix, a, scales, tokens, y, yStride in
            let weights = unsafe matrix.pointee.elements.assumingMemoryBound(to: Int8.self)
            unsafe Reference.multiply(matrix, weights, a, scales, tokens, y, yStride)
        },
        multiplyI8I8: { matrix, a, scales, tokens, y, yStride in
            let weights = unsafe matrix.pointee.elements.assumingMemoryBound(to: Int8.self)
            unsafe Reference.multiply(matrix, weights, a, scales, tokens, y, yStride)
        },
        multiplyI8F32: { matrix, a, tokens, y, yStride in
            let weights = unsafe matrix.pointee.elements.assumingMemoryBound(to: Int8.self)
            unsafe Reference.multiply(matrix, weights, a, tokens, y, yStride)
        },
        multiplyF16F32: { matrix, a, tokens, y, yStride in
            let w = unsafe Reference.Panels(matrix, perGroup: 2)
            let weights = unsafe matrix.pointee.elements.assumingMemoryBound(to: UInt16.self)
            unsafe Reference.multiply(w, a, tokens, y, yStride) { unsafe Reference.float(half: weights[$0]) }
        },
        multiplyF32F32: { matrix, a, tokens, y, yStride in
            let w = unsafe Reference.Panels(matrix, perGroup: 1)
            let weights = unsafe matrix.pointee.elements.assumingMemoryBound(to: Float.self)
            unsafe Reference.multiply(w, a, tokens, y, yStride) { unsafe weights[$0] }
        },
        multiplyPackedI16: { packed, a, scales, tokens, y, yStride in
            unsafe Reference.withUnpacked(packed) { matrix, weights in
                unsafe Reference.multiply(matrix, weights, a, scales, tokens, y, yStride)
            }
        },
        multiplyPackedI8: { packed, a, scales, tokens, y, yStride in
            unsafe Reference.withUnpacked(packed) { matrix, weights in
                unsafe Reference.multiply(matrix, weights, a, scales, tokens, y, yStride)
            }
        },
        multiplyPackedF32: { packed, a, tokens, y, yStride in
            unsafe Reference.withUnpacked(packed) { matrix, weights in
                unsafe Reference.multiply(matrix, weights, a, tokens, y, yStride)
            }
        },
        pack: { panel, columns, bits, out, outliers, room in
            unsafe Reference.pack(panel, columns, bits, out, outliers, room)
        },
        scoresF32: { head, q, k, scale, scores in
            unsafe Reference.scores(head.pointee, q, scale, scores) { unsafe k[$0] }
        },
        scoresF16: { head, q, k, scale, scores in
            unsafe Reference.scores(head.pointee, q, scale, scores) { unsafe Reference.float(half: k[$0]) }
        },
        scoresI8: { head, q, k, keyScales, scale, scores in
            unsafe Reference.scores(head.pointee, q, scale, scores, keyScale: { unsafe keyScales[$0] }) {
                unsafe Float(k[$0])
            }
        },
        mixF32: { head, p, v, out in unsafe Reference.mix(head.pointee, p, out) { unsafe v[$0] } },
        mixF16: { head, p, v, out in
            unsafe Reference.mix(head.pointee, p, out) { unsafe Reference.float(half: v[$0]) }
        },
        mixI8: { head, p, v, valueScales, out in
            unsafe Reference.mix(head.pointee, p, out, valueScale: { unsafe valueScales[$0] }) { unsafe Float(v[$0]) }
        },
        softmax: { x, count in unsafe Reference.softmax(x, count) },
        layerNorm: { x, gain, bias, count, epsilon, out in
            unsafe Reference.layerNorm(x, gain, bias, count, epsilon, out)
        },
        geluTanh: { x, count in for i in 0..<count { unsafe x[i] = Reference.geluTanh(x[i]) } },
        geluErf: { x, count in for i in 0..<count { unsafe x[i] = Reference.geluErf(x[i]) } },
        relu: { x, count in for i in 0..<count { unsafe x[i] = Reference.relu(x[i]) } },
        add: { x, y, count in for i in 0..<count { unsafe x[i] += y[i] } },
        expF32: { x, count in for i in 0..<count { unsafe x[i] = Reference.exp(x[i]) } },
        logF32: { x, count in for i in 0..<count { unsafe x[i] = Reference.log(x[i]) } },
        sumF32: { x, count in unsafe Reference.sum(x, count) },
        halfFromFloat: { x, count, out in for i in 0..<count { unsafe out[i] = Reference.half(x[i]) } },
        floatFromHalf: { x, count, out in for i in 0..<count { unsafe out[i] = Reference.float(half: x[i]) } }
    )
}
