public import GPT2
import Tokenizer

extension TextGenerator {
    /// Saves the text as it is, so that it can be gone on with later, with the same bits:
    /// ``init(_:resuming:prompt:options:restartsRandomNumbers:)``.
    ///
    /// What a stop string has ended is saved as it was shown, without the stop string.
    public mutating func save(to path: String) throws(GenerationError) {
        dropGuesses()
        let (kept, rest) = shownTokens()
        let whole = tokens[..<kept] + rest
        // The session holds some of the tokens in a row, those before what is unread.
        let begin = tokens.count - unread.count - session.position
        var position = min(session.position, kept - begin)
        if position < 0 || whole.count - begin > text.model.contextLength + 1 {
            position = 0
            unread = whole.suffix(max(1, text.model.contextLength / 2))
        } else {
            unread = Array(whole[(begin + position)...])
        }
        if position < session.position { session.rewind(to: position) }
        var saved = state
        saved.unread = unread
        saved.earlier = whole.dropLast(position + unread.count).suffix(SavedText.earlierLimit)
        do { try session.save(to: path, as: saved) } catch { throw .model(error) }
    }

    /// Goes on with a text that was saved.
    ///
    /// - Parameters:
    ///   - text: the model that it was saved with.
    ///   - saved: the text.
    ///   - prompt: tokens to add to it before it goes on.
    ///   - options: how it goes on; they are not saved. Where they are those it had before, it is as if it had never stopped.
    ///   - restartsRandomNumbers: whether random numbers begin anew, from the seed of the options. Else they go on where they
    ///     stopped, and that seed does not count.
    public init(
        _ text: TextModel, resuming saved: ResumedSession, prompt: [Int] = [],
        options: GenerationOptions = GenerationOptions(), restartsRandomNumbers: Bool = false
    ) throws(GenerationError) {
        var (options, before) = (options, saved.text)
        if !restartsRandomNumbers { (options.sampling.seed, options.drawCount) = (before.seed, before.drawCount) }
        if !prompt.isEmpty { before.unfinished = [] }
        let known = saved.session.tokens + before.unread
        guard options.slides || known.count + prompt.count <= text.model.contextLength else {
            throw .sessionFull(tokens: known.count, added: prompt.count, contextLength: text.model.contextLength)
        }
        try self.init(text, after: before, prompt: known + prompt, options: options, session: saved.session)
    }

    /// What was shown of the text, where a stop string has ended it: how many tokens are part of it whole, and what the next ones'
    /// part is in tokens.
    private func shownTokens() -> (whole: Int, rest: [Int]) {
        guard finishReason == .stop, let tokenizer = text.tokenizer, var decoder = firstDecoder else {
            return (tokens.count, [])
        }
        let start = tokens.count - writtenCount
        // Up to the end of a token where no character is cut, and what was shown after that.
        var (whole, count, next) = (start, 0, [UInt8]())
        for (index, token) in tokens.enumerated().dropFirst(start) {
            next += (try? decoder.append(UInt32(token))) ?? []
            guard count + next.count <= shownCount else { break }
            if decoder.held.isEmpty { (whole, count, next) = (index + 1, count + next.count, []) }
        }
        next = Array(next.prefix(shownCount - count))
        guard !next.isEmpty, let rest = try? text.tokens(of: next),
            (try? tokenizer.decode(rest.map { UInt32($0) })) == next
        else { return (whole, []) }
        return (whole, rest)
    }
}
