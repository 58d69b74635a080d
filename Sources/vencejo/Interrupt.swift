import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ctrl-C, a polite request to end, or a terminal that is gone, during work: the first one asks the work to end, the second ends the program.
enum Interrupt {
    private static let signals = [SIGINT, SIGTERM, SIGHUP]
    private static let requested = Atomic<Bool>(false)

    /// Whether Ctrl-C was pressed since ``catching(_:)`` began.
    static var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// Ends what is being done if Ctrl-C was pressed.
    static func check() throws { if isRequested { throw ExitStatus.interrupted.code } }

    /// Runs `body`, during which Ctrl-C only raises ``isRequested``.
    static func catching<Result>(_ body: () throws -> Result) rethrows -> Result {
        requested.store(false, ordering: .relaxed)
        for number in signals {
            _ = signal(number) { number in
                Interrupt.requested.store(true, ordering: .relaxed)
                _ = signal(number, SIG_DFL)
            }
        }
        defer { for number in signals { _ = signal(number, SIG_DFL) } }
        return try body()
    }
}
