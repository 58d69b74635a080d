import Testing

@testable import Kernels

/// Conversion to float16 and back, which rows implement in different ways.
@Suite struct Halves {
    #if !(os(macOS) && arch(x86_64))  // no Float16 there
        @Test func everyHalfHasTheValueSwiftGivesIt() {
            for bits in UInt16.min...UInt16.max {
                let (found, expected) = (Reference.float(half: bits), Float(Float16(bitPattern: bits)))
                if found.bitPattern != expected.bitPattern && !(found.isNaN && expected.isNaN) {
                    Issue.record("\(bits): \(found), expected \(expected)")
                }
            }
        }

        /// Every half, the midpoint to its neighbour, and the floats beside the midpoint.
        @Test func floatsRoundToTheHalfSwiftGivesThem() {
            for bits in UInt16(0)...0x7bff {
                let low = Reference.float(half: bits)
                let high = bits == 0x7bff ? 65536 : Reference.float(half: bits + 1)
                let middle = (low + high) / 2
                for x in [low, middle, middle.nextUp, middle.nextDown] {
                    if Reference.half(x) != Float16(x).bitPattern || Reference.half(-x) != Float16(-x).bitPattern {
                        Issue.record("\(x): \(Reference.half(x)), expected \(Float16(x).bitPattern)")
                    }
                }
            }
        }
    #endif

    @Test(arguments: KernelSet.runnable.dropFirst())
    func everyRowConvertsEveryHalfAndBack(_ kernels: KernelSet) {
        let halves = [UInt16](UInt16.min...UInt16.max)
        var floats = [Float](repeating: 0, count: halves.count)
        unsafe kernels.floatFromHalf(halves, halves.count, &floats)
        var back = [UInt16](repeating: 0, count: halves.count)
        unsafe kernels.halfFromFloat(floats, floats.count, &back)
        for (half, (float, again)) in zip(halves, zip(floats, back)) {
            let isNaN = half & 0x7fff > 0x7c00
            if isNaN ? !float.isNaN || again & 0x7fff <= 0x7c00 : float != Reference.float(half: half) || again != half
            {
                Issue.record("\(kernels.name): \(half) gives \(float) and \(again)")
            }
        }
    }
}
