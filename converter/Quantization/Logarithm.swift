/// log₂ x of a positive number, to 1e-10, by the same operations on every machine.
///
/// x = 2^e · m with m in [1, 2); log₂ m = 2 artanh((m − 1) / (m + 1)) / ln 2, and (m − 1) / (m + 1) < 1/3.
public func binaryLogarithm(_ x: Double) -> Double { Double(x.exponent) + doubledArtanh(x) / ln2 }

/// ln x of a positive number, as accurate.
public func naturalLogarithm(_ x: Double) -> Double {
    // Near 1 the exponent is 0 or −1; there m is taken around 1, so that nothing cancels.
    x < 1 && x >= 0.75 ? -naturalLogarithm(1 / x) : Double(x.exponent) * ln2 + doubledArtanh(x)
}

private let ln2 = 0x1.62e42fefa39efp-1

private func doubledArtanh(_ x: Double) -> Double {
    let z = (x.significand - 1) / (x.significand + 1)
    var (power, sum) = (z, 0.0)
    for k in stride(from: 1.0, through: 21, by: 2) {
        sum += power / k
        power *= z * z
    }
    return 2 * sum
}
