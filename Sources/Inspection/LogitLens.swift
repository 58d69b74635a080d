public import GPT2
import Probabilities

/// A token that a model might say, and how likely it is.
public struct Prediction: Sendable, Equatable {
    /// Its id.
    public let token: Int
    /// Its probability.
    public let probability: Double
}

/// What a model would say next, were its last blocks left out: the head's opinion of the residual stream after each block.
///
/// Source: nostalgebraist, "interpreting GPT: the logit lens" (2020).
public struct LogitLens: Sendable {
    /// The likeliest tokens before the first block and behind each, `[layerCount + 1][tokens][count]`. The last are the model's.
    public let predictions: [[[Prediction]]]

    /// Asks the head about every residual stream.
    ///
    /// - Parameters:
    ///   - trace: what the model computed.
    ///   - session: one of the model's.
    ///   - count: tokens to keep of each prediction.
    ///   - tokenCount: tokens that texts may have, from 0 on.
    public init(
        _ trace: ForwardTrace, by session: Session, count: Int, tokenCount: Int
    ) throws(InspectionError) {
        predictions = try trace.residual.map { stream throws(InspectionError) in
            var rows: [[Prediction]] = []
            try session.eachLogits(ofResidual: stream) { logits in
                rows.append(Self.likeliest(logits.prefix(tokenCount), count: count))
            }
            return rows
        }
    }

    /// The likeliest tokens of a row of logits.
    static func likeliest(_ logits: ArraySlice<Float>, count: Int) -> [Prediction] {
        let places = highest(count, of: logits.span)
        return unsafe logits.withUnsafeBufferPointer { logits in
            let row = unsafe LogitRow(logits)
            return places.map { Prediction(token: $0, probability: exponential(-row.surprise($0))) }
        }
    }
}

extension Session {
    /// Hands out, row after row, what the head makes of residual streams `[rows × embeddingSize]`; a batch of logits is there at
    /// a time.
    func eachLogits(
        ofResidual rows: [Float], _ body: (ArraySlice<Float>) -> Void
    ) throws(InspectionError) {
        let (size, width) = (model.configuration.embeddingSize, model.configuration.vocabularySize)
        for start in stride(from: 0, to: rows.count, by: Self.batchLength * size) {
            let part = Array(rows[start..<min(start + Self.batchLength * size, rows.count)])
            let logits: [Float]
            do { logits = try self.logits(ofResidual: part) } catch { throw .model(error) }
            for row in stride(from: 0, to: logits.count, by: width) { body(logits[row..<row + width]) }
        }
    }
}
