#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Asks for the lock of a file, which one program at a time has; it goes when the file is closed.
///
/// For a moment it can be held by a program that another thread starts just then, until that has closed what it inherited, or by
/// one that is ending: it is asked for during a fifth of a second.
///
/// - Returns: 0, or the error's number; `EWOULDBLOCK` where another program has the lock.
package func lockFile(_ descriptor: Int32) -> Int32 {
    var number: Int32 = 0
    for _ in 0..<20 {
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return 0 }
        number = errno
        guard number == EWOULDBLOCK || number == EINTR else { return number }
        usleep(10_000)
    }
    return number
}
