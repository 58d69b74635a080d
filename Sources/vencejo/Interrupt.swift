import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ctrl-C while a text is being written: the first one asks the text to end, the second ends the program.
enum Interrupt {
    private static let requested = Atomic<Bool>(false)

    /// Whether Ctrl-C was pressed since ``catching(_:)`` began.
    static var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// Runs `body`, during which Ctrl-C only raises ``isRequested``.
    static func catching<Result>(_ body: () throws -> Result) rethrows -> Result {
        requested.store(false, ordering: .relaxed)
        _ = signal(SIGINT) { _ in
            Interrupt.requested.store(true, ordering: .relaxed)
            _ = signal(SIGINT, SIG_DFL)
        }
        defer { _ = signal(SIGINT, SIG_DFL) }
        return try body()
    }
}
