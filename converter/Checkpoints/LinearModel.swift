public import StrictJSON

/// A GPT-2 made of `torch.nn.Linear` layers under Hugging Face's names: what nanoGPT, minGPT and llm.c train.
public struct LinearModel: SourceModel {
    public let weights: any Checkpoint
    public let configuration: JSONObject
    public let tokenizer: TokenizerFiles?
    public let paths: [String]
    public let configurationName: String
    public let notes: [String]
    public var convention: TensorConvention { .linear }

    /// nanoGPT's keys, and those of `config.json` that mean the same. minGPT has them too.
    private static let sizes = [
        ("n_layer", "n_layer"), ("n_head", "n_head"), ("n_embd", "n_embd"), ("block_size", "n_positions"),
        ("vocab_size", "vocab_size"),
    ]

    /// A `ckpt.pt` that nanoGPT saved.
    ///
    /// - Parameter arguments: its `model_args`. One that is not nanoGPT's own is refused: it would mean another model.
    init(nanoGPT file: PyTorchFile, arguments: JSONObject) throws(CheckpointError) {
        let known = Self.sizes.map(\.0) + ["bias", "dropout"]
        for (key, value) in arguments where !known.contains(key) {
            throw .pyTorch(path: file.path, .unknownArgument(key: key, value: value.encoded()))
        }
        guard let hasBiases = arguments["bias"]?.boolValue ?? (arguments["bias"] == nil ? true : nil) else {
            throw .pyTorch(path: file.path, .badArgument(key: "bias"))
        }
        // nn.GELU() came with its pull request 274, on 14 June 2023.
        var notes = [
            "nanoGPT does not save which GELU a model has; taken for the exact one, nn.GELU(), as nanoGPT has it since "
                + "June 2023. A file named config.json beside it, of {\"activation_function\": \"gelu_new\"}, says otherwise"
        ]
        let stated = FilePath.sibling(of: file.path, named: "config.json")
        var (activation, paths): (JSONValue, [String]) = ("gelu", [file.path])
        if FilePath.exists(stated), let value = try JSONFile.object(stated)["activation_function"] {
            (activation, paths, notes) = (value, [file.path, stated], [])
        }
        if !hasBiases { notes.append("the model was trained without biases; zeros are stored") }
        try self.init(
            hasBiases ? file : ZeroBiases(file, arguments: arguments), arguments: arguments, activation: activation,
            configurationName: "model_args", paths: paths, notes: notes)
    }

    /// A state dictionary that minGPT saved.
    init(minGPT file: PyTorchFile, arguments: JSONObject) throws(CheckpointError) {
        let configuration = FilePath.sibling(of: file.path, named: "config.json")
        try self.init(
            file, arguments: arguments, activation: "gelu_new", configurationName: "config.json",
            paths: [file.path, configuration], notes: [])
    }

    /// What minGPT's `config.json` says of the model; nil for one of Hugging Face's.
    static func minGPTArguments(_ configuration: JSONObject) -> JSONObject? {
        [configuration["model"]?.objectValue, configuration].lazy.compactMap { $0 }.first { $0["block_size"] != nil }
    }

    /// A model that llm.c or its `train_gpt2.py` saved.
    init(llmC path: String) throws(CheckpointError) {
        let file = try LlmCFile(path: path)
        try self.init(
            file, arguments: file.sizes, activation: "gelu_new", configurationName: "the header", paths: [path],
            notes: [])
    }

    private init(
        _ weights: any Checkpoint, arguments: JSONObject, activation: JSONValue, configurationName: String,
        paths: [String], notes: [String]
    ) throws(CheckpointError) {
        let tokenizer = try TokenizerFiles.beside(paths[0])
        var members: [(String, JSONValue)] = [("model_type", "gpt2"), ("activation_function", activation)]
        for (theirs, ours) in Self.sizes { if let value = arguments[theirs] { members.append((ours, value)) } }
        let hasHead = weights.tensors.contains { $0.name.hasSuffix("lm_head.weight") }
        members.append(("tie_word_embeddings", .bool(!hasHead)))
        self.weights = weights
        self.tokenizer = tokenizer?.files
        self.configurationName = configurationName
        self.paths = paths + (tokenizer?.paths ?? [])
        self.notes = notes
        configuration = JSONObject(members)
    }
}

/// A checkpoint without biases, and the zeros that GPT-2 has in their place.
struct ZeroBiases: Checkpoint {
    let tensors: [Tensor]
    private let weights: any Checkpoint
    private static let shard = -1

    /// - Parameter arguments: nanoGPT's sizes. Where they are absurd nothing is added; whoever checks them says so.
    init(_ weights: any Checkpoint, arguments: JSONObject) {
        self.weights = weights
        var zeros: [Tensor] = []
        func add(_ name: String, _ count: Int) {
            zeros.append(Tensor(name: name, shape: [count], type: .float32, bytes: 0..<0, shard: Self.shard))
        }
        if let layers = arguments["n_layer"]?.intValue, let size = arguments["n_embd"]?.intValue,
            (1...4096).contains(layers), (1...65_536).contains(size)
        {
            for layer in 0..<layers {
                for (part, width) in [
                    ("ln_1", 1), ("attn.c_attn", 3), ("attn.c_proj", 1), ("ln_2", 1), ("mlp.c_fc", 4),
                    ("mlp.c_proj", 1),
                ] { add("transformer.h.\(layer).\(part).bias", width * size) }
            }
            add("transformer.ln_f.bias", size)
        }
        tensors = weights.tensors + zeros
    }

    func read(_ tensor: Tensor, rows: Range<Int>, columns: Range<Int>, into output: inout MutableSpan<Float>) {
        guard tensor.shard == Self.shard else {
            return weights.read(tensor, rows: rows, columns: columns, into: &output)
        }
        for index in 0..<rows.count * columns.count { output[index] = 0 }
    }

    func release(_ tensor: Tensor, rows: Range<Int>) {
        if tensor.shard != Self.shard { weights.release(tensor, rows: rows) }
    }
}
