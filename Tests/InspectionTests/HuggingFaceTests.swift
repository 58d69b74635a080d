import Conversion
import GPT2
import Inspection
import StrictJSON
import TestSupport
import Testing

/// Attention and hidden states beside Hugging Face's (Tests/Golden/attention).
@Suite struct HuggingFaceAttention {
    static let names = ["sorter", "shakespeare", "demo"]

    @Test(arguments: names) func attentionHiddenStatesAndLogitsAreHuggingFaces(name: String) throws {
        guard let folder = Models.checkpoint(name) else { return }
        let json = try #require(try JSONValue(parsing: readFile(golden("attention/cases.json")))[name])
        let tokens = try #require(json["tokens"]?.arrayValue).compactMap(\.intValue)
        let positions = try #require(json["positions"]?.arrayValue).compactMap(\.intValue)
        var expected = floats(inFile: golden("attention/\(name).f32"))[...]
        func next(_ count: Int) -> [Float] {
            defer { expected = expected.dropFirst(count) }
            return Array(expected.prefix(count))
        }
        let model = try Converted(folder).open()
        let shape = model.configuration
        var last: [Float] = []
        let trace = try ForwardTrace(tokens, by: model.makeSession()) { row in last = row.indices.map { row[$0] } }

        for layer in 0..<shape.layerCount {
            for head in 0..<shape.headCount {
                let weights = trace.heads[layer][head].weights
                let theirs = next(weights.values.count)
                #expect(error(weights.values, theirs) <= 1e-5, "layer \(layer), head \(head)")
                for query in tokens.indices {
                    #expect(abs(weights.row(query).reduce(0, +) - 1) < 2e-6)
                    for key in query + 1..<tokens.count + 1 { #expect(weights[query, key] == 0) }
                }
            }
        }
        for (layer, states) in trace.hiddenStates.enumerated() {
            for position in positions {
                let ours = Array(states[position * shape.embeddingSize..<(position + 1) * shape.embeddingSize])
                #expect(error(ours, next(shape.embeddingSize)) <= 1e-5, "hidden state \(layer) at \(position)")
            }
        }
        #expect(error(last, next(shape.vocabularySize)) <= 1e-5)
        #expect(expected.isEmpty)
    }

    /// The largest difference, relative to the largest magnitude where that is above 1.
    private func error(_ ours: [Float], _ theirs: [Float]) -> Float {
        guard ours.count == theirs.count else { return .infinity }
        let magnitude = theirs.reduce(1) { max($0, $1.magnitude) }
        return zip(ours, theirs).reduce(0) { max($0, ($1.0 - $1.1).magnitude) } / magnitude
    }
}

/// Observing is looking on.
@Suite struct Observing {
    @Test(arguments: [Options(activations: .int16, cacheType: .float16), Options(activations: .int8, cacheType: .int8)])
    func changesNoBitOfTheLogits(options: Options) throws {
        let model = try Converted(golden("checkpoints/base"), ConversionOptions(precision: .int8)).open(options)
        let tokens = [7, 0, 60, 12, 12, 33, 5, 41, 29, 58, 3, 3, 3, 17, 46, 22]
        func logits(_ watch: Bool) throws -> [UInt32] {
            let session = try model.makeSession()
            var bits: [UInt32] = []
            var count = 0
            if watch { session.observer = { count += $0.values.count } }
            try session.read(Array(tokens.prefix(9)))
            try session.read(Array(tokens.dropFirst(9))) { row throws(GPT2Error) in
                bits += row.indices.map { row[$0].bitPattern }
            }
            #expect((count > 0) == watch)
            return bits
        }
        #expect(try logits(true) == logits(false))
    }

    @Test func positionsAreThoseOfTheText() throws {
        let session = try Converted(golden("checkpoints/base")).open().makeSession()
        var seen: [String: [Int]] = [:]
        session.observer = { seen[$0.name, default: []].append($0.firstPosition) }
        try session.read([1, 2, 3])
        try session.read([4, 5])
        #expect(seen["embedding"] == [0, 3])
        #expect(seen["block.1.mlp.down.residual"] == [0, 3])
        #expect(seen["final_norm"] == [2, 4])
        #expect(seen["block.0.attention.weights.1"] == [0, 1, 2, 3, 4])
    }
}
