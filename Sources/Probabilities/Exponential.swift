// Functions in float64 that are the same on every machine: no library computes them, and no multiplication is fused.

/// Eight numbers at a time.
typealias Numbers = SIMD8<Double>

/// e to the power of each.
///
/// - Formula: x = k ln 2 + r with |r| ≤ ln 2 / 2; eˣ = 2ᵏ (1 + r + r²/2! + … + r¹³/13!).
/// - Precision: 2 ulps for −708 ≤ x ≤ 709; what lies beyond counts as these.
@inline(__always) func exponential(_ x: Numbers) -> Numbers {
    var x = x
    x.replace(with: -708, where: x .< -708)
    x.replace(with: 709, where: x .> 709)
    // Adding it rounds to an integer, left in the low bits.
    let rounder = Numbers(repeating: 0x1.8p52)
    let shifted = x * 1.4426950408889634 + rounder
    let k = shifted - rounder
    let r = (x - k * ln2High) - k * ln2Low
    var sum = Numbers(repeating: inverseFactorials.0)
    sum = sum * r + inverseFactorials.1
    sum = sum * r + inverseFactorials.2
    sum = sum * r + inverseFactorials.3
    sum = sum * r + inverseFactorials.4
    sum = sum * r + inverseFactorials.5
    sum = sum * r + inverseFactorials.6
    sum = sum * r + inverseFactorials.7
    sum = sum * r + inverseFactorials.8
    sum = sum * r + inverseFactorials.9
    sum = sum * r + inverseFactorials.10
    sum = sum * r + 0.5
    sum = sum * r + 1
    sum = sum * r + 1
    let exponents = unsafe unsafeBitCast(shifted, to: SIMD8<UInt64>.self) &<< 52
    return unsafe unsafeBitCast(unsafe unsafeBitCast(sum, to: SIMD8<UInt64>.self) &+ exponents, to: Numbers.self)
}

/// e to the power of `x`.
public func exponential(_ x: Double) -> Double { exponential(Numbers(repeating: x))[0] }

/// Shares that add up to 1: exp(xᵢ) / Σ exp(xⱼ), with the largest x taken off before. `[x.count]`
public func softmax(_ x: [Double]) -> [Double] {
    let largest = x.max() ?? 0
    let powers = x.map { exponential($0 - largest) }
    let total = powers.reduce(0, +)
    return powers.map { $0 / total }
}

/// The natural logarithm.
///
/// - Formula: x = 2ᵏ m with √½ ≤ m < √2; ln x = k ln 2 + 2 (f + f³/3 + … + f²³/23), f = (m − 1) / (m + 1).
/// - Precision: 2 ulps away from 1.
/// - Parameter x: positive, finite and normal.
public func logarithm(_ x: Double) -> Double {
    var (k, m) = (Double(x.exponent), x.significand)
    if m >= 2.0.squareRoot() { (k, m) = (k + 1, m / 2) }
    let f = (m - 1) / (m + 1)
    let square = f * f
    var sum = 0.0
    for odd in stride(from: 23.0, through: 3, by: -2) { sum = (sum + 1 / odd) * square }
    return k * ln2High + (2 * (f + f * sum) + k * ln2Low)
}

/// ln 2 in two parts: the first has 32 zero bits at its end, so that its product with an exponent is exact.
private let ln2High = 0x1.62e42fee00000p-1
private let ln2Low = 0x1.a39ef35793c76p-33

/// 1/13!, 1/12!, … 1/3!
private let inverseFactorials = (
    1.0 / 6_227_020_800, 1.0 / 479_001_600, 1.0 / 39_916_800, 1.0 / 3_628_800, 1.0 / 362_880, 1.0 / 40_320,
    1.0 / 5_040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6
)

extension Numbers {
    /// The sum of all eight, in a fixed order.
    @inline(__always) var total: Double {
        let four = lowHalf + highHalf
        let two = four.lowHalf + four.highHalf
        return two[0] + two[1]
    }
}
