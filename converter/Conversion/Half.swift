/// IEEE 754 binary16, for 16 numbers at a time. (Swift's own `Float16` is missing on Intel Macs.)
enum Half {
    /// The smallest magnitude that rounds to infinity: half a step beyond the largest number, 65504.
    static let overflow: Float = 65520

    /// The nearest binary16 numbers, ties to even, in the low 16 bits. Magnitudes must be less than ``overflow``.
    ///
    /// Wrapping operations are the only ones SIMD has; with magnitudes so bounded the only one that
    /// wraps is the last of `normal`, where the result is denormal and `normal` not used.
    @inline(__always)
    static func bits(_ values: SIMD16<Float>) -> SIMD16<UInt32> {
        let all = unsafe unsafeBitCast(values, to: SIMD16<UInt32>.self)
        let magnitude = all & 0x7FFF_FFFF
        // Normal results: 13 bits fewer, the exponent's bias 112 less. A carry out of the fraction enters the exponent.
        let normal = (magnitude &+ 0xFFF &+ (magnitude &>> 13 & 1)) &>> 13 &- (112 << 10)
        // Denormal results are multiples of 2⁻²⁴, the step of float32 numbers from 0.5 on: adding 0.5 rounds to it.
        let sum = unsafe unsafeBitCast(magnitude, to: SIMD16<Float>.self) + 0.5
        let denormal = unsafe unsafeBitCast(sum, to: SIMD16<UInt32>.self) &- 0x3F00_0000
        return normal.replacing(with: denormal, where: magnitude .< 0x3880_0000) | (all &>> 16 & 0x8000)
    }

    /// The values of finite binary16 numbers, exactly.
    @inline(__always)
    static func values(_ bits: SIMD16<UInt32>) -> SIMD16<Float> {
        let magnitude = unsafe unsafeBitCast((bits & 0x7FFF) &<< 13, to: SIMD16<Float>.self) * 0x1p112
        return unsafe unsafeBitCast(
            unsafeBitCast(magnitude, to: SIMD16<UInt32>.self) | (bits & 0x8000) &<< 16, to: SIMD16<Float>.self)
    }
}
