/// Steps are powers of two in 64ths of an octave, so that the last bits of what they are chosen from do not matter.
enum StepGrid {
    static let placesInOctave = 64

    /// The nearest place to a logarithm of base 2, of what a float32 can be.
    static func place(_ log2: Double) -> Int {
        let bounded = log2 > -126 ? min(log2, 127) : -126
        return Int((bounded * Double(placesInOctave)).rounded())
    }

    /// 2^(place / 64).
    static func step(_ place: Int) -> Float {
        let octave = place >= 0 ? place / placesInOctave : -((placesInOctave - 1 - place) / placesInOctave)
        return Float(roots[place - octave * placesInOctave] * Double(sign: .plus, exponent: octave, significand: 1))
    }

    /// 2^(i/64), from square roots alone, which are the same on every machine.
    private static let roots: [Double] = {
        var root = 2.0
        for _ in 0..<6 { root = root.squareRoot() }  // 2^(1/64)
        return (0..<placesInOctave).reduce(into: [1.0]) { powers, _ in powers.append((powers.last ?? 1) * root) }
    }()
}
