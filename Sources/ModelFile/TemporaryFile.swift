#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The name of a file that nobody else has, beside one that it will become or serve. A name that is as long as names may be
/// loses its end.
package func temporaryPath(beside target: String) -> String {
    let suffix = ".\(String(UInt64.random(in: 0...(.max)), radix: 36)).tmp"
    let folder = target.lastIndex(of: "/").map { target[...$0] } ?? ""
    var name = target.dropFirst(folder.count)
    while name.utf8.count + suffix.utf8.count > Int(NAME_MAX), !name.isEmpty { name.removeLast() }
    return folder + name + suffix
}

/// A file written beside its target and renamed over it at the end. Until then nobody sees it; given up, it is removed.
@safe public struct TemporaryFile: ~Copyable {
    private let descriptor: Int32
    private let target: String
    private let path: String
    private var buffer: [UInt8] = []
    private var isCommitted = false
    /// Bytes appended so far.
    public private(set) var byteCount = 0

    private static let bufferByteCount = 1 << 20

    /// Creates `target.<random>.tmp`, in the folder of `target` so that it can be renamed. A target that is a symbolic
    /// link stays one: the file it leads to is replaced.
    ///
    /// - Parameters:
    ///   - target: the path.
    ///   - isPrivate: whether a new file is its owner's alone to read and write, and one that is replaced passes on who may;
    ///     else the file is open to whom the system's settings say.
    public init(target: String, isPrivate: Bool = false) throws(ModelFileError) {
        let target = try resolvedPath(target)
        let path = temporaryPath(beside: target)
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, isPrivate ? 0o600 : 0o666)
        guard descriptor >= 0 else { throw .system(operation: "create", path: target, errorNumber: errno) }
        var status = stat()
        if isPrivate, unsafe stat(target, &status) == 0 { fchmod(descriptor, status.st_mode & 0o777) }
        self.descriptor = descriptor
        self.target = target
        self.path = path
    }

    deinit {
        close(descriptor)
        if !isCommitted { unsafe unlink(path) }
    }

    /// Appends bytes, some of which wait in memory.
    public mutating func append(_ bytes: [UInt8]) throws(ModelFileError) {
        buffer += bytes
        byteCount += bytes.count
        if buffer.count >= Self.bufferByteCount { try flush() }
    }

    /// Appends bytes, of which no copy is made.
    public mutating func append(_ bytes: RawSpan) throws(ModelFileError) {
        try flush()
        try unsafe bytes.withUnsafeBytes { bytes throws(ModelFileError) in unsafe try write(bytes, at: byteCount) }
        byteCount += bytes.byteCount
    }

    /// Fills up with zeros to the next multiple of 64.
    mutating func pad() throws(ModelFileError) {
        try append([UInt8](repeating: 0, count: align(byteCount) - byteCount))
    }

    /// Brings everything to the disk and gives the file its name.
    ///
    /// - Parameter bytes: written over the file's first ones, for what is known only at the end.
    public mutating func commit(first bytes: [UInt8] = []) throws(ModelFileError) {
        try commit(first: bytes) { _ in }
    }

    /// The same, with a look at the file before it gets its name: an error leaves nothing behind.
    mutating func commit<Result>(
        first bytes: [UInt8], examine: (_ path: String) throws(ModelFileError) -> Result
    ) throws(ModelFileError) -> Result {
        try flush()
        try write(bytes, at: 0)
        guard fsync(descriptor) == 0 else { throw failure("flush") }
        let result = try examine(path)
        guard unsafe rename(path, target) == 0 else {
            throw .system(operation: "rename to", path: target, errorNumber: errno)
        }
        isCommitted = true
        return result
    }

    private mutating func flush() throws(ModelFileError) {
        try write(buffer, at: byteCount - buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }

    private func write(_ bytes: [UInt8], at offset: Int) throws(ModelFileError) {
        try unsafe bytes.span.bytes.withUnsafeBytes { bytes throws(ModelFileError) in
            unsafe try write(bytes, at: offset)
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(ModelFileError) {
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = unsafe pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write") }
            done += count
        }
    }

    private func failure(_ operation: String) -> ModelFileError {
        .system(operation: operation, path: target, errorNumber: errno)
    }
}

/// Where a path leads, symbolic links followed, whether or not something is there.
///
/// - Throws: ``ModelFileError/system(operation:path:errorNumber:)`` for links that lead in a circle.
public func resolvedPath(_ path: String) throws(ModelFileError) -> String {
    var place = path
    for _ in 0..<40 {  // Linux follows as many
        if let real = unsafe realpath(place, nil) {
            defer { unsafe free(real) }
            return unsafe String(cString: real)
        }
        guard errno == ENOENT, let next = target(ofLink: place) else { break }
        let folder = place.lastIndex(of: "/").map { place[...$0] } ?? ""
        place = next.hasPrefix("/") ? next : folder + next
    }
    guard errno != ELOOP else { throw .system(operation: "create", path: path, errorNumber: ELOOP) }
    return place
}

/// What a symbolic link says, or nil where there is none.
private func target(ofLink path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(path, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
}
