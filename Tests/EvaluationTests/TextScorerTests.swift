import Conversion
import Evaluation
import GPT2
import Kernels
import Probabilities
import StrictJSON
import TestSupport
import Testing

/// Log-probabilities beside Hugging Face's (Tests/Golden/scores).
@Suite struct TextScores {
    private let folder = TemporaryDirectory()

    private func scorer(_ checkpoint: String) throws -> TextScorer {
        let path = folder.file("model.q8z")
        _ = try convert(ConversionPlan(path: checkpoint), to: path, options: ConversionOptions(precision: .float32))
        let exact = Options(activations: .float32, cacheType: .float32, pool: WorkerPool(threadCount: 2))
        return try TextScorer(GPT2(contentsOf: path, options: exact))
    }

    @Test func areHuggingFaces() throws {
        let json = try JSONValue(parsing: readFile(golden("scores/scores.json")))
        let tokens = try #require(json["tokens"]?.arrayValue).compactMap(\.intValue)
        let expected = try #require(json["logprobs"]?.arrayValue).compactMap(\.doubleValue)
        let ranks = try #require(json["ranks"]?.arrayValue).compactMap(\.intValue)
        let scorer = try scorer("\(packageRoot)/models/demo")
        let scores = try scorer.scores(of: Array(tokens.dropFirst()), after: [tokens[0]], likeliest: 3)
        #expect(scores.map(\.token) == Array(tokens.dropFirst()))
        #expect(scores.count == expected.count)
        for (score, expected) in zip(scores, expected) { #expect(abs(score.logProbability - expected) < 1e-4) }
        #expect(zip(scores, ranks).filter { $0.rank != $1 }.count <= 1)  // two tokens may be all but equal
        for score in scores {
            #expect(score.likeliest.count == 3)
            #expect(score.likeliest.map(\.logProbability) == score.likeliest.map(\.logProbability).sorted(by: >))
            if score.rank == 1 { #expect(score.likeliest[0].token == score.token) }
        }
        // What was read before is not read again, and says the same.
        let second = try scorer.scores(of: Array(tokens[100...]), after: Array(tokens[..<100]))
        #expect(second.map(\.logProbability) == scores[99...].map(\.logProbability))
        #expect(try scorer.scores(of: Array(tokens[1...4]), after: [tokens[0]]).map(\.rank) == scores[..<4].map(\.rank))
    }

    @Test func choicesAreRankedByTheWholeContinuation() throws {
        let scorer = try scorer(golden("checkpoints/base"))
        let prompt = [7, 0, 60]
        let texts = [[7, 0, 60, 3, 4], [7, 0, 60, 5], [7, 0, 12, 9]]
        let ranked = try RankedChoices(texts, prompt: prompt, by: scorer)
        // The third text was cut otherwise: all are scored from where it parts.
        #expect(ranked.context == [7, 0])
        for choice in ranked.choices {
            let expected = try scorer.scores(of: Array(texts[choice.index].dropFirst(2)), after: [7, 0])
            #expect(choice.scores == expected)
            #expect(choice.logProbability == expected.reduce(0) { $0 + $1.logProbability })
        }
        #expect(ranked.choices.map(\.logProbability) == ranked.choices.map(\.logProbability).sorted(by: >))
        #expect(abs(ranked.choices.reduce(0) { $0 + $1.share } - 1) < 1e-12)
    }

    @Test func whatCannotBeScoredIsRefused() throws {
        let scorer = try scorer(golden("checkpoints/base"))
        #expect(throws: GPT2Error.noTokens) { try scorer.scores(of: [1], after: []) }
        #expect(throws: GPT2Error.tokenOutsideVocabulary(token: 61, position: 2, vocabularySize: 61)) {
            try scorer.scores(of: [1, 61], after: [2])
        }
        #expect(throws: GPT2Error.self) { try scorer.scores(of: Array(repeating: 1, count: 25), after: [2]) }
        #expect(try scorer.scores(of: Array(repeating: 1, count: 24), after: [2]).count == 24)
    }
}
