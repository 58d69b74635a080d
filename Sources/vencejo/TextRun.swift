import Generation

/// Lets a generator write until the text ends or the user presses Ctrl-C, and measures it.
struct TextRun {
    let finishReason: FinishReason
    /// Whether the text ended because the context was full.
    let endedWithFullContext: Bool
    let statistics: Statistics
    private let surprise: String?

    /// Writes the text.
    ///
    /// - Parameter show: is given every piece as it comes.
    init(
        _ generator: inout TextGenerator, statistics: Statistics, show: (Piece) throws -> Void
    ) throws {
        var statistics = statistics
        let clock = ContinuousClock()
        finishReason = try Interrupt.catching {
            statistics.promptTime = try clock.measure {
                while try !Interrupt.isRequested && generator.readBatch() {}
            }
            statistics.promptTokens = generator.readCount
            let start = clock.now
            defer {
                statistics.writtenTokens = generator.writtenCount
                (statistics.guessedTokens, statistics.confirmedTokens) = (
                    generator.guessCount, generator.confirmedCount
                )
                statistics.writingTime = start.duration(to: clock.now)
            }
            while !Interrupt.isRequested, let piece = try generator.next() { try show(piece) }
            if Interrupt.isRequested, let rest = generator.interrupt() { try show(rest) }
            return generator.finishReason ?? .interrupted
        }
        endedWithFullContext = generator.endedWithFullContext
        surprise = Self.surprise(of: generator)
        self.statistics = statistics
    }

    /// What people are told beside the text: the statistics, and why it ended where that may surprise.
    var remarks: String { (surprise.map { $0 + "\n" } ?? "") + statistics.line }

    /// Why a text ended, where that may surprise.
    static func surprise(of generator: TextGenerator) -> String? {
        if generator.endedWithFullContext {
            "[the context is full; --slide goes on]"
        } else if generator.finishReason == .endOfText, generator.writtenCount == 0 {
            "[the model ended the text; --ignore-eos goes on]"
        } else {
            nil
        }
    }
}
