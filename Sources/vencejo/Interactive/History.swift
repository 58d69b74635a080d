#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The lines typed so far, in this session and in earlier ones. Where the file cannot be read or written, only this
/// session's are kept, without complaint.
struct History {
    private(set) var lines: [String]
    private let path: String?

    /// Lines kept from earlier sessions, at most.
    private static let limit = 1000

    init() {
        path = Self.makePath()
        var lines: [String] = []
        if let path, var input = try? Input(path) {
            while let line = try? input.readLine() { lines.append(Self.decoded(String(decoding: line, as: UTF8.self))) }
        }
        self.lines = lines.suffix(Self.limit)
        if lines.count > 2 * Self.limit { write(self.lines, O_TRUNC) }
    }

    /// Adds a line, unless it is empty or the same as the last.
    mutating func add(_ line: String) {
        guard !line.isEmpty, line != lines.last else { return }
        lines.append(line)
        write([line], O_APPEND)
    }

    private func write(_ lines: [String], _ mode: Int32) {
        guard let path else { return }
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        _ = writeAll(lines.map { Self.encoded($0) + "\n" }.joined().utf8, to: descriptor)
    }

    /// A line may hold newlines that were pasted.
    private static func encoded(_ line: String) -> String {
        String(line.unicodeScalars.flatMap { $0 == "\n" ? Array("\\n") : $0 == "\\" ? Array("\\\\") : [Character($0)] })
    }

    private static func decoded(_ line: String) -> String {
        var text = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in line.unicodeScalars {
            if !isEscaped, scalar == "\\" {
                isEscaped = true
                continue
            }
            text.append(isEscaped && scalar == "n" ? "\n" : scalar)
            isEscaped = false
        }
        return String(text)
    }

    /// Where the XDG Base Directory Specification puts such a file; its folders are made. Nil without a home.
    private static func makePath() -> String? {
        let state = environmentVariable("XDG_STATE_HOME") ?? environmentVariable("HOME").map { "\($0)/.local/state" }
        guard let state else { return nil }
        var folder = ""
        for part in "\(state)/vencejo".split(separator: "/") {
            folder += "/\(part)"
            unsafe mkdir(folder, 0o700)
        }
        return "\(folder)/history"
    }
}
