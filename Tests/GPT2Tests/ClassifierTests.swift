import Conversion
import GPT2
import StrictJSON
import TestSupport
import Testing

/// Classifiers beside Hugging Face's (Tests/Golden/classifier).
@Suite struct Classifiers {
    private static let folder = golden("classifier")
    private static let shelf = "\(packageRoot)/models/shelf"

    private func json(_ name: String) throws -> JSONValue { try JSONValue(parsing: readFile("\(Self.folder)/\(name)")) }

    private func numbers(_ json: JSONValue?) throws -> [Float] {
        try #require(json?.arrayValue).compactMap(\.doubleValue).map { Float($0) }
    }

    private func check(_ logits: [Float], _ expected: [Float]) {
        let (error, magnitude) = compare(logits, expected)
        #expect(error <= 1e-5 * max(1, magnitude), "\(logits) beside \(expected)")
    }

    @Test func theLastTokenThatIsNotPaddingDecides() throws {
        let model = try Converted(Self.shelf).open()
        let session = try model.makeSession()
        let json = try json("shelf.json")
        let padded = try #require(json["padded"]?.arrayValue)
        #expect(padded.count == 4)
        for text in padded {
            let tokens = try #require(text["tokens"]?.arrayValue).compactMap(\.intValue)
            check(try session.classify(tokens).logits, try numbers(text["logits"]))
        }
        let expected = floats(inFile: Self.folder + "/shelf.f32")
        for (index, tokens) in try #require(json["tokens"]?.arrayValue).enumerated() {
            let found = try session.classify(tokens.arrayValue?.compactMap(\.intValue) ?? [])
            check(found.logits, Array(expected[3 * index..<3 * index + 3]))
            #expect(abs(found.scores.reduce(0, +) - 1) < 1e-12)
        }
        #expect(model.configuration.classifier?.labels == ["English novel", "children's story", "Spanish fiction"])
    }

    /// However many are read together, and however long they are, each is what it is alone.
    @Test func textsReadTogetherAreEachAsAlone() throws {
        let model = try Converted(Self.shelf).open()
        let texts: [[Int]] = [
            Array(1...70), [5], [], Array(3...40), [999_999], [7, 7, 7], Array(repeating: 9, count: 64),
            Array(200...210),
        ]
        let session = try model.makeSession()
        let sessions = try [session] + (1..<texts.count).map { _ in try session.makeCompanion() }
        let together = try Session.classify(texts, by: sessions)
        for (text, found) in zip(texts, together) {
            let alone = try Session.classify([text], by: [session])[0]
            #expect(found == alone)
        }
        #expect(together.filter { (try? $0.get()) != nil }.count == 6)
        #expect(try Session.classify([], by: sessions).isEmpty)
    }

    /// Names, kinds of problem, and what scores are then.
    static let variants: [(String, [String], ClassifierConfiguration.Problem)] = [
        ("default-labels", ["LABEL_0", "LABEL_1"], .singleLabel), ("multi-label", ["a", "b", "a"], .multiLabel),
        ("regression", ["LABEL_0"], .regression), ("one-label", ["spam"], .multiLabel),
    ]

    @Test(arguments: variants.indices) func everyKindOfProblemIsHuggingFaces(index: Int) throws {
        let (name, labels, problem) = Self.variants[index]
        let model = try Converted("\(Self.folder)/\(name)").open()
        let classifier = try #require(model.configuration.classifier)
        #expect(classifier.labels == labels && classifier.problem == problem)
        let json = try json("\(name)/logits.json")
        let tokens = try #require(json["tokens"]?.arrayValue).compactMap(\.intValue)
        let found = try model.makeSession().classify(tokens)
        check(found.logits, try numbers(json["logits"]))
        for (score, logit) in zip(found.scores, found.logits) {
            switch problem {
            case .regression: #expect(score == Double(logit))
            case .multiLabel: #expect(score > 0 && score < 1 && (score > 0.5) == (logit > 0))
            case .singleLabel: #expect(abs(found.scores.reduce(0, +) - 1) < 1e-12)
            }
        }
        // The configuration survives the file.
        #expect(try Configuration(json: model.configuration.json) == model.configuration)
    }

    @Test func aModelWithoutClassifierSaysSo() throws {
        let model = try Converted(golden("checkpoints/base")).open()
        #expect(throws: GPT2Error.noClassifier) { try model.makeSession().classify([1]) }
    }

    @Test(
        arguments: [
            (#"{"num_labels": 2, "id2label": {"0": "a"}}"#, "id2label"),
            (#"{"num_labels": 2, "id2label": {"0": "a", "2": "b"}}"#, "id2label"),
            (#"{"num_labels": 1, "id2label": {"0": 5}}"#, "id2label"), (#"{"num_labels": 0}"#, "num_labels"),
            (#"{"num_labels": 1.5}"#, "num_labels"), (#"{"num_labels": 1, "problem_type": "guess"}"#, "problem_type"),
            (#"{"num_labels": 1, "pad_token_id": -1}"#, "pad_token_id"),
        ])
    func labelsThatMakeNoSenseAreRefused(_ text: String, key: String) throws {
        let base = try Converted(golden("checkpoints/base")).open().configuration.json.objectValue ?? [:]
        let changes = try JSONValue(parsing: Array(text.utf8)).objectValue ?? [:]
        let members = base.map { ($0.key, $0.value) } + changes.map { ($0.key, $0.value) }
        do {
            _ = try Configuration(json: .object(JSONObject(members)))
            Issue.record("\(text) was read")
        } catch { #expect("\(error)".contains("\"\(key)\"")) }
    }
}
