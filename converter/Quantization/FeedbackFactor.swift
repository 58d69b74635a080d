import Kernels

/// How the rounding error of one column is made good by those behind it: H = U · D · Uᵀ, U unit upper triangular.
///
/// What rounding does to a row, e, costs e H eᵀ = Σ_k D_k (e U)_k². So column k, when it is rounded after all before it, is
/// best rounded at w_k + Σ_{j<k} e_j U_jk, and whatever remains there costs D_k times its square. This is GPTQ's update
/// (Frantar et al., 2022) in the form of LDLQ (Chee et al., 2023), which needs no inverse.
public final class FeedbackFactor: Sendable {
    public let count: Int
    /// U above the diagonal, 16 columns at a time: first what lies above their block, `[columns × start]`, a column after the
    /// other, then the block itself, `[16 × 16]`, row j holding U_jk for the block's columns k > j and zeros.
    private let elements: AlignedBuffer<Float>
    /// D: what the square of a remaining error costs. `[count]`
    public let weights: [Double]

    /// The mean of D.
    public var meanWeight: Double { weights.reduce(0, +) / Double(max(1, count)) }

    /// Columns that are taken together: the lanes of a panel.
    static let blockLength = 16

    /// Factors a covariance.
    ///
    /// - Parameter damping: added to the diagonal, as a part of its mean: a direction that calibration never saw must not be
    ///   taken for impossible. As much more as it takes, where float32's cancellation has left no covariance.
    public init(_ covariance: SymmetricMatrix, damping: Double) throws(KernelError) {
        var damping = damping
        var matrix = try SquareMatrix(covariance, damping: damping)
        while try !matrix.factorFromBehind() {  // a text said next to nothing
            damping *= 10
            matrix = try SquareMatrix(covariance, damping: damping)
        }
        count = covariance.count
        weights = (0..<count).map { matrix[$0, $0] }
        elements = try AlignedBuffer(count: Self.start(ofBlock: (count + Self.blockLength - 1) / Self.blockLength))
        for block in 0..<(count + Self.blockLength - 1) / Self.blockLength {
            let first = block * Self.blockLength
            let columns = first..<min(first + Self.blockLength, count)
            let (above, inside) = unsafe (self.above(block), self.inside(block))
            for column in columns {
                let out = unsafe UnsafeMutablePointer(mutating: above) + (column - first) * first
                for row in 0..<first { unsafe out[row] = Float(matrix[row, column]) }
                for row in first..<column {
                    unsafe UnsafeMutablePointer(mutating: inside)[(row - first) * 16 + column - first] = Float(
                        matrix[row, column])
                }
            }
        }
    }

    private static func start(ofBlock block: Int) -> Int {
        blockLength * blockLength * (block * (block - 1) / 2 + block)
    }

    /// U_jk of a block's columns k and all rows j above the block. `[16 × start]`
    func above(_ block: Int) -> UnsafePointer<Float> {
        unsafe UnsafePointer(elements.pointer) + Self.start(ofBlock: block)
    }

    /// U_jk of a block's columns k and rows j. `[16 rows × 16 columns]`
    func inside(_ block: Int) -> UnsafePointer<Float> {
        unsafe above(block) + Self.blockLength * Self.blockLength * block
    }
}
