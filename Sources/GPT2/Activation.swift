import Kernels

/// Scratch for one value of every token in a batch: `[rows × width]` float32, allocated once.
final class Activation {
    let width: Int
    private(set) var capacity: Int
    private var buffer: AlignedBuffer<Float>

    init(rows: Int, width: Int) throws(GPT2Error) {
        self.width = width
        capacity = rows
        buffer = try allocate(Float.self, rows * width)
    }

    /// The first element of a row.
    func row(_ index: Int) -> UnsafeMutablePointer<Float> { unsafe buffer.pointer + index * width }

    /// Makes room for at least `rows`; what was there is gone if that needs more memory.
    func reserve(rows: Int) throws(GPT2Error) {
        guard rows > capacity else { return }
        buffer = try allocate(Float.self, rows * width)
        capacity = rows
    }

    /// A copy of the first `count` rows, for whoever looks on.
    func values(rows count: Int) -> [Float] {
        unsafe Array(UnsafeBufferPointer(start: buffer.pointer, count: count * width))
    }
}
