public import GPT2
public import Tokenizer

/// A model with the tokenizer that its file carries.
public struct TextModel: Sendable {
    /// The model.
    public let model: GPT2
    /// Nil where the file has none; such a model reads and writes token ids.
    public let tokenizer: Tokenizer?

    /// Opens a `.q8z` file.
    public init(contentsOf path: String, options: Options = Options()) throws(GenerationError) {
        do {
            model = try GPT2(contentsOf: path, options: options)
        } catch { throw .model(error) }
        tokenizer = try Self.tokenizer(in: model.file)
    }

    /// The token that ends a text, and that starts one where there is no prompt.
    public var endOfText: Int? { model.configuration.endOfText ?? tokenizer?.endOfText.map(Int.init) }

    /// How many of the model's tokens can be written: a vocabulary may be padded with ids that no text has.
    public var writableCount: Int {
        min(model.configuration.vocabularySize, tokenizer?.vocabularySize ?? model.configuration.vocabularySize)
    }

    /// Refuses a prompt that the context cannot hold, unless it slides.
    public func check(prompt: [Int], slides: Bool) throws(GenerationError) {
        guard slides || prompt.count <= model.contextLength else {
            throw .promptTooLong(tokens: prompt.count, contextLength: model.contextLength)
        }
    }

    /// The ids of a text. Special tokens' names are plain text unless `parsingSpecials`.
    public func tokens(of text: String, parsingSpecials: Bool = false) throws(GenerationError) -> [Int] {
        try tokens(of: Array(text.utf8), parsingSpecials: parsingSpecials)
    }

    /// The ids of a text in UTF-8, or of any bytes.
    public func tokens(of bytes: [UInt8], parsingSpecials: Bool = false) throws(GenerationError) -> [Int] {
        guard let tokenizer else { throw .noTokenizer }
        var ids: [UInt32] = []
        let problem = unsafe bytes.withUnsafeBufferPointer { bytes -> TokenizerError? in
            do throws(TokenizerError) {
                try unsafe tokenizer.encode(bytes, into: &ids, parsingSpecials: parsingSpecials)
                return nil
            } catch { return error }
        }
        if let problem { throw .tokenizer(problem) }
        return ids.map(Int.init)
    }
}
