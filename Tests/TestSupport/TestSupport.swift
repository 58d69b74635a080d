#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Whether the long tier runs (`make test-long`).
public let isLong: Bool = environment("VENCEJO_LONG") == "1"

/// The value of an environment variable, or nil.
public func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
}

/// The root of this package: two folders above this file.
public let packageRoot: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    return parts.joined(separator: "/")
}()

/// A file of `Tests/Golden`.
public func golden(_ relative: String) -> String { "\(packageRoot)/Tests/Golden/\(relative)" }

/// A file of the data that lies beside the checkout, or nil, said loudly, where it is not at hand.
public func sharedData(_ relative: String) -> String? {
    let path = "\(environment("VENCEJO_DATA") ?? "\(packageRoot)/../shared/data")/\(relative)"
    if unsafe access(path, R_OK) == 0 { return path }
    let notice = "SKIPPED: needs \(relative), looked for \(path); set VENCEJO_DATA to the folder that holds it\n"
    _ = unsafe write(2, notice, notice.utf8.count)
    return nil
}

/// SplitMix64: the same numbers on every machine.
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
