import StrictJSON

/// Why a configuration was refused.
public enum ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A key must be there.
    case missing(key: String)
    /// A key has a value of another type.
    case wrongType(key: String, expected: String)
    /// A number is too small or too large.
    case outOfRange(key: String, value: Int, allowed: ClosedRange<Int>)
    /// Heads would have different sizes.
    case headsDoNotDivide(embeddingSize: Int, headCount: Int)
    /// Layer norm could divide by zero.
    case badEpsilon(Double)
    /// The value stands for something that is not computed here.
    case unsupported(key: String, value: String, supported: [String])

    public var description: String {
        switch self {
        case .missing(let key):
            "the configuration has no \"\(key)\"; a GPT-2 configuration names it"
        case .wrongType(let key, let expected):
            "\"\(key)\" in the configuration is not \(expected)"
        case .outOfRange(let key, let value, let allowed):
            "\"\(key)\" is \(value); expected \(allowed.lowerBound) to \(allowed.upperBound)"
        case .headsDoNotDivide(let size, let heads):
            "\"n_embd\" (\(size)) is not a multiple of \"n_head\" (\(heads)); every head needs the same whole size"
        case .badEpsilon(let value):
            "\"layer_norm_epsilon\" is \(value); expected a positive number below 1"
        case .unsupported(let key, let value, let supported):
            // As JSON, so that nothing in it moves a terminal's cursor.
            "\"\(key)\" is \(JSONValue.string(String(value.prefix(100))).encoded()), which Vencejo does not compute; "
                + "it knows \(supported.joined(separator: ", "))"
        }
    }
}

extension Configuration {
    /// Every limit of a configuration in one place. Matrices have at most 65 536 columns, so that a panel of float32
    /// stays within the 4 MiB of a chunk; the others only keep a hostile file from asking for absurd amounts.
    enum Limit {
        static let layers = 1...4096
        static let heads = 1...4096
        static let columns = 1...65_536
        static let positions = 1...1_048_576
        static let tokens = 1...16_777_216
    }

    /// Reads a configuration from a JSON object with Hugging Face's keys.
    public init(json: JSONValue) throws(ConfigurationError) {
        let keys = Keys(json: json)
        if let type = try keys.string("model_type"), type != "gpt2" {
            throw .unsupported(key: "model_type", value: type, supported: ["gpt2"])
        }
        layerCount = try keys.integer("n_layer", in: Limit.layers)
        headCount = try keys.integer("n_head", in: Limit.heads)
        embeddingSize = try keys.integer("n_embd", in: Limit.columns)
        guard embeddingSize % headCount == 0 else {
            throw .headsDoNotDivide(embeddingSize: embeddingSize, headCount: headCount)
        }
        innerSize = try keys.optionalInteger("n_inner", in: Limit.columns) ?? 4 * embeddingSize
        guard Limit.columns.contains(innerSize) else {
            throw .outOfRange(key: "n_inner", value: innerSize, allowed: Limit.columns)
        }
        contextLength = try keys.integer(json["n_positions"] == nil ? "n_ctx" : "n_positions", in: Limit.positions)
        vocabularySize = try keys.integer("vocab_size", in: Limit.tokens)
        let epsilon = try keys.number("layer_norm_epsilon") ?? 1e-5
        guard epsilon > 0, epsilon < 1, Float(epsilon) > 0 else { throw .badEpsilon(epsilon) }
        layerNormEpsilon = Float(epsilon)
        activation = try Self.activation(named: keys.string("activation_function") ?? "gelu_new")
        scalesAttention = try keys.boolean("scale_attn_weights") ?? true
        scalesAttentionByInverseLayer = try keys.boolean("scale_attn_by_inverse_layer_idx") ?? false
        tiesEmbeddings = try keys.boolean("tie_word_embeddings") ?? true
        if try keys.boolean("add_cross_attention") ?? false {
            throw .unsupported(key: "add_cross_attention", value: "true", supported: ["false"])
        }
        // 50256 is the key's default, also where the vocabulary is small: such an id is no token, and so ends no text.
        let end = try keys.optionalInteger("eos_token_id", in: 0...Limit.tokens.upperBound)
        endOfText = end.flatMap { [vocabularySize] in $0 < vocabularySize ? $0 : nil }
        classifier = try ClassifierConfiguration(keys)
    }

    /// This configuration with Hugging Face's keys, in a fixed order.
    public var json: JSONValue {
        var members: [(key: String, value: JSONValue)] = [
            ("model_type", .string("gpt2")),
            ("n_layer", .integer(Int64(layerCount))),
            ("n_head", .integer(Int64(headCount))),
            ("n_embd", .integer(Int64(embeddingSize))),
            ("n_inner", .integer(Int64(innerSize))),
            ("n_positions", .integer(Int64(contextLength))),
            ("vocab_size", .integer(Int64(vocabularySize))),
            ("layer_norm_epsilon", .number(Double("\(layerNormEpsilon)") ?? Double(layerNormEpsilon))),
            ("activation_function", .string(activation.rawValue)),
            ("scale_attn_weights", .bool(scalesAttention)),
            ("scale_attn_by_inverse_layer_idx", .bool(scalesAttentionByInverseLayer)),
            ("tie_word_embeddings", .bool(tiesEmbeddings)),
            ("eos_token_id", endOfText.map { .integer(Int64($0)) } ?? .null),
        ]
        members += classifier?.members ?? []
        return .object(JSONObject(members))
    }

    private static func activation(named name: String) throws(ConfigurationError) -> Activation {
        if name == "gelu_pytorch_tanh" { return .geluTanh }  // the same formula under another name
        guard let activation = Activation(rawValue: name) else {
            throw .unsupported(
                key: "activation_function", value: name,
                supported: Activation.allCases.map(\.rawValue) + ["gelu_pytorch_tanh"])
        }
        return activation
    }
}

/// Typed look-ups in a configuration: nil where a key is absent or null.
struct Keys {
    let json: JSONValue

    func value(_ key: String) -> JSONValue? { json[key] == .null ? nil : json[key] }

    func integer(_ key: String, in allowed: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        guard let value = try optionalInteger(key, in: allowed) else { throw .missing(key: key) }
        return value
    }

    func optionalInteger(_ key: String, in allowed: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let value = value(key) else { return nil }
        guard let integer = value.intValue else { throw .wrongType(key: key, expected: "a whole number") }
        guard allowed.contains(integer) else { throw .outOfRange(key: key, value: integer, allowed: allowed) }
        return integer
    }

    func number(_ key: String) throws(ConfigurationError) -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = value.doubleValue else { throw .wrongType(key: key, expected: "a number") }
        return number
    }

    func boolean(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let value = value(key) else { return nil }
        guard let bool = value.boolValue else { throw .wrongType(key: key, expected: "true or false") }
        return bool
    }

    func string(_ key: String) throws(ConfigurationError) -> String? {
        guard let value = value(key) else { return nil }
        guard let string = value.stringValue else { throw .wrongType(key: key, expected: "a string") }
        return string
    }
}
