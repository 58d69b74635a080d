// Numbers as people read them.

extension Double {
    /// With this many digits after the point.
    func fixed(_ digits: Int) -> String {
        let factor = (0..<digits).reduce(1.0) { product, _ in product * 10 }
        guard let scaled = Int(exactly: (magnitude * factor).rounded()) else { return "\(self)" }
        let text = String(scaled)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        let whole = padded.dropLast(digits)
        return (self < 0 && scaled != 0 ? "-" : "") + whole + (digits == 0 ? "" : "." + padded.suffix(digits))
    }

    /// With three digits and a power of ten where it is small: 12.3, 1.23, 0.123, 4.56e-3.
    var scientific: String {
        guard isFinite, self != 0, magnitude < 0.0995 else { return magnitude < 0.995 ? fixed(3) : brief }
        var (digits, exponent) = (self, 0)
        while digits.magnitude < 9.995 / 10 {
            digits *= 10
            exponent -= 1
        }
        return "\(digits.fixed(2))e\(exponent)"
    }

    /// With about three digits: 1234, 123, 12.3, 1.23.
    var brief: String { fixed(magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2) }

    /// As seconds, or milliseconds where it is less than one: 1.23 s, 45.6 ms.
    var asTime: String { self < 0.9995 ? "\((self * 1000).brief) ms" : "\(brief) s" }
}

extension Int {
    /// As an amount of memory: 17 bytes, 1.5 KiB, 7.3 MiB.
    var asBytes: String {
        var (amount, unit) = (Double(self), 0)
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        while amount >= 1024, unit < units.count - 1 {
            amount /= 1024
            unit += 1
        }
        return "\(unit == 0 ? "\(self)" : amount.fixed(1)) \(units[unit])"
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
