// Little-endian integers in both directions, whatever the machine's own order. Offsets come from table sizes that were
// checked before; the loads check once more and trap on a mistake of ours.

extension RawSpan {
    func uint8(at offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

    func uint16(at offset: Int) -> UInt16 {
        unsafe UInt16(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    func uint32(at offset: Int) -> UInt32 {
        unsafe UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    func uint64(at offset: Int) -> UInt64 {
        unsafe UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The first offset of a byte that is not zero, or nil.
    func firstNonzero(in range: Range<Int>) -> Int? {
        range.first { uint8(at: $0) != 0 }
    }
}

extension [UInt8] {
    /// Adds the integer's bytes, the least significant first.
    package mutating func append(littleEndian value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// Adds zeros up to the next multiple of ``alignment``.
    mutating func pad() {
        append(contentsOf: repeatElement(0, count: align(count) - count))
    }
}

/// Arrays and tables begin at multiples of 64 bytes: a cache line, and a vector register of the widest kind.
let alignment = 64

/// The next multiple of 64; `offset` must be at most `Int.max - 63`.
func align(_ offset: Int) -> Int { (offset + (alignment - 1)) & ~(alignment - 1) }
