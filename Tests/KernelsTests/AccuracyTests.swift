import Testing
import TestSupport

@testable import Kernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How far a function of one number may be from its float64 evaluation; docs/KERNELS.md repeats this table.
struct Bound: Sendable, CustomTestStringConvertible {
    let name: String
    let function: @Sendable (Float) -> Float
    let exact: @Sendable (Double) -> Double
    let range: ClosedRange<Float>
    /// The permitted error at an argument and its exact value.
    let permitted: @Sendable (_ x: Double, _ y: Double) -> Double

    var testDescription: String { name }

    private static let ulp = { @Sendable (_: Double, y: Double) in max(abs(y) * 0x1p-23, 0x1p-149) }

    static let all: [Bound] = [
        // Polynomial 3e-9, argument reduction and Horner's last steps half an ulp each. One float in seven was tried:
        // at most 0.89 ulp. An ulp here is 2^−23 of the value, so half of the real one just above a power of two.
        Bound(name: "exp", function: Reference.exp, exact: exp, range: -87...88.72283, permitted: ulp),
        // As exp, polynomial 6e-9; at most 0.84 ulp.
        Bound(name: "log", function: Reference.log, exact: log, range: 0x1p-149...3e38, permitted: ulp),
        // Not in ulps: the sigmoid's argument carries a relative error that its size multiplies. At most 1.21e-7.
        Bound(
            name: "gelu_tanh", function: Reference.geluTanh,
            exact: { v in v / (1 + exp(-2 * (2 / Double.pi).squareRoot() * (v + 0.044715 * v * v * v))) },
            range: -1e6...1e6, permitted: { v, _ in 1.5e-7 * max(1, abs(v)) }),
        // Fit 9e-9; what remains is rounding. At most 8.4e-8.
        Bound(
            name: "gelu_erf", function: Reference.geluErf, exact: { v in v * erfc(-v / 2.0.squareRoot()) / 2 },
            range: -1e6...1e6, permitted: { v, _ in 1e-7 * max(1, abs(v)) }),
    ]
}

@Suite struct Accuracy {
    /// Points near zero, around the middle, and through all exponents of the range.
    @Test(arguments: Bound.all)
    func staysWithinTheStatedBound(_ bound: Bound) {
        var source = DataSource(seed: 7)
        var points = (-1000...1000).map { Float($0) * 0.013 } + source.floats(2000)
        points += source.floats(4000, .bits) + [bound.range.lowerBound, bound.range.upperBound]
        var count = 0
        for x in points where bound.range.contains(x) {
            let y = bound.exact(Double(x))
            let error = abs(Double(bound.function(x)) - y)
            if error > bound.permitted(Double(x), y) { Issue.record("\(bound.name)(\(x)): error \(error)") }
            count += 1
        }
        #expect(count > 1000)
    }

    /// A score's distance from the largest is rounded once (its size times 2^−24), exp, the sum of count / 16 terms a
    /// lane and four tree steps, the inverse and the product add a few more.
    @Test(arguments: [1, 2, 16, 33, 300])
    func softmaxIsWithinItsRoundings(_ count: Int) {
        var source = DataSource(seed: UInt64(count))
        let x = source.floats(count).map { $0 * 5 }
        var y = x
        unsafe Reference.softmax(&y, count)
        let highest = Double(x.max() ?? 0)
        let total = x.reduce(0) { $0 + exp(Double($1) - highest) }
        for (x, y) in zip(x, y) {
            let exact = exp(Double(x) - highest) / total
            let roundings = highest - Double(x) + Double(count / 16) + 10
            #expect(abs(Double(y) - exact) <= exact * roundings * 0x1p-24)
        }
    }

    /// A number of a key or value is at most half a step away from what was stored, a step being the scale; a hair
    /// more for the roundings of scale and product. The other factors of a score or a mix carry that error; their chain of
    /// roundings is counted with every term at its largest.
    @Test(arguments: [1, 2, 16, 33, 64, 128])
    func int8KeysAndValuesAreWithinHalfAStep(_ headSize: Int) {
        var source = DataSource(seed: UInt64(headSize) + 90)
        let (query, vector) = (source.floats(headSize), source.floats(headSize))
        let padded = (headSize + 3) / 4 * 4
        var (symbols, scale) = ([Int8](repeating: 0, count: padded), Float())
        unsafe Reference.quantizeInt8(vector, nil, headSize, padded, &symbols, 4, &scale)
        let halfStep = Double(scale) * (0.5 + 127 * 0x1p-22)
        for (symbol, number) in zip(symbols, vector) {
            #expect(abs(Double(symbol) * Double(scale) - Double(number)) <= halfStep)
        }

        var head = AttentionQueries(head_size: headSize, positions: 1, queries: 1, stride: headSize, scores_stride: 1)
        let block = symbols.prefix(headSize).flatMap { [$0] + [Int8](repeating: 0, count: 15) }
        var score = Float()
        unsafe KernelSet.reference.scoresI8(&head, query, block, &scale, 0.125, &score)
        let exact = zip(query, vector).reduce(0) { $0 + Double($1.0) * Double($1.1) } * 0.125
        let magnitude = query.reduce(0) { $0 + Double($1.magnitude) } * 0.125
        let roundings = magnitude * 127 * Double(scale) * Double(headSize + 2) * 0x1p-24
        #expect(abs(Double(score) - exact) <= magnitude * halfStep + roundings)

        var (weight, mixed) = (Float(0.75), [Float](repeating: 0, count: headSize))
        unsafe KernelSet.reference.mixI8(&head, &weight, symbols, &scale, &mixed)
        for (found, number) in zip(mixed, vector) {
            let roundings = 127 * Double(scale) * 2 * 0x1p-24
            #expect(abs(Double(found) - 0.75 * Double(number)) <= 0.75 * halfStep + roundings)
        }
    }

    /// The mean's error, of count / 16 additions a lane and four tree steps, weighs |x| in every element.
    @Test(arguments: [1, 2, 16, 33, 768])
    func layerNormIsWithinItsRoundings(_ count: Int) {
        var source = DataSource(seed: UInt64(count) + 50)
        let (x, gain, bias) = (source.floats(count).map { $0 + 1 }, source.floats(count), source.floats(count))
        var y = [Float](repeating: 0, count: count)
        unsafe Reference.layerNorm(x, gain, bias, count, 1e-5, &y)
        let mean = x.reduce(0) { $0 + Double($1) } / Double(count)
        let variance = x.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(count)
        let r = 1 / (variance + Double(Float(1e-5))).squareRoot()
        let largest = Double(x.map(\.magnitude).max() ?? 0)
        for i in 0..<count {
            let exact = (Double(x[i]) - mean) * r * Double(gain[i]) + Double(bias[i])
            let size = 2 * largest * r * Double(gain[i].magnitude) + Double(bias[i].magnitude)
            #expect(abs(Double(y[i]) - exact) <= size * Double(count / 16 + 10) * 0x1p-24)
        }
    }
}
