import Kernels
import ModelFile

/// One text being read by a model: its key and value cache, and what a forward pass needs.
///
/// Everything is allocated when the session is made, but for the cache's memory, which comes as positions are used, and
/// the logits' when more rows of them are asked for: reading a token allocates nothing. Not for several threads at a time:
/// make one session for each text.
public final class Session {
    /// The model that reads.
    public let model: GPT2
    /// The tokens read so far.
    public private(set) var tokens: [Int] = []
    /// How many tokens were read so far; the next one goes to this position.
    public var position: Int { tokens.count }

    /// Called with every intermediate value of the forward pass, if set; see ``Observation`` for what they are. Watching makes
    /// copies and changes no bit of any result; not watching costs nothing. A pass that several sessions share
    /// (``read(_:by:)``) is not watched.
    public var observer: ((Observation) -> Void)?
    /// Whether the observer is also told of attention's scores and weights, a row of them at a time, and attention is computed
    /// on one thread for that.
    public var observesScores = true

    let cache: KVCache
    let batch: Batch
    /// The batch's rows that hold this session's logits.
    private var logitRows = 0..<0
    /// The pass that computed them.
    private var pass = 0

    /// Tokens that share one reading of the weights: enough to be bound by multiplying, few enough to keep
    /// the scratch small (1.7 MiB for 124M).
    public static let batchLength = 64

    init(_ model: GPT2, batch: Batch) throws(GPT2Error) {
        self.model = model
        self.batch = batch
        cache = try KVCache(
            model.configuration, type: model.options.cacheType, contextLength: model.contextLength,
            kernels: model.kernels)
        tokens.reserveCapacity(model.contextLength)
    }

    /// A new text of the same model that shares this one's scratch, so that the two can be read together; see
    /// ``read(_:by:)``.
    public func makeCompanion() throws(GPT2Error) -> Session { try Session(model, batch: batch) }

    /// Positions that are still free.
    public var remainingContext: Int { model.contextLength - position }

    // MARK: Reading

    /// Reads tokens at the next positions and computes the logits of what follows the last `keptLogits` of them, at most
    /// `batchLength`; 0 of them where nobody will ask.
    public func read(_ tokens: Span<Int>, keptLogits: Int = 1) throws(GPT2Error) {
        precondition((0...Self.batchLength).contains(keptLogits), "logits are kept for a batch at most")
        try readBatches(tokens, keptLogits: keptLogits) { isLast throws(GPT2Error) in
            if isLast, keptLogits > 0 { try batch.predict(lastRows: keptLogits) }
        }
        logitRows = 0..<keptLogits
        for row in logitRows { try check(row: row, position: position - keptLogits + row) }
    }

    /// Reads tokens at the next positions and computes the logits of what follows the last of them.
    public func read(_ tokens: [Int]) throws(GPT2Error) { try read(tokens.span) }

    /// Reads tokens at the next positions and hands out, in order, the logits `[vocabularySize]` of what follows each.
    public func read(_ tokens: [Int], eachLogits body: (Span<Float>) throws(GPT2Error) -> Void) throws(GPT2Error) {
        try readBatches(tokens.span, keptLogits: 1) { _ throws(GPT2Error) in
            let count = batch.tokenCount
            try batch.predict(lastRows: count)
            for row in 0..<count {
                try check(row: row, position: position + row)
                try body(unsafe Span(_unsafeStart: batch.logits.row(row), count: batch.logits.width))
            }
            logitRows = count - 1..<count
        }
    }

    /// Reads one token for each of several texts, in one reading of the weights. All are companions of the first.
    ///
    /// The result is the same, bit for bit, as reading them one after the other.
    public static func read(_ tokens: [Int], by sessions: [Session]) throws(GPT2Error) {
        precondition(tokens.count == sessions.count, "a token for each session")
        precondition(tokens.count <= batchLength, "at most \(batchLength) sessions are read together")
        guard let batch = sessions.first?.batch else { return }
        batch.begin()
        batch.observer = nil
        for (index, session) in sessions.enumerated() {
            precondition(session.batch === batch, "sessions that are read together are companions")
            let token = tokens.span.extracting(index..<index + 1)
            try session.check(token)
            try batch.add(token, position: session.position, cache: session.cache)
        }
        try batch.forward()
        try batch.predict(lastRows: tokens.count)
        for (row, session) in sessions.enumerated() {
            session.tokens.append(tokens[row])
            session.logitRows = row..<row + 1
            session.pass = batch.passes
            try session.check(row: row, position: session.position - 1)
        }
    }

    private func readBatches(
        _ tokens: Span<Int>, keptLogits: Int, afterEach predict: (_ isLast: Bool) throws(GPT2Error) -> Void
    ) throws(GPT2Error) {
        try check(tokens)
        var start = 0
        while start < tokens.count {
            // The last batch holds all tokens whose logits are kept.
            let left = tokens.count - start
            let count = left > Self.batchLength ? min(Self.batchLength, left - keptLogits) : left
            let part = tokens.extracting(start..<start + count)
            batch.begin()
            batch.observer = observer
            batch.observesScores = observesScores
            try batch.add(part, position: position, cache: cache)
            try batch.forward()
            start += count
            try predict(start == tokens.count)
            for index in part.indices { self.tokens.append(part[index]) }
            pass = batch.passes
        }
    }

    // MARK: Logits

    /// Gives access to the logits `[vocabularySize]` of what follows the last token read, or one of the last. They may be
    /// changed; the next reading, by this session or a companion, makes new ones.
    ///
    /// - Parameters:
    ///   - index: which of the kept ones, in the order of their tokens; nil for the last.
    ///   - body: is given the logits.
    public func withLogits<R, E: Error>(
        at index: Int? = nil, _ body: (inout MutableSpan<Float>) throws(E) -> R
    ) throws(E) -> R {
        precondition(!logitRows.isEmpty, "no logits before the first token is read")
        precondition(pass == batch.passes, "the logits are gone: a companion has read since")
        precondition(index.map { logitRows.indices.contains(logitRows.lowerBound + $0) } ?? true, "no such logits")
        let row = index.map { logitRows.lowerBound + $0 } ?? logitRows.upperBound - 1
        var span = unsafe MutableSpan(_unsafeStart: batch.logits.row(row), count: batch.logits.width)
        return try body(&span)
    }

    /// Forgets everything after the first `position` tokens, so that another continuation can be read.
    public func rewind(to position: Int = 0) {
        precondition((0...self.position).contains(position), "a session can only be rewound to where it has been")
        tokens.removeLast(tokens.count - position)
        logitRows = 0..<0
    }

    /// Makes this session's text another's: what it has read, as far as `position`, without reading it again.
    public func adopt(_ other: Session, to position: Int) {
        precondition(other.model === model && position <= other.position, "only what the other has read can be adopted")
        cache.copy(other.cache, positions: position)
        replaceTokens(with: other.tokens[..<position])
    }

    /// Takes note of what the cache holds now.
    func replaceTokens(with tokens: ArraySlice<Int>) {
        self.tokens.removeAll(keepingCapacity: true)
        self.tokens += tokens
        logitRows = 0..<0
    }

    // MARK: Checks

    /// Refuses tokens that cannot be read next.
    func check(_ tokens: Span<Int>) throws(GPT2Error) {
        let shape = model.configuration
        guard !tokens.isEmpty else { throw .noTokens }
        guard tokens.count <= remainingContext else {
            throw .contextFull(position: position, tokens: tokens.count, contextLength: model.contextLength)
        }
        for index in tokens.indices where !(0..<shape.vocabularySize).contains(tokens[index]) {
            throw .tokenOutsideVocabulary(
                token: tokens[index], position: index, vocabularySize: shape.vocabularySize)
        }
    }

    private func check(row: Int, position: Int) throws(GPT2Error) {
        try model.checkFile()
        let row = unsafe Span(_unsafeStart: batch.logits.row(row), count: batch.logits.width)
        var sum: Float = 0  // stays zero unless something is not finite: x · 0 is NaN for infinities and NaN
        for i in row.indices { sum += row[i] * 0 }
        guard sum == 0 else { throw .notFinite(position: position) }
    }
}
