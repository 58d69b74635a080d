import Conversion
import GPT2
import Kernels
import ModelFile
import StrictJSON
import TestSupport
import Testing

@testable import Calibration

/// Gradients, against PyTorch's automatic differentiation (Tests/Golden/gradients).
@Suite struct BackwardPasses {
    static let variants = [
        "base", "untied", "inner", "gelu", "relu", "unscaled-attention", "inverse-layer", "one-head", "epsilon",
    ]
    private let folder = TemporaryDirectory()

    private func model(_ variant: String) throws -> GPT2 {
        let path = folder.file("model.q8z")
        _ = try convert(
            ConversionPlan(path: golden("checkpoints/\(variant)")), to: path,
            options: ConversionOptions(precision: .float32, storage: .raw))
        return try GPT2(contentsOf: path, options: Options(activations: .float32, cacheType: .float32))
    }

    /// The gradient at what the head reads, Σ over the vocabulary of (p − y) times the head's rows.
    private func gradientBehindHead(_ logits: [[Float]], _ labels: [Int], _ model: GPT2) throws -> TokenVectors {
        let shape = model.configuration
        let name = shape.tiesEmbeddings ? ArrayName.tokenEmbedding : ArrayName.head
        let head = try model.file.weights(of: try #require(model.file.array(named: name)))
        let h = try TokenVectors(count: logits.count, width: shape.embeddingSize)
        for (token, row) in logits.enumerated() {
            var p = row
            unsafe p.withUnsafeMutableBufferPointer { p in
                if let start = p.baseAddress { unsafe model.kernels.softmax(start, p.count) }
            }
            p[labels[token]] -= 1
            for i in 0..<shape.embeddingSize {
                unsafe h.row(token)[i] = p.indices.reduce(0) { $0 + p[$1] * head[$1 * shape.embeddingSize + i] }
            }
        }
        return h
    }

    @Test(arguments: variants) func agreeWithAutomaticDifferentiation(variant: String) throws {
        let model = try model(variant)
        let json = try JSONValue(parsing: readFile(golden("gradients/gradients.json")))
        func numbers(_ value: JSONValue?) throws -> [Double] {
            try #require(value?.arrayValue).compactMap(\.doubleValue)
        }
        let labels = try numbers(json["labels"]).map { Int($0) }
        let text = try JSONValue(parsing: readFile(golden("checkpoints/\(variant)/tokens.json")))
        let tokens = try numbers(text).map { Int($0) }

        var logits: [[Float]] = []
        let trace = try Trace(tokens, by: model.makeSession()) { row in
            logits.append(row.indices.map { row[$0] })
        }
        var seen: [String: TokenVectors] = [:]
        let pass = BackwardPass(model: try GradientModel(model)) { (name, _, y) throws(KernelError) in
            seen[name] = try TokenVectors(copying: y)
        }
        let embeddings = try pass.run(trace, from: try gradientBehindHead(logits, labels, model))

        func check(_ found: [Double], _ expected: [Double], _ name: String) {
            let size = expected.map(\.magnitude).max() ?? 0
            let error = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
            #expect(found.count == expected.count && error <= 2e-5 * max(1, size), "\(name): \(error) beside \(size)")
        }
        let golden = try #require(json[variant])
        check(
            (0..<tokens.count).flatMap { token in
                (0..<embeddings.width).map { unsafe Double(embeddings.row(token)[$0]) }
            }, try numbers(golden["embeddings"]), "embeddings")
        #expect(seen.count == 4 * model.configuration.layerCount)
        for (name, y) in seen {
            func sum(_ value: (Float) -> Double) -> [Double] {
                (0..<y.width).map { i in (0..<y.count).reduce(0) { unsafe $0 + value(y.row($1)[i]) } }
            }
            check(sum { Double($0) }, try numbers(golden[name]?["sum"]), name)
            check(sum { Double($0) * Double($0) }, try numbers(golden[name]?["squares"]), name)
        }
    }
}
