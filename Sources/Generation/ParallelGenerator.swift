import GPT2

/// Writes several texts at once: every reading of the weights gives each of them its next token.
///
/// Each text is the same, bit for bit, as when it is written alone.
public struct ParallelGenerator {
    /// The texts, in the order of their prompts.
    public private(set) var generators: [TextGenerator] = []

    /// The most texts written at once.
    public static let maximumCount = Session.batchLength

    /// Begins texts, to be written together.
    ///
    /// - Parameters:
    ///   - text: the model.
    ///   - texts: prompts as token ids and how each is gone on with, at most ``maximumCount``. Nothing is guessed
    ///     (``GenerationOptions/looksUp``): the weights are shared already.
    public init(
        _ text: TextModel, texts: [(prompt: [Int], options: GenerationOptions)]
    ) throws(GenerationError) {
        var first: Session?
        for (prompt, options) in texts {
            let session: Session
            do throws(GPT2Error) {
                if let first { session = try first.makeCompanion() } else { session = try text.model.makeSession() }
            } catch { throw .model(error) }
            first = first ?? session
            var options = options
            options.looksUp = false
            generators.append(try TextGenerator(text, prompt: prompt, options: options, session: session))
        }
    }

    /// Reads some of a prompt that has not been read yet, but for its last token: texts share the logits of what they read
    /// last, and read that together. ``advance(_:)`` does this by itself; calling it before lets long prompts be given up.
    ///
    /// - Returns: whether there is more to read.
    public mutating func readBatch() throws(GenerationError) -> Bool {
        guard
            let index = generators.firstIndex(where: {
                $0.finishReason == nil && $0.writtenCount == 0 && $0.unread.count > 1
            })
        else { return false }
        for other in generators[..<index] { generators[index].takeOver(other) }
        if generators[index].unread.count > 1 { _ = try generators[index].readBatch(leaving: 1) }
        return true
    }

    /// Ends the texts that go on where they are, giving what was still held back.
    ///
    /// - Parameter body: is given every piece and the number of its text.
    public mutating func interrupt<E: Error>(_ body: (Int, Piece) throws(E) -> Void) throws(E) {
        for index in generators.indices {
            if let piece = generators[index].interrupt() { try body(index, piece) }
        }
    }

    /// Adds a piece to every text that goes on.
    ///
    /// - Parameter body: is given every piece and the number of its text.
    /// - Returns: whether any text goes on.
    public mutating func advance<E: Error>(_ body: (Int, Piece) throws(E) -> Void) throws -> Bool {
        while try readBatch() {}
        // Contexts that are read again go one by one.
        var together: [Int] = []
        for index in generators.indices where generators[index].finishReason == nil {
            if generators[index].nextToRead != nil {
                together.append(index)
                continue
            }
            if let piece = try generators[index].next() { try body(index, piece) }
        }
        guard !together.isEmpty else { return generators.contains { $0.finishReason == nil } }
        do {
            try Session.read(
                together.compactMap { generators[$0].nextToRead }, by: together.map { generators[$0].session })
        } catch { throw GenerationError.model(error) }
        for index in together {
            generators[index].didRead()
            if let piece = try generators[index].next() { try body(index, piece) }
        }
        return true
    }
}

extension TextGenerator {
    /// Takes over what another text has read, as far as it is this one's beginning too.
    fileprivate mutating func takeOver(_ other: TextGenerator) {
        guard writtenCount == 0, promptCount <= text.model.contextLength else { return }
        let shared = min(zip(other.session.tokens, tokens).prefix { $0 == $1 }.count, tokens.count - 1)
        guard shared > session.position else { return }
        session.adopt(other.session, to: shared)
        unread = Array(tokens[shared...])
    }
}
