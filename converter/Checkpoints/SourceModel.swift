public import StrictJSON

/// A model as somebody else stored it: weights, hyperparameters, and perhaps a tokenizer.
public protocol SourceModel: Sendable {
    var weights: any Checkpoint { get }
    /// The hyperparameters under the keys of Hugging Face's `config.json`.
    var configuration: JSONObject { get }
    /// The tokenizer, or nil where there is none.
    var tokenizer: TokenizerFiles? { get }
    /// Every file that was read, in a fixed order.
    var paths: [String] { get }
    /// How its tensors are named and laid out.
    var convention: TensorConvention { get }
    /// Where the hyperparameters stand, for messages.
    var configurationName: String { get }
    /// What somebody should know about how it was read.
    var notes: [String] { get }
}

extension SourceModel {
    public var notes: [String] { [] }
}

/// A tokenizer as it is stored.
public enum TokenizerFiles: Sendable, Equatable {
    case vocabularyAndMerges(
        vocabulary: [UInt8], merges: [UInt8], added: [UInt8]? = nil, decoder: JSONValue? = nil,
        addsPrefixSpace: Bool? = nil)
    case tokenizerJSON([UInt8], addsPrefixSpace: Bool? = nil)
    /// The lists in a GGUF file's metadata; types are its numbers for kinds of tokens, nil where there are none.
    case lists(tokens: [String], types: [Int]?, merges: [String])
}

/// Whose names a checkpoint's tensors have, and with them the side its matrices are stored from.
public enum TensorConvention: Sendable {
    /// `h.0.attn.c_attn.weight`; linear layers lie `[in × out]`.
    case huggingFace
    /// The same names; linear layers lie `[out × in]`, as `torch.nn.Linear` has them: nanoGPT, minGPT, llm.c.
    case linear
    /// `model/h0/attn/c_attn/w`; linear layers lie `[in × out]`.
    case tensorFlow
    /// `blk.0.attn_qkv.weight`; every matrix lies `[out × in]`.
    case gguf
}

/// Opens the checkpoint at `path`, a folder or a file, whatever its name: what a file holds says what it is.
public func openModel(path: String) throws(CheckpointError) -> any SourceModel {
    guard FilePath.exists(path) else { throw .cannotOpen(path: path, reason: lastSystemError()) }
    let path = FilePath.isFolder(path) ? try weightsFile(inFolder: path) : path
    let name = FilePath.name(path)
    if name.hasPrefix("adapter_model.") || name == "adapter_config.json" { throw .foreign(path: path, .adapter) }
    let kind = try FileKind(path: path)
    if kind == .pyTorch || kind == .safetensors, let index = ShardedWeights.index(ofShard: name) {
        let index = FilePath.sibling(of: path, named: index)
        throw .shard(path: path, index: index, isThere: FilePath.exists(index))
    }
    switch kind {
    case .gguf: return try GGUFModel(path: path)
    case .llmC: return try LinearModel(llmC: path)
    case .tensorFlow: return try TensorFlowModel(indexPath: path)
    case .pyTorch:
        let file = try PyTorchFile(path: path)
        if let arguments = file.modelArguments { return try LinearModel(nanoGPT: file, arguments: arguments) }
        let configuration = try HuggingFaceModel.configuration(besideWeights: path)
        if let arguments = LinearModel.minGPTArguments(configuration) {
            return try LinearModel(minGPT: file, arguments: arguments)
        }
        return try HuggingFaceModel(weights: file, path: path, files: [path], configuration: configuration)
    case .index:
        let sharded = try ShardedWeights(indexPath: path)
        return try HuggingFaceModel(
            weights: sharded, path: path, files: [path] + sharded.files.map(\.path),
            configuration: HuggingFaceModel.configuration(besideWeights: path))
    case .safetensors:
        return try HuggingFaceModel(
            weights: SafetensorsFile(path: path), path: path, files: [path],
            configuration: HuggingFaceModel.configuration(besideWeights: path))
    }
}

/// Opens a file that holds nothing but tensors.
func openWeightsFile(path: String) throws(CheckpointError) -> any WeightsFile {
    if case .pyTorch = try FileKind(path: path) { return try PyTorchFile(path: path) }
    return try SafetensorsFile(path: path)
}

/// The file in a folder that says where the weights are: the one of a usual name, or the only one that holds any.
private func weightsFile(inFolder folder: String) throws(CheckpointError) -> String {
    let names = FilePath.names(in: folder)
    if let name = usualNames.first(where: names.contains) { return FilePath.joined(folder, name) }
    let adapter = "adapter_config.json"
    if names.contains(adapter) { return FilePath.joined(folder, adapter) }
    let others = names.filter(isNamedLikeWeights)
    if let first = others.first, others.count == 1 || ShardedWeights.index(ofShard: first) != nil {
        return FilePath.joined(folder, first)
    }
    throw .noWeights(path: folder, alternatives: others + folders(ofWeightsIn: folder, names: names))
}

/// Whether a file has an ending that weights have, and not a name that trainers give to something else.
private func isNamedLikeWeights(_ name: String) -> Bool {
    let suffixes = [
        ".safetensors", ".bin", ".pt", ".pth", ".pkl", ".h5", ".ckpt", ".gguf", ".index", ".onnx", ".msgpack", ".npz",
        ".tflite",
    ]
    let training = ["training_args.", "meta.pkl", "optimizer.", "scheduler.", "scaler.", "rng_state", "random_states"]
    return suffixes.contains(where: name.hasSuffix) && !training.contains(where: name.hasPrefix)
}

/// The weights, by their names, that lie beside those that were read of a folder; none where `path` is no folder.
public func otherWeights(inFolder path: String, besides model: some SourceModel) -> [String] {
    guard FilePath.isFolder(path) else { return [] }
    let (names, read) = (FilePath.names(in: path), model.paths.map(FilePath.name))
    return names.filter { (usualNames.contains($0) || isNamedLikeWeights($0)) && !read.contains($0) }
}

private let usualNames = [
    "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
    "ckpt.pt", "model.ckpt.index",
]

/// Folders with weights in a folder, as trainers keep checkpoints, or in a folder of it, as Hugging Face's cache does.
private func folders(ofWeightsIn folder: String, names: [String], depth: Int = 2) -> [String] {
    guard depth > 0 else { return [] }
    return names.lazy.filter { !$0.hasPrefix(".") }.flatMap { name -> [String] in
        let path = FilePath.joined(folder, name)
        guard FilePath.isFolder(path) else { return [] }
        let inner = FilePath.names(in: path)
        if usualNames.contains(where: inner.contains) { return [name] }
        return folders(ofWeightsIn: path, names: inner, depth: depth - 1).map { FilePath.joined(name, $0) }
    }
}
