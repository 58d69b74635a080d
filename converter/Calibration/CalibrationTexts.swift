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

    /// Lets the model write.
    ///
    /// - Parameter onProgress: called often with the tokens written and those to be; an error ends it.
    public init(
        writtenBy model: TextModel, onProgress: (_ done: Int, _ total: Int) throws(CalibrationError) -> Void
    ) throws(CalibrationError) {
        let length = min(model.model.contextLength, Self.longestText)
        var writer = TextWriter(model)
        self.init(try writer.write(Self.textCount(length), length: length, onProgress: onProgress))
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
