public import StrictJSON

/// A GPT-2 as OpenAI published it: a TensorFlow checkpoint with `hparams.json`, `encoder.json` and `vocab.bpe`.
public struct TensorFlowModel: SourceModel {
    public let weights: any Checkpoint
    public let configuration: JSONObject
    public let tokenizer: TokenizerFiles?
    public let paths: [String]
    public var convention: TensorConvention { .tensorFlow }
    public var configurationName: String { "hparams.json" }

    /// - Parameter path: the checkpoint's `.index`; everything else lies in the same folder.
    public init(indexPath path: String) throws(CheckpointError) {
        let file = try TensorFlowCheckpoint(indexPath: path)
        let parameters = FilePath.sibling(of: path, named: "hparams.json")
        let stated = try JSONFile.object(parameters)
        var members: [(String, JSONValue)] = [("model_type", "gpt2"), ("activation_function", "gelu_new")]
        for (theirs, ours) in [
            ("n_layer", "n_layer"), ("n_head", "n_head"), ("n_embd", "n_embd"), ("n_ctx", "n_positions"),
            ("n_vocab", "vocab_size"),
        ] { if let value = stated[theirs] { members.append((ours, value)) } }
        let tokenizer = try TokenizerFiles.beside(path)
        weights = file
        configuration = JSONObject(members)
        self.tokenizer = tokenizer?.files
        paths = [path] + file.dataPaths + [parameters] + (tokenizer?.paths ?? [])
    }
}

/// The tensors of a TensorFlow checkpoint: an index, and the files of data that it speaks of.
///
/// Every tensor lies in its file, with the checksum that the index states. A leading size of 1, which OpenAI's
/// convolutions over one position have, is left out.
final class TensorFlowCheckpoint: Checkpoint {
    let tensors: [Tensor]
    let dataPaths: [String]
    private let files: [DataFile]

    /// A mapped file in an array.
    private final class DataFile: Sendable {
        let file: MappedFile
        init(path: String) throws(CheckpointError) { file = try MappedFile(path: path) }
    }

    init(indexPath path: String) throws(CheckpointError) {
        let bytes = try SmallFile.read(path, limit: TensorFlowIndex.byteLimit)
        guard path.hasSuffix(".index") else { throw .tensorFlow(path: path, .badName(FilePath.name(path))) }
        let index: TensorFlowIndex
        do { index = try TensorFlowIndex(bytes) } catch { throw .tensorFlow(path: path, error) }
        let count = index.shardCount
        var (files, paths): ([DataFile], [String]) = ([], [])
        for shard in 0..<count {
            let data = path.dropLast("index".count) + "data-\(Self.fiveDigits(shard))-of-\(Self.fiveDigits(count))"
            guard FilePath.exists(String(data)) else {
                throw .tensorFlow(path: path, .missingData(name: FilePath.name(String(data))))
            }
            paths.append(String(data))
            files.append(try DataFile(path: String(data)))
        }
        var tensors: [Tensor] = []
        var left = files.reduce(0) { $0 + $1.file.byteCount }
        for entry in index.entries {
            let file = files[entry.shard]
            let end = entry.offset + entry.byteCount  // both below 2⁴⁸
            guard end <= file.file.byteCount else {
                throw .tensorFlow(
                    path: path,
                    .outside(
                        tensor: entry.name, file: FilePath.name(paths[entry.shard]), end: end,
                        fileByteCount: file.file.byteCount))
            }
            left -= entry.byteCount
            guard left >= 0 else { throw .tensorFlow(path: path, .overlap(tensor: entry.name)) }
            let checksum = file.file.checksum(entry.offset..<end, .castagnoli)
            guard TensorFlowIndex.masked(checksum) == entry.checksum else {
                throw .tensorFlow(path: path, .wrongChecksum(tensor: entry.name))
            }
            let shape = entry.shape.count == 3 && entry.shape[0] == 1 ? Array(entry.shape.dropFirst()) : entry.shape
            tensors.append(
                Tensor(name: entry.name, shape: shape, type: entry.type, bytes: entry.offset..<end, shard: entry.shard))
        }
        (self.tensors, self.files, dataPaths) = (tensors, files, paths)
    }

    private static func fiveDigits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    func read(_ tensor: Tensor, rows: Range<Int>, columns: Range<Int>, into output: inout MutableSpan<Float>) {
        files[tensor.shard].file.read(tensor, rows: rows, columns: columns, into: &output)
    }

    func release(_ tensor: Tensor, rows: Range<Int>) { files[tensor.shard].file.release(tensor, rows: rows) }
}
