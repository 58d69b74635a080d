#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How standard output may look.
enum OutputLook {
    static let isTerminal = isatty(STDOUT_FILENO) == 1

    /// Whether colours may be used (https://no-color.org).
    static let usesColor =
        isTerminal && environmentVariable("NO_COLOR") == nil && environmentVariable("TERM") != "dumb"

    /// Refuses to write bytes that are no text to a terminal: an output that is `-` and leads there.
    static func refuseTerminal(_ path: String) throws(Failure) {
        guard path == "-", isTerminal else { return }
        throw Failure(.usage, "numbers in binary are nothing for a terminal; send them on by > or |, or name a file")
    }

    /// Columns of the window; elsewhere what COLUMNS says, or 80.
    static var width: Int {
        var size = winsize()
        if unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return environmentVariable("COLUMNS").flatMap { Int($0) }.map { min(max($0, 20), 10_000) } ?? 80
    }
}
