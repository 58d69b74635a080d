/// Rounding that weighs bits against error, as video coders do: a symbol nearer to zero is taken where the bits it saves are
/// worth more than what it loses.
struct BitPrices: Sendable {
    /// Bits of the symbols −128 to 127, those beyond counted as the last. `[256]`
    private let bits: [Float]
    /// What the square of an error of one step costs in each column, in bits. `[columns]`
    private let errorPrices: [Float]

    /// - Parameters:
    ///   - histogram: how often symbols occur.
    ///   - weights: what an error costs in each column, in any unit. `[columns]`
    ///   - strength: 0 rounds to nearest; 1 is the exchange rate of a fine uniform quantizer, whose error of step²/12 falls
    ///     by ln 4 · step²/12 for another bit.
    init(_ histogram: SymbolHistogram, weights: [Double], strength: Double) {
        let total = Double(histogram.counts.reduce(0, +)) + 1
        // Half a symbol more of each, so that none is impossible.
        bits = histogram.counts.map { Float(binaryLogarithm((total + 128) / (Double($0) + 0.5))) }
        let mean = weights.reduce(0, +) / Double(max(1, weights.count))
        let rate = 6 / 0.693147180559945 / max(strength, 1e-6)
        errorPrices = weights.map { Float(rate * $0 / max(mean, .leastNormalMagnitude)) }
    }

    /// A symbol for a target in units of the step.
    @inline(__always)
    func choose(_ exact: Float, column: Int) -> Float {
        let near = ErrorFeedback.nearest(exact)
        guard near != 0, near.magnitude < 127 else { return near }
        let lower = near > 0 ? near - 1 : near + 1
        let (nearError, lowerError) = (exact - near, exact - lower)
        let saved = bits[Int(near) + 128] - bits[Int(lower) + 128]
        return (lowerError * lowerError - nearError * nearError) * errorPrices[column] < saved ? lower : near
    }
}
