import GPT2
import Inspection
import StrictJSON
import TestSupport
import Testing

/// Vectors of texts beside Hugging Face's hidden states (Tests/Golden/scores).
@Suite struct Embeddings {
    @Test func areHuggingFacesHiddenStates() throws {
        let json = try JSONValue(parsing: readFile(golden("scores/scores.json")))
        let tokens = try #require(json["tokens"]?.arrayValue).compactMap(\.intValue)
        let session = try Converted("\(packageRoot)/models/demo").open().makeSession()
        for layer in [0, 3, 6] {
            let states = try HiddenStates(tokens, layer: layer, by: session)
            #expect(states.rows.count == tokens.count * 256)
            for pooling in HiddenStates.Pooling.allCases {
                let expected = try #require(json["hidden"]?["\(layer)"]?[pooling.rawValue]?.arrayValue)
                    .compactMap(\.doubleValue)
                let magnitude = expected.reduce(1) { max($0, $1.magnitude) }
                let ours = states.pooled(pooling)
                #expect(ours.count == expected.count)
                for (a, b) in zip(ours, expected) { #expect(abs(Double(a) - b) <= 1e-5 * magnitude) }
            }
        }
    }
}
