/// Remembers what short pieces of a text were encoded to: most words of a text have been seen before.
///
/// Direct-mapped: a piece has one slot, and the last one to use it stays. Each call that encodes makes its own cache,
/// as large as the text can use and never more than 1 MiB; nothing outlives the call, so threads share nothing.
@safe struct PieceCache: ~Copyable {
    /// The bytes of a piece of at most 15 bytes, and their count in the top byte.
    struct Key: Equatable {
        var low: UInt64 = 0
        var high: UInt64 = 0  // 0 in an empty slot: pieces have at least one byte
    }

    private struct Slot {
        var key = Key()
        var count: UInt32 = 0
        /// The tokens of the piece, or, if there are more than three, where in the output they were written last.
        var ids: (UInt32, UInt32, UInt32) = (0, 0, 0)
    }

    static let pieceByteLimit = 15
    private static let slotLimit = 1 << 15

    private let slots: UnsafeMutablePointer<Slot>
    private let mask: Int

    /// A cache for a text of `byteCount` bytes.
    init(byteCount: Int) {
        var count = 16
        while count < Self.slotLimit && count < byteCount / 8 { count *= 2 }
        mask = count - 1
        unsafe slots = .allocate(capacity: count)
        unsafe slots.initialize(repeating: Slot(), count: count)
    }

    deinit { unsafe slots.deallocate() }

    /// The key of a piece: bytes `start` to `end` of `text`; at least one, at most ``pieceByteLimit``.
    @inline(__always)
    static func key(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Key {
        let byteCount = end - start
        var key = Key()
        if text.count - start >= 16 {
            let piece = unsafe UnsafeRawPointer(text.baseAddress.unsafelyUnwrapped + start)
            key.low = unsafe UInt64(littleEndian: piece.loadUnaligned(as: UInt64.self))
            key.high = unsafe UInt64(littleEndian: piece.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            if byteCount < 8 {
                key.low &= (1 << UInt64(byteCount * 8)) - 1
                key.high = 0
            } else {
                key.high &= (1 << UInt64((byteCount - 8) * 8)) - 1
            }
        } else {
            for index in 0..<byteCount {
                let byte = unsafe UInt64(text[start + index])
                if index < 8 {
                    key.low |= byte << UInt64(index * 8)
                } else {
                    key.high |= byte << UInt64(index * 8 - 64)
                }
            }
        }
        key.high |= UInt64(byteCount) << 56
        return key
    }

    @inline(__always)
    private func slot(_ key: Key) -> UnsafeMutablePointer<Slot> {
        var hash = (key.low &* 0x9E37_79B9_7F4A_7C15) ^ (key.high &* 0xC2B2_AE3D_27D4_EB4F)
        hash ^= hash >> 32
        return unsafe slots + Int(truncatingIfNeeded: hash) & mask
    }

    /// Appends the tokens of a piece to the output, if the piece is remembered.
    @inline(__always)
    func append(_ key: Key, to output: inout [UInt32]) -> Bool {
        let slot = unsafe slot(key)
        guard unsafe slot.pointee.key == key else { return false }
        let (count, ids) = unsafe (slot.pointee.count, slot.pointee.ids)
        if count > 3 {
            for index in Int(ids.0)..<Int(ids.0) + Int(count) { output.append(output[index]) }
            return true
        }
        output.append(ids.0)
        if count > 1 { output.append(ids.1) }
        if count > 2 { output.append(ids.2) }
        return true
    }

    /// Remembers that a piece became the tokens of `output` from `start` on.
    mutating func remember(_ key: Key, _ output: [UInt32], from start: Int) {
        let count = output.count - start
        guard count > 0, let position = UInt32(exactly: start) else { return }
        var ids = (position, UInt32(0), UInt32(0))
        if count <= 3 {
            ids = (output[start], count > 1 ? output[start + 1] : 0, count > 2 ? output[start + 2] : 0)
        }
        unsafe slot(key).pointee = Slot(key: key, count: UInt32(count), ids: ids)
    }
}
