#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file in the address space, read-only. Its pages are the system's to evict: they are not private memory.
///
/// A file that somebody shortens while it is mapped ends the process; nobody may write to a checkpoint being converted.
@safe struct MappedFile: ~Copyable, @unchecked Sendable {  // immutable once mapped; unmapped by deinit
    private let base: UnsafeMutableRawPointer?  // nil for an empty file, which cannot be mapped
    let byteCount: Int

    init(path: String) throws(CheckpointError) {
        // Opening a pipe would else wait for somebody to write to it.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, reason: lastSystemError()) }
        defer { close(descriptor) }
        let byteCount = try regularFileByteCount(descriptor, path: path)
        var base: UnsafeMutableRawPointer?
        if byteCount > 0 {
            unsafe base = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
            guard unsafe base != MAP_FAILED else { throw .cannotOpen(path: path, reason: lastSystemError()) }
        }
        unsafe self.base = unsafe base
        self.byteCount = byteCount
    }

    deinit {
        if let base = unsafe base { unsafe munmap(base, byteCount) }
    }

    /// The file's bytes, for the duration of `body`.
    borrowing func withBytes<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        let bytes = unsafe UnsafeRawBufferPointer(start: base, count: byteCount)
        return try unsafe body(RawSpan(_unsafeBytes: bytes))
    }

    /// Gives back the whole pages inside `range`. Reading them again fetches them again.
    borrowing func release(_ range: Range<Int>) {
        guard let base = unsafe base, range.lowerBound >= 0, range.upperBound <= byteCount else { return }
        let page = max(1, Int(sysconf(Int32(_SC_PAGESIZE))))
        let start = (range.lowerBound / page + (range.lowerBound % page == 0 ? 0 : 1)) * page
        let end = range.upperBound / page * page
        if start < end { unsafe madvise(base + start, end - start, MADV_DONTNEED) }
    }
}

/// The length of an open file, which must be a regular one.
func regularFileByteCount(_ descriptor: Int32, path: String) throws(CheckpointError) -> Int {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .cannotOpen(path: path, reason: lastSystemError()) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
    return Int(status.st_size)
}

/// What the system says about the call that just failed.
func lastSystemError() -> String { unsafe String(cString: strerror(errno)) }
