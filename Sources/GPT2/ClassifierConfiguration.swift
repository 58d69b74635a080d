import StrictJSON

/// What a model's labels are, and how its logits become probabilities of them (`GPT2ForSequenceClassification`).
public struct ClassifierConfiguration: Sendable, Equatable {
    /// What the logits mean. Raw values are those of `problem_type`.
    public enum Problem: String, Sendable, CaseIterable {
        /// One of the labels holds: softmax.
        case singleLabel = "single_label_classification"
        /// Each label holds or not: a sigmoid of each.
        case multiLabel = "multi_label_classification"
        /// Logits are the answer.
        case regression
    }

    /// The labels' names, in the order of their logits (`id2label`).
    public let labels: [String]
    /// What the configuration says (`problem_type`).
    public let statedProblem: Problem?
    /// The token that fills up short texts (`pad_token_id`): the last token that is another says what a text is.
    public let padToken: Int?

    /// What the logits mean: where nothing is said, one label of several, or whether the only one holds.
    ///
    /// Source: Hugging Face's text-classification pipeline.
    public var problem: Problem { statedProblem ?? (labels.count == 1 ? .multiLabel : .singleLabel) }

    /// A sole label is on its own even where it is said to be one of several.
    var usesSigmoid: Bool { problem == .multiLabel || problem == .singleLabel && labels.count == 1 }
}

extension ClassifierConfiguration {
    /// Reads the keys of a configuration that has `num_labels`; nil for others.
    init?(_ keys: Keys) throws(ConfigurationError) {
        guard let count = try keys.optionalInteger("num_labels", in: Configuration.Limit.columns) else { return nil }
        labels = try Self.labels(keys.value("id2label"), count: count)
        let problem = try keys.string("problem_type")
        statedProblem = problem.flatMap(Problem.init)
        if let problem, statedProblem == nil {
            throw .unsupported(key: "problem_type", value: problem, supported: Problem.allCases.map(\.rawValue))
        }
        padToken = try keys.optionalInteger("pad_token_id", in: 0...Configuration.Limit.tokens.upperBound)
    }

    /// The names under "0", "1", …; Hugging Face's own where there are none.
    private static func labels(_ names: JSONValue?, count: Int) throws(ConfigurationError) -> [String] {
        guard let names else { return (0..<count).map { "LABEL_\($0)" } }
        let expected = "an object that names the labels \"0\" to \"\(count - 1)\", the classifier's \(count)"
        guard let object = names.objectValue, object.count == count else {
            throw .wrongType(key: "id2label", expected: expected)
        }
        var labels: [String] = []
        for index in 0..<count {
            guard let name = object["\(index)"]?.stringValue else {
                throw .wrongType(key: "id2label", expected: expected)
            }
            labels.append(name)
        }
        return labels
    }

    /// The members that a configuration has for a classifier.
    var members: [(key: String, value: JSONValue)] {
        [
            ("num_labels", .integer(Int64(labels.count))),
            ("id2label", .object(JSONObject(labels.enumerated().map { ("\($0)", .string($1)) }))),
            ("problem_type", statedProblem.map { .string($0.rawValue) } ?? .null),
            ("pad_token_id", padToken.map { .integer(Int64($0)) } ?? .null),
        ]
    }
}
