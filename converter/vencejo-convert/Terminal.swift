import Conversion

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Standard error: what people read while they wait.
final class Terminal {
    private let isQuiet: Bool
    /// Whether there is somebody to look at a bar.
    private let showsProgress: Bool
    private var shown = ""

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        showsProgress = !isQuiet && isatty(STDERR_FILENO) == 1
    }

    func print(_ text: String) {
        if isQuiet { return }
        clear()
        Self.emit(text + "\n")
    }

    static func printError(_ text: String) { emit(text + "\n") }

    /// Draws a bar over the last one, when it would look different.
    func show(_ progress: ConversionProgress) {
        show(progress.total == 0 ? 1 : Double(progress.done) / Double(progress.total), progress.stage)
    }

    /// The same for any work of which a share is done.
    func show(_ share: Double, _ stage: String) {
        guard showsProgress else { return }
        let filled = Int(share * 30)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
        let line = "[\(bar)] \(Int(share * 100)) %  \(stage.prefix(40))"
        if line != shown { Self.emit("\r\u{1B}[K" + line) }
        shown = line
    }

    func clear() {
        if !shown.isEmpty { Self.emit("\r\u{1B}[K") }
        shown = ""
    }

    private static func emit(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
