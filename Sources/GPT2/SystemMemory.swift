#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The memory that this process occupies, in bytes, as Linux tells it in /proc/self/status.
public struct ProcessMemory: Sendable, Equatable {
    /// What is in memory now: its own pages, and those of files that it has mapped, its code among them.
    public let resident: Int
    /// The most that was in memory so far.
    public let peak: Int
    /// Pages that belong to the process alone. The system can take back the others.
    public let anonymous: Int

    /// As it is now; nil where the system does not tell.
    public static var current: ProcessMemory? {
        guard let text = systemText("/proc/self/status") else { return nil }
        func kibibytes(_ name: String) -> Int? { systemFigure(name + ":", in: text).map { $0 * 1024 } }
        guard let resident = kibibytes("VmRSS"), let peak = kibibytes("VmHWM"), let own = kibibytes("RssAnon") else {
            return nil
        }
        return ProcessMemory(resident: resident, peak: peak, anonymous: own)
    }
}

/// How much memory a program may take without driving others, or itself, out.
public enum AvailableMemory {
    /// The least of what the machine has, what the kernel says is to be had, and what a container is allowed.
    public static var byteCount: Int {
        let installed = max(0, sysconf(Int32(_SC_PHYS_PAGES))) * max(0, sysconf(Int32(_SC_PAGESIZE)))
        return [installed, available, allowed].compactMap { $0 }.min() ?? installed
    }

    /// Linux's own estimate: free, or held only by caches that can go.
    private static var available: Int? {
        systemText("/proc/meminfo").flatMap { systemFigure("MemAvailable:", in: $0) }.map { $0 * 1024 }
    }

    /// What the control groups (version 2) that this process is in leave to it: the limit, less what is taken and not held
    /// by caches that can go.
    private static var allowed: Int? {
        guard let line = systemText("/proc/self/cgroup")?.split(separator: "\n").first(where: { $0.hasPrefix("0::") })
        else { return nil }
        var group = line.dropFirst("0::".count)
        var least: Int?
        while true {
            let folder = "/sys/fs/cgroup\(group == "/" ? "" : group)"
            if let limit = systemText(folder + "/memory.max").flatMap({ systemFigure("", in: $0) }) {
                let taken = systemText(folder + "/memory.current").flatMap { systemFigure("", in: $0) } ?? 0
                let cached = systemText(folder + "/memory.stat").flatMap { systemFigure("file", in: $0) } ?? 0
                least = min(least ?? .max, max(0, limit - max(0, taken - cached)))
            }
            guard let slash = group.lastIndex(of: "/"), group != "/" else { return least }
            group = slash == group.startIndex ? "/" : group[..<slash]
        }
    }
}

/// The number behind a line's first word; behind nothing the number that the text begins with.
private func systemFigure(_ name: String, in text: String) -> Int? {
    for line in text.split(separator: "\n") {
        let words = line.split(whereSeparator: \.isWhitespace)
        if name.isEmpty { return words.first.flatMap { Int($0) } }
        if words.count > 1, words[0] == name { return Int(words[1]) }
    }
    return nil
}

/// What the system says in one of its own files; nil where it does not have it.
private func systemText(_ path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
}
