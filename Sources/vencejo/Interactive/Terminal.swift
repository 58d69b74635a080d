#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The terminal that is typed at.
struct Terminal {
    /// How it was set when the program began.
    private let settings: termios

    /// Nil where input or output is no terminal, or one that cannot move its cursor.
    init?() {
        var settings = termios()
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, environmentVariable("TERM") != "dumb",
            unsafe tcgetattr(STDIN_FILENO, &settings) == 0
        else { return nil }
        self.settings = settings
    }

    /// Columns of the window.
    var width: Int {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Runs `body` while every key arrives at once, none is shown, and none sends a signal. Pasted text comes marked.
    func withRawInput<Result>(_ body: () -> Result) -> Result {
        var raw = settings
        unsafe cfmakeraw(&raw)
        raw.c_oflag |= settings.c_oflag & tcflag_t(OPOST)  // a newline still returns to the first column
        unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
        write("\u{1B}[?2004h")
        defer {
            var settings = settings
            write("\u{1B}[?2004l")
            unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
        }
        return body()
    }

    /// Stops the program, as Ctrl-Z does, until it is brought back.
    func suspend() {
        var cooked = settings
        var raw = termios()
        unsafe tcgetattr(STDIN_FILENO, &raw)
        unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &cooked)
        raise(SIGTSTP)
        unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
    }

    /// The next byte typed, or nil when there will be none.
    func readByte() -> UInt8? {
        var byte: [UInt8] = [0]
        return readOnce(STDIN_FILENO, into: &byte) == 1 ? byte[0] : nil
    }

    /// Whether another byte comes within 50 ms: the bytes of one key come together, two keys do not.
    func hasMore() -> Bool {
        var request = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&request, 1, 50) > 0
    }

    func write(_ text: String) { _ = writeAll(text.utf8, to: STDOUT_FILENO) }
}
