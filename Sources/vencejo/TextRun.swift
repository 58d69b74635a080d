import Generation

/// Lets a generator write until the text ends or the user presses Ctrl-C, and measures it.
struct TextRun {
    /// Why the text ended: a ``FinishReason``, or `interrupted`.
    let finishReason: String
    let statistics: Statistics

    static let interrupted = "interrupted"

    /// Writes the text.
    ///
    /// - Parameter show: is given every piece as it comes.
    init(
        _ generator: inout TextGenerator, statistics: Statistics, show: (Piece) throws -> Void
    ) throws {
        var statistics = statistics
        let clock = ContinuousClock()
        statistics.promptTokens = generator.promptCount
        finishReason = try Interrupt.catching {
            statistics.promptTime = try clock.measure { try generator.readPending() }
            let start = clock.now
            defer {
                statistics.writtenTokens = generator.writtenCount
                statistics.writingTime = start.duration(to: clock.now)
            }
            while !Interrupt.isRequested, let piece = try generator.next() { try show(piece) }
            return generator.finishReason?.rawValue ?? Self.interrupted
        }
        self.statistics = statistics
    }
}
