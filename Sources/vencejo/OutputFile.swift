import ModelFile

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
    private let name: String
    /// Where it is written in place; -1 for nowhere.
    private let descriptor: Int32
    /// The file that will take its place otherwise.
    private var temporary: TemporaryFile?

    /// - Parameter inputs: files that are being read, which the output must not replace.
    init(_ path: String, inputs: [String]) throws {
        let path = try path == "-" ? path : resolvedPath(path)
        for input in inputs where try path != "-" && resolvedPath(input) == path {
            throw Failure(.cannotCreate, "\(path) is read by this command and would be replaced; write somewhere else")
        }
        let inPlace = try path == "-" ? STDOUT_FILENO : Self.openSpecialFile(path)
        temporary = try inPlace == nil ? TemporaryFile(target: path) : nil
        descriptor = inPlace ?? -1
        name = path == "-" ? "standard output" : path
    }

    /// Opens what stands at a path and is not a regular file; nil where nothing or a regular file does.
    private static func openSpecialFile(_ path: String) throws -> Int32? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return nil }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw Failure(.cannotCreate, "cannot write \(path): it is a folder; name a file in it")
        }
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(.cannotCreate, "cannot open \(path): \(systemMessage())") }
        return descriptor
    }

    deinit { if descriptor > STDERR_FILENO { close(descriptor) } }

    /// Appends numbers as little-endian float32.
    mutating func write(_ numbers: Span<Float>) throws {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * numbers.count)
        for index in numbers.indices {
            let bits = numbers[index].bitPattern
            for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        try write(bytes)
    }

    /// Appends text.
    mutating func write(text: String) throws { try write(Array(text.utf8)) }

    private mutating func write(_ bytes: [UInt8]) throws {
        if try temporary?.append(bytes) != nil { return }
        guard let error = writeAll(bytes, to: descriptor) else { return }
        if error == EPIPE { throw ExitStatus.closedPipe.code }
        throw Failure(.inputOutput, "cannot write to \(name): \(systemMessage(error))")
    }

    /// Puts the file in its place.
    consuming func finish() throws { try temporary?.commit() }
}
