import Kernels
import TestSupport
import Testing

@testable import Calibration

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct Divergences {
    @Test func areThoseOfTheDefinition() throws {
        let kernels = try KernelSet.selected()
        var random = SeededGenerator(seed: 4)
        for spread in [0.0, 1e-4, 0.1, 3] as [Float] {
            var base = (0..<1000).map { _ in Float.random(in: -8...8, using: &random) }
            let other = base.map { $0 + spread * Float.random(in: -1...1, using: &random) }
            func logProbabilities(_ x: [Float]) -> [Double] {
                let sum = x.reduce(0.0) { $0 + exp(Double($1)) }
                return x.map { Double($0) - log(sum) }
            }
            let (p, q) = (logProbabilities(base), logProbabilities(other))
            let expected = zip(p, q).reduce(0.0) { $0 + exp($1.0) * ($1.0 - $1.1) }
            let found = divergence(of: other.span, from: &base, kernels: kernels)
            #expect(abs(found - expected) <= 1e-3 * expected + 1e-9, "\(found) beside \(expected)")
        }
    }
}
