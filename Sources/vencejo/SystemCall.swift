#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes writing beyond the size that files may have here an error of the call, and not the end of the program.
func failWritesBeyondLimits() { _ = signal(SIGXFSZ, SIG_IGN) }

/// Ends the program with this status.
func endProgram(_ status: Int32) -> Never { exit(status) }

/// The system's words for why the last call failed.
func systemMessage(_ number: Int32 = errno) -> String { unsafe String(cString: strerror(number)) }

/// The value of an environment variable; nil where it is not set or empty.
func environmentVariable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
}

/// Reads once from a descriptor into `buffer` and says how many bytes came; 0 at the end, nil on an error.
/// A signal that interrupts it counts for nothing.
func readOnce(_ descriptor: Int32, into buffer: inout [UInt8]) -> Int? {
    while true {
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        if count >= 0 { return count }
        if errno != EINTR { return nil }
    }
}

/// Writes all of `bytes` to a descriptor; the number of the error that kept it from that, or nil.
func writeAll(_ bytes: some Sequence<UInt8>, to descriptor: Int32) -> Int32? {
    let bytes = ContiguousArray(bytes)
    var written = 0
    while written < bytes.count {
        let count = unsafe bytes.withUnsafeBytes {
            unsafe write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
        }
        if count >= 0 {
            written += count
        } else if errno != EINTR {
            return errno
        }
    }
    return nil
}
