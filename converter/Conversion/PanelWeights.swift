/// The weights of one panel before they are encoded: 16 output features side by side, column after column.
@unsafe struct PanelWeights {
    /// The first feature's weight in column 0. Rows beyond the matrix hold zeros.
    let base: UnsafePointer<Float>
    /// Floats from one column to the next.
    let stride: Int
    /// Input features.
    let columnCount: Int

    /// The weights of all 16 features in one column; zeros beyond the last column.
    @inline(__always)
    subscript(column: Int) -> SIMD16<Float> {
        guard unsafe column < columnCount else { return .zero }
        return unsafe UnsafeRawPointer(base + column * stride).loadUnaligned(as: SIMD16<Float>.self)
    }

    /// Each feature's largest magnitude in these columns, as the bits of a float32: magnitudes compare as integers, and
    /// NaN and the infinities, which compare above every number, are not lost.
    @inline(__always)
    func magnitudeBits(_ columns: Range<Int>) -> SIMD16<Int32> {
        var largest = SIMD16<Int32>.zero
        for column in columns {
            let bits = unsafe unsafeBitCast(self[column], to: SIMD16<Int32>.self) & 0x7FFF_FFFF
            largest.replace(with: bits, where: bits .> largest)
        }
        return largest
    }

    /// The 16 features' products with a vector, `[columns]`.
    func product(with x: [Float]) -> [Float] {
        var sum = SIMD16<Double>.zero
        for column in unsafe 0..<columnCount { sum += unsafe SIMD16<Double>(self[column]) * Double(x[column]) }
        return (0..<16).map { Float(sum[$0]) }
    }

    /// The first weight, column by column, that `isRefused`.
    func first(where isRefused: (Float) -> Bool) -> (feature: Int, column: Int)? {
        for column in unsafe 0..<columnCount {
            let weights = unsafe self[column]
            for feature in 0..<16 where isRefused(weights[feature]) { return (feature, column) }
        }
        return nil
    }
}

/// A weight that a precision cannot hold, where it stands in its panel.
enum RefusedWeight: Error, Equatable {
    case notFinite(feature: Int, column: Int)
    case tooLargeForFloat16(feature: Int, column: Int, value: Float)
}
