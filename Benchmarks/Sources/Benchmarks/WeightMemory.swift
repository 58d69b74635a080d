import Kernels

/// What lies in the weights of a benchmark.
enum Element {
    case int8, float16, float32

    var byteCount: Int {
        switch self {
        case .int8: 1
        case .float16: 2
        case .float32: 4
        }
    }

    /// 64 random bits as elements: any int8 but −128, floats of ordinary size, 0.5 to 1 and their negatives.
    func bits(_ random: UInt64) -> UInt64 {
        switch self {
        case .int8: random | 0x0101_0101_0101_0101
        case .float16: random & 0x83FF_83FF_83FF_83FF | 0x3800_3800_3800_3800
        case .float32: random & 0x807F_FFFF_807F_FFFF | 0x3F00_0000_3F00_0000
        }
    }
}

/// Random numbers, the same in every run (Marsaglia's xorshift, 2003).
struct Xorshift {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    /// Fills memory and returns the sum of what it holds then; `count` counts words of 64 bits.
    @discardableResult
    mutating func fill(_ words: UnsafeMutablePointer<UInt64>, count: Int, with element: Element) -> UInt64 {
        var sum: UInt64 = 0
        for index in 0..<count {
            let word = element.bits(next())
            unsafe words[index] = word
            sum &+= word
        }
        return sum
    }
}

/// Matrix after matrix in 128 MiB, more than caches hold: what is read next has always to come from memory, as in a
/// model of 124M.
final class WeightMemory {
    static let byteCount = 128 << 20

    private let words: AlignedBuffer<UInt64>
    private var element: Element?
    private var sum: UInt64 = 0

    init() throws { words = try AlignedBuffer(count: Self.byteCount / 8) }

    /// The first byte, of memory full of such elements.
    func start(_ wanted: Element) -> UnsafeRawPointer {
        if element != wanted {
            var random = Xorshift()
            sum = unsafe random.fill(words.pointer, count: words.count, with: wanted)
            element = wanted
        }
        return unsafe UnsafeRawPointer(words.pointer)
    }

    /// The most bytes a second that one thread can read here: a plain sum, in four places at once, because in one alone a
    /// core waits for its prefetcher; the best part of the memory counts.
    func bandwidth(_ stopwatch: Stopwatch) -> Double {
        let start = unsafe start(.int8)
        let partCount = Self.byteCount / Self.partByteCount
        var (sums, next) = ([UInt64](repeating: 0, count: partCount), 0)
        let timing = stopwatch.measure(calls: 1) {
            sums[next] = unsafe Self.sum(start + next * Self.partByteCount)
            next = (next + 1) % partCount
        }
        // Nothing is left out as long as all parts were read, which takes a few runs.
        precondition(sums.contains(0) || sums.reduce(0, &+) == sum, "the memory was not summed whole")
        return Double(Self.partByteCount) / timing.best
    }

    /// Bytes that are timed together: a millisecond, so that some pass while nobody else uses the memory.
    private static let partByteCount = 16 << 20

    private static func sum(_ start: UnsafeRawPointer) -> UInt64 {
        typealias Line = SIMD8<UInt64>
        let quarter = partByteCount / 4
        var sums = (Line.zero, Line.zero, Line.zero, Line.zero)
        for offset in stride(from: 0, to: quarter, by: MemoryLayout<Line>.size) {
            unsafe sums.0 &+= start.load(fromByteOffset: offset, as: Line.self)
            unsafe sums.1 &+= start.load(fromByteOffset: offset + quarter, as: Line.self)
            unsafe sums.2 &+= start.load(fromByteOffset: offset + 2 * quarter, as: Line.self)
            unsafe sums.3 &+= start.load(fromByteOffset: offset + 3 * quarter, as: Line.self)
        }
        return (sums.0 &+ sums.1 &+ sums.2 &+ sums.3).wrappedSum()
    }
}
