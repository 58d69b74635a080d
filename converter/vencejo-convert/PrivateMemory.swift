#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The memory that this process alone occupies, looked at once a stage. Mapped files are not in it: the system can take
/// their pages back.
struct PrivateMemory {
    /// The most that was seen, in KiB; nil where the system does not tell (it is read from Linux' /proc/self/status).
    private(set) var peak: Int?
    private var stage = ""

    mutating func sample(stage: String) {
        if stage == self.stage { return }
        self.stage = stage
        if let now = Self.current { peak = max(now, peak ?? 0) }
    }

    private static var current: Int? {
        let descriptor = unsafe open("/proc/self/status", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return nil }
        let lines = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix("RssAnon:") }?.split(whereSeparator: \.isWhitespace).dropFirst().first
            .flatMap { Int($0) }
    }
}
