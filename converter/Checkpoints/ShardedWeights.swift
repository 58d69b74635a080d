import StrictJSON

/// A checkpoint cut into several files, named by a `model.safetensors.index.json` or `pytorch_model.bin.index.json`.
///
/// The rules: every shard is a plain file name beside the index; `weight_map` and the shards name the same tensors, each
/// in one shard; `metadata.total_size`, if there, is the number of the tensors' bytes. (In PyTorch files tensors can share
/// bytes, and writers count these once or twice: there it says nothing.)
public final class ShardedWeights: Checkpoint {
    public let tensors: [Tensor]
    /// The shards, in the order of their names.
    public let files: [any WeightsFile]

    /// The name of the index that a file belongs to by its own name: `model.safetensors.index.json` of
    /// `model-00001-of-00005.safetensors`. Nil for what is no shard, and for the only one.
    static func index(ofShard name: String) -> String? {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        let parts = name[..<dot].split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[parts.count - 2] == "of", let count = Int(parts[parts.count - 1]), count > 1,
            Int(parts[parts.count - 3]) != nil, [1, 3].allSatisfy({ parts[parts.count - $0].utf8.count == 5 })
        else { return nil }
        return parts.dropLast(3).joined(separator: "-") + name[dot...] + ".index.json"
    }

    /// Opens the index at `path` and every shard it names.
    public init(indexPath path: String) throws(CheckpointError) {
        let index = try JSONFile.read(path, limit: 8 << 20)
        guard let map = index["weight_map"]?.objectValue else { throw .badIndex(path: path, field: "weight_map") }
        var shardOfTensor: [ByteString: String] = [:]
        for (tensor, shard) in map {
            guard let shard = shard.stringValue else { throw .badIndex(path: path, field: tensor) }
            guard Self.isPlainFileName(shard) else { throw .badShardName(path: path, name: shard) }
            shardOfTensor[ByteString(tensor)] = shard
        }
        let names = Set(shardOfTensor.values).sorted()
        guard !names.isEmpty else { throw .badIndex(path: path, field: "weight_map") }

        var files: [any WeightsFile] = []
        var tensors: [Tensor] = []
        var holder: [ByteString: String] = [:]
        for name in names {
            let shardPath = FilePath.sibling(of: path, named: name)
            guard FilePath.exists(shardPath) else { throw .missingShard(path: path, name: name) }
            let file = try openWeightsFile(path: shardPath)
            for tensor in file.tensors {
                if let other = holder.updateValue(name, forKey: ByteString(tensor.name)) {
                    throw .tensorInTwoShards(tensor: tensor.name, shards: [other, name])
                }
                guard let stated = shardOfTensor[ByteString(tensor.name)] else {
                    throw .tensorNotInIndex(tensor: tensor.name, shard: name)
                }
                guard stated == name else { throw .tensorNotInShard(tensor: tensor.name, shard: stated) }
            }
            tensors += file.tensors.map { $0.inShard(files.count) }
            files.append(file)
        }
        for (tensor, shard) in map where holder[ByteString(tensor)] == nil {
            throw .tensorNotInShard(tensor: tensor, shard: shard.stringValue ?? "")
        }
        let byteCount = tensors.reduce(0) { $0 + $1.bytes.count }
        if let stated = index["metadata"]?["total_size"], files.allSatisfy({ $0 is SafetensorsFile }) {
            guard stated.doubleValue == Double(byteCount) else {
                throw .wrongTotalSize(path: path, stated: stated.encoded(), found: byteCount)
            }
        }
        self.files = files
        self.tensors = tensors
    }

    public func read(_ tensor: Tensor, rows: Range<Int>, columns: Range<Int>, into output: inout MutableSpan<Float>) {
        files[tensor.shard].read(tensor, rows: rows, columns: columns, into: &output)
    }

    public func release(_ tensor: Tensor, rows: Range<Int>) {
        files[tensor.shard].release(tensor, rows: rows)
    }

    /// Symbolic links are followed, since the hub's cache consists of them; what is refused is a name that walks away.
    private static func isPlainFileName(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && name.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "/") }
    }
}

/// A name compared byte by byte: Swift's strings are equal when they look alike, and tensors' names are not.
struct ByteString: Hashable {
    private let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    var text: String { String(decoding: bytes, as: UTF8.self) }
}
