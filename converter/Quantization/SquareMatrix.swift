import Kernels

/// A float64 matrix `[count × count]`, row after row, that is factored where it lies.
final class SquareMatrix: Sendable {
    let count: Int
    private let elements: AlignedBuffer<Double>
    /// What was added to the diagonal. Exactly computed, no pivot of a damped covariance is less.
    private let leastPivot: Double

    /// Columns that are eliminated at a time.
    private static let blockLength = 64

    init(_ matrix: SymmetricMatrix, damping: Double) throws(KernelError) {
        count = matrix.count
        elements = try AlignedBuffer(count: count * count)
        let mean = matrix.meanOfDiagonal
        leastPivot = damping * (mean > 0 && mean.isFinite ? mean : 1)
        for i in 0..<count {
            let source = unsafe matrix.row(i)
            for j in 0...i {
                let value = unsafe Double(source[j])
                unsafe row(i)[j] = value.isFinite ? value : 0
                unsafe row(j)[i] = value.isFinite ? value : 0
            }
            unsafe row(i)[i] += leastPivot
        }
    }

    private func row(_ index: Int) -> UnsafeMutablePointer<Double> { unsafe elements.pointer + index * count }

    subscript(row: Int, column: Int) -> Double { unsafe self.row(row)[column] }

    /// H = U D Uᵀ, from the last column to the first: afterwards D stands on the diagonal and U above it.
    ///
    /// Blocked: the last `blockLength` columns are factored, then what they explain is taken from all rows above.
    ///
    /// - Returns: false where cancellation in float32 has left no covariance; the matrix is of no use then.
    func factorFromBehind() throws(KernelError) -> Bool {
        let block = try AlignedBuffer<Double>(count: Self.blockLength * count)
        var end = count
        while end > 0 {
            let columns = max(0, end - Self.blockLength)..<end
            guard factorTriangle(columns) else { return false }
            // The block transposed, `[block × rows]`, so that neighbours lie together.
            func load(_ rows: Range<Int>, _ value: (_ row: Int, _ column: Int) -> Double) {
                for k in columns {
                    let out = unsafe block.pointer + (k - columns.lowerBound) * count
                    for j in rows { unsafe out[j] = value(j, k) }
                }
            }
            load(columns) { self[$0, $1] }
            for i in 0..<columns.lowerBound { unsafe eliminate(columns, i, block.pointer) }
            load(0..<columns.lowerBound) { self[$0, $1] * self[$1, $1] }
            for i in 0..<columns.lowerBound { unsafe update(columns, i, block.pointer) }
            end = columns.lowerBound
        }
        return true
    }

    /// Factors the triangle of a block.
    private func factorTriangle(_ columns: Range<Int>) -> Bool {
        for k in columns.reversed() {
            let pivot = self[k, k]
            guard pivot > leastPivot / 2 else { return false }
            for i in columns.lowerBound..<k {
                let factor = self[i, k] / pivot
                for j in i..<k { unsafe row(i)[j] -= factor * row(j)[k] }
            }
            for i in columns.lowerBound..<k { unsafe row(i)[k] /= pivot }
        }
        return true
    }

    /// Row i of U in a block's columns; `block` holds the block's own part of U.
    private func eliminate(_ columns: Range<Int>, _ i: Int, _ block: UnsafePointer<Double>) {
        let row = unsafe row(i)
        for k in columns.reversed() {
            let factor = unsafe row[k]
            let column = unsafe block + (k - columns.lowerBound) * count
            for j in columns.lowerBound..<k { unsafe row[j] -= factor * column[j] }
            unsafe row[k] = factor / self[k, k]
        }
    }

    /// Takes from row i what a whole block's columns explain; `block` holds U · D.
    private func update(_ columns: Range<Int>, _ i: Int, _ block: UnsafePointer<Double>) {
        let row = unsafe row(i)
        for k in stride(from: columns.lowerBound, to: columns.upperBound, by: 4) {
            let column = unsafe block + (k - columns.lowerBound) * count
            let factors = unsafe (row[k], row[k + 1], row[k + 2], row[k + 3])
            var j = i
            while j + 4 <= columns.lowerBound {
                let out = unsafe UnsafeMutableRawPointer(row + j)
                var value = unsafe out.loadUnaligned(as: SIMD4<Double>.self)
                unsafe value -= factors.0 * load(column + j)
                unsafe value -= factors.1 * load(column + count + j)
                unsafe value -= factors.2 * load(column + 2 * count + j)
                unsafe value -= factors.3 * load(column + 3 * count + j)
                unsafe out.storeBytes(of: value, as: SIMD4<Double>.self)
                j += 4
            }
            while j < columns.lowerBound {
                unsafe row[j] -= factors.0 * column[j]
                unsafe row[j] -= factors.1 * column[count + j]
                unsafe row[j] -= factors.2 * column[2 * count + j]
                unsafe row[j] -= factors.3 * column[3 * count + j]
                j += 1
            }
        }
    }

    @inline(__always)
    private func load(_ x: UnsafePointer<Double>) -> SIMD4<Double> {
        unsafe UnsafeRawPointer(x).loadUnaligned(as: SIMD4<Double>.self)
    }
}
