#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How much memory a program may take without driving others, or itself, out.
enum AvailableMemory {
    /// The least of what the machine has, what the kernel says is to be had, and what a container is allowed.
    static var byteCount: Int {
        let installed = max(0, sysconf(Int32(_SC_PHYS_PAGES))) * max(0, sysconf(Int32(_SC_PAGESIZE)))
        return [installed, available, allowed].compactMap { $0 }.min() ?? installed
    }

    /// Linux's own estimate: free, or held only by caches that can go.
    private static var available: Int? {
        let lines = text(of: "/proc/meminfo")?.split(separator: "\n") ?? []
        let words = lines.first { $0.hasPrefix("MemAvailable:") }?.split(separator: " ")
        return words.flatMap { $0.count > 1 ? Int($0[1]) : nil }.map { $0 * 1024 }
    }

    /// The limit of the control group (version 2); "max" is none.
    private static var allowed: Int? {
        text(of: "/sys/fs/cgroup/memory.max")?.split(separator: "\n").first.flatMap { Int($0) }
    }

    private static func text(of path: String) -> String? {
        do {
            var input = try Input(path)
            return String(decoding: try input.readAll(limit: 64 << 10), as: UTF8.self)
        } catch { return nil }
    }
}
