public import Kernels

/// How the rounding error of one column is made good by those behind it: H = U · D · Uᵀ, U unit upper triangular.
///
/// A row's output error is e H eᵀ = Σ_k D_k (e U)_k², e being what rounding does to its weights. So column k, when it is
/// rounded after all before it, is best rounded at w_k + Σ_{j<k} e_j U_jk, and whatever remains there costs D_k times its
/// square. This is GPTQ's update (Frantar et al., 2022) in the form of LDLQ (Chee et al., 2023), which needs no inverse.
public final class FeedbackFactor: Sendable {
    public let columnCount: Int
    /// U without its ones, column after column: column k is `[k]`, at k (k − 1) / 2.
    let feedback: AlignedBuffer<Float>
    /// D: what the square of a remaining error costs in each column. `[columns]`
    public let weights: [Double]

    /// Added to the diagonal, as a part of its mean: inputs that calibration never saw must not be taken for impossible.
    public static let damping = 0.01

    /// Factors a damped covariance.
    ///
    /// - Parameter covariance: E[x xᵀ], symmetric.
    public init(_ covariance: SymmetricMatrix, pool: WorkerPool) throws(KernelError) {
        let count = covariance.count
        columnCount = count
        let matrix = try SquareMatrix(covariance, damping: Self.damping)
        try matrix.factorFromBehind(pool: pool)
        feedback = try AlignedBuffer(count: count * (count - 1) / 2)
        weights = (0..<count).map { matrix[$0, $0] }
        for column in 1..<max(1, count) {
            let out = unsafe feedback.pointer + column * (column - 1) / 2
            for row in 0..<column { unsafe out[row] = Float(matrix[row, column]) }
        }
    }

    /// U_jk for j < k. `[column]`
    func above(_ column: Int) -> UnsafePointer<Float> {
        unsafe UnsafePointer(feedback.pointer) + column * (column - 1) / 2
    }
}

/// A symmetric matrix `[count × count]`, its lower triangle row after row: row i is `[i + 1]`, at i (i + 1) / 2.
public final class SymmetricMatrix: Sendable {
    public let count: Int
    public let elements: AlignedBuffer<Float>

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

    /// self + factor · other
    public func add(_ other: SymmetricMatrix, times factor: Float) {
        precondition(count == other.count, "matrices of one size")
        for index in 0..<elements.count { unsafe elements.pointer[index] += factor * other.elements.pointer[index] }
    }

    /// factor · self
    public func scale(by factor: Float) {
        for index in 0..<elements.count { unsafe elements.pointer[index] *= factor }
    }
}
