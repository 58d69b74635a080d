import Generation

/// Lets a generator write until the text ends or the user presses Ctrl-C, and measures it.
struct TextRun {
    let finishReason: FinishReason
    let statistics: Statistics

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
            statistics.promptTime = try clock.measure {
                while try !Interrupt.isRequested && generator.readBatch() {}
            }
            let start = clock.now
            defer {
                statistics.writtenTokens = generator.writtenCount
                statistics.writingTime = start.duration(to: clock.now)
            }
            while !Interrupt.isRequested, let piece = try generator.next() { try show(piece) }
            if Interrupt.isRequested, let rest = generator.interrupt() { try show(rest) }
            return generator.finishReason ?? .interrupted
        }
        self.statistics = statistics
    }
}
