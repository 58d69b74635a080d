/// Well-formed UTF-8 (Unicode, table 3-7), byte by byte: no overlong forms, no surrogates, nothing above U+10FFFF.
struct UTF8Decoder {
    enum Step: Equatable {
        /// The byte continues a sequence that is not complete yet.
        case more
        /// The byte completes a scalar value.
        case scalar(UInt32)
        /// The bytes since the last complete scalar, with this one, begin no well-formed sequence. Start anew: without
        /// this byte if it was the first, else with it.
        case invalid
    }

    /// How many bytes the sequence still wants; 0 between sequences.
    private(set) var remaining = 0
    private var code: UInt32 = 0
    private var lower: UInt8 = 0x80  // the range of the next continuation byte
    private var upper: UInt8 = 0xBF

    @inline(__always)
    mutating func step(_ byte: UInt8) -> Step {
        if remaining == 0 { return begin(byte) }
        guard byte >= lower, byte <= upper else {
            self = UTF8Decoder()
            return .invalid
        }
        (lower, upper) = (0x80, 0xBF)
        code = code << 6 | UInt32(byte & 0x3F)
        remaining -= 1
        return remaining == 0 ? .scalar(code) : .more
    }

    @inline(__always)
    private mutating func begin(_ byte: UInt8) -> Step {
        switch byte {
        case 0x00...0x7F: return .scalar(UInt32(byte))
        case 0xC2...0xDF: (remaining, code) = (1, UInt32(byte & 0x1F))
        case 0xE0...0xEF:
            (remaining, code) = (2, UInt32(byte & 0x0F))
            if byte == 0xE0 { lower = 0xA0 }  // shorter forms exist below
            if byte == 0xED { upper = 0x9F }  // surrogates lie above
        case 0xF0...0xF4:
            (remaining, code) = (3, UInt32(byte & 0x07))
            if byte == 0xF0 { lower = 0x90 }
            if byte == 0xF4 { upper = 0x8F }
        default: return .invalid
        }
        return .more
    }
}
