public import Generation
import GPT2

/// What a model is calibrated on: texts for statistics, and others to measure the result by.
public struct CalibrationTexts: Sendable {
    /// Token ids, each text from the beginning of a context.
    public let statistics: [[Int]]
    public let heldOut: [[Int]]

    /// Tokens that statistics are made of, and that results are measured by.
    public static let (statisticsCount, heldOutCount) = (12_288, 4_096)
    /// The longest text: GPT-2's context.
    private static let longestText = 1024
    /// Fewer tokens than these say too little.
    public static let fewestTokens = 512

    /// Takes texts from all over a long one: windows of the whole context, where there is enough of it.
    public init(from ids: [Int], contextLength: Int, vocabularySize: Int) throws(CalibrationError) {
        guard ids.count >= Self.fewestTokens else {
            throw .tooLittleText(tokens: ids.count, needed: Self.fewestTokens)
        }
        if let token = ids.first(where: { !(0..<vocabularySize).contains($0) }) {
            throw .tokenOutsideVocabulary(token: token, vocabularySize: vocabularySize)
        }
        // Four texts at least, so that one can be held out.
        let length = min(contextLength, Self.longestText, ids.count / 4)
        let wanted = Self.textCount(length)
        let count = min(wanted, ids.count / length)
        // Windows begin evenly spaced; where the text is short they lie side by side.
        let texts = (0..<count).map { index in
            let start = count == 1 ? 0 : (ids.count - length) * index / (count - 1)
            return Array(ids[start..<start + length])
        }
        self.init(texts)
    }

    /// Lets the model write: every fourth text from the end of another, as training texts begin, the others from a token
    /// drawn from the whole vocabulary, so that they are of every kind that the model knows.
    ///
    /// - Parameter onProgress: called often with the tokens written and those to be; an error ends it.
    public init(
        writtenBy model: TextModel, onProgress: (_ done: Int, _ total: Int) throws(CalibrationError) -> Void
    ) throws(CalibrationError) {
        let length = min(model.model.contextLength, Self.longestText)
        let count = Self.textCount(length)
        var random = RandomSource(seed: 0)
        let prompts = (0..<count).map { index in
            let token = Int(random.next() % UInt64(model.writableCount))
            return [index % 4 == 0 ? model.endOfText ?? token : token]
        }
        var texts: [[Int]] = []
        while texts.count < count {
            let seeds = texts.count..<min(count, texts.count + ParallelGenerator.maximumCount)
            let written = texts.count * length
            do {
                var generator = try ParallelGenerator(
                    model,
                    texts: seeds.map { (prompts[$0], .plain(seed: UInt64($0), maxTokens: length - 1)) })
                while try generator.advance({ _, _ in }) {
                    let now = generator.generators.reduce(0) { $0 + $1.writtenCount }
                    try onProgress(written + now, count * length)
                }
                texts += generator.generators.map { Array($0.tokens.prefix(length)) }
            } catch let error as CalibrationError {
                throw error
            } catch let error as GenerationError {
                throw .generation(error)
            } catch { preconditionFailure("generators throw no other errors") }
        }
        self.init(texts)
    }

    /// Every fourth text is held out, in turn one of the four kinds that texts from all over may have.
    private init(_ texts: [[Int]]) {
        func isHeldOut(_ index: Int) -> Bool { index % 4 == index / 4 % 4 }
        statistics = texts.indices.filter { !isHeldOut($0) }.map { texts[$0] }
        heldOut = texts.indices.filter(isHeldOut).map { texts[$0] }
    }

    private static func textCount(_ length: Int) -> Int {
        (statisticsCount + heldOutCount + 4 * length - 1) / (4 * length) * 4
    }

    /// Tokens of all texts.
    public var tokenCount: Int { (statistics + heldOut).reduce(0) { $0 + $1.count } }
}

extension GenerationOptions {
    /// The model's own distribution, nothing cut off and nothing penalized.
    fileprivate static func plain(seed: UInt64, maxTokens: Int) -> GenerationOptions {
        var options = GenerationOptions()
        options.sampling.seed = seed
        options.sampling.temperature = 1
        options.sampling.topK = 0
        options.sampling.topP = 1
        options.sampling.minP = 0
        options.sampling.repeatPenalty = 1
        options.maxTokens = maxTokens
        options.ignoresEndOfText = true
        return options
    }
}
