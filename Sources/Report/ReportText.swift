import Evaluation
import GPT2
import Generation
public import ModelFile
import Tokenizer

/// The text that every file of a report is measured on, as ids.
public struct ReportText: Sendable, Equatable {
    /// What it is, for people.
    public let name: String
    /// Whether the base wrote it itself. Divergences mean what they always do then; perplexities say how sure the base is
    /// of itself, and are to be compared within the report only.
    public let isOwn: Bool
    private let ids: [UInt32]
    /// The ids without one newline at the end of the text, where that makes a difference.
    private let idsWithoutNewline: [UInt32]?

    func ids(_ rules: EvaluationProtocol) -> [UInt32] {
        rules.dropsFinalNewline ? idsWithoutNewline ?? ids : ids
    }

    /// A text that is ids already; `isOwn` says that the base wrote them.
    init(name: String, ids: [UInt32], isOwn: Bool) {
        (self.name, self.ids, self.isOwn, idsWithoutNewline) = (name, ids, isOwn, nil)
    }

    /// Reads a file of UTF-8 and cuts it into tokens as the base does.
    ///
    /// - Parameters:
    ///   - path: the text's file; `-` is standard input.
    ///   - base: a model file with a tokenizer.
    ///   - basePath: where that lies, for messages.
    public init(path: String, for base: ModelFile, at basePath: String) throws(ReportError) {
        let text = try FileBytes.read(path, limit: Tokenizer.textByteLimit)
        let path = FileBytes.inputName(path)
        let tokenizer: Tokenizer?
        do { tokenizer = try TextModel.tokenizer(in: base) } catch { throw .generation(path: basePath, error) }
        guard let tokenizer else { throw .noTokenizer(path: basePath) }
        func encode(_ text: [UInt8]) throws(ReportError) -> [UInt32] {
            var ids: [UInt32] = []
            do {
                try unsafe text.withUnsafeBufferPointer { text throws(TokenizerError) in
                    try unsafe tokenizer.encode(text, into: &ids)
                }
            } catch { throw .tokenizer(path: path, error) }
            return ids
        }
        name = FileBytes.name(path)
        isOwn = false
        ids = try encode(text)
        idsWithoutNewline = text.last == UInt8(ascii: "\n") ? try encode(text.dropLast()) : nil
    }

    /// Reads a file of little-endian 16-bit ids; `-` is standard input.
    public init(idsAt path: String, vocabularySize: Int) throws(ReportError) {
        let bytes = try FileBytes.read(path, limit: Tokenizer.textByteLimit)
        let path = FileBytes.inputName(path)
        guard bytes.count % 2 == 0 else { throw .oddByteCount(path: path, byteCount: bytes.count) }
        let ids = stride(from: 0, to: bytes.count, by: 2).map { UInt32(bytes[$0]) | UInt32(bytes[$0 + 1]) << 8 }
        if let position = ids.firstIndex(where: { $0 >= vocabularySize }) {
            throw .tokenOutsideVocabulary(
                path: path, token: Int(ids[position]), position: position, vocabularySize: vocabularySize)
        }
        self.init(name: FileBytes.name(path), ids: ids, isOwn: false)
    }
}

extension ReportText {
    /// Texts the base writes where none is given, and their length at most.
    private static let ownCount = 16
    private static let ownLength = 512

    /// Lets the base write texts of its own, from nothing and with nothing cut off from its distribution.
    ///
    /// - Parameter onProgress: is told the share that is written; false ends it.
    static func own(
        of text: TextModel, at path: String, onProgress: (Double) -> Bool
    ) throws(ReportError) -> ReportText {
        let length = min(ownLength, text.model.contextLength)
        let start = text.endOfText ?? 0
        do {
            var generator = try ParallelGenerator(
                text,
                texts: (0..<ownCount).map { seed in
                    var options = GenerationOptions()
                    options.sampling.seed = UInt64(seed)
                    (options.sampling.temperature, options.sampling.topK) = (1, 0)
                    (options.sampling.topP, options.sampling.minP, options.sampling.repeatPenalty) = (1, 0, 1)
                    options.maxTokens = length - 1
                    options.ignoresEndOfText = true
                    return ([start], options)
                })
            while try generator.advance({ _, _ in }) {
                let written = generator.generators.reduce(0) { $0 + $1.writtenCount }
                guard onProgress(Double(written) / Double(ownCount * length)) else { throw ReportError.interrupted }
            }
            let ids = generator.generators.flatMap { $0.tokens.prefix(length).map { UInt32($0) } }
            return ReportText(name: "\(ownCount) texts of the base's own", ids: ids, isOwn: true)
        } catch let error as GenerationError {
            throw .generation(path: path, error)
        } catch let error as ReportError {
            throw error
        } catch { preconditionFailure("a generator throws its own errors only, not \(error)") }
    }
}
