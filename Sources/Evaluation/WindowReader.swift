public import GPT2
import ModelFile
import Probabilities

/// Reads windows of a text with a model, and side by side with the base that it is compared with.
///
/// Logits exist for a batch of tokens at a time, and only for what is scored.
public final class WindowReader {
    private let session: Session
    private let base: Session?

    /// Tokens whose logits are there at a time: what `Options.keptLogits` is to be.
    public static let keptLogits = Session.batchLength

    /// A reader for a model, and for the base that it is compared with.
    public init(_ model: GPT2, base: GPT2? = nil) throws(EvaluationError) {
        if let base { try Self.check(model, base) }
        session = try wrap(EvaluationError.model) { () throws(GPT2Error) in try model.makeSession() }
        self.base = try wrap(EvaluationError.base) { () throws(GPT2Error) in try base?.makeSession() }
    }

    /// Refuses a base whose ids mean something else.
    private static func check(_ model: GPT2, _ base: GPT2) throws(EvaluationError) {
        let (size, baseSize) = (model.configuration.vocabularySize, base.configuration.vocabularySize)
        guard size == baseSize else { throw .vocabularySizes(size, base: baseSize) }
        for name in ["tokenizer.bytes", "tokenizer.offsets", "tokenizer.merges"] {
            guard let array = model.file.array(named: name), let other = base.file.array(named: name) else { continue }
            let bytes = unsafe try wrap({ .model(.file($0)) }) { () throws(ModelFileError) in
                unsafe try model.file.rawBytes(of: array)
            }
            let others = unsafe try wrap({ .base(.file($0)) }) { () throws(ModelFileError) in
                unsafe try base.file.rawBytes(of: other)
            }
            guard unsafe bytes.elementsEqual(others) else { throw .differentTokenizers }
        }
    }

    /// Reads a window and scores its tokens.
    ///
    /// - Parameters:
    ///   - window: one of the text's.
    ///   - text: the ids of the whole text.
    ///   - goesOn: asked before every batch of tokens.
    /// - Returns: nil if it was to go on no more.
    public func read(
        _ window: Window, of text: [UInt32], while goesOn: () -> Bool = { true }
    ) throws(EvaluationError) -> WindowScores? {
        var scores = WindowScores(index: window.index, compares: base != nil, capacity: window.scored.count)
        session.rewind()
        base?.rewind()
        var next = window.tokens.lowerBound
        // What follows the last token is not scored, and so that one is not read.
        while next + 1 < window.scored.upperBound {
            guard goesOn() else { return nil }
            // Up to the token before the first that is scored nothing is predicted.
            let silent = window.scored.lowerBound - 1 - next
            let count = min(silent > 0 ? silent : window.scored.upperBound - 1 - next, Session.batchLength)
            let tokens = text[next..<next + count].map(Int.init)
            let kept = silent > 0 ? 0 : count
            try wrap(EvaluationError.model) { () throws(GPT2Error) in
                try session.read(tokens.span, keptLogits: kept)
            }
            try wrap(EvaluationError.base) { () throws(GPT2Error) in
                try base?.read(tokens.span, keptLogits: kept)
            }
            for row in 0..<kept { score(row, token: Int(text[next + row + 1]), into: &scores) }
            next += count
        }
        return scores
    }

    private func score(_ row: Int, token: Int, into scores: inout WindowScores) {
        session.withLogits(at: row) { logits in
            unsafe logits.withUnsafeMutableBufferPointer { logits in
                let ours = unsafe LogitRow(UnsafeBufferPointer(logits))
                guard let base else { return scores.append(ours, base: nil, token: token) }
                base.withLogits(at: row) { logits in
                    unsafe logits.withUnsafeMutableBufferPointer { logits in
                        scores.append(ours, base: unsafe LogitRow(UnsafeBufferPointer(logits)), token: token)
                    }
                }
            }
        }
    }
}

/// Runs `body`, turning another room's error into ours.
func wrap<R, Inner: Error>(
    _ turn: (Inner) -> EvaluationError, _ body: () throws(Inner) -> R
) throws(EvaluationError) -> R {
    do { return try body() } catch { throw turn(error) }
}
