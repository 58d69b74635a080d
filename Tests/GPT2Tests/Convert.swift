import Checkpoints
import Conversion
import GPT2
import Kernels
import ModelFile
import TestSupport

/// The yardstick: nothing is rounded but float32 arithmetic itself.
let exact = Options(activations: .float32, cacheType: .float32, kernels: nil, pool: WorkerPool(threadCount: 2))

/// A checkpoint converted for a test, in a folder that goes with it.
struct Converted {
    private let folder = TemporaryDirectory()
    let path: String

    init(_ checkpoint: String, _ options: ConversionOptions = ConversionOptions(precision: .float32)) throws {
        path = folder.file("model.q8z")
        _ = try convert(ConversionPlan(path: checkpoint), to: path, options: options)
    }

    func open(_ options: Options = exact) throws -> GPT2 { try GPT2(contentsOf: path, options: options) }
}

extension GPT2 {
    /// The logits after every token, `[tokens × vocabularySize]`, reading `tokens` in parts of these lengths.
    func allLogits(_ tokens: [Int], parts: [Int] = []) throws -> [Float] {
        let session = try makeSession()
        var logits: [Float] = []
        var rest = tokens[...]
        var parts = parts[...]
        while !rest.isEmpty {
            let count = min(parts.popFirst() ?? rest.count, rest.count)
            try session.read(Array(rest.prefix(count))) { row throws(GPT2Error) in
                for index in row.indices { logits.append(row[index]) }
            }
            rest = rest.dropFirst(count)
        }
        return logits
    }
}

/// The largest difference between two lists of numbers, and the largest magnitude in the second.
func compare(_ found: [Float], _ expected: [Float]) -> (error: Float, magnitude: Float) {
    precondition(found.count == expected.count, "\(found.count) values beside \(expected.count)")
    var (error, magnitude): (Float, Float) = (0, 0)
    for (a, b) in zip(found, expected) {
        error = max(error, a == b ? 0 : (a - b).magnitude.isNaN ? .infinity : (a - b).magnitude)
        magnitude = max(magnitude, b.magnitude)
    }
    return (error, magnitude)
}
