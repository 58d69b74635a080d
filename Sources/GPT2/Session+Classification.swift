import Probabilities

/// What a classifier says of a text.
public struct Classification: Sendable, Equatable {
    /// `[labels]`
    public let logits: [Float]
    /// What the logits come to, `[labels]`: shares that sum to 1, a probability for each label, or, of a regression, the logits.
    public let scores: [Double]
    /// The label with the highest score; the first of several.
    public let best: Int

    init(_ logits: [Float], _ configuration: ClassifierConfiguration) {
        self.logits = logits
        let values = logits.map { Double($0) }
        best = logits.indices.max { (logits[$0], $1) < (logits[$1], $0) } ?? 0
        if configuration.problem == .regression {
            scores = values
        } else if configuration.usesSigmoid {
            scores = values.map { 1 / (1 + exponential(-$0)) }
        } else {
            let powers = values.map { exponential($0 - (values.max() ?? 0)) }
            let total = powers.reduce(0, +)
            scores = powers.map { $0 / total }
        }
    }
}

extension Session {
    /// Labels a text, which is read from the beginning; what the session has read is forgotten.
    ///
    /// As Hugging Face has it, the last token that is not padding decides, so that a text says the same with and without it.
    ///
    /// - Throws: ``GPT2Error/noClassifier`` for a model that only predicts tokens.
    public func classify(_ tokens: [Int]) throws(GPT2Error) -> Classification {
        guard let configuration = model.configuration.classifier, let classifier = model.weights.classifier else {
            throw .noClassifier
        }
        let last = tokens.lastIndex { $0 != configuration.padToken } ?? 0
        rewind()
        try read(tokens.span.extracting(..<min(last + 1, tokens.count)), keptLogits: 0)
        batch.keepLastRows(1)
        batch.normalize(batch.x, model.weights.finalNorm, into: batch.h)
        let labels = try Activation(rows: 1, width: configuration.labels.count)
        try batch.multiply(classifier, batch.h, into: labels)
        let logits = labels.values(rows: 1)
        guard logits.allSatisfy(\.isFinite) else { throw .notFinite(position: last) }
        return Classification(logits, configuration)
    }
}
