import Kernels

/// Scratch for one value of every token in a batch: `[rows × width]` float32, `stride` apart, allocated once.
final class Activation {
    let width: Int
    /// Floats from a row to the next: a cache line more than `width` where rows would lie whole pages apart, since the same
    /// column of every token would then want the same few places of a cache.
    let stride: Int
    private(set) var capacity: Int
    private var buffer: AlignedBuffer<Float>

    init(rows: Int, width: Int) throws(GPT2Error) {
        self.width = width
        stride = Self.stride(width)
        capacity = rows
        buffer = try allocate(Float.self, rows * stride)
    }

    static func stride(_ width: Int) -> Int { width % 1024 == 0 ? width + 16 : width }

    /// The first element of a row.
    func row(_ index: Int) -> UnsafeMutablePointer<Float> { unsafe buffer.pointer + index * stride }

    /// Makes room for at least `rows`; what was there is gone if that needs more memory.
    func reserve(rows: Int) throws(GPT2Error) {
        guard rows > capacity else { return }
        buffer = try allocate(Float.self, rows * stride)
        capacity = rows
    }

    /// A copy of the first `count` rows, for whoever looks on.
    func values(rows count: Int) -> [Float] {
        unsafe (0..<count).flatMap { unsafe UnsafeBufferPointer(start: row($0), count: width) }
    }
}
