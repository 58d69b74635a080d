import MappedMemory

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that stays open: parts of it are read to where they are wanted, or used in place where it is mapped.
/// The door through which raw pointers enter.
@safe final class OpenFile: @unchecked Sendable {  // immutable once made; released by deinit
    let path: String
    let identity: FileIdentity
    var byteCount: Int { identity.byteCount }
    /// -1 where the bytes lie in memory from the beginning.
    private let descriptor: Int32
    private let mapped: MappedMemory?
    /// All bytes, where they lie in memory from the beginning.
    private let memory: UnsafeMutableRawPointer?

    convenience init(path: String, mapping: Bool) throws(ModelFileError) {
        // Opening a pipe would else wait for somebody to write to it.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(operation: "open", path: path, errorNumber: errno) }
        do throws(ModelFileError) {
            let identity = try FileIdentity(descriptor: descriptor, path: path)
            try self.init(descriptor, path: path, identity, mapping: mapping)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// The same file, mapped.
    convenience init(mapping other: OpenFile) throws(ModelFileError) {
        let descriptor = fcntl(other.descriptor, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { throw .system(operation: "open", path: other.path, errorNumber: errno) }
        do throws(ModelFileError) {
            try self.init(descriptor, path: other.path, other.identity, mapping: true)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Takes over an open file, once nothing can fail any more.
    private init(
        _ descriptor: Int32, path: String, _ identity: FileIdentity, mapping: Bool
    ) throws(ModelFileError) {
        let mapped = mapping ? MappedMemory(descriptor: descriptor, byteCount: identity.byteCount) : nil
        guard !mapping || mapped != nil else { throw .system(operation: "map", path: path, errorNumber: errno) }
        self.mapped = mapped
        self.path = path
        self.identity = identity
        self.descriptor = descriptor
        unsafe memory = nil
    }

    /// Bytes that are in memory already, copied to where arrays are aligned.
    init(bytes: [UInt8]) throws(ModelFileError) {
        let memory = unsafe try Self.allocate(bytes.count)
        unsafe bytes.withUnsafeBytes { bytes in
            if let source = bytes.baseAddress { unsafe memory.copyMemory(from: source, byteCount: bytes.count) }
        }
        unsafe self.memory = memory
        mapped = nil
        descriptor = -1
        path = ""
        identity = FileIdentity(byteCount: bytes.count)
    }

    deinit {
        unsafe free(memory)
        if descriptor >= 0 { close(descriptor) }
    }

    /// The bytes in place, which live as long as this does; nil where they are only read.
    @unsafe var bytes: UnsafeRawBufferPointer? {
        if let mapped { return unsafe mapped.bytes }
        guard let memory = unsafe memory else { return nil }
        return unsafe UnsafeRawBufferPointer(start: memory, count: byteCount)
    }

    /// Whether the file was shortened, or failed to be read, while it was used in place.
    var isLost: Bool { mapped?.isLost ?? false }

    /// Throws where the file was written to since it was opened, as far as its length and the time of its last change tell.
    func checkUnchanged() throws(ModelFileError) {
        guard descriptor >= 0, try FileIdentity(descriptor: descriptor, path: path) != identity else { return }
        throw .changedWhileReading(path: path)
    }

    /// Reads the bytes of `range` into `target`, which has room for them. Mapped pages are not touched.
    func read(_ range: Range<Int>, into target: UnsafeMutableRawPointer) throws(ModelFileError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "what is read lies inside the file")
        if let memory = unsafe memory {
            return unsafe target.copyMemory(from: memory + range.lowerBound, byteCount: range.count)
        }
        var done = 0
        while done < range.count {
            // Linux reads at most 2 GiB at once; less is fine everywhere.
            let count = unsafe pread(
                descriptor, target + done, min(range.count - done, 1 << 30), off_t(range.lowerBound + done))
            if count < 0, errno == EINTR { continue }
            if count == 0 { throw .changedWhileReading(path: path) }
            guard count > 0 else { throw .system(operation: "read", path: path, errorNumber: errno) }
            done += count
        }
    }

    /// The bytes of `range`, in memory of their own.
    func bytes(in range: Range<Int>) throws(ModelFileError) -> [UInt8] {
        var failure: ModelFileError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            do throws(ModelFileError) {
                unsafe try read(range, into: UnsafeMutableRawPointer(start))
                count = range.count
            } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Tells the system that `range` will be read soon.
    func expect(_ range: Range<Int>) {
        #if !canImport(Darwin)
            if descriptor >= 0 {
                _ = posix_fadvise(descriptor, off_t(range.lowerBound), off_t(range.count), POSIX_FADV_WILLNEED)
            }
        #endif
    }

    /// Memory for `byteCount` bytes, aligned as arrays are; to be given to `free`.
    static func allocate(_ byteCount: Int) throws(ModelFileError) -> UnsafeMutableRawPointer {
        guard let memory = unsafe aligned_alloc(alignment, max(alignment, align(byteCount))) else {
            throw .outOfMemory(byteCount: byteCount)
        }
        unsafe preferLargePages(memory, align(byteCount))
        return unsafe memory
    }

    /// Asks for pages of 2 MiB where the system has them and whole ones fit: reading through all weights, token after
    /// token, then looks up fewer addresses. Memory beyond the bytes is never touched by it.
    private static func preferLargePages(_ memory: UnsafeMutableRawPointer, _ byteCount: Int) {
        #if os(Linux)
            let page = 2 << 20
            let start = unsafe memory.alignedUp(toMultipleOf: page)
            let end = unsafe (memory + byteCount).alignedDown(toMultipleOf: page)
            if unsafe start < end { unsafe madvise(start, end - start, Int32(MADV_HUGEPAGE)) }
        #endif
    }
}
