import TestSupport

/// What a vector of test data looks like.
enum Pattern: CaseIterable, Sendable {
    /// Between −4 and 4.
    case ordinary
    /// Zeros of both signs.
    case zero
    /// Ordinary numbers with NaN, infinities, zeros, subnormal and huge numbers among them.
    case special
    /// Subnormal numbers.
    case subnormal
    /// Near the largest finite numbers, of both signs.
    case huge
    /// Any bits.
    case bits
}

/// Test data as bytes, the same in every run.
struct DataSource {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    static let specials: [Float] = [
        .nan, .infinity, -.infinity, 0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
        .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 88.7, 89, -87, -87.01, -104, 65504, 65520, 0x1p-24,
        0x1p-25,
        0x1.8p-25, 0.5, 1, -1, 1.5, 2.5, 127.5, 32639.5, 0x1.fffffep-15,
    ]

    mutating func float(_ pattern: Pattern) -> Float {
        let word = UInt32(truncatingIfNeeded: generator.next() >> 20)
        let ordinary = Float(Int32(bitPattern: word) >> 8) * 0x1p-21
        switch pattern {
        case .ordinary: return ordinary
        case .zero: return word & 1 == 0 ? 0 : -0.0
        case .special: return word % 3 == 0 ? Self.specials[Int(word / 3) % Self.specials.count] : ordinary
        case .subnormal: return Float(bitPattern: word & 0x807f_ffff)
        case .huge: return Float(bitPattern: word & 0x80ff_ffff | 0x7e00_0000)
        case .bits: return Float(bitPattern: word)
        }
    }

    mutating func floats(_ count: Int, _ pattern: Pattern = .ordinary) -> [Float] {
        (0..<count).map { _ in float(pattern) }
    }

    mutating func halves(_ count: Int, _ pattern: Pattern = .ordinary) -> [UInt16] {
        (0..<count).map { _ in
            let word = UInt16(truncatingIfNeeded: generator.next() >> 30)
            switch pattern {
            case .ordinary: return word & 0x83ff | (0x2c00 + word & 0x1c00)
            case .zero: return word & 0x8000
            case .subnormal: return word & 0x83ff
            case .huge: return word & 0x83ff | 0x7800
            case .special, .bits: return word
            }
        }
    }

    /// int8 weights: any value, or one of the two extremes throughout.
    mutating func weights(_ count: Int, extreme: Int8?) -> [Int8] {
        (0..<count).map { _ in extreme ?? Int8(truncatingIfNeeded: generator.next() >> 30) }
    }

    /// int8 symbols of which most fit `bits`, or one throughout.
    mutating func symbols(_ count: Int, bits: Int, extreme: Int8? = nil) -> [Int8] {
        weights(count, extreme: extreme).enumerated().map { $0 % 19 == 0 || extreme != nil ? $1 : $1 >> (8 - bits) }
    }

    /// Activations within ±limit: any value, or the limit or its negative throughout.
    mutating func activations<T: FixedWidthInteger & SignedInteger>(_ count: Int, limit: T, isExtreme: Bool) -> [T] {
        let extreme = count % 3 == 0 ? -limit : limit
        return (0..<count).map { _ in
            isExtreme ? extreme : T(Int64(generator.next() >> 30) % (2 * Int64(limit) + 1) - Int64(limit))
        }
    }
}

/// The bytes of `elements`, as they lie in memory.
func bytes<T: BitwiseCopyable>(_ elements: [T]) -> [UInt8] {
    unsafe elements.withUnsafeBytes { unsafe [UInt8]($0) }
}

/// The elements that lie in `bytes`.
func elements<T: BitwiseCopyable>(_ bytes: [UInt8], as type: T.Type = T.self) -> [T] {
    let count = bytes.count / MemoryLayout<T>.stride
    return unsafe [T](unsafeUninitializedCapacity: count) { buffer, filled in
        unsafe UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes.prefix(count * MemoryLayout<T>.stride))
        filled = count
    }
}
