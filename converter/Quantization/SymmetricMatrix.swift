public import Kernels

/// A symmetric matrix `[count × count]`, its lower triangle row after row: row i is `[i + 1]`.
public final class SymmetricMatrix: Sendable {
    public let count: Int
    private let elements: AlignedBuffer<Float>

    /// A matrix of zeros.
    public init(count: Int) throws(KernelError) {
        self.count = count
        elements = try AlignedBuffer(count: count * (count + 1) / 2)
    }

    /// The first element of a row, of which `row + 1` are kept.
    public func row(_ row: Int) -> UnsafeMutablePointer<Float> {
        unsafe elements.pointer + row * (row + 1) / 2
    }

    public subscript(row: Int, column: Int) -> Float {
        let (low, high) = (min(row, column), max(row, column))
        return unsafe self.row(high)[low]
    }

    /// The mean of the diagonal.
    public var meanOfDiagonal: Double {
        (0..<count).reduce(0) { $0 + Double(self[$1, $1]) } / Double(max(1, count))
    }

    /// a · self + b · other → self
    public func combine(_ a: Float, _ b: Float, _ other: SymmetricMatrix) {
        precondition(count == other.count, "matrices of one size")
        for index in 0..<elements.count {
            unsafe elements.pointer[index] = a * elements.pointer[index] + b * other.elements.pointer[index]
        }
    }

    /// factor · self → self
    public func scale(by factor: Float) {
        for index in 0..<elements.count { unsafe elements.pointer[index] *= factor }
    }

    /// self − x xᵀ → self
    public func subtractSquare(of x: [Float]) {
        for i in 0..<count {
            let row = unsafe row(i)
            for j in 0...i { unsafe row[j] -= x[i] * x[j] }
        }
    }
}
