import Checkpoints
import Conversion
import GPT2
import Generation
import Kernels
import StrictJSON
import Probabilities
import TestSupport
import Testing

@testable import Evaluation

/// Perplexities beside those that transformers computed; Tests/Golden/perplexity has the script.
@Suite struct PerplexityBesideTransformers {
    private let folder = TemporaryDirectory()
    private let exact = Options(activations: .float32, cacheType: .float32, pool: WorkerPool(threadCount: 2))

    private func goldens(_ name: String) throws -> [JSONValue] {
        let json = try JSONValue(parsing: readFile(golden("perplexity/goldens.json")))
        return try #require(json[name]?.arrayValue)
    }

    private func converted(_ checkpoint: String) throws -> String {
        let path = folder.file("\(checkpoint.split(separator: "/").last ?? "").q8z")
        let options = ConversionOptions(precision: .float32)
        _ = try convert(ConversionPlan(path: checkpoint), to: path, options: options)
        return path
    }

    /// What a text comes to.
    private func summary(
        _ model: GPT2, base: GPT2? = nil, _ rules: EvaluationProtocol, context: Int, stride: Int? = nil, _ ids: [UInt32]
    ) throws -> Summary {
        let windows = try Windows(rules, context: context, stride: stride, tokenCount: ids.count)
        let reader = try WindowReader(model, base: base)
        var summary = Summary(context: context)
        for index in 0..<windows.count {
            summary.add(try #require(try reader.read(windows[index], of: ids)), of: windows[index])
        }
        return summary
    }

    private func check(_ model: GPT2, _ ids: [UInt32], _ golden: JSONValue) throws {
        let context = try #require(golden["context"]?.intValue)
        #expect(ids.count == golden["tokens"]?.intValue)
        for rules in EvaluationProtocol.allCases {
            let stride = rules == .huggingFace ? golden["stride"]?.intValue : nil
            let nats = try #require(try summary(model, rules, context: context, stride: stride, ids).nats)
            let expected = try #require(golden["\(rules.rawValue)_nll"]?.doubleValue)
            #expect(abs(nats.mean - expected) < 1e-6, "\(rules): \(nats.mean) beside \(expected)")
        }
    }

    private func shakespeareIDs() -> [UInt32]? {
        guard let path = sharedData("checkpoints/tinygpt-shakespeare-char/eval_ids_u16le.bin") else { return nil }
        let bytes = readFile(path)
        return stride(from: 0, to: bytes.count, by: 2).map { UInt32(bytes[$0]) | UInt32(bytes[$0 + 1]) << 8 }
    }

    @Test func isTheSameOfShakespeareInBothProtocols() throws {
        guard let ids = shakespeareIDs(), let checkpoint = sharedData("checkpoints/tinygpt-shakespeare-char/hf") else {
            return
        }
        let model = try GPT2(contentsOf: converted(checkpoint), options: exact)
        for golden in try goldens("tinygpt-shakespeare-char") { try check(model, Array(ids[..<8001]), golden) }
    }

    @Test func isTheSameOfTheDemoInBothProtocols() throws {
        for golden in try goldens("demo") {
            guard let text = sharedData("corpora/\(try #require(golden["text"]?.stringValue))") else { return }
            let path = try converted("\(packageRoot)/models/demo")
            let model = try TextModel(contentsOf: path, options: exact)
            let bytes = readFile(text).prefix(try #require(golden["bytes"]?.intValue))
            try check(model.model, try model.tokens(of: Array(bytes), parsingSpecials: true).map(UInt32.init), golden)
        }
    }

    /// The demo beside its float32, on text of its own: what the logits themselves say.
    @Test func comparesRowsAsTheirLogitsDo() throws {
        let base = try GPT2(contentsOf: converted("\(packageRoot)/models/demo"), options: exact)
        var options = exact
        options.activations = nil
        let model = try GPT2(contentsOf: "\(packageRoot)/models/demo.q8z", options: options)
        var generator = SeededGenerator(seed: 3)
        let ids = (0..<70).map { _ in UInt32.random(in: 0..<4096, using: &generator) }
        let summary = try summary(model, base: base, .huggingFace, context: 70, ids)

        func rows(_ model: GPT2) throws -> [[Double]] {
            var rows: [[Double]] = []
            try model.makeSession().read(ids.map(Int.init)) { row throws(GPT2Error) in
                let largest = row.indices.reduce(-Double.infinity) { max($0, Double(row[$1])) }
                let sum = row.indices.reduce(0) { $0 + exponential(Double(row[$1]) - largest) }
                rows.append(row.indices.map { Double(row[$0]) - largest - logarithm(sum) })
            }
            return rows.dropLast()
        }
        let (theirs, ours) = (try rows(base), try rows(model))
        var divergences: [Double] = []
        var agreements = 0.0
        for (p, q) in zip(theirs, ours) {
            var divergence = 0.0
            for (a, b) in zip(p, q) { divergence += exponential(a) * (a - b) }
            divergences.append(divergence)
            if p.firstIndex(of: p.max() ?? 0) == q.firstIndex(of: q.max() ?? 0) { agreements += 1 }
        }
        let mean = divergences.reduce(0, +) / 69
        let comparison = try #require(summary.comparison)
        #expect(abs(comparison.divergence.mean - mean) < 1e-12)
        #expect(abs(comparison.maximum - (divergences.max() ?? 0)) < 1e-12)
        #expect(abs(comparison.agreement.mean - agreements / 69) < 1e-12)
        let same = try #require(try self.summary(base, base: base, .huggingFace, context: 70, ids).comparison)
        #expect(same.maximum == 0 && same.agreement.mean == 1 && same.probabilityChange.mean == 0)
    }

    @Test func refusesABaseOfAnotherVocabulary() throws {
        let model = try GPT2(contentsOf: "\(packageRoot)/models/demo.q8z", options: exact)
        let other = try GPT2(contentsOf: converted(golden("checkpoints/base")), options: exact)
        #expect(throws: EvaluationError.vocabularySizes(4096, base: 61)) { _ = try WindowReader(model, base: other) }
    }
}
