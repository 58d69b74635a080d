#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file of numbers being written: beside its place at first, and moved there when it is whole. What stands there
/// already and is no regular file (`/dev/null`, a pipe) is written to as it is; `-` is standard output.
struct OutputFile: ~Copyable {
    private let path: String
    /// What is removed if the file never gets whole; nil once it is, and where it is written in place.
    private var temporary: String?
    private let descriptor: Int32
    private var waiting: [UInt8] = []

    private static let bufferByteCount = 1 << 20

    /// - Parameter inputs: files that are being read, which the output must not replace.
    init(_ path: String, inputs: [String]) throws(Failure) {
        guard path != "-" else {
            self.path = path
            (descriptor, temporary) = (STDOUT_FILENO, nil)
            return
        }
        let path = Self.resolved(path)
        self.path = path
        for input in inputs where Self.resolved(input) == path {
            throw Failure(.cannotCreate, "\(path) is read by this command and would be replaced; write somewhere else")
        }
        var status = stat()
        let exists = unsafe stat(path, &status) == 0
        if exists, status.st_mode & S_IFMT == S_IFDIR {
            throw Failure(.cannotCreate, "cannot write \(path): it is a folder; name a file in it")
        }
        let isInPlace = exists && status.st_mode & S_IFMT != S_IFREG
        let target = isInPlace ? path : "\(path).\(getpid()).tmp"
        let opened = unsafe open(target, O_WRONLY | O_CLOEXEC | (isInPlace ? 0 : O_CREAT | O_EXCL), 0o666)
        guard opened >= 0 else { throw Failure(.cannotCreate, "cannot create \(path): \(systemMessage())") }
        (descriptor, temporary) = (opened, isInPlace ? nil : target)
    }

    /// Where a path leads, symbolic links followed, if something is there already.
    private static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    deinit {
        if descriptor != STDOUT_FILENO { close(descriptor) }
        if let temporary { unsafe unlink(temporary) }
    }

    /// Appends numbers as little-endian float32.
    mutating func write(_ numbers: Span<Float>) throws {
        waiting.reserveCapacity(waiting.count + 4 * numbers.count)
        for index in numbers.indices {
            let bits = numbers[index].bitPattern
            for shift in stride(from: 0, to: 32, by: 8) { waiting.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        if waiting.count >= Self.bufferByteCount { try flush() }
    }

    /// Writes what is left and puts the file in its place.
    consuming func finish() throws {
        try flush()
        guard let target = temporary else { return }
        guard unsafe rename(target, path) == 0 else {
            throw Failure(.cannotCreate, "cannot move the finished file to \(path): \(systemMessage())")
        }
        temporary = nil
    }

    private mutating func flush() throws {
        defer { waiting.removeAll(keepingCapacity: true) }
        guard let error = writeAll(waiting, to: descriptor) else { return }
        if error == EPIPE { throw ExitStatus.closedPipe.code }
        throw Failure(
            .inputOutput, "cannot write \(path == "-" ? "to standard output" : path): \(systemMessage(error))")
    }
}
