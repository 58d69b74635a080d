import Testing

@testable import Kernels

@Suite struct AlignedBuffers {
    @Test(arguments: [0, 1, 15, 16, 17, 1000])
    func startAt64BytesAndHoldZeros(_ count: Int) throws {
        let buffer = try AlignedBuffer<Float>(count: count)
        #expect(unsafe UInt(bitPattern: buffer.pointer) % 64 == 0)
        #expect(buffer.count == count)
        #expect(buffer.byteCount == count * 4)
        buffer.withSpan { span in
            #expect(span.count == count)
            for index in span.indices { #expect(span[index] == 0) }
        }
    }

    @Test func keepWhatIsWritten() throws {
        let buffer = try AlignedBuffer<Int16>(count: 3)
        buffer.withMutableSpan { span in
            for index in span.indices { span[index] = Int16(index + 1) }
        }
        #expect(unsafe buffer.pointer[2] == 3)
        buffer.withSpan { #expect($0[0] == 1) }
    }

    @Test(arguments: [Int.max, Int.max / 8, 1 << 55])
    func refuseMoreThanThereIs(_ count: Int) {
        #expect(throws: KernelError.self) { try AlignedBuffer<Double>(count: count) }
    }
}
