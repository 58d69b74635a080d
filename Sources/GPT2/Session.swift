import Kernels
import ModelFile
import Synchronization

/// One text being read by a model: its key and value cache, and the scratch of a forward pass.
///
/// Everything is allocated when the session is made, but for the cache's memory, which comes as positions are used, and
/// the logits' when more rows of them are asked for. Not for several threads at a time: make one session for each text.
public final class Session {
    public let model: GPT2
    /// The tokens read so far.
    public private(set) var tokens: [Int] = []
    /// How many tokens were read so far; the next one goes to this position.
    public var position: Int { tokens.count }

    /// Called with every intermediate value of the forward pass, if set. Watching makes copies; not watching costs
    /// nothing.
    public var observer: ((Observation) -> Void)?

    let cache: KVCache
    /// The residual stream, `[batchLength × embeddingSize]`.
    let x: Activation
    /// What a sub-block reads or leaves, `[batchLength × embeddingSize]`.
    let h: Activation
    /// Queries, keys and values, `[batchLength × 3 embeddingSize]`.
    let qkv: Activation
    /// The feed-forward's inner layer, `[batchLength × innerSize]`.
    let wide: Activation
    /// `[rows × vocabularySize]`
    let logits: Activation
    let crew: Crew
    /// Tokens in the batch that is being read.
    var tokenCount = 0
    private var logitRows = 0

    /// Tokens that share one reading of the weights: enough to be bound by multiplying, few enough to keep
    /// the scratch small (1.7 MiB for 124M).
    public static let batchLength = 64

    init(_ model: GPT2) throws(GPT2Error) {
        let shape = model.configuration
        let rows = min(Self.batchLength, shape.contextLength)
        self.model = model
        cache = try KVCache(shape, type: model.options.cacheType, kernels: model.kernels)
        x = try Activation(rows: rows, width: shape.embeddingSize)
        h = try Activation(rows: rows, width: shape.embeddingSize)
        qkv = try Activation(rows: rows, width: 3 * shape.embeddingSize)
        wide = try Activation(rows: rows, width: shape.innerSize)
        logits = try Activation(rows: 1, width: shape.vocabularySize)
        crew = try Crew(model, cache: cache, rows: rows)
        tokens.reserveCapacity(shape.contextLength)
    }

    /// Positions that are still free.
    public var remainingContext: Int { model.configuration.contextLength - position }

    /// Reads tokens at the next positions and computes the logits of what follows the last of them.
    public func read(_ tokens: [Int]) throws(GPT2Error) {
        try readBatches(tokens) { isLast throws(GPT2Error) in
            if isLast { try predict(lastRows: 1) }
        }
    }

    /// Reads tokens at the next positions and hands out, in order, the logits `[vocabularySize]` of what follows each.
    public func read(_ tokens: [Int], eachLogits body: (Span<Float>) throws(GPT2Error) -> Void) throws(GPT2Error) {
        try readBatches(tokens) { _ throws(GPT2Error) in
            try predict(lastRows: tokenCount)
            for row in 0..<tokenCount {
                try check(row: row, position: position + row)
                try body(unsafe Span(_unsafeStart: logits.row(row), count: logits.width))
            }
        }
    }

    private func readBatches(
        _ tokens: [Int], afterEach predict: (_ isLast: Bool) throws(GPT2Error) -> Void
    ) throws(GPT2Error) {
        try check(tokens)
        for start in stride(from: 0, to: tokens.count, by: x.capacity) {
            let end = min(start + x.capacity, tokens.count)
            tokenCount = end - start
            try forward(tokens[start..<end])
            try predict(end == tokens.count)
            self.tokens += tokens[start..<end]
        }
        logitRows = tokenCount
        try check(row: logitRows - 1, position: position - 1)
    }

    /// Gives access to the logits `[vocabularySize]` of what follows the last token read. They may be changed; the next
    /// reading makes new ones.
    public func withLogits<R, E: Error>(_ body: (inout MutableSpan<Float>) throws(E) -> R) throws(E) -> R {
        precondition(logitRows > 0, "no logits before the first token is read")
        var span = unsafe MutableSpan(_unsafeStart: logits.row(logitRows - 1), count: logits.width)
        return try body(&span)
    }

    /// Forgets everything after the first `position` tokens, so that another continuation can be read.
    public func rewind(to position: Int = 0) {
        precondition((0...self.position).contains(position), "a session can only be rewound to where it has been")
        tokens.removeLast(tokens.count - position)
        logitRows = 0
    }

    private func check(_ tokens: [Int]) throws(GPT2Error) {
        let shape = model.configuration
        guard !tokens.isEmpty else { throw .noTokens }
        guard tokens.count <= remainingContext else {
            throw .contextFull(position: position, tokens: tokens.count, contextLength: shape.contextLength)
        }
        for (index, token) in tokens.enumerated() where !(0..<shape.vocabularySize).contains(token) {
            throw .tokenOutsideVocabulary(token: token, position: index, vocabularySize: shape.vocabularySize)
        }
    }

    private func check(row: Int, position: Int) throws(GPT2Error) {
        let row = unsafe Span(_unsafeStart: logits.row(row), count: logits.width)
        var sum: Float = 0  // stays zero unless something is not finite: x · 0 is NaN for infinities and NaN
        for i in row.indices { sum += row[i] * 0 }
        guard sum == 0 else { throw .notFinite(position: position) }
    }
}

/// One intermediate value of a forward pass.
public struct Observation: Sendable {
    /// The part of the model that made it, such as `block.0.attention.qkv`; docs/FORMAT.md has the names of parts.
    public let name: String
    /// The position in the text of its first row.
    public let firstPosition: Int
    /// `[rows × columns]`
    public let values: [Float]
    public let rows: Int
    public var columns: Int { values.count / rows }
}
