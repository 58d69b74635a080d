import Kernels

/// One vector for every token of a text: `[tokens × width]` float32.
struct TokenVectors: Sendable {
    let count: Int
    let width: Int
    let buffer: AlignedBuffer<Float>

    /// Zeros.
    init(count: Int, width: Int) throws(KernelError) {
        (self.count, self.width) = (count, width)
        buffer = try AlignedBuffer(count: count * width)
    }

    /// A copy that can be changed.
    init(copying other: TokenVectors) throws(KernelError) {
        try self.init(count: other.count, width: other.width)
        unsafe buffer.pointer.update(from: other.buffer.pointer, count: buffer.count)
    }

    func row(_ index: Int) -> UnsafeMutablePointer<Float> { unsafe buffer.pointer + index * width }

    /// Takes rows from an observation.
    func load(_ values: [Float], firstRow: Int) {
        precondition(values.count <= (count - firstRow) * width, "rows of this text")
        unsafe values.withUnsafeBufferPointer { values in
            guard let start = values.baseAddress else { return }
            unsafe row(firstRow).update(from: start, count: values.count)
        }
    }
}
