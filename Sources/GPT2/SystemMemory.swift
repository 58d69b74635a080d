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
    /// Addresses that are taken, whether or not anything is in memory there.
    public let addressSpace: Int

    /// As it is now; nil where the system does not tell.
    public static var current: ProcessMemory? {
        guard let text = systemText("/proc/self/status") else { return nil }
        func kibibytes(_ name: String) -> Int? { systemFigure(name + ":", in: text).map { $0 * 1024 } }
        guard let resident = kibibytes("VmRSS"), let peak = kibibytes("VmHWM"), let own = kibibytes("RssAnon"),
            let addressSpace = kibibytes("VmSize")
        else { return nil }
        return ProcessMemory(resident: resident, peak: peak, anonymous: own, addressSpace: addressSpace)
    }
}

/// How much memory a program may take without driving others, or itself, out.
public enum AvailableMemory {
    /// The least of what the machine has, what the kernel says is to be had, and what this process is allowed.
    public static var byteCount: Int {
        let installed = max(0, sysconf(Int32(_SC_PHYS_PAGES))) * max(0, sysconf(Int32(_SC_PAGESIZE)))
        let groups = [ControlGroups.version1, .version2].compactMap(\.available)
        return ([installed, available, addressSpace].compactMap { $0 } + groups).min() ?? installed
    }

    /// Linux's own estimate: free, or held only by caches that can go.
    private static var available: Int? {
        systemText("/proc/meminfo").flatMap { systemFigure("MemAvailable:", in: $0) }.map { $0 * 1024 }
    }

    /// What `ulimit -v` leaves for memory, where it is set: the limit, less addresses that are taken and not in memory.
    private static var addressSpace: Int? {
        var limit = rlimit()
        guard unsafe getrlimit(addressSpaceResource, &limit) == 0, limit.rlim_cur < 1 << 62,
            let memory = ProcessMemory.current
        else { return nil }
        return max(0, Int(limit.rlim_cur) - (memory.addressSpace - memory.resident))
    }

    #if canImport(Glibc)
        private static let addressSpaceResource = __rlimit_resource_t(RLIMIT_AS.rawValue)
    #else
        private static let addressSpaceResource = RLIMIT_AS
    #endif
}

/// Where Linux tells what the control groups that a process is in may take. Containers are made of them.
private struct ControlGroups {
    /// How the process's line in /proc/self/cgroup says that it is about memory.
    let controllers: String
    let folder: String
    let limit: String
    let taken: String
    /// The line of memory.stat that counts pages of files, which can go.
    let cached: String

    static let version1 = ControlGroups(
        controllers: "memory", folder: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes",
        taken: "memory.usage_in_bytes", cached: "total_cache")
    static let version2 = ControlGroups(
        controllers: "", folder: "/sys/fs/cgroup", limit: "memory.max", taken: "memory.current", cached: "file")

    /// What the process's group and those above it leave to it: the limit, less what is taken and not held by caches that
    /// can go. Nil where no group has a limit.
    var available: Int? {
        let lines = systemText("/proc/self/cgroup")?.split(separator: "\n") ?? []
        // number:controllers:group
        let line = lines.map { $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false) }
            .first { $0.count == 3 && ($0[1] == controllers || $0[1].split(separator: ",").contains(controllers[...])) }
        guard var group = line?[2] else { return nil }
        var least: Int?
        while true {
            let folder = self.folder + (group == "/" ? "/" : "\(group)/")
            if let limit = systemText(folder + self.limit).flatMap({ systemFigure("", in: $0) }) {
                let taken = systemText(folder + self.taken).flatMap { systemFigure("", in: $0) } ?? 0
                let cached = systemText(folder + "memory.stat").flatMap { systemFigure(self.cached, in: $0) } ?? 0
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
