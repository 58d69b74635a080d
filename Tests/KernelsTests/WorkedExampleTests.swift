import Testing

@testable import Kernels

/// Cases small enough to be worked by hand, on every row this machine runs.
@Suite struct WorkedExamples {
    /// One row of 4 columns, weights 1 −2 3 4, scale ½, bias 1.
    private func multiply(_ kernel: Kernel, _ elements: [UInt8], _ activations: [UInt8], scale: Float?) -> KernelCase {
        var scales = [Float](repeating: 9, count: 16)
        scales[0] = 0.5
        let hasFloatElements = kernel == .multiplyF16F32 || kernel == .multiplyF32F32
        return KernelCase(
            kernel: kernel, counts: [1, 4, 4, 1, 1],
            inputs: [elements, hasFloatElements ? nil : bytes(scales), bytes([Float(1)]), activations]
                + (scale.map { [bytes([$0])] } ?? []),
            outputs: [KernelCase.Output(kind: .float, initial: [0, 0, 0, 0])])
    }

    private func floats(_ one: KernelCase, _ kernels: KernelSet, output: Int = 0) -> [Float] {
        elements(one.run(kernels, .end, in: KernelCase.memory(for: [one]))[output])
    }

    /// A panel of 16 rows whose first row is `row`, the others 77, in groups of 4 bytes.
    private func panel<T: BitwiseCopyable>(_ row: [T], others: T) -> [UInt8] {
        let perGroup = 4 / MemoryLayout<T>.size
        return bytes(
            stride(from: 0, to: row.count, by: perGroup).flatMap { start in
                row[start..<start + perGroup] + [T](repeating: others, count: 15 * perGroup)
            })
    }

    /// 1·10 − 2·20 + 3·30 + 4·40 = 220; 220 · ½ · ¼ + 1 = 28.5.
    @Test(arguments: KernelSet.runnable)
    func anIntegerProduct(_ kernels: KernelSet) {
        let weights = panel([1, -2, 3, 4] as [Int8], others: 77)
        let int16 = multiply(.multiplyI8I16, weights, bytes([10, 30, 20, 40] as [Int16]), scale: 0.25)
        #expect(floats(int16, kernels) == [28.5])
        let int8 = multiply(.multiplyI8I8, weights, bytes([10, 20, 30, 40] as [Int8]), scale: 0.25)
        #expect(floats(int8, kernels) == [28.5])
    }

    /// Seven tokens of 8 columns: a quad, a pair, and one.
    @Test func tokensLieInQuads() {
        let places = (0..<7).map { KernelSet.place(ofToken: $0, among: 7, columns: 8) }
        #expect(places.map(\.start) == [0, 4, 8, 12, 32, 36, 48])
        #expect(places.map(\.stride) == [16, 16, 16, 16, 8, 8, 4])
    }

    /// 1·1 − 2·2 + 3·3 + 4·4 = 22; int8 weights times ½, and 1 more.
    @Test(arguments: KernelSet.runnable)
    func aFloatProduct(_ kernels: KernelSet) {
        let a = bytes([1, 2, 3, 4] as [Float])
        let int8 = multiply(.multiplyI8F32, panel([1, -2, 3, 4] as [Int8], others: 77), a, scale: nil)
        #expect(floats(int8, kernels) == [12])
        let half = multiply(
            .multiplyF16F32, panel([0x3c00, 0xc000, 0x4200, 0x4400] as [UInt16], others: 1), a, scale: nil)
        #expect(floats(half, kernels) == [23])
        let single = multiply(.multiplyF32F32, panel([1, -2, 3, 4] as [Float], others: 77), a, scale: nil)
        #expect(floats(single, kernels) == [23])
    }

    private func quantized(_ kernel: Kernel, _ x: [Float], steps: [Float]? = nil) -> KernelCase {
        let padded = (x.count + 3) / 4 * 4
        let size = kernel == .quantizeI16 ? 2 : 1
        return KernelCase(
            kernel: kernel, counts: [x.count, padded, 4], inputs: [bytes(x), steps.map(bytes)],
            outputs: [
                KernelCase.Output(kind: .bytes, initial: [UInt8](repeating: 1, count: padded * size)),
                KernelCase.Output(kind: .float, initial: [0, 0, 0, 0]),
            ])
    }

    /// Halves go to the even neighbour; int16 has the order 0 2 1 3; what lies beyond the columns is 0.
    @Test(arguments: KernelSet.runnable)
    func quantizingRoundsTiesToEven(_ kernels: KernelSet) {
        for (one, expected) in [
            (quantized(.quantizeI16, [32639, 2.5, 3.5, -2.5, 0.5]), bytes([32639, 4, 2, -2, 0, 0, 0, 0] as [Int16])),
            (quantized(.quantizeI8, [127, 62.5, 63.5, -0.5, -1.5]), bytes([127, 62, 64, 0, -2, 0, 0, 0] as [Int8])),
            (quantized(.quantizeI8, [2, 5], steps: [63.5, 0.5]), bytes([127, 2, 0, 0] as [Int8])),
        ] {
            #expect(one.run(kernels, .end, in: KernelCase.memory(for: [one])) == [expected, bytes([Float(1)])])
        }
    }

    /// Nothing but zeros gives scale 0; so does what is too small for a finite inverse; one NaN or ∞ gives scale NaN.
    @Test(arguments: KernelSet.runnable)
    func quantizingKnowsZeroTinyAndBroken(_ kernels: KernelSet) {
        for x: [Float] in [[0, -0.0], [0x1p-133, 0], [3e-37, 0x1p-133], [.nan, 1], [1, -.infinity]] {
            for kernel in [Kernel.quantizeI16, .quantizeI8] {
                let one = quantized(kernel, x)
                let found = one.run(kernels, .end, in: KernelCase.memory(for: [one]))
                let scale: Float = elements(found[1])[0]
                #expect(found[0] == found[0].map { _ in 0 })
                #expect(x.map(\.isFinite) == [true, true] ? scale == 0 : scale.isNaN)
            }
        }
    }

    private func inPlace(_ kernel: Kernel, _ x: [Float], _ kernels: KernelSet) -> [Float] {
        floats(
            KernelCase(
                kernel: kernel, counts: [x.count], outputs: [KernelCase.Output(kind: .float, initial: bytes(x))]),
            kernels)
    }

    /// Lanes 0 and 8 meet only after the lanes are full: 2^24 + 1 rounds back to 2^24 twice, while 1 + 1 would count.
    @Test(arguments: KernelSet.runnable)
    func aSumFollowsLanesAndTree(_ kernels: KernelSet) {
        func sum(_ places: [Int: Float]) -> [Float] {
            let x = (0..<17).map { places[$0] ?? 0 }
            return floats(
                KernelCase(
                    kernel: .sumF32, counts: [17], inputs: [bytes(x)],
                    outputs: [KernelCase.Output(kind: .float, initial: [0, 0, 0, 0])]), kernels)
        }
        #expect(sum([0: 0x1p24, 8: 1, 16: 1]) == [0x1p24])
        #expect(sum([0: 0x1p24, 1: 1, 9: 1]) == [0x1p24 + 2])
        #expect(sum([0: 0x1p24, 1: 1, 2: 1]) == [0x1p24])
        #expect(sum([0: 0x1p24, 1: 1, 3: 1]) == [0x1p24 + 2])
    }

    /// (1 + 2^−12)² = 1 + 2^−11 + 2^−24: only a product that is not rounded leaves 2^−24.
    @Test(arguments: KernelSet.runnable)
    func aFusedMultiplyAddRoundsOnce(_ kernels: KernelSet) {
        let one = KernelCase(
            kernel: .mixF32, counts: [1, 2, 1, 1, 2],
            inputs: [bytes([1, 1 + 0x1p-12] as [Float]), bytes([-1 - 0x1p-11, 1 + 0x1p-12] as [Float])],
            outputs: [KernelCase.Output(kind: .float, initial: [0, 0, 0, 0])])
        #expect(floats(one, kernels) == [0x1p-24])
    }

    /// A key of 1, −2 with scale 3 meets 10, 4: (10 − 8) · 3 · ½ = 3. Then 2^100 · 2^100 overflows before 2^−120 can help,
    /// and 1 · 2^−100 · 2^−100 falls to zero: the key's scale comes first.
    @Test(arguments: KernelSet.runnable)
    func anInt8ScoreMeetsTheKeysScaleFirst(_ kernels: KernelSet) {
        func score(_ q: [Float], _ key: [Int8], keyScale: Float, scale: Float) -> [Float] {
            let lanes = key.flatMap { [$0] + [Int8](repeating: 77, count: 15) }
            let one = KernelCase(
                kernel: .scoresI8, counts: [2, 1, 1, 2, 1], scalar: scale,
                inputs: [bytes(q), bytes(lanes), bytes([keyScale])],
                outputs: [KernelCase.Output(kind: .float, initial: [0, 0, 0, 0])])
            return floats(one, kernels)
        }
        #expect(score([10, 4], [1, -2], keyScale: 3, scale: 0.5) == [3])
        #expect(score([0x1p100, 0], [1, 0], keyScale: 0x1p100, scale: 0x1p-120) == [.infinity])
        #expect(score([0x1p-100, 0], [1, 0], keyScale: 0x1p-100, scale: 0x1p120) == [0])
    }

    /// ½ · 4 · 3 + ¼ · 8 · (−5) = −4, in the second of two columns; the first has 1s. A weight is rounded before it meets
    /// a value: 2^−100 · 2^−100 falls to zero.
    @Test(arguments: KernelSet.runnable)
    func anInt8MixWeighsValuesByTheirScales(_ kernels: KernelSet) {
        func mix(_ p: [Float], _ values: [Int8], scales: [Float]) -> [Float] {
            let one = KernelCase(
                kernel: .mixI8, counts: [2, 2, 1, 2, 2], inputs: [bytes(p), bytes(values), bytes(scales)],
                outputs: [KernelCase.Output(kind: .float, initial: [UInt8](repeating: 0, count: 8))])
            return floats(one, kernels)
        }
        #expect(mix([0.5, 0.25], [1, 3, 1, -5], scales: [4, 8]) == [4, -4])
        #expect(mix([0x1p-100, 0], [127, -127, 1, 1], scales: [0x1p-100, 1]) == [0, 0])
    }

    @Test(arguments: KernelSet.runnable)
    func softmaxOfAFewNumbers(_ kernels: KernelSet) {
        #expect(inPlace(.softmax, [3, 3], kernels) == [0.5, 0.5])
        #expect(inPlace(.softmax, [7], kernels) == [1])
        #expect(inPlace(.softmax, [-.infinity, 1, -100], kernels) == [0, 1, 0])
        for broken: [Float] in [[.nan, 1], [.infinity, 1], [-.infinity, -.infinity]] {
            let found = inPlace(.softmax, broken, kernels)
            #expect(found.map(\.isNaN) == found.map { _ in true })
        }
    }

    @Test(arguments: KernelSet.runnable)
    func functionsAtTheirEdges(_ kernels: KernelSet) {
        let infinity = Float.infinity
        #expect(
            inPlace(.expF32, [0, -0.0, -87.01, -infinity, 88.73, infinity], kernels) == [
                1, 1, 0, 0, infinity, infinity,
            ])
        #expect(inPlace(.logF32, [1, 0, -0.0, infinity], kernels) == [0, -infinity, -infinity, infinity])
        #expect(inPlace(.geluTanh, [0, infinity, 100, -100], kernels) == [0, infinity, 100, 0])
        #expect(inPlace(.geluErf, [0, infinity, 100, -100, -infinity], kernels) == [0, infinity, 100, 0, 0])
        #expect(inPlace(.relu, [0, -1, 2, -infinity, infinity], kernels) == [0, 0, 2, 0, infinity])
        let notNumbers = inPlace(.logF32, [-1, -infinity, .nan], kernels) + inPlace(.geluTanh, [-infinity], kernels)
        #expect(notNumbers.map(\.isNaN) == [true, true, true, true])
        for kernel in [Kernel.expF32, .logF32, .geluTanh, .geluErf, .relu] {
            #expect(inPlace(kernel, [.nan], kernels)[0].isNaN)
        }
    }
}
