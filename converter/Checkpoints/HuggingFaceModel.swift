public import StrictJSON

/// A model as Hugging Face keeps it: weights, `config.json`, and perhaps a tokenizer, side by side.
public struct HuggingFaceModel: SourceModel {
    /// The weights, from `model.safetensors`, `pytorch_model.bin`, from shards, or from the one file that was named.
    public let weights: any Checkpoint
    /// The object in `config.json`.
    public let configuration: JSONObject
    public let tokenizer: TokenizerFiles?
    public let paths: [String]
    public var convention: TensorConvention { .huggingFace }
    public var configurationName: String { "config.json" }

    /// - Parameters:
    ///   - path: the file that was named; the tokenizer lies beside it.
    ///   - files: all files of weights.
    init(
        weights: any Checkpoint, path: String, files: [String], configuration: JSONObject
    ) throws(CheckpointError) {
        self.weights = weights
        self.configuration = configuration
        let tokenizer = try TokenizerFiles.beside(path)
        self.tokenizer = tokenizer?.files
        paths = files + [Self.configurationPath(besideWeights: path)] + (tokenizer?.paths ?? [])
    }

    private static func configurationPath(besideWeights path: String) -> String {
        FilePath.sibling(of: path, named: "config.json")
    }

    static func configuration(besideWeights path: String) throws(CheckpointError) -> JSONObject {
        try JSONFile.object(configurationPath(besideWeights: path))
    }
}

extension TokenizerFiles {
    /// The longest tokenizer file that is read, in bytes. GPT-2's `tokenizer.json` has 1.4 million.
    private static let limit = 16 << 20

    /// The tokenizer in the folder of `path`, if there is one, and where it was read. A `tokenizer.json`, which names all
    /// tokens, goes before a vocabulary with merges.
    static func beside(_ path: String) throws(CheckpointError) -> (files: TokenizerFiles, paths: [String])? {
        func beside(_ name: String) -> String { FilePath.sibling(of: path, named: name) }
        var paths: [String] = []
        func read(_ path: String) throws(CheckpointError) -> [UInt8]? {
            guard FilePath.exists(path) else { return nil }
            paths.append(path)
            return try SmallFile.read(path, limit: limit)
        }
        if let json = try read(beside("tokenizer.json")) {
            let settings = try settings(beside: path, &paths)
            return (.tokenizerJSON(json, addsPrefixSpace: addsPrefixSpace(settings)), paths)
        }
        let pairs = [("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe")]
            .map { (vocabulary: beside($0.0), merges: beside($0.1)) }
        for pair in pairs where FilePath.exists(pair.vocabulary) && FilePath.exists(pair.merges) {
            guard let vocabulary = try read(pair.vocabulary), let merges = try read(pair.merges) else { continue }
            let added = try read(beside("added_tokens.json"))
            let settings = try settings(beside: path, &paths)
            return (
                .vocabularyAndMerges(
                    vocabulary: vocabulary, merges: merges, added: added, decoder: settings?["added_tokens_decoder"],
                    addsPrefixSpace: addsPrefixSpace(settings)), paths
            )
        }
        for pair in pairs {
            for (found, missing) in [pair, (pair.merges, pair.vocabulary)] where FilePath.exists(found) {
                throw .halfATokenizer(found: found, missing: missing)
            }
        }
        return nil
    }

    /// What `tokenizer_config.json` holds.
    private static func settings(
        beside path: String, _ paths: inout [String]
    ) throws(CheckpointError) -> JSONValue? {
        let settings = FilePath.sibling(of: path, named: "tokenizer_config.json")
        guard FilePath.exists(settings) else { return nil }
        paths.append(settings)
        return try JSONFile.read(settings, limit: limit)
    }

    /// Whether it wants a space before a text, which goes before what the tokenizer itself says, but for a tokenizer that
    /// transformers takes as it is.
    private static func addsPrefixSpace(_ settings: JSONValue?) -> Bool? {
        let name = settings?["tokenizer_class"]?.stringValue ?? "GPT2Tokenizer"
        return name.hasPrefix("GPT2Tokenizer") ? settings?["add_prefix_space"]?.boolValue : nil
    }
}
