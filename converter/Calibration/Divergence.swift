public import GPT2
import Kernels
import Quantization

/// How far a model's predictions lie from another's: the mean over all tokens of KL(base ‖ model), in nats.
public func meanDivergence(
    of model: GPT2, from base: GPT2, on texts: [[Int]],
    onProgress: (_ done: Int, _ total: Int) throws(CalibrationError) -> Void
) throws(CalibrationError) -> Double {
    var (sum, count) = (0.0, 0)
    let total = texts.reduce(0) { $0 + $1.count }
    do {
        let (session, yardstick) = (try model.makeSession(), try base.makeSession())
        var expected: [[Float]] = []
        for text in texts {
            session.rewind()
            yardstick.rewind()
            for start in stride(from: 0, to: text.count, by: Session.batchLength) {
                let part = Array(text[start..<min(start + Session.batchLength, text.count)])
                expected.removeAll(keepingCapacity: true)
                try yardstick.read(part) { logits throws(GPT2Error) in
                    expected.append(unsafe logits.withUnsafeBufferPointer { unsafe Array($0) })
                }
                var row = 0
                try session.read(part) { logits throws(GPT2Error) in
                    sum += divergence(of: logits, from: &expected[row], kernels: model.kernels)
                    row += 1
                }
                count += part.count
                try onProgress(count, total)
            }
        }
    } catch let error as GPT2Error {
        throw .model(error)
    } catch let error as CalibrationError {
        throw error
    } catch { preconditionFailure("sessions throw no other errors") }
    return sum / Double(max(1, count))
}

/// KL(base ‖ model) between the distributions of two rows of logits; those of the base become its distribution.
///
/// With d the model's logits less the base's, ln Σ p e^d − Σ p d: small differences of large logarithms never occur.
func divergence(of logits: Span<Float>, from base: inout [Float], kernels: KernelSet) -> Double {
    let differences = unsafe [Float](unsafeUninitializedCapacity: base.count) { buffer, count in
        for index in base.indices { unsafe buffer[index] = logits[index] - base[index] }
        count = base.count
    }
    unsafe base.withUnsafeMutableBufferPointer { base in
        guard let start = base.baseAddress else { return }
        unsafe kernels.softmax(start, base.count)
    }
    var (total, mean) = (0.0, 0.0)
    for index in base.indices {
        total += Double(base[index])
        mean += Double(base[index]) * Double(differences[index])
    }
    mean /= total
    var exponentials = differences.map { $0 - Float(mean) }
    unsafe exponentials.withUnsafeMutableBufferPointer { exponentials in
        guard let start = exponentials.baseAddress else { return }
        unsafe kernels.expF32(start, exponentials.count)
    }
    var sum = 0.0
    for index in base.indices { sum += Double(base[index]) * Double(exponentials[index]) }
    return max(0, naturalLogarithm(sum / total) + (Double(Float(mean)) - mean))
}
