import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Whether somebody asked for the conversion to stop. A handler may do little: it leaves the number of its signal, the
/// conversion looks at it between panels and takes its temporary file away.
enum Interruption {
    private static let signalNumber = Atomic<Int32>(0)

    static var happened: Bool { signalNumber.load(ordering: .relaxed) != 0 }

    /// Watches for Ctrl-C, a request to end, and the end of the terminal. A file that may not grow and a reader that
    /// went away are errors of the calls that meet them, not the end of the process.
    static func watch() {
        guard !happened else { return }  // and brings the number into being before a handler needs it
        for number in [SIGINT, SIGTERM, SIGHUP] {
            _ = signal(number) { Interruption.signalNumber.store($0, ordering: .relaxed) }
        }
        for number in [SIGXFSZ, SIGPIPE] { _ = signal(number, SIG_IGN) }
    }

    /// Ends the process by the signal, as whoever sent it expects.
    static func die() -> Never {
        let number = signalNumber.load(ordering: .relaxed)
        _ = signal(number, SIG_DFL)
        raise(number)
        exit(128 + number)
    }
}
