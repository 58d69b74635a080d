// Numbers as pages write them.

extension Double {
    /// With this many digits after the point.
    public func fixed(_ digits: Int) -> String {
        let factor = (0..<digits).reduce(1.0) { product, _ in product * 10 }
        guard let scaled = Int(exactly: (magnitude * factor).rounded()) else { return "\(self)" }
        let text = String(scaled)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        return (self < 0 && scaled != 0 ? "-" : "") + padded.dropLast(digits)
            + (digits == 0 ? "" : "." + padded.suffix(digits))
    }

    /// With about three digits: 1234, 123, 12.3, 1.23, 0.123.
    public var brief: String {
        fixed(magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : magnitude >= 0.9995 || self == 0 ? 2 : 3)
    }

    /// As 2.4e-4; small numbers of which only the size matters.
    public var scientific: String {
        guard isFinite, self != 0 else { return self == 0 ? "0" : "\(self)" }
        var (mantissa, exponent) = (magnitude, 0)
        while mantissa >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 0.995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        return (self < 0 ? "-" : "") + "\(mantissa.fixed(1))e\(exponent)"
    }
}

extension Int {
    /// Bytes in megabytes, as file sizes are given: 5.93
    public var megabytes: String { (Double(self) / 1e6).brief }
}

/// The logarithm of a positive number to the base 2. One ulp more or less does not matter to whoever draws with it.
public func binaryLogarithm(_ x: Double) -> Double {
    var (value, m) = (Double(x.exponent), x.significand)
    // ln m by 2 artanh((m − 1) / (m + 1)), m in [1, 2)
    m = (m - 1) / (m + 1)
    let square = m * m
    var (term, sum) = (m, 0.0)
    for odd in stride(from: 1.0, through: 41, by: 2) { (sum, term) = (sum + term / odd, term * square) }
    value += 2 * sum * 1.4426950408889634
    return value
}
