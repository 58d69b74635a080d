public import StrictJSON

/// A model as Hugging Face keeps it: weights, `config.json`, and perhaps a tokenizer, side by side.
public struct HuggingFaceModel: SourceModel {
    /// The weights, from `model.safetensors`, from shards, or from the one file that was named.
    public let weights: any Checkpoint
    /// The object in `config.json`.
    public let configuration: JSONObject
    public let tokenizer: TokenizerFiles?
    public let paths: [String]
    public var convention: TensorConvention { .huggingFace }

    /// Opens the checkpoint at `path`: a folder, a `.safetensors` file, or an index of shards. The configuration and the
    /// tokenizer lie in the same folder.
    public init(path: String) throws(CheckpointError) {
        guard FilePath.exists(path) else { throw .cannotOpen(path: path, reason: lastSystemError()) }
        let folder = FilePath.isFolder(path)
        func beside(_ name: String) -> String {
            folder ? FilePath.joined(path, name) : FilePath.sibling(of: path, named: name)
        }

        let weightsPath = folder ? try Self.weights(inFolder: path) : path
        let isIndex = weightsPath.utf8.reversed().starts(with: ".index.json".utf8.reversed())
        var paths: [String]
        if isIndex {
            let sharded = try ShardedSafetensors(indexPath: weightsPath)
            weights = sharded
            paths = [weightsPath] + sharded.files.map(\.path)
        } else {
            weights = try SafetensorsFile(path: weightsPath)
            paths = [weightsPath]
        }

        let configurationPath = beside("config.json")
        guard FilePath.exists(configurationPath) else { throw .noConfiguration(path: configurationPath) }
        guard let object = try JSONFile.read(configurationPath, limit: 1 << 20).objectValue else {
            throw .configurationIsNotAnObject(path: configurationPath)
        }
        configuration = object
        paths.append(configurationPath)

        let (vocabulary, merges, single) = (beside("vocab.json"), beside("merges.txt"), beside("tokenizer.json"))
        if FilePath.exists(vocabulary), FilePath.exists(merges) {
            tokenizer = .vocabularyAndMerges(
                vocabulary: try SmallFile.read(vocabulary, limit: Self.tokenizerLimit),
                merges: try SmallFile.read(merges, limit: Self.tokenizerLimit))
            paths += [vocabulary, merges]
        } else if FilePath.exists(single) {
            tokenizer = .tokenizerJSON(try SmallFile.read(single, limit: Self.tokenizerLimit))
            paths.append(single)
        } else if let half = [vocabulary, merges].first(where: FilePath.exists) {
            throw .halfATokenizer(found: half, missing: half == vocabulary ? merges : vocabulary)
        } else {
            tokenizer = nil
        }
        self.paths = paths
    }

    /// The longest tokenizer file that is read, in bytes. GPT-2's `tokenizer.json` has 1.4 million.
    private static let tokenizerLimit = 64 << 20

    private static func weights(inFolder folder: String) throws(CheckpointError) -> String {
        for name in ["model.safetensors", "model.safetensors.index.json"] {
            let path = FilePath.joined(folder, name)
            if FilePath.exists(path) { return path }
        }
        let suffixes = [".safetensors", ".bin", ".pt", ".pth", ".h5", ".ckpt", ".gguf"]
        let others = FilePath.names(in: folder).filter { name in suffixes.contains { name.hasSuffix($0) } }
        if let name = PyTorchFile.weights(among: others), !others.contains(where: { $0.hasSuffix(".safetensors") }) {
            throw .pyTorch(path: FilePath.joined(folder, name))
        }
        throw .noWeights(path: folder, alternatives: others)
    }
}
