/// A walk through bytes in memory. What would lie beyond their end is nil, and then nothing was stepped over.
struct ByteWalk {
    let bytes: [UInt8]
    private(set) var offset: Int
    let end: Int

    init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
        self.bytes = bytes
        offset = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
        precondition(offset >= 0 && end <= bytes.count)
    }

    var available: Int { end - offset }

    /// Steps over `count` bytes and tells where they are.
    mutating func step(_ count: Int) -> Range<Int>? {
        guard count >= 0, count <= available else { return nil }
        defer { offset += count }
        return offset..<offset + count
    }

    mutating func byte() -> UInt8? { step(1).map { bytes[$0.lowerBound] } }

    /// A little-endian number.
    mutating func word<Word: FixedWidthInteger & UnsignedInteger>(as: Word.Type = Word.self) -> Word? {
        guard let place = step(Word.bitWidth / 8) else { return nil }
        return place.reversed().reduce(0) { $0 << 8 | Word(bytes[$1]) }
    }

    /// A number in groups of 7 bits, the lowest first, as protocol buffers and LevelDB have it.
    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0 as UInt64, to: 64, by: 7) {
            guard let byte = byte() else { return nil }
            if shift == 63, byte > 1 { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    /// A number in groups of 7 bits that fits an `Int`.
    mutating func size() -> Int? { varint().flatMap { Int(exactly: $0) } }

    /// A line without its end, up to `limit` bytes long.
    mutating func line(limit: Int) -> Range<Int>? {
        let window = offset..<min(end, offset + limit + 1)
        guard let newline = bytes[window].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { offset = newline + 1 }
        return offset..<newline
    }
}
