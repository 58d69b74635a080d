/// What a model says about the next token: its logits, and what turns them into probabilities, in float64.
///
/// Everything is added in one fixed order, so that a row gives the same numbers on every machine.
@safe public struct LogitRow {
    private let logits: UnsafeBufferPointer<Float>
    private let best: Float
    /// ln Σ exp(logit − best)
    private let logOfSum: Double

    /// - Parameter logits: `[vocabularySize]`, finite; they outlive this.
    public init(_ logits: UnsafeBufferPointer<Float>) {
        unsafe self.init(logits, best: Self.best(logits))
    }

    private init(_ logits: UnsafeBufferPointer<Float>, best: Float) {
        var sums = Numbers.zero
        for index in stride(from: 0, to: logits.count, by: 8) {
            sums += exponential(unsafe Self.eight(logits, index) - Double(best))
        }
        unsafe (self.logits, self.best) = (logits, best)
        logOfSum = logarithm(sums.total)
    }

    /// −ln p(token)
    public func surprise(_ token: Int) -> Double { logOfSum - (unsafe Double(logits[token]) - Double(best)) }

    /// The likeliest token; the first of several.
    public var likeliest: Int { unsafe logits.firstIndex(of: best) ?? 0 }

    /// KL(self ‖ other) = Σ p (ln p − ln q), in nats. Not below 0, whatever rounding does.
    ///
    /// With a and b for the logits, it is Σ p (a − b) less the difference of their normalizers.
    public func divergence(from other: LogitRow) -> Double {
        var (sums, products) = (Numbers.zero, Numbers.zero)
        for index in stride(from: 0, to: unsafe logits.count, by: 8) {
            let (a, b) = unsafe (Self.eight(logits, index), Self.eight(other.logits, index))
            let p = exponential(a - Double(best))
            sums += p
            products += p * (a - b)
        }
        let normalizers = (Double(best) - Double(other.best)) + (logOfSum - other.logOfSum)
        return max(0, products.total / sums.total - normalizers)
    }

    private static func best(_ logits: UnsafeBufferPointer<Float>) -> Float {
        var best = SIMD8<Float>(repeating: -.infinity)
        for index in stride(from: 0, to: logits.count, by: 8) {
            let eight = unsafe eightFloats(logits, index)
            best.replace(with: eight, where: eight .> best)
        }
        return best.max()
    }

    /// Eight logits from `index` on, filled up with the lowest number there is.
    @inline(__always) private static func eightFloats(
        _ logits: UnsafeBufferPointer<Float>, _ index: Int
    ) -> SIMD8<Float> {
        if index + 8 <= logits.count, let start = logits.baseAddress {
            return unsafe UnsafeRawPointer(start + index).loadUnaligned(as: SIMD8<Float>.self)
        }
        var eight = SIMD8<Float>(repeating: -.greatestFiniteMagnitude)
        for lane in 0..<logits.count - index { eight[lane] = unsafe logits[index + lane] }
        return eight
    }

    @inline(__always) private static func eight(_ logits: UnsafeBufferPointer<Float>, _ index: Int) -> Numbers {
        Numbers(unsafe eightFloats(logits, index))
    }
}
