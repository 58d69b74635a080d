import GPT2
import Generation
import Kernels

/// A model that writes texts of its own, several at once: every token drawn from its whole prediction.
struct TextWriter {
    private let model: TextModel
    private var random = RandomSource(seed: 0)

    init(_ model: TextModel) { self.model = model }

    /// Texts of `length` tokens each.
    ///
    /// Every fourth begins at the end of another, as training texts do, the others at a token drawn from the whole vocabulary:
    /// so they are of every kind that the model knows, and not only of what it begins with by itself.
    ///
    /// - Parameter onProgress: called often with the tokens written and those to be; an error ends it.
    mutating func write(
        _ count: Int, length: Int, onProgress: (_ done: Int, _ total: Int) throws(CalibrationError) -> Void
    ) throws(CalibrationError) -> [[Int]] {
        var texts = (0..<count).map { index in
            let token = Int(random.next() % UInt64(model.writableCount))
            return [index % 4 == 0 ? model.endOfText ?? token : token]
        }
        for start in stride(from: 0, to: count, by: Session.batchLength) {
            let group = start..<min(start + Session.batchLength, count)
            let sessions = try sessions(group.count)
            for position in 1..<max(2, length) {
                let tokens = group.map { texts[$0][position - 1] }
                do { try Session.read(tokens, by: sessions) } catch { throw .model(error) }
                for index in group { texts[index].append(draw(sessions[index - start])) }
                try onProgress(start * length + group.count * (position + 1), count * length)
            }
        }
        return texts
    }

    private func sessions(_ count: Int) throws(CalibrationError) -> [Session] {
        do {
            let first = try model.model.makeSession()
            return try [first] + (1..<max(1, count)).map { _ throws(GPT2Error) in try first.makeCompanion() }
        } catch { throw .model(error) }
    }

    /// A token, as likely as the model finds it.
    private mutating func draw(_ session: Session) -> Int {
        var threshold = random.uniform()
        let (kernels, writable) = (model.model.kernels, model.writableCount)
        return session.withLogits { logits in
            unsafe logits.withUnsafeMutableBufferPointer { p in
                guard let start = p.baseAddress else { return 0 }
                unsafe kernels.softmax(start, writable)
                var drawn = 0
                for token in 0..<writable where threshold >= 0 {
                    if unsafe start[token] > 0 { drawn = token }
                    unsafe threshold -= Double(start[token])
                }
                return drawn
            }
        }
    }
}
