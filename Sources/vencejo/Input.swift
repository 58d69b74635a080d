#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file, or standard input, read as bytes: whole, or line by line.
struct Input: ~Copyable {
    /// For messages: the path, or "standard input".
    let name: String
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    private var unread: [UInt8] = []
    private var isAtEnd = false

    /// - Parameter path: `-` is standard input.
    init(_ path: String) throws(Failure) {
        if path == "-" {
            (name, descriptor) = ("standard input", STDIN_FILENO)
            return
        }
        let opened = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw Failure(.noInput, "cannot open \(path): \(systemMessage())") }
        (name, descriptor) = (path, opened)
    }

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    /// Everything up to the end.
    ///
    /// - Parameters:
    ///   - limit: the most bytes to take; more is refused.
    ///   - reason: what is wrong with more.
    mutating func readAll(limit: Int, _ reason: String = "that is too much to read at once") throws(Failure) -> [UInt8]
    {
        while !isAtEnd {
            guard unread.count <= limit else {
                throw Failure(.badData, "\(name) holds more than \(limit) bytes; \(reason)")
            }
            try readMore()
        }
        defer { unread = [] }
        return unread
    }

    /// The next line without its end (`\n` or `\r\n`), or nil at the end.
    ///
    /// - Parameters:
    ///   - limit: the most bytes a line may have; a longer one is refused.
    ///   - beforeWaiting: called before more has to be read.
    mutating func readLine(
        limit: Int = Self.lineLimit, beforeWaiting: () throws -> Void = {}
    ) throws -> [UInt8]? {
        var searched = 0
        while true {
            if let end = unread[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeFirst(end + 1) }
                return Self.withoutLineEnd(unread[...end])
            }
            searched = unread.count
            if isAtEnd {
                defer { unread = [] }
                return unread.isEmpty ? nil : unread
            }
            guard searched <= limit else {
                throw Failure(.badData, "a line of \(name) is longer than \(limit) bytes")
            }
            try beforeWaiting()
            try readMore()
        }
    }

    /// The most bytes of a line; more are no line anybody wrote.
    static let lineLimit = 256 << 20

    /// Bytes without the `\n` or `\r\n` they may end with.
    static func withoutLineEnd(_ bytes: some BidirectionalCollection<UInt8>) -> [UInt8] {
        guard bytes.last == UInt8(ascii: "\n") else { return Array(bytes) }
        let line = bytes.dropLast()
        return Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }

    private mutating func readMore() throws(Failure) {
        guard let count = readOnce(descriptor, into: &buffer) else {
            let status: ExitStatus = errno == EISDIR ? .noInput : .inputOutput
            throw Failure(status, "cannot read \(name): \(systemMessage())")
        }
        isAtEnd = count == 0
        unread += buffer[..<count]
    }
}
