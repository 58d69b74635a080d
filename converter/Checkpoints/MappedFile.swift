import MappedMemory

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file in the address space, read-only. Its pages are the system's to evict: they are not private memory.
///
/// A file that somebody shortens while it is mapped ends a process that has not asked to survive it.
struct MappedFile: ~Copyable, Sendable {
    private let memory: MappedMemory
    var byteCount: Int { memory.byteCount }

    init(path: String) throws(CheckpointError) {
        // Opening a pipe would else wait for somebody to write to it.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, reason: lastSystemError()) }
        defer { close(descriptor) }
        let byteCount = try regularFileByteCount(descriptor, path: path)
        guard let memory = MappedMemory(descriptor: descriptor, byteCount: byteCount) else {
            throw .cannotOpen(path: path, reason: lastSystemError())
        }
        self.memory = memory
    }

    /// The file's bytes, for the duration of `body`.
    borrowing func withBytes<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        try unsafe body(RawSpan(_unsafeBytes: memory.bytes))
    }

    /// Gives back the whole pages inside `range`. Reading them again fetches them again.
    borrowing func release(_ range: Range<Int>) { memory.release(range) }
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
