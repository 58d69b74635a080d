#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What this machine computes with.
enum Processor {
    /// As the system names it.
    static var name: String {
        #if canImport(Darwin)
            var bytes = [UInt8](repeating: 0, count: 256)
            var count = bytes.count
            unsafe sysctlbyname("machdep.cpu.brand_string", &bytes, &count, nil, 0)
            return String(decoding: bytes.prefix(while: { $0 != 0 }), as: UTF8.self)
        #else
            let lines = File.bytes("/proc/cpuinfo").map { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
            let line = lines?.first { $0.hasPrefix("model name") }
            return line.flatMap { $0.split(separator: ":").last }.map { String($0.drop { $0 == " " }) } ?? "unknown"
        #endif
    }
}

enum File {
    /// Everything in a file, or nil where it cannot be read.
    static func bytes(_ path: String) -> [UInt8]? {
        guard let file = unsafe fopen(path, "rb") else { return nil }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe fread(&part, 1, part.count, file)
            if count == 0 { return bytes }
            bytes += part[..<count]
        }
    }
}
