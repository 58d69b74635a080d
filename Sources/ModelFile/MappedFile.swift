#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A whole file, as bytes: mapped, or read into memory of its own. The door through which raw pointers enter.
@safe struct MappedFile: ~Copyable, @unchecked Sendable {  // immutable once made; released by deinit
    private let base: UnsafeRawPointer?
    private let isMapped: Bool
    let byteCount: Int
    let identity: FileIdentity

    /// - Parameter mapping: false reads the file into memory, which later changes of the file cannot reach.
    init(path: String, mapping: Bool) throws(ModelFileError) {
        // Opening a pipe would else wait for somebody to write to it.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(operation: "open", path: path, errorNumber: errno) }
        defer { close(descriptor) }
        let identity = try FileIdentity(descriptor: descriptor, path: path)
        unsafe base =
            identity.byteCount == 0
            ? nil
            : mapping
                ? try Self.map(descriptor, byteCount: identity.byteCount, path: path)
                : try Self.read(descriptor, byteCount: identity.byteCount, path: path)
        isMapped = mapping
        byteCount = identity.byteCount
        self.identity = identity
    }

    /// Bytes that are in memory already, copied to where arrays are aligned.
    init(bytes: [UInt8]) throws(ModelFileError) {
        guard let copy = unsafe aligned_alloc(alignment, max(alignment, align(bytes.count))) else {
            throw .outOfMemory(byteCount: bytes.count)
        }
        unsafe bytes.withUnsafeBytes {
            unsafe copy.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(copy), byteCount: $0.count)
        }
        unsafe base = UnsafeRawPointer(copy)
        isMapped = false
        byteCount = bytes.count
        identity = FileIdentity(byteCount: bytes.count)
    }

    deinit {
        guard let base = unsafe base else { return }
        if isMapped {
            unsafe munmap(UnsafeMutableRawPointer(mutating: base), byteCount)
        } else {
            unsafe free(UnsafeMutableRawPointer(mutating: base))
        }
    }

    /// The bytes, which live as long as this does.
    @unsafe var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: base, count: byteCount) }

    /// The bytes, for the duration of `body`. Nothing borrowed from them can leave it.
    borrowing func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(RawSpan(_unsafeBytes: bytes))
    }

    /// Gives back the memory of the pages that lie wholly in `range`. They are read from the file again when next used.
    func release(_ range: Range<Int>) {
        guard isMapped, let base = unsafe base else { return }
        let page = max(1, sysconf(Int32(_SC_PAGESIZE)))
        let start = (range.lowerBound + page - 1) / page * page
        let end = range.upperBound / page * page
        if start < end { unsafe madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED) }
    }

    private static func map(
        _ descriptor: Int32, byteCount: Int, path: String
    ) throws(ModelFileError) -> UnsafeRawPointer {
        guard let base = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe base != MAP_FAILED
        else { throw .system(operation: "map", path: path, errorNumber: errno) }
        return UnsafeRawPointer(base)
    }

    private static func read(
        _ descriptor: Int32, byteCount: Int, path: String
    ) throws(ModelFileError) -> UnsafeRawPointer {
        guard let base = unsafe aligned_alloc(alignment, align(byteCount)) else {
            throw .outOfMemory(byteCount: byteCount)
        }
        var filled = 0
        while filled < byteCount {
            // Linux reads at most 2 GiB at once; less is fine everywhere.
            let count = unsafe Self.read(descriptor, base + filled, min(byteCount - filled, 1 << 30))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let errorNumber = errno
                unsafe free(base)
                if count == 0 { throw .changedWhileReading(path: path) }
                throw .system(operation: "read", path: path, errorNumber: errorNumber)
            }
            filled += count
        }
        return UnsafeRawPointer(base)
    }

    @unsafe private static func read(_ descriptor: Int32, _ to: UnsafeMutableRawPointer, _ count: Int) -> Int {
        #if canImport(Glibc)
            unsafe Glibc.read(descriptor, to, count)
        #elseif canImport(Musl)
            unsafe Musl.read(descriptor, to, count)
        #elseif canImport(Darwin)
            unsafe Darwin.read(descriptor, to, count)
        #endif
    }
}
