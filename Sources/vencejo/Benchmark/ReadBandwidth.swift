import GPT2
import Kernels
import Synchronization

/// Measures how fast the threads of a pool read memory together: they sum a buffer that no cache holds, each in four
/// places at once. In one place alone a core waits for its prefetcher: 19 GB/s of 27 on a Zen 3.
final class ReadBandwidth: ParallelWork, @unchecked Sendable {  // the buffer is only read once it is filled; see `part`
    /// One cache line, and what the sum adds at a time.
    private typealias Line = SIMD8<UInt64>

    private let buffer: AlignedBuffer<UInt64>
    /// The lines that are being read; changes between rounds of the pool only.
    private var part = 0..<0
    private let sum = Atomic<UInt64>(0)

    /// Bytes that are read: several times what caches of ordinary processors hold.
    private static let preferredByteCount = 512 << 20
    /// Less than this would be measuring caches, even those of small boards.
    private static let leastByteCount = 16 << 20
    /// Bytes between the first and the last of the four places: far enough apart for a core's prefetcher to see four, near
    /// enough for its table of pages.
    private static let partByteCount = 16 << 20

    /// Takes the buffer: a quarter of the memory to be had at most.
    init() throws {
        let byteCount = max(Self.leastByteCount, min(Self.preferredByteCount, AvailableMemory.byteCount / 4))
        let lineCount = byteCount / MemoryLayout<Line>.size
        buffer = try AlignedBuffer(count: lineCount * Line.scalarCount)
        // Pages nobody has written are all the same page of zeros, which would be read from the nearest cache.
        unsafe buffer.pointer.update(repeating: 1, count: buffer.count)
    }

    var byteCount: Int { buffer.byteCount }

    /// Reads the buffer once: bytes a second.
    func measure(_ pool: WorkerPool) -> Double {
        let lineCount = buffer.count / Line.scalarCount
        let partCount = byteCount / Self.partByteCount
        var seconds = 0.0
        sum.store(0, ordering: .relaxed)
        for index in 0..<partCount {
            part = lineCount * index / partCount..<lineCount * (index + 1) / partCount
            seconds += ContinuousClock().measure { pool.run(self) }.seconds
        }
        precondition(sum.load(ordering: .relaxed) == UInt64(buffer.count), "the buffer of ones was not summed whole")
        return Double(byteCount) / seconds
    }

    func run(worker: Int, workerCount: Int) {
        let first = part.lowerBound + part.count * worker / workerCount
        let end = part.lowerBound + part.count * (worker + 1) / workerCount
        let quarter = (end - first) / 4
        var sums = (Line.zero, Line.zero, Line.zero, Line.zero)
        for index in first..<first + quarter {
            sums.0 &+= line(index)
            sums.1 &+= line(index + quarter)
            sums.2 &+= line(index + 2 * quarter)
            sums.3 &+= line(index + 3 * quarter)
        }
        for index in first + 4 * quarter..<end { sums.0 &+= line(index) }
        sum.add((sums.0 &+ sums.1 &+ sums.2 &+ sums.3).wrappedSum(), ordering: .relaxed)
    }

    private func line(_ index: Int) -> Line {
        unsafe UnsafeRawPointer(buffer.pointer).load(fromByteOffset: index * MemoryLayout<Line>.stride, as: Line.self)
    }
}
