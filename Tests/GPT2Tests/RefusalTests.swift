import Conversion
import GPT2
import StrictJSON
import TestSupport
import Testing

/// Inputs that a session or a configuration refuses, and the error each must get.
@Suite struct RefusalTests {
    @Test(arguments: [-1, 61, 50_257, Int.max]) func aTokenOutsideTheVocabularyIsRefused(token: Int) throws {
        let session = try Converted(golden("checkpoints/base")).open().makeSession()
        #expect(throws: GPT2Error.tokenOutsideVocabulary(token: token, position: 1, vocabularySize: 61)) {
            try session.read([0, token])
        }
        try session.read([0, 1])  // and the session goes on as if nothing had been asked
        #expect(session.position == 2)
    }

    @Test func moreTokensThanTheContextHoldsAreRefusedWhole() throws {
        let session = try Converted(golden("checkpoints/base")).open().makeSession()
        try session.read(Array(repeating: 1, count: 20))
        #expect(throws: GPT2Error.contextFull(position: 20, tokens: 5, contextLength: 24)) {
            try session.read([1, 2, 3, 4, 5])
        }
        try session.read([1, 2, 3, 4])
        #expect(session.remainingContext == 0)
        #expect(throws: GPT2Error.contextFull(position: 24, tokens: 1, contextLength: 24)) { try session.read([1]) }
    }

    @Test func noTokensAreRefused() throws {
        let session = try Converted(golden("checkpoints/base")).open().makeSession()
        #expect(throws: GPT2Error.noTokens) { try session.read([]) }
    }

    /// A configuration that is right, in parts that a test can change.
    private static let sound: [(String, JSONValue)] = [
        ("n_layer", 2), ("n_head", 3), ("n_embd", 18), ("n_positions", 24), ("vocab_size", 61),
    ]

    static let configurations: [(key: String, value: JSONValue?, expected: ConfigurationError)] = [
        ("n_layer", nil, .missing(key: "n_layer")),
        ("n_layer", 0, .outOfRange(key: "n_layer", value: 0, allowed: 1...4096)),
        ("n_layer", "2", .wrongType(key: "n_layer", expected: "a whole number")),
        ("n_layer", 2.5, .wrongType(key: "n_layer", expected: "a whole number")),
        ("n_head", 4, .headsDoNotDivide(embeddingSize: 18, headCount: 4)),
        ("n_head", -3, .outOfRange(key: "n_head", value: -3, allowed: 1...4096)),
        ("n_embd", 65_538, .outOfRange(key: "n_embd", value: 65_538, allowed: 1...65_536)),
        ("n_inner", 0, .outOfRange(key: "n_inner", value: 0, allowed: 1...65_536)),
        ("vocab_size", 0, .outOfRange(key: "vocab_size", value: 0, allowed: 1...16_777_216)),
        ("layer_norm_epsilon", 0, .badEpsilon(0)),
        ("layer_norm_epsilon", 1e-60, .badEpsilon(1e-60)),
        (
            "activation_function", "swish",
            .unsupported(
                key: "activation_function", value: "swish",
                supported: ["gelu_new", "gelu", "relu", "gelu_pytorch_tanh"])
        ),
        ("scale_attn_weights", 1, .wrongType(key: "scale_attn_weights", expected: "true or false")),
        ("add_cross_attention", true, .unsupported(key: "add_cross_attention", value: "true", supported: ["false"])),
        ("model_type", "llama", .unsupported(key: "model_type", value: "llama", supported: ["gpt2"])),
    ]

    @Test(arguments: configurations.indices) func aConfigurationWithOneFaultIsRefusedForIt(index: Int) throws {
        let (key, value, expected) = Self.configurations[index]
        let members = Self.sound.filter { $0.0 != key } + (value.map { [(key, $0)] } ?? [])
        #expect(throws: expected) { try Configuration(json: .object(JSONObject(members))) }
    }

    @Test func anEndOfTextOutsideTheVocabularyIsNone() throws {
        let json = JSONValue.object(JSONObject(Self.sound + [("eos_token_id", 50_256)]))
        #expect(try Configuration(json: json).endOfText == nil)
        let inside = JSONValue.object(JSONObject(Self.sound + [("eos_token_id", 60)]))
        #expect(try Configuration(json: inside).endOfText == 60)
    }

    @Test func aConfigurationSurvivesItsOwnJSON() throws {
        let configuration = try Configuration(json: .object(JSONObject(Self.sound)))
        #expect(configuration.innerSize == 72 && configuration.tiesEmbeddings && configuration.scalesAttention)
        #expect(try Configuration(json: configuration.json) == configuration)
    }
}
