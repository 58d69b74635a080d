import CZstd
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Decodes zstd chunks. It owns about 160 KiB of working memory and room for the largest chunk it has met as that is stored;
/// make one for each thread and keep it.
///
/// It may be handed from thread to thread, but decodes one chunk at a time: a second one at the same time is a mistake
/// of the caller and stops the program.
@safe public final class ChunkDecoder: @unchecked Sendable {
    private let context: OpaquePointer
    private let isBusy = Atomic(false)
    /// What is read from the file.
    private var stored: UnsafeMutableRawPointer?
    private var storedByteCount = 0

    /// What libzstd takes, about.
    private static let workingByteCount = 160 << 10
    /// Room for stored chunks that is there from the first on: what 256 KiB can take at most once they are compressed.
    private static let leastRoom = 257 << 10

    /// What a decoder takes for chunks of at most so many bytes as they are stored.
    public static func byteCount(storedByteCount: Int) -> Int { workingByteCount + max(leastRoom, storedByteCount) }

    /// A decoder, with libzstd's memory for it.
    public init() throws(ModelFileError) {
        guard let context = unsafe ZSTD_createDCtx() else { throw .outOfMemory(byteCount: Self.workingByteCount) }
        unsafe self.context = context
    }

    deinit {
        unsafe ZSTD_freeDCtx(context)
        unsafe free(stored)
    }

    /// Memory for the `byteCount` bytes of a frame.
    func room(for byteCount: Int) throws(ModelFileError) -> UnsafeMutableRawPointer {
        if unsafe stored == nil || byteCount > storedByteCount {
            unsafe free(stored)
            unsafe stored = nil
            storedByteCount = 0
            let room = max(Self.leastRoom, byteCount)
            unsafe stored = try OpenFile.allocate(room)
            storedByteCount = room
        }
        guard let stored = unsafe stored else { throw .outOfMemory(byteCount: byteCount) }
        return unsafe stored
    }

    /// Decodes the one frame that `stored` is into `decoded`, filling it exactly. Returns what is wrong, or nil.
    func decode(_ stored: UnsafeRawBufferPointer, into decoded: UnsafeMutableRawBufferPointer) -> FrameFault? {
        precondition(!isBusy.exchange(true, ordering: .acquiring), "a ChunkDecoder serves one thread at a time")
        defer { isBusy.store(false, ordering: .releasing) }
        if let fault = unsafe Self.fault(inFrame: stored, decodedByteCount: decoded.count) { return fault }
        let count = unsafe ZSTD_decompressDCtx(
            context, decoded.baseAddress, decoded.count, stored.baseAddress, stored.count)
        if ZSTD_isError(count) != 0 { return .corrupt(message: Self.message(count)) }
        // The frame promised this many bytes; libzstd holds it to that.
        guard count == decoded.count else {
            return .wrongContentSize(stated: UInt64(count), expected: decoded.count)
        }
        return nil
    }

    /// What the frame's header says that rule 30 forbids, before anything is decoded.
    private static func fault(inFrame stored: UnsafeRawBufferPointer, decodedByteCount: Int) -> FrameFault? {
        // Skippable frames and the formats before 0.8 have other magic numbers.
        guard stored.count >= 4,
            unsafe UInt32(littleEndian: stored.loadUnaligned(as: UInt32.self)) == UInt32(ZSTD_MAGICNUMBER)
        else { return .notZstd }
        let dictionary = unsafe ZSTD_getDictID_fromFrame(stored.baseAddress, stored.count)
        guard dictionary == 0 else { return .needsDictionary(id: dictionary) }
        let stated = unsafe ZSTD_getFrameContentSize(stored.baseAddress, stored.count)
        if stated == contentSizeError { return .corrupt(message: "the frame's header is cut short or invalid") }
        if stated == contentSizeUnknown { return .contentSizeMissing }
        guard stated == UInt64(decodedByteCount) else {
            return .wrongContentSize(stated: stated, expected: decodedByteCount)
        }
        let frame = unsafe ZSTD_findFrameCompressedSize(stored.baseAddress, stored.count)
        if ZSTD_isError(frame) != 0 { return .corrupt(message: message(frame)) }
        guard frame == stored.count else { return .trailingBytes(count: stored.count - frame) }
        return nil
    }

    private static func message(_ code: Int) -> String { unsafe String(cString: ZSTD_getErrorName(code)) }

    // `ZSTD_CONTENTSIZE_UNKNOWN` and `ZSTD_CONTENTSIZE_ERROR`, which C spells as casts.
    private static let contentSizeUnknown = UInt64.max
    private static let contentSizeError = UInt64.max - 1
}
