import Synchronization

/// One bit a chunk, set by any thread, never cleared.
@safe struct ChunkBitmap: ~Copyable, @unchecked Sendable {  // the words are atomic
    private let words: UnsafeMutableBufferPointer<Atomic<UInt64>>

    /// All bits clear.
    init(count: Int) {
        unsafe words = .allocate(capacity: (count + 63) / 64)
        for index in unsafe words.indices {
            unsafe words.initializeElement(at: index, to: Atomic(0))
        }
    }

    deinit {
        unsafe words.deinitialize()
        unsafe words.deallocate()
    }

    subscript(index: Int) -> Bool {
        let word = unsafe words[index / 64].load(ordering: .relaxed)
        return word >> UInt64(index % 64) & 1 == 1
    }

    /// Sets a bit. Nothing else is published by it, so the order against other memory does not matter.
    func set(_ index: Int) {
        unsafe words[index / 64].bitwiseOr(1 << UInt64(index % 64), ordering: .relaxed)
    }
}
