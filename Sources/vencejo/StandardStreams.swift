import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Standard output, gathered until ``flush()`` or until 64 KiB lie ready.
///
/// Where nobody reads any more (`| head -1`) the program ends without a word.
struct StandardOutput {
    private var waiting: [UInt8] = []
    private static let limit = 64 << 10

    /// Whether the next byte begins a line.
    private(set) var isAtLineStart: Bool

    init(isAtLineStart: Bool = true) { self.isAtLineStart = isAtLineStart }

    mutating func write(_ bytes: some Collection<UInt8>) throws {
        guard !bytes.isEmpty else { return }
        waiting += bytes
        isAtLineStart = waiting.last == UInt8(ascii: "\n")
        if waiting.count >= Self.limit { try flush() }
    }

    mutating func write(_ text: String) throws { try write(text.utf8) }

    mutating func writeLine(_ text: String) throws { try write(text + "\n") }

    mutating func flush() throws {
        defer { waiting.removeAll(keepingCapacity: true) }
        guard !waiting.isEmpty, let error = writeAll(waiting, to: STDOUT_FILENO) else { return }
        if error == EPIPE { throw ExitStatus.closedPipe.code }
        throw Failure(.inputOutput, "cannot write to standard output: \(systemMessage(error))")
    }
}

/// Standard error: what is said to people beside the text.
enum Diagnostics {
    static let isTerminal = isatty(STDERR_FILENO) == 1

    /// Whether escape sequences for looks may be used (https://no-color.org).
    static let usesColor =
        isTerminal && environmentVariable("NO_COLOR") == nil && environmentVariable("TERM") != "dumb"

    /// Says why the program, or a step of it, failed.
    static func complain(_ message: String) { say("vencejo: \(message)") }

    /// Writes a line.
    static func say(_ line: String) { _ = writeAll("\(line)\n".utf8, to: STDERR_FILENO) }

    /// Writes a line that is less important than the text around it.
    static func remark(_ line: String) { say(usesColor ? "\u{1B}[2m\(line)\u{1B}[0m" : line) }

    /// Replaces the progress line on a terminal; does nothing elsewhere. An empty line takes it away.
    static func progress(_ line: String) {
        if isTerminal { _ = writeAll("\r\(line)\u{1B}[K".utf8, to: STDERR_FILENO) }
    }
}
