import Pages

/// Places along an axis, from 0 to 1, and the numbers that are written at some of them.
struct Scale {
    struct Tick {
        let place: Double
        let label: String
    }

    let ticks: [Tick]
    private let place: (Double) -> Double

    func callAsFunction(_ value: Double) -> Double { place(value) }

    /// A linear scale from a round number below `values` to one above.
    static func linear(_ values: [Double], from zero: Bool = false, label: (Double, Int) -> String) -> Scale {
        let low = zero ? 0 : values.min() ?? 0
        let high = max(values.max() ?? 1, low)
        let spread = high > low ? high - low : max(high.magnitude, 1) * 0.1
        let step = roundStep(spread / 4)
        let first = (low / step).rounded(.down) * step
        let count = max(1, ((high - first) / step - 1e-9).rounded(.up))
        let end = first + count * step
        // Digits that tell neighbouring ticks apart.
        var (digits, power) = (0, 1.0)
        while (step * power - (step * power).rounded()).magnitude > 1e-6, digits < 9 {
            (digits, power) = (digits + 1, power * 10)
        }
        return Scale(
            ticks: (0...Int(count)).map { index in
                Tick(place: Double(index) / count, label: label(first + Double(index) * step, digits))
            },
            place: { ($0 - first) / (end - first) })
    }

    /// A logarithmic scale around positive values, with ticks at powers of ten, or at 1, 2 and 5 times these where there
    /// are few.
    static func logarithmic(_ values: [Double]) -> Scale {
        let logs = values.filter { $0 > 0 }.map(decimalLogarithm)
        var (low, high) = (logs.min() ?? -1, logs.max() ?? 0)
        // Nine tenths of a decade have two ticks at least.
        let margin = max(0.1, (high - low) * 0.06, (0.9 - (high - low)) / 2)
        (low, high) = (low - margin, high + margin)
        let factors = high - low > 2.5 ? [1.0] : [1, 2, 5]
        let zeros = "00000"
        var ticks: [Tick] = []
        for exponent in Int(low.rounded(.down))...Int(high.rounded(.up)) {
            for factor in factors {
                let log = Double(exponent) + decimalLogarithm(factor)
                guard log >= low, log <= high else { continue }
                let label =
                    0...5 ~= exponent ? "\(factor.fixed(0))\(zeros.prefix(exponent))" : "\(factor.fixed(0))e\(exponent)"
                ticks.append(Tick(place: (log - low) / (high - low), label: label))
            }
        }
        return Scale(ticks: ticks, place: { (decimalLogarithm(max($0, 1e-300)) - low) / (high - low) })
    }

    /// The step 1, 2 or 5 times a power of ten that is nearest above.
    private static func roundStep(_ rough: Double) -> Double {
        var power = 1.0
        while power > rough { power /= 10 }
        while power * 10 <= rough { power *= 10 }
        return [1, 2, 5, 10].lazy.map { $0 * power }.first { $0 >= rough * 0.999 } ?? 10 * power
    }
}

func decimalLogarithm(_ x: Double) -> Double { binaryLogarithm(x) * 0.30102999566398120 }
