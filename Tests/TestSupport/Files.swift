#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A folder of its own, removed with everything in it when the object goes.
public final class TemporaryDirectory: Sendable {
    public let path: String

    public init() {
        var template = Array("\(environment("TMPDIR") ?? "/tmp")/vencejo-test-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            return unsafe mkdtemp(start) != nil
        }
        precondition(made, "cannot make a temporary directory")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        let path = self.path
        for name in Self.names(path) { unsafe unlink("\(path)/\(name)") }
        unsafe rmdir(path)
    }

    /// The path of a file in this folder.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The names of what lies in this folder now, sorted.
    public var contents: [String] { Self.names(path).sorted() }

    private static func names(_ path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}

/// The bytes of a file; a test that cannot read its data stops.
public func readFile(_ path: String) -> [UInt8] {
    guard let file = unsafe fopen(path, "rb") else { preconditionFailure("cannot open \(path)") }
    defer { unsafe fclose(file) }
    unsafe fseek(file, 0, SEEK_END)
    let count = unsafe ftell(file)
    unsafe rewind(file)
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        filled = unsafe fread(buffer.baseAddress, 1, count, file)
    }
}

/// Writes bytes over some of a file's, in place.
public func overwriteFile(_ path: String, at offset: Int, _ bytes: [UInt8]) {
    guard let file = unsafe fopen(path, "r+b") else { preconditionFailure("cannot write \(path)") }
    defer { unsafe fclose(file) }
    precondition(unsafe fseek(file, offset, SEEK_SET) == 0, "\(path) has no byte \(offset)")
    let written = unsafe bytes.withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, file) }
    precondition(written == bytes.count, "cannot write all of \(path)")
}

/// Writes a file whole, replacing what was there.
public func writeFile(_ path: String, _ bytes: [UInt8]) {
    guard let file = unsafe fopen(path, "wb") else { preconditionFailure("cannot write \(path)") }
    defer { unsafe fclose(file) }
    let written = unsafe bytes.withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, file) }
    precondition(written == bytes.count, "cannot write all of \(path)")
}

/// Little-endian float32 values of a file.
public func floats(inFile path: String) -> [Float] {
    let bytes = readFile(path)
    return stride(from: 0, to: bytes.count, by: 4).map { at in
        Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) })
    }
}
