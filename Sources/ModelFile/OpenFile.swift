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
    /// All bytes, mapped or in memory; nil where they are only read.
    private let base: UnsafeRawPointer?

    init(path: String, mapping: Bool) throws(ModelFileError) {
        // Opening a pipe would else wait for somebody to write to it.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(operation: "open", path: path, errorNumber: errno) }
        do throws(ModelFileError) {
            identity = try FileIdentity(descriptor: descriptor, path: path)
            unsafe base =
                mapping && identity.byteCount > 0
                ? try Self.map(descriptor, byteCount: identity.byteCount, path: path) : nil
        } catch {
            close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
    }

    /// The same file, mapped.
    init(mapping other: OpenFile) throws(ModelFileError) {
        (path, identity) = (other.path, other.identity)
        descriptor = fcntl(other.descriptor, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { throw .system(operation: "open", path: path, errorNumber: errno) }
        do throws(ModelFileError) {
            unsafe base = try Self.map(descriptor, byteCount: identity.byteCount, path: path)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Bytes that are in memory already, copied to where arrays are aligned.
    init(bytes: [UInt8]) throws(ModelFileError) {
        let memory = unsafe try Self.allocate(bytes.count)
        unsafe bytes.withUnsafeBytes { bytes in
            if let source = bytes.baseAddress { unsafe memory.copyMemory(from: source, byteCount: bytes.count) }
        }
        unsafe base = UnsafeRawPointer(memory)
        descriptor = -1
        path = ""
        identity = FileIdentity(byteCount: bytes.count)
    }

    deinit {
        if let base = unsafe base {
            let start = unsafe UnsafeMutableRawPointer(mutating: base)
            if descriptor < 0 { unsafe free(start) } else { unsafe munmap(start, byteCount) }
        }
        if descriptor >= 0 { close(descriptor) }
    }

    /// The bytes in place, which live as long as this does; nil where they are only read.
    @unsafe var bytes: UnsafeRawBufferPointer? {
        guard let base = unsafe base else { return nil }
        return unsafe UnsafeRawBufferPointer(start: base, count: byteCount)
    }

    /// Reads the bytes of `range` into `target`, which has room for them. Mapped pages are not touched.
    func read(_ range: Range<Int>, into target: UnsafeMutableRawPointer) throws(ModelFileError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "what is read lies inside the file")
        if descriptor < 0, let base = unsafe base {
            return unsafe target.copyMemory(from: base + range.lowerBound, byteCount: range.count)
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
        return unsafe memory
    }

    private static func map(
        _ descriptor: Int32, byteCount: Int, path: String
    ) throws(ModelFileError) -> UnsafeRawPointer {
        guard let base = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe base != MAP_FAILED
        else { throw .system(operation: "map", path: path, errorNumber: errno) }
        return UnsafeRawPointer(base)
    }
}
