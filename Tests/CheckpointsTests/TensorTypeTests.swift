import Testing

@testable import Checkpoints

@Suite struct Decoding {
    private func decode(_ type: TensorType, _ bytes: [UInt8], count: Int) -> [Float] {
        var output = [Float](repeating: 0, count: count)
        var span = output.mutableSpan
        unsafe type.decode(bytes.span.bytes, into: &span, at: 0, count: count)
        return output
    }

    /// The value of a binary16 number by its definition, in float64.
    private func definition(half bits: UInt16) -> Double {
        let fraction = Double(bits & 0x3FF)
        let exponent = Int(bits >> 10 & 0x1F)
        let magnitude =
            switch exponent {
            case 0: fraction * 0x1p-24
            case 31: fraction == 0 ? Double.infinity : .nan
            default: (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
            }
        return bits & 0x8000 == 0 ? magnitude : -magnitude
    }

    @Test func ofEveryFloat16IsExact() {
        let all = (0...UInt16.max).map { $0 }
        let decoded = decode(.float16, bytes(all), count: all.count)
        for (bits, value) in zip(all, decoded) {
            let expected = definition(half: bits)
            let isSame =
                expected.isNaN
                ? value.isNaN : Double(value) == expected && (value.sign == .minus) == (bits & 0x8000 != 0)
            if !isSame { Issue.record("\(bits) gave \(value), not \(expected)") }
        }
    }

    @Test func ofEveryBFloat16IsItsUpperHalf() {
        let all = (0...UInt16.max).map { $0 }
        let decoded = decode(.bfloat16, bytes(all), count: all.count)
        #expect(zip(all, decoded).allSatisfy { $1.bitPattern == UInt32($0) << 16 })
    }

    @Test func ofFloat32KeepsEveryBit() {
        let bits: [UInt32] = [0, 1, 0x8000_0000, 0x3F80_0000, 0x7F80_0000, 0xFF80_0000, 0x7FC0_1234, 0x0080_0000]
        let decoded = decode(.float32, bytes(bits.map { Float(bitPattern: $0) }), count: bits.count)
        #expect(decoded.map(\.bitPattern) == bits)
    }

    @Test func isOfferedForThreeTypesAndBlocks() {
        #expect(TensorType.allCases.filter { $0.isReadable && $0.blockLength == 1 } == [.float16, .bfloat16, .float32])
    }
}
