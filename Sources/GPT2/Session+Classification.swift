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
            scores = softmax(values)
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
        guard let result = try Self.classify([tokens], by: [self]).first else { throw .noTokens }
        return try result.get()
    }

    /// Labels several texts, each as if it were alone, bit for bit: a batch holds tokens of as many as there is room for, so that
    /// they share a reading of the weights and nothing is padded.
    ///
    /// - Parameters:
    ///   - texts: at most as many as there are sessions.
    ///   - sessions: companions of the first; what they have read is forgotten.
    /// - Returns: for every text what it is, or why that cannot be said of it.
    /// - Throws: what stands against all of them.
    public static func classify(
        _ texts: [[Int]], by sessions: [Session]
    ) throws(GPT2Error) -> [Result<Classification, GPT2Error>] {
        precondition(texts.count <= sessions.count, "a session for each text")
        guard let first = sessions.first else { return [] }
        let (model, batch) = (first.model, first.batch)
        guard let configuration = model.configuration.classifier, let classifier = model.weights.classifier else {
            throw .noClassifier
        }
        var results: [Result<Classification, GPT2Error>] = []
        var unread: [ArraySlice<Int>] = []
        for (text, session) in zip(texts, sessions) {
            precondition(session.batch === batch, "sessions that are read together are companions")
            session.rewind()
            let tokens = Array(text.prefix((text.lastIndex { $0 != configuration.padToken } ?? 0) + 1))
            do throws(GPT2Error) {
                try session.check(tokens.span)
                unread.append(tokens[...])
            } catch {
                unread.append([])
                results.append(.failure(error))
                continue
            }
            results.append(.failure(.noTokens))  // until it is read
        }
        while unread.contains(where: { !$0.isEmpty }) {
            batch.begin()
            (batch.observer, batch.observesScores) = (sessions.count == 1 ? first.observer : nil, first.observesScores)
            var read: [(text: Int, row: Int, position: Int)] = []
            for index in unread.indices where !unread[index].isEmpty && batch.tokenCount < batchLength {
                let part = Array(unread[index].prefix(batchLength - batch.tokenCount))
                try batch.add(part.span, position: unread[index].startIndex, cache: sessions[index].cache)
                unread[index].removeFirst(part.count)
                if unread[index].isEmpty { read.append((index, batch.tokenCount - 1, unread[index].startIndex - 1)) }
            }
            try batch.forward()
            try model.checkFile()
            guard !read.isEmpty else { continue }
            batch.keepRows(read.map(\.row))
            batch.normalize(batch.x, model.weights.finalNorm, into: batch.h)
            let labels = try Activation(rows: read.count, width: configuration.labels.count)
            try batch.multiply(classifier, batch.h, into: labels)
            let logits = labels.values(rows: read.count)
            for (place, (text, _, position)) in read.enumerated() {
                let row = Array(logits[place * labels.width..<(place + 1) * labels.width])
                results[text] =
                    row.allSatisfy(\.isFinite)
                    ? .success(Classification(row, configuration)) : .failure(.notFinite(position: position))
            }
        }
        return results
    }
}
