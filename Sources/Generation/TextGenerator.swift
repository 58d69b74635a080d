public import GPT2
public import Probabilities
import Tokenizer

/// Why a text ended.
public enum FinishReason: String, Sendable {
    /// The model wrote its end-of-text token.
    case endOfText = "end_of_text"
    /// A stop string came.
    case stop
    /// The number of tokens asked for, or the end of the context, was reached.
    case length
    /// The caller ended it.
    case interrupted
}

/// How a text is generated.
public struct GenerationOptions: Sendable, Equatable {
    /// How each token is chosen.
    public var sampling = SamplingOptions()
    /// Tokens to write at most; nil goes on to the end of the context.
    public var maxTokens: Int? = 256
    /// Strings that end the text; they are not part of it.
    public var stops: [String] = []
    /// Whether the end-of-text token is written like any other, and the text goes on.
    public var ignoresEndOfText = false
    /// Whether a full context is left by reading its last half again, instead of ending the text.
    public var slides = false
    /// Whether the next tokens are guessed from what the text has said before, and the guesses verified in one reading of the
    /// weights. Faster where a text repeats itself; the text is the same, bit for bit.
    public var looksUp = false
    /// How many likeliest tokens ``Piece/score`` keeps; nil computes no scores.
    public var scoredAlternatives: Int?
    /// Random numbers of the seed that the text has taken already: those of a session that is resumed.
    public var drawCount: UInt64 = 0

    /// Whether the text will be saved and gone on with: a character that it ends within is left to what follows then, and not
    /// shown as U+FFFD.
    public var isToBeContinued = false

    /// The defaults.
    public init() {}

    /// The defaults, but for what changes most often.
    ///
    /// - Parameters:
    ///   - maxTokens: tokens to write at most.
    ///   - temperature: see ``SamplingOptions/temperature``.
    ///   - seed: see ``SamplingOptions/seed``.
    public init(maxTokens: Int?, temperature: Float = SamplingOptions().temperature, seed: UInt64 = 0) {
        self.maxTokens = maxTokens
        (sampling.temperature, sampling.seed) = (temperature, seed)
    }
}

/// One step of a generation.
public struct Piece: Sendable, Equatable {
    /// The token chosen, or nil when this is text that was held back and comes after the last token.
    public let token: Int?
    /// The text to show now: complete characters only, so it may lag behind the token. Empty without a tokenizer.
    public let text: String
    /// How likely the model itself finds the token, before any rule of sampling; nil unless
    /// ``GenerationOptions/scoredAlternatives`` asks for it.
    public var score: TokenScore?
}

/// Writes a text token by token: read `next()` until it gives nil.
///
/// ```swift
/// var generator = try TextGenerator(model, prompt: model.tokens(of: "Once upon a time"))
/// while let piece = try generator.next() { print(piece.text, terminator: "") }
/// ```
public struct TextGenerator {
    /// Why the text ended; nil while it goes on.
    public private(set) var finishReason: FinishReason?
    /// The prompt and everything written since.
    public private(set) var tokens: [Int]
    /// Whether the text ended because the context was full (a ``FinishReason/length``).
    public private(set) var endedWithFullContext = false
    /// How many tokens were written.
    public private(set) var writtenCount = 0
    /// How many tokens the model has read: of the prompt, and of what was written. What the session knew does not count,
    /// what is read again counts again.
    public private(set) var readCount = 0
    /// How many tokens the prompt has.
    public let promptCount: Int
    /// Where the random numbers start.
    public var seed: UInt64 { options.sampling.seed }

    let text: TextModel
    private let options: GenerationOptions
    let session: Session
    private var sampler: Sampler
    private var decoder: StreamingDecoder?
    /// The decoder as it was before the first token.
    let firstDecoder: StreamingDecoder?
    /// Bytes of text that were shown.
    private(set) var shownCount = 0
    /// What the decoder held when the text ended.
    private var unfinished: [UInt8] = []
    private var stops: StopStrings
    var unread: [Int] = []
    /// What guesses come from; nil where none are wanted.
    private var lookup: LookupDraft?
    /// Tokens that were read on a guess and have not been chosen yet.
    private var guesses: [Int] = []
    /// Guesses that came true since the last reading.
    private var confirmed = 0
    /// Tokens that were guessed, and those of them that the sampler chose.
    public private(set) var (guessCount, confirmedCount) = (0, 0)

    /// Begins a text; nothing is read yet.
    ///
    /// - Parameters:
    ///   - text: the model.
    ///   - prompt: token ids; an empty prompt starts from the end-of-text token, as training texts do.
    ///   - options: how it goes on, and when it ends.
    ///   - session: one to use again; what it has read of this prompt already is not read twice. Nil makes a new one.
    public init(
        _ text: TextModel, prompt: [Int], options: GenerationOptions = GenerationOptions(), session: Session? = nil
    ) throws(GenerationError) {
        try self.init(text, after: SavedText(), prompt: prompt, options: options, session: session)
    }

    /// - Parameter saved: what was there before the prompt.
    init(
        _ text: TextModel, after saved: SavedText, prompt: [Int], options: GenerationOptions, session: Session?
    ) throws(GenerationError) {
        let shape = text.model.configuration
        self.text = text
        self.options = options
        sampler = Sampler(
            try options.sampling.validated(vocabularySize: shape.vocabularySize), kernels: text.model.kernels,
            drawCount: options.drawCount)
        if let limit = options.maxTokens, limit < 0 {
            throw .badOption(name: "n-predict", value: "\(limit)", expected: "0 or more tokens")
        }
        if let count = options.scoredAlternatives, !(0...shape.vocabularySize).contains(count) {
            throw .badOption(name: "logprobs", value: "\(count)", expected: "0 to \(shape.vocabularySize) tokens")
        }
        decoder = text.tokenizer.map { StreamingDecoder($0, beginning: saved.unfinished) }
        firstDecoder = decoder
        stops = StopStrings(options.stops)
        lookup = options.looksUp ? LookupDraft() : nil

        var prompt = prompt
        if prompt.isEmpty {
            guard let start = text.endOfText else { throw .emptyPrompt }
            prompt = [start]
        }
        tokens = saved.earlier + prompt
        promptCount = prompt.count
        try text.check(prompt: prompt, slides: options.slides)
        do {
            if let session { self.session = session } else { self.session = try text.model.makeSession() }
        } catch { throw .model(error) }
        unread = prompt.count > text.model.contextLength ? lastHalfOfContext : prompt
        keepCommonBeginning()
    }

    /// What a text that outgrew the context goes on from.
    private var lastHalfOfContext: [Int] { tokens.suffix(max(1, text.model.contextLength / 2)) }

    /// Leaves in the session what it shares with the prompt; the prompt's last token is read in any case.
    private mutating func keepCommonBeginning() {
        let shared = zip(session.tokens, unread).prefix { $0 == $1 }.count
        session.rewind(to: min(shared, unread.count - 1))
        unread.removeFirst(session.position)
    }

    /// Reads some of what has not been read yet: the prompt at first, then the token written last. `next()` does this by
    /// itself; calling it before lets a long prompt be measured, or given up.
    ///
    /// - Returns: whether there is more to read.
    public mutating func readBatch() throws(GenerationError) -> Bool { try readBatch(leaving: 0) }

    /// Reads a batch, but not the last `rest` tokens.
    mutating func readBatch(leaving rest: Int) throws(GenerationError) -> Bool {
        guard unread.count > rest else { return false }
        if unread.count > session.remainingContext {
            session.rewind()
            unread = lastHalfOfContext
        }
        if unread.count == 1, guess() { return false }
        let count = min(unread.count - rest, Session.batchLength)
        do {
            try session.read(unread.span.extracting(..<count))
        } catch { throw .model(error) }
        unread.removeFirst(count)
        readCount += count
        return unread.count > rest
    }

    /// Reads the last token together with guesses of what follows it.
    ///
    /// - Returns: whether there were any; nothing has happened otherwise.
    private mutating func guess() -> Bool {
        let wanted = options.maxTokens.map { $0 - writtenCount } ?? .max
        let limit = min(session.remainingContext, wanted) - 1
        guard let found = lookup?.next(after: tokens, limit: limit), !found.isEmpty else { return false }
        let start = session.position
        do {
            try session.read((unread + found).span, keptLogits: found.count + 1)
        } catch {  // whatever it is, it shows again where no guess is read, or is none of the text's business
            session.rewind(to: start)
            return false
        }
        unread = []
        readCount += 1 + found.count
        guesses = found
        guessCount += found.count
        confirmed = 0
        return true
    }

    /// Forgets guesses that nothing has come of yet.
    mutating func dropGuesses() {
        guard !guesses.isEmpty, let last = tokens.last else { return }
        session.rewind(to: session.position - guesses.count - 1)
        (unread, guesses, confirmed) = ([last], [], 0)
    }

    /// What belongs to the text beside its tokens.
    var state: SavedText {
        var state = SavedText()
        state.unfinished = finishReason == nil ? decoder?.held ?? [] : unfinished
        (state.seed, state.drawCount) = (seed, sampler.drawCount)
        return state
    }

    /// Takes note of the token chosen: it was guessed, and read, or it has to be read next.
    private mutating func settle(_ token: Int) {
        guard token != guesses.first else {
            guesses.removeFirst()
            confirmed += 1
            confirmedCount += 1
            if guesses.isEmpty { lookup?.learn(guessed: confirmed, accepted: confirmed) }
            return
        }
        if !guesses.isEmpty {
            session.rewind(to: session.position - guesses.count)
            lookup?.learn(guessed: confirmed + guesses.count, accepted: confirmed)
            guesses = []
        }
        unread.append(token)
        confirmed = 0
    }

    /// The one token that has to be read before the text goes on, where it is one: ``ParallelGenerator`` reads it together
    /// with others'.
    var nextToRead: Int? {
        guard finishReason == nil, options.maxTokens.map({ writtenCount < $0 }) ?? true, unread.count == 1,
            session.remainingContext > 0
        else { return nil }
        return unread[0]
    }

    /// Takes note that ``nextToRead`` was read.
    mutating func didRead() {
        unread = []
        readCount += 1
    }

    /// Ends the text where it is, giving what was still held back.
    public mutating func interrupt() -> Piece? { finishReason == nil ? end(.interrupted) : nil }

    /// The next token and the text it completes, or nil when the text has ended.
    public mutating func next() throws(GenerationError) -> Piece? {
        guard finishReason == nil else { return nil }
        if let limit = options.maxTokens, writtenCount >= limit { return end(.length) }
        if !options.slides, unread.count > session.remainingContext {
            endedWithFullContext = true
            return end(.length)
        }
        while try readBatch() {}
        let place = confirmed + guesses.count > 0 ? confirmed : nil
        // Copied only for whoever asks: biases and penalties are about to change them.
        let own = options.scoredAlternatives.map { _ in
            session.withLogits(at: place) { logits in logits.span.indices.map { logits[$0] } }
        }
        let token = try session.withLogits(at: place) { logits throws(GenerationError) in
            for padding in text.writableCount..<logits.count { logits[padding] = -.infinity }
            return try sampler.choose(&logits, history: tokens)
        }
        if token == text.endOfText, !options.ignoresEndOfText { return end(.endOfText) }
        tokens.append(token)
        writtenCount += 1
        settle(token)
        let (shown, isFound) = stops.take(try complete(token))
        if isFound { finishReason = .stop }
        shownCount += shown.count
        let score = own.map { TokenScore(of: token, in: $0.span, likeliest: options.scoredAlternatives ?? 0) }
        return Piece(token: token, text: String(decoding: shown, as: UTF8.self), score: score)
    }

    /// The characters that `token` completes.
    private mutating func complete(_ token: Int) throws(GenerationError) -> [UInt8] {
        do {
            return try decoder?.append(UInt32(token)) ?? []
        } catch { throw .tokenizer(error) }
    }

    /// Ends the text, giving what was still held back.
    private mutating func end(_ reason: FinishReason) -> Piece? {
        finishReason = reason
        unfinished = decoder?.held ?? []
        let (rest, isFound) = stops.take(options.isToBeContinued ? [] : decoder?.finish() ?? [])
        let text = rest + (isFound ? [] : stops.finish())
        return text.isEmpty ? nil : Piece(token: nil, text: String(decoding: text, as: UTF8.self))
    }
}
