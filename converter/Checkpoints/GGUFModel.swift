public import StrictJSON

/// A GPT-2 in one GGUF file: weights, hyperparameters and tokenizer.
///
/// What the metadata say of the model is either used or refused by name. `tokenizer.*` keys that say nothing about which
/// tokens a text has, and what other tools noted for themselves, are passed over.
public struct GGUFModel: SourceModel {
    public let weights: any Checkpoint
    public let configuration: JSONObject
    public let tokenizer: TokenizerFiles?
    public let paths: [String]
    public let notes: [String]
    public var convention: TensorConvention { .gguf }
    public var configurationName: String { "the metadata" }

    public init(path: String) throws(CheckpointError) {
        let file = try GGUFFile(path: path)
        let metadata = GGUFMetadata(file: file)
        let architecture = try metadata.required("general.architecture", metadata.string)
        guard architecture == "gpt2" else {
            throw metadata.failure(
                .unsupported(key: "general.architecture", found: quoted(architecture), supported: "\"gpt2\""))
        }
        if let count = try metadata.integer("split.count"), count != 1 {
            throw metadata.failure(
                .unsupported(
                    key: "split.count", found: "\(count)", supported: "1: merge the parts with llama-gguf-split"))
        }
        tokenizer = try metadata.tokenizer()
        configuration = try metadata.configuration(tokenizer: tokenizer)
        weights = file
        paths = [path]
        notes =
            try metadata.boolean("tokenizer.ggml.add_bos_token") == true
            ? ["llama.cpp begins every text of this model with a token of its own; here texts begin as they are given"]
            : []
    }
}

/// Typed look-ups in a file's metadata.
private struct GGUFMetadata {
    let file: GGUFFile

    func failure(_ error: GGUFError) -> CheckpointError { .gguf(path: file.path, error) }

    private func wrong(_ key: String, _ value: GGUFValue, _ expected: String) -> CheckpointError {
        failure(.wrongValue(key: key, found: value.description, expected: expected))
    }

    private subscript(key: String) -> GGUFValue? { file.metadata[ByteString(key)] }

    func required<Value>(
        _ key: String, _ look: (String) throws(CheckpointError) -> Value?
    ) throws(CheckpointError) -> Value {
        guard let value = try look(key) else { throw failure(.missingKey(key)) }
        return value
    }

    func string(_ key: String) throws(CheckpointError) -> String? {
        guard let value = self[key] else { return nil }
        guard case .string(let text) = value else { throw wrong(key, value, "a text") }
        return text
    }

    func boolean(_ key: String) throws(CheckpointError) -> Bool? {
        guard let value = self[key] else { return nil }
        guard case .bool(let bool) = value else { throw wrong(key, value, "true or false") }
        return bool
    }

    func integer(_ key: String) throws(CheckpointError) -> Int? {
        guard let value = self[key] else { return nil }
        guard case .integer(let integer) = value else { throw wrong(key, value, "a whole number below 2^63") }
        return Int(integer)
    }

    func number(_ key: String) throws(CheckpointError) -> Double? {
        guard let value = self[key] else { return nil }
        guard case .number(let number) = value else { throw wrong(key, value, "a number with a fraction") }
        return number
    }

    /// Twenty times what GPT-2 has.
    private static let tokenLimit = 1 << 20

    /// The length of a list.
    private func count(_ key: String) -> Int? {
        guard case .list(let list)? = self[key] else { return nil }
        return list.count
    }

    func strings(_ key: String) throws(CheckpointError) -> [String]? {
        guard let value = self[key] else { return nil }
        guard case .list(let list) = value, list.type == .string else { throw wrong(key, value, "a list of texts") }
        return try file.strings(list, key: key)
    }

    func integers(_ key: String) throws(CheckpointError) -> [Int]? {
        guard let value = self[key] else { return nil }
        guard case .list(let list) = value, let integers = try file.integers(list, key: key) else {
            throw wrong(key, value, "a list of whole numbers")
        }
        return integers
    }

    // MARK: Hyperparameters

    /// GGUF's keys of a GPT-2, and those of `config.json` that mean the same.
    private static let sizes = [
        ("gpt2.block_count", "n_layer"), ("gpt2.attention.head_count", "n_head"), ("gpt2.embedding_length", "n_embd"),
        ("gpt2.feed_forward_length", "n_inner"), ("gpt2.context_length", "n_positions"),
    ]
    private static let otherKeys: Set = [
        "gpt2.attention.layer_norm_epsilon", "gpt2.attention.head_count_kv", "gpt2.vocab_size",
    ]

    func configuration(tokenizer: TokenizerFiles?) throws(CheckpointError) -> JSONObject {
        let known = Set((Self.sizes.map(\.0) + Self.otherKeys).map(ByteString.init))
        for (key, value) in file.metadata.sorted(by: { $0.key.text < $1.key.text })
        where key.text.hasPrefix("gpt2.") && !known.contains(key) {
            throw failure(
                .unsupported(
                    key: key.text, found: value.description,
                    supported: "the keys that llama.cpp writes for a GPT-2"))
        }
        var members: [(String, JSONValue)] = [("model_type", "gpt2"), ("activation_function", "gelu_new")]
        for (key, name) in Self.sizes { members.append((name, .integer(Int64(try required(key, integer))))) }
        if let heads = try integer("gpt2.attention.head_count_kv"), heads != (try integer("gpt2.attention.head_count"))
        {
            throw failure(
                .unsupported(
                    key: "gpt2.attention.head_count_kv", found: "\(heads)", supported: "as many as \"head_count\""))
        }
        members.append(
            ("layer_norm_epsilon", .number(try required("gpt2.attention.layer_norm_epsilon", number))))

        var vocabularySize = try integer("gpt2.vocab_size")
        if case .lists(let tokens, _, _) = tokenizer { vocabularySize = vocabularySize ?? tokens.count }
        let embedding = file.tensors.first { $0.name == "token_embd.weight" }
        members.append(
            ("vocab_size", .integer(Int64(vocabularySize ?? embedding?.rowCount ?? 0))))
        if let end = try integer("tokenizer.ggml.eos_token_id") {
            members.append(("eos_token_id", .integer(Int64(end))))
        }
        members.append(("tie_word_embeddings", .bool(!file.tensors.contains { $0.name == "output.weight" })))
        return JSONObject(members)
    }

    // MARK: Tokenizer

    func tokenizer() throws(CheckpointError) -> TokenizerFiles? {
        let model = "tokenizer.ggml.model"
        guard let name = try string(model), name != "none", name != "no_vocab" else { return nil }
        guard name == "gpt2" else {
            throw failure(.unsupported(key: model, found: quoted(name), supported: "\"gpt2\", byte-level BPE"))
        }
        // Files of before the key existed have GPT-2's rule for where words are cut.
        if let rule = try string("tokenizer.ggml.pre"), rule != "gpt-2" {
            throw failure(
                .unsupported(key: "tokenizer.ggml.pre", found: quoted(rule), supported: "\"gpt-2\", GPT-2's own rule"))
        }
        let prefix = "tokenizer.ggml.add_space_prefix"
        if let value = self[prefix], value != .bool(false) {
            throw failure(.unsupported(key: prefix, found: value.description, supported: "false"))
        }
        // How many there are is looked at before they are read.
        let (tokens, types, merges) = (
            "tokenizer.ggml.tokens", "tokenizer.ggml.token_type", "tokenizer.ggml.merges"
        )
        let (tokenCount, typeCount, mergeCount) = (count(tokens) ?? 0, count(types), count(merges) ?? 0)
        guard tokenCount <= Self.tokenLimit else {
            throw failure(.tooMany(field: tokens, count: UInt64(tokenCount), limit: Self.tokenLimit))
        }
        guard mergeCount <= tokenCount else {
            throw failure(.tooMany(field: merges, count: UInt64(mergeCount), limit: tokenCount))
        }
        if let typeCount, typeCount != tokenCount {
            throw failure(
                .wrongValue(
                    key: types, found: "a list of \(typeCount) values",
                    expected: "as many as there are tokens, \(tokenCount)"))
        }
        return .lists(
            tokens: try required(tokens, strings), types: try integers(types), merges: try required(merges, strings))
    }
}
