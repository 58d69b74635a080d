import StrictJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The complete lines of an open file, one after the other. What stands behind the last newline is no line.
struct RecordLines: ~Copyable {
    private let descriptor: Int32
    private let path: String
    private var buffer: [UInt8] = []
    private var searched = 0
    private var isAtEnd = false
    /// Lines handed out, and the bytes they took, newlines and all.
    private(set) var count = 0
    private(set) var byteCount = 0

    private static let readByteCount = 1 << 18
    /// No window has a longer line: 2²⁰ tokens of 4 numbers.
    private static let lineLimit = 1 << 27

    init(_ descriptor: Int32, path: String) { (self.descriptor, self.path) = (descriptor, path) }

    /// The next line without its newline, or nil at the end.
    mutating func next() throws(EvaluationError) -> [UInt8]? {
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(buffer[..<end])
                buffer.removeFirst(end + 1)
                searched = 0
                count += 1
                byteCount += end + 1
                return line
            }
            searched = buffer.count
            guard !isAtEnd else { return nil }
            guard searched <= Self.lineLimit else { throw .notARecord(path: path) }
            try readMore()
        }
    }

    /// What stands behind the last newline, once ``next()`` has given nil.
    var rest: [UInt8] { buffer }

    private mutating func readMore() throws(EvaluationError) {
        var part = [UInt8](repeating: 0, count: Self.readByteCount)
        var found = -1
        repeat {
            found = unsafe part.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        } while found < 0 && errno == EINTR
        guard found >= 0 else { throw .system(operation: "read", path: path, errorNumber: errno) }
        isAtEnd = found == 0
        buffer += part[..<found]
    }
}

/// The system's words for an error.
func systemMessage(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }
