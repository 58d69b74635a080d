import Kernels
import ModelFile

/// Rounds a matrix column by column, each column making good what those before it lost.
///
/// Rows are independent of each other: 16 of them, a panel, go side by side, and panels are shared among threads. What
/// columns long done add to a block of columns is a product, computed by the runtime's own kernel; inside the block column
/// follows column.
@safe final class ErrorFeedback: Sendable {
    /// `[panels × columns × 16]`
    private let weights: AlignedBuffer<Float>
    private let columns: Int
    private let panelCount: Int
    private let factor: FeedbackFactor
    private let kernels: KernelSet
    private let pool: WorkerPool
    /// What rounding did, w − ŵ. `[panels × columns × 16]`
    private let errors: AlignedBuffer<Float>
    /// Int8 panels; what is beyond ±127 stands as ±127. `[panels × groups × 16 × 4]`
    let symbols: AlignedBuffer<Int8>

    /// Columns that wait for each other; those before them are taken together.
    private static let blockLength = 64

    /// - Parameter weights: `[panels × columns × 16]`, rows beyond the matrix zeros.
    init(_ weights: AlignedBuffer<Float>, factor: FeedbackFactor, kernels: KernelSet, pool: WorkerPool)
        throws(KernelError)
    {
        self.weights = weights
        self.factor = factor
        (self.kernels, self.pool) = (kernels, pool)
        columns = factor.columnCount
        panelCount = weights.count / (16 * columns)
        errors = try AlignedBuffer(count: weights.count)
        symbols = try AlignedBuffer(count: panelCount * QuantizedMatrix.panelByteCount(columns: columns))
    }

    /// Rounds every weight to a multiple of its row's step.
    ///
    /// - Parameter steps: `[panels × 16]`; 0 in rows that are padding.
    func round(steps: [Float], prices: BitPrices?) throws(KernelError) {
        for start in stride(from: 0, to: columns, by: Self.blockLength) {
            let block = start..<min(start + Self.blockLength, columns)
            let above = try AlignedBuffer<Float>(count: block.count * start)
            for column in block {
                unsafe (above.pointer + (column - start) * start).update(from: factor.above(column), count: start)
            }
            pool.forEachShare(of: panelCount) { panel in
                unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: 16 * block.count) { earlier in
                    guard let earlier = earlier.baseAddress else { return }
                    unsafe self.multiplyErrors(of: panel, by: above.pointer, start, block.count, into: earlier)
                    unsafe self.round(panel, block, after: earlier, steps: steps, prices: prices)
                }
            }
        }
    }

    /// What the errors in the columns before `start` add to the `count` columns from there on: `[count × 16]`.
    private func multiplyErrors(
        of panel: Int, by above: UnsafePointer<Float>, _ start: Int, _ count: Int,
        into out: UnsafeMutablePointer<Float>
    ) {
        guard start > 0 else { return unsafe out.update(repeating: 0, count: 16 * count) }
        var slice = unsafe PanelMatrix(
            elements: UnsafeRawPointer(errors.pointer + panel * columns * 16), scales: nil, bias: nil, rows: 16,
            columns: start, block: start)
        unsafe kernels.multiplyF32F32(&slice, above, count, out, 16)
    }

    /// Rounds a block of columns of one panel.
    private func round(
        _ panel: Int, _ block: Range<Int>, after earlier: UnsafePointer<Float>, steps: [Float], prices: BitPrices?
    ) {
        let weights = unsafe UnsafeRawPointer(weights.pointer + panel * columns * 16)
        let errors = unsafe UnsafeMutableRawPointer(errors.pointer + panel * columns * 16)
        let symbols = unsafe symbols.pointer + panel * QuantizedMatrix.panelByteCount(columns: columns)
        var step = SIMD16<Float>.zero
        for lane in 0..<16 { step[lane] = steps[16 * panel + lane] }
        let inverse = (1 / step).replacing(with: 0, where: step .== 0)
        for column in block {
            let above = unsafe factor.above(column)
            let weight = unsafe weights.loadUnaligned(fromByteOffset: 64 * column, as: SIMD16<Float>.self)
            var target = unsafe weight
                + UnsafeRawPointer(earlier + 16 * (column - block.lowerBound)).loadUnaligned(as: SIMD16<Float>.self)
            for other in block.lowerBound..<column {
                unsafe target +=
                    errors.loadUnaligned(fromByteOffset: 64 * other, as: SIMD16<Float>.self) * above[other]
            }
            let exact = target * inverse
            let symbol = prices?.choose(exact, column: column) ?? Self.nearest(exact)
            unsafe errors.storeBytes(of: weight - symbol * step, toByteOffset: 64 * column, as: SIMD16<Float>.self)
            let bytes = SIMD16<Int8>(clamping: SIMD16<Int32>(symbol))
            for lane in 0..<16 { unsafe symbols[(column / 4 * 16 + lane) * 4 + column % 4] = max(bytes[lane], -127) }
        }
    }

    /// The largest symbol that an int8 and a remainder can make.
    static let largestSymbol: Float = 32_000

    /// The nearest whole numbers, ties to even, as far as escapes reach.
    @inline(__always)
    static func nearest(_ exact: SIMD16<Float>) -> SIMD16<Float> {
        let rounder = SIMD16<Float>(repeating: 12_582_912)  // 1.5 · 2²³ leaves no bits for a fraction
        let limited = exact.clamped(
            lowerBound: SIMD16(repeating: -largestSymbol), upperBound: SIMD16(repeating: largestSymbol))
        return limited + rounder - rounder
    }

    /// The symbols that ±127 stands for, and how often each symbol occurs.
    func escapes(steps: [Float], rows: Int) -> (escapes: [Escape], histogram: SymbolHistogram) {
        var escapes: [Escape] = []
        var histogram = SymbolHistogram()
        for row in 0..<rows {
            let (panel, lane) = row.quotientAndRemainder(dividingBy: 16)
            let line = unsafe symbols.pointer + panel * QuantizedMatrix.panelByteCount(columns: columns) + lane * 4
            for column in 0..<columns {
                let symbol = unsafe line[column / 4 * 64 + column % 4]
                histogram.add(symbol)
                guard symbol.magnitude >= 127 else { continue }
                let place = (panel * columns + column) * 16 + lane
                let whole = unsafe ((weights.pointer[place] - errors.pointer[place]) / steps[row]).rounded()
                let remainder = Int(whole) - Int(symbol)
                if remainder != 0 {
                    escapes.append(Escape(row: row, column: column, remainder: Int16(clamping: remainder)))
                }
            }
        }
        return (escapes, histogram)
    }

    /// How far the weights lie from those asked for: w − ŵ. `[panels × columns × 16]`
    var remainingErrors: AlignedBuffer<Float> { errors }
}
