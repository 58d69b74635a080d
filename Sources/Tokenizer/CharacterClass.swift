/// What GPT-2's pattern tells apart: `\p{L}`, `\p{N}`, `\s` (White_Space) and the rest, which includes invalid bytes.
enum CharacterClass: UInt8 {
    case other, letter, number, space
}

/// The class of every Unicode scalar, arranged for look-up.
///
/// ASCII has a byte each; the basic plane is packed four to a byte (16 KiB, made once for the process from
/// ``CharacterClass/runs``); the other planes are found in the runs themselves by bisection.
@safe final class CharacterClasses: @unchecked Sendable {  // immutable once made
    static let shared = CharacterClasses()

    private static let planeByteCount = 0x1_0000 / 4
    private let ascii = UnsafeMutablePointer<UInt8>.allocate(capacity: 128)
    private let plane = UnsafeMutablePointer<UInt8>.allocate(capacity: planeByteCount)

    private init() {
        unsafe plane.initialize(repeating: 0, count: Self.planeByteCount)
        for (index, run) in CharacterClass.runs.enumerated() where run >> 2 < 0x1_0000 {
            let next = index + 1 < CharacterClass.runs.count ? CharacterClass.runs[index + 1] >> 2 : 0x1_0000
            for code in Int(run >> 2)..<Int(min(next, 0x1_0000)) {
                unsafe plane[code >> 2] |= UInt8(run & 3) << UInt8((code & 3) * 2)
            }
        }
        for code in 0..<128 { unsafe ascii.advanced(by: code).initialize(to: plane[code >> 2] >> ((code & 3) * 2) & 3) }
    }

    deinit {
        unsafe ascii.deallocate()
        unsafe plane.deallocate()
    }

    /// The class of an ASCII byte, below 0x80.
    @inline(__always)
    func ofASCII(_ byte: UInt8) -> CharacterClass {
        unsafe unsafeBitCast(ascii[Int(byte)], to: CharacterClass.self)  // two bits: always a case
    }

    /// The class of a Unicode scalar value.
    func ofScalar(_ code: UInt32) -> CharacterClass {
        if code < 0x1_0000 {
            let packed = unsafe plane[Int(code >> 2)] >> UInt8((code & 3) * 2) & 3
            return unsafe unsafeBitCast(packed, to: CharacterClass.self)
        }
        var low = 0  // runs[low] begins at or before the scalar, runs[high] after it
        var high = CharacterClass.runs.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if CharacterClass.runs[middle] >> 2 <= code { low = middle } else { high = middle }
        }
        return unsafe unsafeBitCast(UInt8(CharacterClass.runs[low] & 3), to: CharacterClass.self)
    }
}
