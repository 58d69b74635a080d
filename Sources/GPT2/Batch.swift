import Kernels
import ModelFile

/// Tokens that go through the model together, and the scratch of their forward pass.
///
/// They are the next tokens of one text, or of several: one reading of the weights serves them all. Everything is allocated
/// when the batch is made, but for the logits of more than one row. Sessions that take turns can share a batch.
final class Batch {
    /// Tokens of one text, at consecutive positions and in consecutive rows.
    struct Run {
        let cache: KVCache
        /// The position of the first of them.
        let position: Int
        /// The row of the first of them.
        let row: Int
        let count: Int
    }

    let model: GPT2
    /// The residual stream, `[length × embeddingSize]`.
    let x: Activation
    /// What a sub-block reads or leaves, `[length × embeddingSize]`.
    let h: Activation
    /// Queries, keys and values, `[length × 3 embeddingSize]`.
    let qkv: Activation
    /// The feed-forward's inner layer, `[length × innerSize]`.
    let wide: Activation
    /// `[rows × vocabularySize]`
    let logits: Activation
    let crew: Crew
    private(set) var runs: [Run] = []
    /// Rows in use.
    private(set) var tokenCount = 0
    /// Called with every intermediate value, if set.
    var observer: ((Observation) -> Void)?
    /// Whether that includes attention's scores and weights.
    var observesScores = true
    /// Rises with every pass, so that a session knows whether the logits are still its own.
    private(set) var passes = 0

    init(_ model: GPT2) throws(GPT2Error) {
        let shape = model.configuration
        let rows = Session.batchLength
        self.model = model
        x = try Activation(rows: rows, width: shape.embeddingSize)
        h = try Activation(rows: rows, width: shape.embeddingSize)
        qkv = try Activation(rows: rows, width: 3 * shape.embeddingSize)
        wide = try Activation(rows: rows, width: shape.innerSize)
        logits = try Activation(rows: 1, width: shape.vocabularySize)
        crew = try Crew(model, rows: rows)
        runs.reserveCapacity(rows)
    }

    /// What a batch takes, room for chunks aside.
    static func byteCount(_ shape: Configuration, contextLength: Int, threadCount: Int, logitRows: Int) -> Int {
        let rows = Session.batchLength
        let widths = [shape.embeddingSize, shape.embeddingSize, 3 * shape.embeddingSize, shape.innerSize]
        return 4 * rows * widths.map(Activation.stride).reduce(0, +)
            + 4 * logitRows * Activation.stride(shape.vocabularySize)
            + Crew.byteCount(shape, rows: rows, contextLength: contextLength, threadCount: threadCount)
    }

    /// Empties the batch, for the next pass.
    func begin() {
        runs.removeAll(keepingCapacity: true)
        tokenCount = 0
        passes += 1
    }

    /// Begins a pass that is no text's, with numbers `[rows × width]` in an activation.
    func begin(with values: ArraySlice<Float>, in activation: Activation) {
        begin()
        observer = nil
        tokenCount = values.count / activation.width
        unsafe values.withUnsafeBufferPointer { values in
            guard let start = values.baseAddress else { return }
            for row in 0..<tokenCount {
                unsafe activation.row(row).update(from: start + row * activation.width, count: activation.width)
            }
        }
    }

    /// Puts tokens of one text into the next rows: their embeddings → `x`.
    func add(_ tokens: Span<Int>, position: Int, cache: KVCache) throws(GPT2Error) {
        runs.append(Run(cache: cache, position: position, row: tokenCount, count: tokens.count))
        for index in tokens.indices {
            try embed(tokens[index], position: position + index, into: tokenCount)
            tokenCount += 1
        }
    }

    /// token embedding + position embedding → a row of `x`
    private func embed(_ token: Int, position: Int, into row: Int) throws(GPT2Error) {
        let weights = model.weights
        try wrap(GPT2Error.file) { () throws(ModelFileError) in
            unsafe try weights.tokenEmbedding.gatherRow(
                token, into: x.row(row), kernels: model.kernels, scratch: crew.chunkScratch.first)
            unsafe weights.positions.addRow(position, to: x.row(row), kernels: model.kernels)
        }
    }

    /// Moves some rows of `x` to the front, in their order; they are the batch from then on.
    func keepRows(_ rows: some Collection<Int>) {
        for (place, row) in rows.enumerated() where place < row {
            unsafe x.row(place).update(from: x.row(row), count: x.width)
        }
        tokenCount = rows.count
    }

    /// Moves the last `count` rows of `x` to the front; they are the batch from then on.
    func keepLastRows(_ count: Int) { keepRows(tokenCount - count..<tokenCount) }
}
