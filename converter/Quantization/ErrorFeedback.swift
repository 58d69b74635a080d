import Kernels

/// Rounds a matrix element by element, each making good what those before it lost: along its row, since inputs are
/// correlated, and, where it has a factor for rows, down its column, since what outputs do to the result is.
///
/// With E = W − Ŵ the cost is tr(Γ E H Eᵀ), H = U D Uᵀ of the inputs, Γ = V B Vᵀ of the gradients at the outputs, both
/// factored as ``FeedbackFactor`` does: Σ B_r D_k (Vᵀ E U)²_rk. So element (r, k) is rounded at
///
///     w′_rk + Σ_{j<k} a_rj U_jk,   w′_rk = w_rk + Σ_{s<r} E_sk V_sr,   a = w′ − ŵ.
///
/// 16 rows, a panel, go side by side. What panels and columns long done add is a product, computed by the runtime's own
/// kernel; only 16 × 16 elements at a time wait for each other.
@safe final class ErrorFeedback {
    private let rows: Int
    private let columns: Int
    private let columnFactor: FeedbackFactor
    private let rowFactor: FeedbackFactor?
    private let kernels: KernelSet
    /// `[panels × columns × 16]`
    private let weights: AlignedBuffer<Float>
    /// a of the panel at hand. `[columns × 16]`
    private let remains: AlignedBuffer<Float>
    /// E of all panels, where rows have a factor: 16 columns at a time, `[column panels × rows × 16]`.
    private let errors: AlignedBuffer<Float>
    /// Σ_{s<r} E_sk V_sr over the panels before. `[16 rows × columns]`
    private let fromAbove: AlignedBuffer<Float>
    /// What the columns before add to 16 columns. `[16 columns × 16 rows]`
    private let fromLeft: AlignedBuffer<Float>
    /// Whole numbers, as many as there are weights. `[panels × columns × 16]`
    let symbols: AlignedBuffer<Int16>

    private static let blockLength = FeedbackFactor.blockLength

    /// - Parameter weights: rows beyond the matrix are zeros. `[panels × columns × 16]`
    init(
        _ weights: AlignedBuffer<Float>, rows: Int, columnFactor: FeedbackFactor, rowFactor: FeedbackFactor?,
        kernels: KernelSet
    ) throws(KernelError) {
        columns = columnFactor.count
        (self.weights, self.rows, self.columnFactor, self.rowFactor) = (weights, rows, columnFactor, rowFactor)
        self.kernels = kernels
        let block = Self.blockLength
        let columnPanels = (columns + block - 1) / block
        remains = try AlignedBuffer(count: columns * block)
        errors = try AlignedBuffer(count: rowFactor == nil ? 0 : columnPanels * rows * block)
        fromAbove = try AlignedBuffer(count: block * columnPanels * block)
        fromLeft = try AlignedBuffer(count: block * block)
        symbols = try AlignedBuffer(count: weights.count)
    }

    /// Rounds every weight to a multiple of its row's step.
    ///
    /// - Parameter steps: `[panels × 16]`; 0 in rows that are padding.
    func round(steps: [Float]) {
        for panel in 0..<(rows + Self.blockLength - 1) / Self.blockLength {
            if let rowFactor { addErrorsAbove(panel, rowFactor) }
            for block in 0..<(columns + Self.blockLength - 1) / Self.blockLength {
                addErrorsLeft(of: block)
                round(panel, block, steps: steps)
            }
        }
    }

    /// What the panels before do to the rows of a panel.
    private func addErrorsAbove(_ panel: Int, _ factor: FeedbackFactor) {
        let before = panel * Self.blockLength
        let count = min(Self.blockLength, rows - before)
        guard before > 0 else { return }
        let stride = fromAbove.count / Self.blockLength
        for first in Swift.stride(from: 0, to: columns, by: Self.blockLength) {
            var slice = unsafe PanelMatrix(
                elements: UnsafeRawPointer(errors.pointer + first * rows), scales: nil, bias: nil,
                rows: Self.blockLength, columns: before, block: before)
            unsafe kernels.multiplyF32F32(&slice, factor.above(panel), count, fromAbove.pointer + first, stride)
        }
    }

    /// What the columns before a block do to its columns.
    private func addErrorsLeft(of block: Int) {
        let before = block * Self.blockLength
        let count = min(Self.blockLength, columns - before)
        guard before > 0 else { return unsafe fromLeft.pointer.update(repeating: 0, count: fromLeft.count) }
        var slice = unsafe PanelMatrix(
            elements: UnsafeRawPointer(remains.pointer), scales: nil, bias: nil, rows: Self.blockLength,
            columns: before, block: before)
        unsafe kernels.multiplyF32F32(&slice, columnFactor.above(block), count, fromLeft.pointer, Self.blockLength)
    }

    /// Rounds a block of columns of one panel.
    private func round(_ panel: Int, _ block: Int, steps: [Float]) {
        let firstColumn = block * Self.blockLength
        let step = Lanes { steps[16 * panel + $0] }
        let inverse = (1 / step).replacing(with: 0, where: step .== 0)
        let right = unsafe columnFactor.inside(block)
        let below = unsafe rowFactor?.inside(panel)
        let aboveStride = fromAbove.count / Self.blockLength
        for column in firstColumn..<min(firstColumn + Self.blockLength, columns) {
            let inBlock = column - firstColumn
            let place = (panel * columns + column) * 16
            let weight = unsafe Lanes(weights.pointer + place)
            var left = unsafe Lanes(fromLeft.pointer + 16 * inBlock)
            for other in 0..<inBlock {
                unsafe left += Lanes(remains.pointer + 16 * (firstColumn + other)) * right[16 * other + inBlock]
            }
            var target = weight
            var symbol = Lanes.zero
            if let below = unsafe below {
                for lane in 0..<16 { unsafe target[lane] += fromAbove.pointer[lane * aboveStride + column] }
                for lane in 0..<16 {
                    let exact = (target[lane] + left[lane]) * inverse[lane]
                    symbol[lane] = Self.nearest(exact)
                    let error = weight[lane] - symbol[lane] * step[lane]
                    unsafe target += Lanes(below + 16 * lane) * error
                }
                storeErrors(weight - symbol * step, panel, column)
            } else {
                let exact = (target + left) * inverse
                for lane in 0..<16 { symbol[lane] = Self.nearest(exact[lane]) }
            }
            unsafe (target - symbol * step).store(to: remains.pointer + 16 * column)
            let whole = SIMD16<Int16>(symbol)
            unsafe UnsafeMutableRawPointer(symbols.pointer + place).storeBytes(of: whole, as: SIMD16<Int16>.self)
        }
    }

    private func storeErrors(_ error: Lanes, _ panel: Int, _ column: Int) {
        let (block, lane) = column.quotientAndRemainder(dividingBy: Self.blockLength)
        let out = unsafe errors.pointer + (block * rows + 16 * panel) * Self.blockLength + lane
        for row in 0..<min(16, rows - 16 * panel) { unsafe out[row * Self.blockLength] = error[row] }
    }

    /// The largest symbol that an int8 and a remainder can make.
    static let largestSymbol: Float = 32_000

    /// The nearest whole number, ties to even, as far as escapes reach.
    @inline(__always)
    static func nearest(_ exact: Float) -> Float {
        let rounder: Float = 12_582_912  // 1.5 · 2²³ leaves no bits for a fraction
        let bounded = exact > -largestSymbol ? min(exact, largestSymbol) : -largestSymbol  // what is not a number too
        return bounded + rounder - rounder
    }
}

/// The same element of 16 rows.
private typealias Lanes = SIMD16<Float>

extension Lanes {
    @inline(__always)
    fileprivate init(_ pointer: UnsafePointer<Float>) {
        self = unsafe UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
    }

    @inline(__always)
    fileprivate init(_ element: (Int) -> Float) {
        self = .zero
        for lane in 0..<16 { self[lane] = element(lane) }
    }

    @inline(__always)
    fileprivate func store(to pointer: UnsafeMutablePointer<Float>) {
        unsafe UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Lanes.self)
    }
}
