import Kernels
import TestSupport
import Testing

@testable import Quantization

/// A covariance of `count` correlated numbers, made of twice as many vectors.
func covariance(_ count: Int, seed: UInt64) throws -> SymmetricMatrix {
    var random = SeededGenerator(seed: seed)
    let matrix = try SymmetricMatrix(count: count)
    for _ in 0..<2 * count {
        let common = Float.random(in: -1...1, using: &random)
        let x = (0..<count).map { Float.random(in: -1...1, using: &random) * (1 + Float($0 % 7)) / 4 + common }
        for i in 0..<count {
            for j in 0...i { unsafe matrix.row(i)[j] += x[i] * x[j] / Float(2 * count) }
        }
    }
    return matrix
}

/// U and D of H = U D Uᵀ, by the textbook. `[count × count]`
func textbookFactor(_ matrix: SymmetricMatrix, damping: Double) -> (upper: [[Double]], weights: [Double]) {
    let count = matrix.count
    var h = (0..<count).map { i in (0..<count).map { Double(matrix[i, $0]) } }
    for i in 0..<count { h[i][i] += damping * matrix.meanOfDiagonal }
    var weights = [Double](repeating: 0, count: count)
    for k in (0..<count).reversed() {
        weights[k] = h[k][k]
        for i in 0..<k {
            for j in 0..<k { h[i][j] -= h[i][k] * h[k][j] / h[k][k] }
        }
        for i in 0..<k { h[i][k] /= weights[k] }
    }
    return (h, weights)
}

@Suite struct FeedbackFactors {
    @Test func areExactWhereTheyCanBeWorkedByHand() throws {
        let matrix = try SymmetricMatrix(count: 3)
        for (i, row) in [[4], [2, 3], [1, 1, 2]].enumerated() {
            for (j, value) in row.enumerated() { unsafe matrix.row(i)[j] = Float(value) }
        }
        // The last column explains [[½, ½], [½, ½]] of what is before it, which leaves [[3.5, 1.5], [1.5, 2.5]].
        let factor = try FeedbackFactor(matrix, damping: 0)
        #expect(factor.weights.map { ($0 * 1e12).rounded() / 1e12 } == [2.6, 2.5, 2])
        let inside = unsafe factor.inside(0)
        #expect(unsafe [inside[1], inside[2], inside[16 + 2]] == [0.6, 0.5, 0.5])
    }

    @Test(arguments: [1, 2, 15, 16, 17, 63, 64, 65, 130])
    func areThoseOfTheTextbook(count: Int) throws {
        let matrix = try covariance(count, seed: 1)
        let factor = try FeedbackFactor(matrix, damping: 0.01)
        let (upper, weights) = textbookFactor(matrix, damping: 0.01)
        for k in 0..<count {
            #expect(abs(factor.weights[k] - weights[k]) <= 1e-9 * weights[k])
            let (block, first) = (k / 16, k / 16 * 16)
            for j in 0..<k {
                let found =
                    j < first
                    ? unsafe factor.above(block)[(k - first) * first + j]
                    : unsafe factor.inside(block)[(j - first) * 16 + k - first]
                #expect(abs(Double(found) - upper[j][k]) <= 1e-6 * max(1, abs(upper[j][k])), "\(j), \(k)")
            }
        }
    }
}
