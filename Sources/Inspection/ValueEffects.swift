public import GPT2
import Probabilities

/// What the value of each key says, head by head: the tokens whose logits it raises, were it all that is added to the residual
/// stream and the final norm's divisor what it is.
///
/// A query that gives weight a to a key adds a · W_out · value to its residual stream x. The head then sees (x + a · W_out · value),
/// normalized and multiplied by its weights; the second part of that is what stands here, times a / σ(x).
public struct ValueEffects: Sendable {
    /// A token, and what a value adds to its logit where weight and divisor are 1.
    public struct Push: Sendable, Equatable {
        /// Its id.
        public let token: Int
        /// In units of a logit.
        public let amount: Float
    }

    /// The tokens that a key's value raises most, `[layer][head][key][count]`.
    public let pushes: [[[[Push]]]]
    /// The length of W_out · value, `[layer][head][key]`.
    public let lengths: [[[Float]]]
    /// The residual stream behind a layer's attention: its standard deviation, which the final norm divides by, `[layer][query]`.
    public let deviations: [[Float]]
    /// Its length, `[layer][query]`.
    public let streamLengths: [[Float]]

    /// Asks the head about every head's values.
    ///
    /// - Parameters:
    ///   - trace: what the model computed.
    ///   - session: one of the model's.
    ///   - count: tokens to keep of each value.
    ///   - tokenCount: tokens that texts may have, from 0 on.
    public init(
        _ trace: ForwardTrace, by session: Session, count: Int, tokenCount: Int
    ) throws(InspectionError) {
        let shape = trace.configuration
        let norm = Norm(size: shape.embeddingSize, epsilon: shape.layerNormEpsilon)
        var silence: [Float] = []
        try session.eachLogits(ofResidual: [Float](repeating: 0, count: norm.size)) { silence = Array($0) }
        var (pushes, lengths) = ([[[[Push]]]](), [[[Float]]]())
        for layer in 0..<shape.layerCount {
            var (layerPushes, layerLengths) = ([[[Push]]](), [[Float]]())
            for head in 0..<shape.headCount {
                let added = try Self.added(trace, layer: layer, head: head, by: session)
                // The norm divides each by its own deviation; that is taken back.
                var deviations = norm.rows(added).map(norm.deviation)[...]
                var headPushes: [[Push]] = []
                try session.eachLogits(ofResidual: added) { logits in
                    let deviation = deviations.popFirst() ?? 0
                    let raised = zip(logits, silence).prefix(tokenCount).map { ($0 - $1) * deviation }
                    headPushes.append(highest(count, of: raised.span).map { Push(token: $0, amount: raised[$0]) })
                }
                layerPushes.append(headPushes)
                layerLengths.append(norm.rows(added).map(norm.length))
            }
            pushes.append(layerPushes)
            lengths.append(layerLengths)
        }
        (self.pushes, self.lengths) = (pushes, lengths)
        deviations = trace.residualAfterAttention.map { norm.rows($0).map(norm.deviation) }
        streamLengths = trace.residualAfterAttention.map { norm.rows($0).map(norm.length) }
    }

    /// W_out · value of one head for every key, `[keys × embeddingSize]`.
    private static func added(
        _ trace: ForwardTrace, layer: Int, head: Int, by session: Session
    ) throws(InspectionError) -> [Float] {
        let (size, headSize) = (trace.configuration.embeddingSize, trace.configuration.headSize)
        // The first row is of nothing, to learn the bias.
        var mixed = [Float](repeating: 0, count: (trace.tokens.count + 1) * size)
        for key in trace.tokens.indices {
            for index in head * headSize..<(head + 1) * headSize {
                mixed[(key + 1) * size + index] = trace.values[layer][key * size + index]
            }
        }
        let rows: [Float]
        do { rows = try session.attentionOutput(ofMixed: mixed, layer: layer) } catch { throw .model(error) }
        return rows.indices.dropFirst(size).map { rows[$0] - rows[$0 % size] }
    }

    /// What layer norm measures of a vector.
    private struct Norm {
        let size: Int
        let epsilon: Float

        func rows(_ vectors: [Float]) -> [ArraySlice<Float>] {
            stride(from: 0, to: vectors.count, by: size).map { vectors[$0..<$0 + size] }
        }

        func length(_ x: ArraySlice<Float>) -> Float {
            Float(x.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
        }

        /// √(variance + ε)
        func deviation(_ x: ArraySlice<Float>) -> Float {
            let mean = x.reduce(0.0) { $0 + Double($1) } / Double(size)
            let variance = x.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(size)
            return Float((variance + Double(epsilon)).squareRoot())
        }
    }
}
