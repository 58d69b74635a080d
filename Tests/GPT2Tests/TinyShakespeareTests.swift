import Conversion
import GPT2
import StrictJSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A trained GPT-2 of 0.8 M parameters with erf GELU, and the logits its author's model gives in float32.
@Suite struct TinyShakespeareTests {
    private func reference() throws -> (folder: String, json: JSONValue)? {
        guard let path = sharedData("checkpoints/tinygpt-shakespeare-char/reference.json") else { return nil }
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return (folder, try JSONValue(parsing: readFile(path)))
    }

    @Test func float32LogitsAndGreedyTextAgreeWithTheReference() throws {
        guard let (folder, json) = try reference() else { return }
        let model = try Converted(folder + "/hf").open()
        for prompt in try #require(json["prompts"]?.arrayValue) {
            let ids = try #require(prompt["ids"]?.arrayValue).compactMap(\.intValue)
            let session = try model.makeSession()
            try session.read(ids)
            let logits = session.withLogits { span in span.span.indices.map { span[$0] } }
            let expected = try #require(prompt["last_logits"]?.arrayValue).compactMap(\.doubleValue).map { Float($0) }
            #expect(compare(logits, expected).error < 1e-4)
            if let greedy = prompt["greedy_ids"]?.arrayValue?.compactMap(\.intValue) {
                #expect(
                    try continuation(of: ids, by: model, count: greedy.count - ids.count)
                        == greedy.suffix(greedy.count - ids.count))
            }
        }
    }

    private func continuation(of ids: [Int], by model: GPT2, count: Int) throws -> [Int] {
        let session = try model.makeSession()
        var written: [Int] = []
        var unread = ids
        while written.count < count {
            try session.read(unread)
            let next = session.withLogits { logits in
                logits.span.indices.max { logits[$0] < logits[$1] } ?? -1
            }
            written.append(next)
            unread = [next]
        }
        return written
    }

    /// Cross-entropy in nats per character: windows of 128 that do not overlap, as reference.json describes them.
    private func crossEntropy(_ model: GPT2, _ ids: [Int], windows: Int) throws -> Double {
        let context = 128
        let session = try model.makeSession()
        var (sum, count) = (0.0, 0)
        for start in stride(from: 0, to: min(ids.count - context, windows * context), by: context) {
            session.rewind()
            var target = start
            try session.read(Array(ids[start..<start + context])) { row throws(GPT2Error) in
                target += 1
                sum += Self.surprise(row, ids[target])
                count += 1
            }
        }
        return sum / Double(count)
    }

    /// −log softmax(logits)[token], in float64.
    private static func surprise(_ logits: Span<Float>, _ token: Int) -> Double {
        var best = -Float.infinity
        for index in logits.indices { best = max(best, logits[index]) }
        var total = 0.0
        for index in logits.indices { total += exp(Double(logits[index] - best)) }
        return log(total) - Double(logits[token] - best)
    }

    /// log softmax(logits) after every token of a few windows of the whole context, in float64.
    private func logProbabilities(_ model: GPT2, _ ids: [Int], windows: Int) throws -> [[Double]] {
        let context = model.configuration.contextLength
        let session = try model.makeSession()
        var rows: [[Double]] = []
        for window in 0..<windows {
            session.rewind()
            try session.read(Array(ids[window * context..<(window + 1) * context])) { row throws(GPT2Error) in
                rows.append(row.indices.map { -Self.surprise(row, $0) })
            }
        }
        return rows
    }

    /// What docs/ACCURACY.md says of the cache's types, on a sixtieth of the text. The bounds are goals; the whole text
    /// gives 1.4e-5 and 1.3e-8.
    @Test func whatRoundedKeysAndValuesCostStaysBelowItsBound() throws {
        guard let (folder, _) = try reference() else { return }
        let bytes = readFile(folder + "/eval_ids_u16le.bin")
        let ids = stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8 }
        let file = try Converted(folder + "/hf", ConversionOptions(precision: .int8))
        func rows(_ type: Options.CacheType) throws -> [[Double]] {
            try logProbabilities(file.open(Options(activations: .float32, cacheType: type)), ids, windows: 14)
        }
        let exact = try rows(.float32)
        for (type, bound) in [(Options.CacheType.int8, 1e-3), (.float16, 1e-6)] {
            let divergences = zip(exact, try rows(type)).map { exact, found in
                zip(exact, found).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
            }
            let mean = divergences.reduce(0, +) / Double(divergences.count)
            #expect(mean > 0 && mean < bound, "\(type): \(mean)")
        }
    }

    @Test func crossEntropyIsTheReferencesAndInt8CostsLessThanAThousandth() throws {
        guard let (folder, json) = try reference() else { return }
        let bytes = readFile(folder + "/eval_ids_u16le.bin")
        let ids = stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8 }
        let expected = try #require(json["eval"]?["ce_nats"]?.doubleValue)
        let float32 = try crossEntropy(Converted(folder + "/hf").open(), ids, windows: .max / 1024)
        #expect(abs(float32 - 1.97477) < 0.0001 && abs(float32 - expected) < 1e-5, "\(float32)")
        for blockLength in [0, 64] {
            let options = ConversionOptions(precision: .int8, blockLength: blockLength)
            let int8 = try crossEntropy(Converted(folder + "/hf", options).open(Options()), ids, windows: .max / 1024)
            #expect(abs(int8 - float32) < 0.001, "\(int8) beside \(float32)")
        }
    }
}
