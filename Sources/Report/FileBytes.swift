#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files that are read whole.
enum FileBytes {
    /// - Parameter path: `-` is standard input.
    static func read(_ path: String, limit: Int) throws(ReportError) -> [UInt8] {
        if path == "-" { return try read(STDIN_FILENO, limit: limit, path: inputName(path)) }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotRead(path: path, errorNumber: errno) }
        defer { close(descriptor) }
        return try read(descriptor, limit: limit, path: path)
    }

    /// Everything that comes from a descriptor.
    static func read(_ descriptor: Int32, limit: Int, path: String) throws(ReportError) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe part.withUnsafeMutableBytes { buffer in
                unsafe systemRead(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .cannotRead(path: path, errorNumber: errno) }
            guard count > 0 else { return bytes }
            bytes += part[..<count]
            guard bytes.count <= limit else { throw .tooLong(path: path, limit: limit) }
        }
    }

    /// What an input is called in messages.
    static func inputName(_ path: String) -> String { path == "-" ? "standard input" : path }

    /// The part of a path after its last slash.
    static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// `read` under a name that no method hides.
@unsafe private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    unsafe read(descriptor, buffer, count)
}
