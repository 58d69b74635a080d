extension Reference {
    private static let rounder: Float = 0x1.8p23  // adding it rounds to an integer, left in the low bits
    private static let ln2High: Float = 0x1.63p-1
    private static let ln2Low: Float = -0x1.bd0106p-13

    /// Σ coefficients[i] · x^(n − i) by Horner's rule, every step rounded once.
    private static func polynomial(_ x: Float, _ coefficients: [Float]) -> Float {
        var value = coefficients[0]
        for coefficient in coefficients.dropFirst() { value = fused(value, x, coefficient) }
        return value
    }

    private static let expCoefficients: [Float] = [
        0x1.6a3fb2p-10, 0x1.1239ep-7, 0x1.5558bep-5, 0x1.555492p-3, 0x1.fffffcp-2, 1, 1,
    ]

    /// e^x = 2^n · e^r; 0 below −87, +∞ above the last float whose exponential is finite.
    static func exp(_ x: Float) -> Float {
        if x.isNaN { return x }
        if x < -87 { return 0 }
        if x > 0x1.62e42ep+6 { return .infinity }
        let shifted = fused(x, 0x1.715476p+0, rounder)
        let n = shifted - rounder
        let r = fused(n, -ln2Low, fused(n, -ln2High, x))
        return Float(bitPattern: polynomial(r, expCoefficients).bitPattern &+ shifted.bitPattern << 23)
    }

    private static let logCoefficients: [Float] = [
        -0x1.38c908p-4, 0x1.055e6p-3, -0x1.0d8232p-3, 0x1.22d936p-3, -0x1.54728cp-3, 0x1.99a01cp-3, -0x1.000226p-2,
        0x1.555554p-2,
    ]

    /// ln x = e · ln 2 + ln(1 + f), 1 + f in [√½, √2).
    static func log(_ x: Float) -> Float {
        if x.isNaN || x == .infinity { return x }
        if x == 0 { return -.infinity }
        if x < 0 { return .nan }
        let isSubnormal = x < 0x1p-126
        let bits = Int32(bitPattern: (isSubnormal ? x * 0x1p23 : x).bitPattern) - 0x3f35_04f3  // √½
        let e = Float(bits >> 23 - (isSubnormal ? 23 : 0))
        let f = Float(bitPattern: UInt32(bits & 0x007f_ffff) + 0x3f35_04f3) - 1
        let square = f * f
        var y = (polynomial(f, logCoefficients) * f) * square
        y = fused(e, ln2Low, y)
        y = fused(square, -0.5, y)
        y = f + y
        return fused(e, ln2High, y)
    }

    /// v / (1 + e^(−2u)), u = √(2/π) (v + 0.044715 v³).
    static func geluTanh(_ v: Float) -> Float {
        let minusTwoU = v * fused(v * v, -0x1.2444f2p-4, -0x1.988454p+0)
        return v / (1 + exp(minusTwoU))
    }

    private static let tailCoefficients: [Float] = [
        -0x1.6213c6p-20, 0x1.466f4ep-16, -0x1.7e770ep-14, -0x1.8b2226p-13, 0x1.491c96p-8, -0x1.2ad4c0p-5,
        -0x1.45e7cep-2,
        -0x1.9884f4p-1, -0x1.62e43p-1,
    ]

    /// max(v, 0) − z · h, z = min(|v|, 16), h = erfc(z / √2) / 2.
    static func geluErf(_ v: Float) -> Float {
        let z = v.magnitude > 16 ? 16 : v.magnitude
        return fused(-z, exp(polynomial(z, tailCoefficients)), v > 0 ? v : 0)
    }

    /// max(v, 0); NaN stays NaN.
    static func relu(_ v: Float) -> Float { v < 0 ? 0 : v }
}
