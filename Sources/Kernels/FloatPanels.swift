/// A float32 matrix `[rows × columns]` in panels, for whoever multiplies what is no model's weight.
public final class FloatPanels: Sendable {
    /// Rows of the matrix.
    public let rows: Int
    /// Columns of the matrix.
    public let columns: Int
    /// `[panels × columns × 16]`; rows that fill up the last panel are zeros.
    public let elements: AlignedBuffer<Float>

    /// A matrix of zeros.
    public init(rows: Int, columns: Int) throws(KernelError) {
        self.rows = rows
        self.columns = columns
        elements = try AlignedBuffer(count: (rows + 15) / 16 * 16 * columns)
    }

    /// Panels of 16 rows.
    public var panelCount: Int { (rows + 15) / 16 }

    /// Takes a matrix `[rows × columns]` that lies row after row, `stride` elements apart.
    public func load(_ source: UnsafePointer<Float>, stride: Int) {
        for row in 0..<rows {
            let out = unsafe elements.pointer + row / 16 * columns * 16 + row % 16
            for column in 0..<columns { unsafe out[column * 16] = source[row * stride + column] }
        }
    }

    /// Takes the transpose of a matrix `[columns × rows]` that lies row after row, `stride` elements apart.
    public func load(transposing source: UnsafePointer<Float>, stride: Int) {
        for first in Swift.stride(from: 0, to: rows, by: 16) {
            let out = unsafe elements.pointer + first * columns
            let count = min(16, rows - first)
            for column in 0..<columns {
                unsafe (out + column * 16).update(from: source + column * stride + first, count: count)
            }
        }
    }

    /// Some panels, as kernels see them.
    public func slice(_ panels: Range<Int>) -> PanelMatrix {
        unsafe PanelMatrix(
            elements: UnsafeRawPointer(elements.pointer + panels.lowerBound * columns * 16), scales: nil, bias: nil,
            rows: min(panels.upperBound * 16, rows) - panels.lowerBound * 16, columns: columns, block: columns)
    }

    /// y = x · matrixᵀ for `count` rows of x, `[count × columns]`, one thread: y `[count × yStride]` of which `rows` are
    /// written.
    public func multiply(
        _ x: UnsafePointer<Float>, count: Int, into y: UnsafeMutablePointer<Float>, stride: Int, kernels: KernelSet
    ) {
        var slice = unsafe slice(0..<panelCount)
        unsafe kernels.multiplyF32F32(&slice, x, count, y, stride)
    }
}
