#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What can be asked about a path without opening it.
enum FileAccess {
    /// Whether something is there.
    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}
