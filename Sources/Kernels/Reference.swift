/// The kernels as they are defined, one element at a time, in the order docs/KERNELS.md states.
enum Reference {
    /// a · b + c, rounded once.
    static func fused(_ a: Float, _ b: Float, _ c: Float) -> Float { c.addingProduct(a, b) }

    /// The sum of the lanes by the fixed tree: l += l+8, l += l+4, l += l+2, l += l+1.
    static func treeSum(_ lanes: SIMD16<Float>) -> Float {
        var lanes = lanes
        for width in [8, 4, 2, 1] {
            for lane in 0..<width { lanes[lane] += lanes[lane + width] }
        }
        return lanes[0]
    }

    /// The value of float16 bits.
    static func float(half bits: UInt16) -> Float {
        let exponent = Int(bits >> 10 & 31)
        let mantissa = Float(bits & 1023)
        let magnitude =
            switch exponent {
            case 0: mantissa * 0x1p-24
            case 31: mantissa == 0 ? Float.infinity : Float.nan
            default: (1024 + mantissa) * Float(sign: .plus, exponent: exponent - 25, significand: 1)
            }
        return bits & 0x8000 == 0 ? magnitude : -magnitude
    }

    /// The float16 bits nearest to `x`, ties to even; NaN becomes 0x7E00.
    static func half(_ x: Float) -> UInt16 {
        let sign: UInt16 = x.sign == .minus ? 0x8000 : 0
        if x.isNaN { return sign | 0x7e00 }
        if x.magnitude >= 65520 { return sign | 0x7c00 }
        let exponent = x.magnitude < 0x1p-14 ? -14 : Int(x.exponent)
        let units = (x.magnitude * Float(sign: .plus, exponent: 10 - exponent, significand: 1)).rounded(
            .toNearestOrEven)
        // 1024…2048 units for normal values: the leading 1024 raises the exponent field from its base, 2048 once more.
        return sign | UInt16((exponent + 14) << 10 + Int(units))
    }
}
