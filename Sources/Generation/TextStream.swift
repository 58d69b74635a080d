/// A text while it is written, piece by piece, for `for try await`.
///
/// ```swift
/// for try await piece in model.generate("Once upon a time") { print(piece.text, terminator: "") }
/// ```
///
/// The model works on an actor of its own, never on the caller's. A task that is cancelled ends the text where it is. Every
/// iterator writes the text anew, and it is the same text.
public struct TextStream: AsyncSequence, Sendable {
    public typealias Element = Piece

    private let writer: @Sendable () -> Writer

    init(
        _ text: TextModel, options: GenerationOptions,
        prompt: @escaping @Sendable () throws(GenerationError) -> [Int]
    ) {
        writer = { Writer(text, options: options, prompt: prompt) }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(writer: writer()) }

    /// Writes the text, a piece at a time.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let writer: Writer

        /// The next piece, or nil when the text has ended.
        public mutating func next() async throws(GenerationError) -> Piece? { try await writer.next() }

        /// The same, whoever asks.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(GenerationError) -> Piece? { try await writer.next() }
    }

    /// Keeps the generator to itself, so that one thread at a time works with it.
    fileprivate actor Writer {
        private let text: TextModel
        private let options: GenerationOptions
        private let prompt: @Sendable () throws(GenerationError) -> [Int]
        private var generator: TextGenerator?

        init(
            _ text: TextModel, options: GenerationOptions,
            prompt: @escaping @Sendable () throws(GenerationError) -> [Int]
        ) {
            (self.text, self.options, self.prompt) = (text, options, prompt)
        }

        func next() throws(GenerationError) -> Piece? {
            var generator =
                if let known = self.generator { known } else {
                    try TextGenerator(text, prompt: prompt(), options: options)
                }
            self.generator = nil  // there is one of it
            defer { self.generator = generator }
            while !Task.isCancelled, try generator.readBatch() {}
            return Task.isCancelled ? generator.interrupt() : try generator.next()
        }
    }
}

extension TextModel {
    /// Goes on with a text.
    public func generate(_ prompt: String, _ options: GenerationOptions = GenerationOptions()) -> TextStream {
        TextStream(self, options: options) { () throws(GenerationError) in
            try prompt.isEmpty ? [] : tokens(of: prompt)
        }
    }

    /// Goes on with a text in tokens.
    public func generate(
        tokens: [Int], _ options: GenerationOptions = GenerationOptions()
    ) -> TextStream {
        TextStream(self, options: options) { () throws(GenerationError) in tokens }
    }
}
