/// Turns weights into the bytes of panels, and measures what that cost.
///
/// The arithmetic is that of docs/FORMAT.md, § 7. Bytes are written as words of 32 bits in the machine's
/// order, which is little-endian on every machine this package builds for.
struct PanelEncoder {
    let precision: Precision
    /// Columns that share a scale; 0 for the whole row.
    let blockLength: Int

    /// Encodes one panel.
    ///
    /// - Parameters:
    ///   - rows: how many of the 16 features are weights; the others are padding, zeros.
    ///   - output: the panel's bytes, all of them written. `[paddedColumns × 16]` elements
    ///   - scales: takes the panel's scales at its end, `[blocks × 16]`; only for int8.
    ///   - error: takes in the panel's error.
    func encode(
        _ weights: PanelWeights, rows: Int, into output: UnsafeMutableRawPointer, scales: inout [Float],
        error: inout WeightError
    ) throws(RefusedWeight) {
        switch precision {
        case .int8: try unsafe encodeInt8(weights, rows: rows, into: output, scales: &scales, error: &error)
        case .float16: try unsafe encodeFloat16(weights, rows: rows, into: output, error: &error)
        case .float32: try unsafe encodeFloat32(weights, rows: rows, into: output, error: &error)
        }
    }

    private func encodeInt8(
        _ weights: PanelWeights, rows: Int, into output: UnsafeMutableRawPointer, scales: inout [Float],
        error: inout WeightError
    ) throws(RefusedWeight) {
        let blockLength = blockLength == 0 ? unsafe weights.columnCount : blockLength
        for blockStart in unsafe stride(from: 0, to: weights.columnCount, by: blockLength) {
            let blockEnd = unsafe min(blockStart + blockLength, weights.columnCount)
            let largest = unsafe weights.magnitudeBits(blockStart..<blockEnd)
            if any(largest .>= 0x7F80_0000) { throw unsafe notFinite(weights) }
            let scale = unsafe unsafeBitCast(largest, to: SIMD16<Float>.self) / 127
            for lane in 0..<16 { scales.append(scale[lane]) }

            // A run ends with a group of 4 columns, and a group never straddles blocks, whose lengths are multiples of 4.
            for runStart in stride(from: blockStart, to: blockEnd, by: ErrorRun.columnCount) {
                let runEnd = min(runStart + ErrorRun.columnCount, blockEnd)
                var run = ErrorRun()
                for column in stride(from: runStart, to: runEnd, by: 4) {
                    var group = SIMD16<UInt32>.zero
                    for byte in 0..<4 {
                        let original = unsafe weights[column + byte]
                        let symbols = Self.symbols(original, scale: scale)
                        run.add(weights: original, stored: symbols.value * scale)
                        group |= (symbols.bits & 0xFF) &<< UInt32(8 * byte)
                    }
                    unsafe output.storeBytes(of: group, toByteOffset: column * 16, as: SIMD16<UInt32>.self)
                }
                error.add(run, count: rows * (runEnd - runStart))
            }
        }
    }

    /// The whole number nearest to weight / scale, ties to even, within ±127; 0 where the scale is 0.
    ///
    /// Adding 1.5 · 2²³ to a small number leaves no bits for a fraction: the sum is rounded to a whole number, to nearest
    /// and ties to even, and its low byte is that number's.
    @inline(__always)
    static func symbols(_ weights: SIMD16<Float>, scale: SIMD16<Float>) -> (value: SIMD16<Float>, bits: SIMD16<UInt32>)
    {
        let rounder = SIMD16<Float>(repeating: 12_582_912)
        var quotient = weights / scale
        quotient.replace(with: 0, where: scale .== 0)
        quotient.replace(with: 127, where: quotient .> 127)
        quotient.replace(with: -127, where: quotient .< -127)
        let sum = quotient + rounder
        return (sum - rounder, unsafe unsafeBitCast(sum, to: SIMD16<UInt32>.self))
    }

    private func encodeFloat16(
        _ weights: PanelWeights, rows: Int, into output: UnsafeMutableRawPointer, error: inout WeightError
    ) throws(RefusedWeight) {
        let largest = unsafe weights.magnitudeBits(0..<weights.columnCount)
        if any(largest .>= 0x7F80_0000) { throw unsafe notFinite(weights) }
        if any(largest .>= Int32(bitPattern: Half.overflow.bitPattern)) { throw unsafe tooLarge(weights) }
        for runStart in unsafe stride(from: 0, to: weights.columnCount, by: ErrorRun.columnCount) {
            let runEnd = unsafe min(runStart + ErrorRun.columnCount, weights.columnCount)
            var run = ErrorRun()
            for column in stride(from: runStart, to: runEnd, by: 2) {
                let (first, second) = unsafe (weights[column], weights[column + 1])
                let (low, high) = (Half.bits(first), Half.bits(second))
                run.add(weights: first, stored: Half.values(low))
                run.add(weights: second, stored: Half.values(high))
                unsafe output.storeBytes(of: low | high &<< 16, toByteOffset: column * 32, as: SIMD16<UInt32>.self)
            }
            error.add(run, count: rows * (runEnd - runStart))
        }
    }

    private func encodeFloat32(
        _ weights: PanelWeights, rows: Int, into output: UnsafeMutableRawPointer, error: inout WeightError
    ) throws(RefusedWeight) {
        let largest = unsafe weights.magnitudeBits(0..<weights.columnCount)
        if any(largest .>= 0x7F80_0000) { throw unsafe notFinite(weights) }
        for runStart in unsafe stride(from: 0, to: weights.columnCount, by: ErrorRun.columnCount) {
            let runEnd = unsafe min(runStart + ErrorRun.columnCount, weights.columnCount)
            var run = ErrorRun()
            for column in runStart..<runEnd {
                let group = unsafe weights[column]
                run.add(weights: group, stored: group)
                unsafe output.storeBytes(of: group, toByteOffset: column * 64, as: SIMD16<Float>.self)
            }
            error.add(run, count: rows * (runEnd - runStart))
        }
    }

    private func notFinite(_ weights: PanelWeights) -> RefusedWeight {
        guard let (feature, column) = unsafe weights.first(where: { !$0.isFinite }) else {
            preconditionFailure("a panel whose largest magnitude is not finite has a weight that is not")
        }
        return .notFinite(feature: feature, column: column)
    }

    private func tooLarge(_ weights: PanelWeights) -> RefusedWeight {
        guard let (feature, column) = unsafe weights.first(where: { $0.magnitude >= Half.overflow }) else {
            preconditionFailure("a panel whose largest magnitude is too large has a weight that is")
        }
        return .tooLargeForFloat16(feature: feature, column: column, value: unsafe weights[column][feature])
    }
}
