import StrictJSON

extension TokenizerTables {
    /// Reads a tokenizer.json of Hugging Face `tokenizers`: a BPE model behind a ByteLevel pre-tokenizer, as GPT-2 has
    /// it.
    ///
    /// Whatever would give other tokens than GPT-2's rules — a normalizer, another pre-tokenizer or model, dropout,
    /// added tokens that swallow white space or that are not special — is refused by name. `truncation`, `padding` and
    /// `trim_offsets` are passed over: they concern batches and offsets, not which tokens a text has. So is a template
    /// that adds nothing to a text, which transformers writes since version 5.
    /// - Parameters:
    ///   - tokenizerJSON: the file's bytes.
    ///   - addsPrefixSpace: `add_prefix_space` as tokenizer_config.json has it, which goes before what is said here.
    /// - Throws: everything that is not implemented, at once; else everything that is wrong with the vocabulary, at
    ///   once.
    public init(tokenizerJSON: [UInt8], addsPrefixSpace: Bool? = nil) throws(TokenizerError) {
        let part = "tokenizer.json"
        let json = try Self.json(tokenizerJSON, part: part)
        var source = Source()
        source.refuseStages(of: json)
        source.refuseModelOptions(of: json)
        if let error = source.problems.error { throw error }  // what follows may be of another kind then
        if let addsPrefixSpace { source.addsPrefixSpace = addsPrefixSpace }
        try source.read(vocabulary: json["model"]?["vocab"], part: "\(part): model.vocab")
        try source.read(mergeList: json["model"]?["merges"], part: "\(part): model.merges")
        try source.read(addedTokens: json["added_tokens"], part: "\(part): added_tokens")
        try self.init(source)
    }
}

extension TokenizerTables.Source {
    /// Everything but the model: normalizer, pre-tokenizer, post-processor and decoder.
    fileprivate mutating func refuseStages(of json: JSONValue) {
        let byteLevel: JSONValue = "ByteLevel"
        allow(json, "normalizer", [])
        let preTokenizer = json["pre_tokenizer"]
        if preTokenizer?["type"] != byteLevel {
            problems.append(
                .unsupported(key: "pre_tokenizer", found: Self.name(preTokenizer), supported: "\"ByteLevel\""))
        }
        allow(preTokenizer, "use_regex", [true], in: "pre_tokenizer.")
        allow(preTokenizer, "add_prefix_space", [true, false], in: "pre_tokenizer.")
        addsPrefixSpace = preTokenizer?["add_prefix_space"]?.boolValue ?? true  // the library's own default
        let processor = json["post_processor"]
        if processor?["type"] != byteLevel, !Self.isPlainTemplate(processor) { allow(json, "post_processor", []) }
        if json["decoder"]?["type"] != byteLevel { allow(json, "decoder", []) }
    }

    /// Whether a post-processor is a template of nothing but the text itself.
    private static func isPlainTemplate(_ stage: JSONValue?) -> Bool {
        guard stage?["type"] == "TemplateProcessing", let parts = stage?["single"]?.arrayValue else { return false }
        return parts.count == 1 && parts[0]["Sequence"]?["id"] == "A"
    }

    fileprivate mutating func refuseModelOptions(of json: JSONValue) {
        let model = json["model"]
        allow(model, "type", ["BPE"], in: "model.")
        allow(model, "dropout", [0, 0.0], in: "model.")
        allow(model, "unk_token", [], in: "model.")
        allow(model, "continuing_subword_prefix", [""], in: "model.")
        allow(model, "end_of_word_suffix", [""], in: "model.")
        allow(model, "fuse_unk", [true, false], in: "model.")
        allow(model, "byte_fallback", [false], in: "model.")
        allow(model, "ignore_merges", [false], in: "model.")
    }

    /// Refuses a member that is there, is not null and is none of `values`.
    private mutating func allow(_ json: JSONValue?, _ key: String, _ values: [JSONValue], in path: String = "") {
        guard let found = json?[key], !found.isNull, !values.contains(found) else { return }
        let supported = values.isEmpty ? "null" : values.map { $0.encoded() }.joined(separator: " or ")
        problems.append(.unsupported(key: path + key, found: Self.name(found), supported: supported))
    }

    /// A short name of a value: its type's, for a stage with a type.
    private static func name(_ value: JSONValue?) -> String {
        guard let value else { return "missing" }
        let text = (value["type"] ?? value).encoded()
        return text.utf8.count > 60 ? String(text.unicodeScalars.prefix(60)) + "…" : text
    }

    /// Merges as "left right" or, since tokenizers 0.20, as ["left", "right"].
    fileprivate mutating func read(mergeList: JSONValue?, part: String) throws(TokenizerError) {
        guard let list = mergeList?.arrayValue else { throw .malformed(part: part, expected: "a list of merges") }
        try TokenizerTables.check(part, count: list.count)
        merges.reserveCapacity(list.count)
        for (rank, merge) in list.enumerated() {
            switch merge {
            case .string(let text) where readMerge(text): break
            case .array(let pair) where pair.count == 2:
                guard let left = pair[0].stringValue, let right = pair[1].stringValue else { fallthrough }
                merges.append((left, right))
            default:
                problems.append(
                    .malformed(part: "\(part)[\(rank)]", expected: "\"left right\" or [\"left\", \"right\"]"))
            }
        }
    }

    /// Tokens with their text, id and flags.
    ///
    /// - Parameter key: where they stand, for messages about flags.
    mutating func read(
        addedTokens: JSONValue?, part: String, key: String = "added_tokens"
    ) throws(TokenizerError) {
        added = []
        guard let addedTokens, !addedTokens.isNull else { return }
        guard let list = addedTokens.arrayValue else { throw .malformed(part: part, expected: "a list of tokens") }
        try TokenizerTables.check(part, count: list.count)
        for (index, token) in list.enumerated() {
            guard let text = token["content"]?.stringValue, let id = token["id"]?.intValue else {
                problems.append(.malformed(part: "\(part)[\(index)]", expected: "a token with content and id"))
                continue
            }
            if token["special"]?.boolValue != true { problems.append(.notSpecial(token: text)) }
            for flag in ["lstrip", "rstrip", "single_word"] { allow(token, flag, [false], in: "\(key)[\(index)].") }
            added?.append((text, id))
        }
    }
}
