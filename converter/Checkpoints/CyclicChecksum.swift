/// The 32-bit cyclic redundancy checks of ZIP (ISO 3309) and of TensorFlow (Castagnoli's polynomial).
struct CyclicChecksum: Sendable {
    static let zip = CyclicChecksum(reversedPolynomial: 0xEDB8_8320)
    static let castagnoli = CyclicChecksum(reversedPolynomial: 0x82F6_3B78)

    /// Eight tables, so that eight bytes are taken at a time. `[8 × 256]`
    private let tables: [UInt32]

    private init(reversedPolynomial polynomial: UInt32) {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
            tables[byte] = value
        }
        for index in 256..<8 * 256 {
            let value = tables[index - 256]
            tables[index] = value >> 8 ^ tables[Int(value & 0xFF)]
        }
        self.tables = tables
    }

    /// The checksum of `bytes`.
    ///
    /// - Parameter before: the checksum of what comes before them.
    func callAsFunction(_ bytes: RawSpan, after before: UInt32 = 0) -> UInt32 {
        unsafe tables.withUnsafeBufferPointer { tables in
            unsafe bytes.withUnsafeBytes { bytes in
                var value = ~before
                var offset = 0
                while bytes.count - offset >= 8 {
                    let word = UInt64(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                    let mixed = word ^ UInt64(value)
                    value = 0
                    for byte in 0..<8 {
                        value ^= unsafe tables[(7 - byte) << 8 | Int(mixed >> UInt64(8 * byte) & 0xFF)]
                    }
                    offset += 8
                }
                while offset < bytes.count {
                    value = value >> 8 ^ (unsafe tables[Int(UInt8(truncatingIfNeeded: value) ^ bytes[offset])])
                    offset += 1
                }
                return ~value
            }
        }
    }
}

extension MappedFile {
    /// The checksum of some bytes of the file, whose pages are given back as it goes.
    borrowing func checksum(_ range: Range<Int>, _ checksum: CyclicChecksum) -> UInt32 {
        var value: UInt32 = 0
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 1 << 24) {
            let part = start..<min(start + 1 << 24, range.upperBound)
            value = withBytes { checksum($0.extracting(part), after: value) }
            release(part)
        }
        return value
    }
}
