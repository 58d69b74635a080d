#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Which file it was that was opened, to notice when another has taken its place or its contents have changed.
public struct FileIdentity: Sendable, Equatable {
    /// The device that it is on.
    public let device: UInt64
    /// Its number there.
    public let inode: UInt64
    /// Its length.
    public let byteCount: Int
    /// The time of the last change, in nanoseconds since 1970.
    public let modified: Int64

    /// The file that is at `path` now.
    public init(path: String) throws(ModelFileError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw .system(operation: "examine", path: path, errorNumber: errno)
        }
        try self.init(status, path: path)
    }

    /// What is no file.
    init(byteCount: Int) { (device, inode, self.byteCount, modified) = (0, 0, byteCount, 0) }

    /// The file that was opened.
    ///
    /// - Parameters:
    ///   - descriptor: by which it was opened.
    ///   - path: for messages.
    package init(descriptor: Int32, path: String) throws(ModelFileError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .system(operation: "examine", path: path, errorNumber: errno)
        }
        try self.init(status, path: path)
    }

    /// Whether the two are one file, whatever happened to its contents.
    package func isSameFile(as other: FileIdentity) -> Bool { device == other.device && inode == other.inode }

    private init(_ status: stat, path: String) throws(ModelFileError) {
        guard status.st_mode & S_IFMT == S_IFREG, let byteCount = Int(exactly: status.st_size) else {
            throw .notARegularFile(path: path)
        }
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(truncatingIfNeeded: status.st_ino)
        self.byteCount = byteCount
        modified = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
