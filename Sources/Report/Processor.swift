#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What this machine computes with.
enum Processor {
    /// As the system names it; nil where it does not.
    static var name: String? {
        #if canImport(Darwin)
            var bytes = [UInt8](repeating: 0, count: 256)
            var count = bytes.count
            guard unsafe sysctlbyname("machdep.cpu.brand_string", &bytes, &count, nil, 0) == 0 else { return nil }
            return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        #else
            guard let bytes = try? FileBytes.read("/proc/cpuinfo", limit: 16 << 20) else { return nil }
            let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first {
                $0.hasPrefix("model name")
            }
            return line?.split(separator: ":").last.map { String($0.drop { $0 == " " }) }
        #endif
    }
}
