import StrictJSON

/// Why a checkpoint was refused. One case per rule; the rules of a safetensors file are listed at ``SafetensorsFile``.
public enum CheckpointError: Error, Equatable, Sendable {
    // Files.
    case cannotOpen(path: String, reason: String)
    case notAFile(path: String)
    /// A file was shortened, or could not be read any more, while it was converted.
    case changedWhileReading
    case fileTooLarge(path: String, byteCount: Int, limit: Int)
    case noWeights(path: String, alternatives: [String])
    /// Something else than weights.
    case foreign(path: String, ForeignFile)
    /// One file of several, whose index is meant, or is not there.
    case shard(path: String, index: String, isThere: Bool)
    case noConfiguration(path: String)
    case configurationIsNotAnObject(path: String)
    case badJSON(path: String, reason: JSONError)

    // A safetensors file.
    case fileTooSmall(path: String, byteCount: Int)
    case headerTooLarge(path: String, byteCount: UInt64)
    case headerBeyondFile(path: String, byteCount: UInt64, fileByteCount: Int)
    case headerIsNotAnObject(path: String)
    case badMetadata(path: String)
    case badTensorEntry(path: String, tensor: String, field: String)
    case unknownType(path: String, tensor: String, type: String)
    case reversedOffsets(path: String, tensor: String, start: Int, end: Int)
    case hole(path: String, tensor: String, expected: Int, found: Int)
    case overlap(path: String, tensor: String, expected: Int, found: Int)
    case shapeOverflows(path: String, tensor: String)
    case partialByte(path: String, tensor: String)
    case wrongByteCount(path: String, tensor: String, expected: Int, found: Int)
    case wrongFileSize(path: String, expected: Int, found: Int)

    // An index of shards.
    case badIndex(path: String, field: String)
    case badShardName(path: String, name: String)
    case missingShard(path: String, name: String)
    case halfATokenizer(found: String, missing: String)
    case tensorNotInShard(tensor: String, shard: String)
    case tensorNotInIndex(tensor: String, shard: String)
    case tensorInTwoShards(tensor: String, shards: [String])
    case wrongTotalSize(path: String, stated: String, found: Int)

    // Rules of other files.
    case gguf(path: String, GGUFError)
    case zip(path: String, ZipError)
    case pyTorch(path: String, PyTorchError)
    case llmC(path: String, LlmCError)
    case tensorFlow(path: String, TensorFlowError)
}

extension CheckpointError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason):
            "cannot open \(quoted(path)): \(reason)"
        case .notAFile(let path):
            "\(quoted(path)) is not a regular file; give the folder or the file of a checkpoint"
        case .changedWhileReading:
            "a file of the checkpoint became shorter, or could not be read, while it was converted; nothing was written. "
                + "Convert it when nobody writes to it"
        case .fileTooLarge(let path, let byteCount, let limit):
            "\(quoted(path)) has \(byteCount) bytes; a file of its kind has at most \(limit). Is it the right file?"
        case .noWeights(let path, let alternatives):
            "\(quoted(path)) holds no weights of a usual name"
                + (alternatives.isEmpty
                    ? "; give the folder or the file of a checkpoint: \(ForeignFile.kinds)"
                    : ", but \(alternatives.prefix(10).map(quoted).joined(separator: ", "))"
                        + (alternatives.count > 10 ? " and \(alternatives.count - 10) more" : "")
                        + ": name what is meant")
        case .foreign(let path, let file): "\(quoted(path)) \(file.description)"
        case .shard(let path, let index, let isThere):
            "\(quoted(path)) is one file of several; "
                + (isThere ? "name \(quoted(index))" : "the index of all, \(quoted(index)), is not there: fetch it")
        case .noConfiguration(let path):
            "there is no \(quoted(path)); put the model's \(FilePath.name(path)) beside its weights"
        case .configurationIsNotAnObject(let path):
            "\(quoted(path)) is not a JSON object; expected the model's \(FilePath.name(path)): fetch it again"
        case .badJSON(let path, .byteOrderMark):
            "\(quoted(path)): \(JSONError.byteOrderMark)"
        case .badJSON(let path, let reason):
            "\(quoted(path)): \(reason). Fetch it again"
        case .fileTooSmall(let path, let byteCount):
            "\(quoted(path)) has \(byteCount) bytes; a safetensors file begins with the 8 of its header's length: "
                + "fetch it again"
        case .headerTooLarge(let path, let byteCount):
            "\(quoted(path)) states a header of \(byteCount) bytes; at most \(SafetensorsFile.headerLimit) are allowed"
                + damagedOrHostile
        case .headerBeyondFile(let path, let byteCount, let fileByteCount):
            "\(quoted(path)) states a header of \(byteCount) bytes but ends after \(fileByteCount): fetch it again"
        case .headerIsNotAnObject(let path):
            "the header of \(quoted(path)) does not begin with {: it is not a safetensors file, or damaged: fetch it again"
        case .badMetadata(let path):
            "__metadata__ in \(quoted(path)) is not an object of strings" + damagedOrHostile
        case .badTensorEntry(let path, let tensor, let field):
            "tensor \(quoted(tensor)) in \(quoted(path)): \(quoted(field)) is missing or is not what the format wants"
                + damagedOrHostile
        case .unknownType(let path, let tensor, let type):
            "tensor \(quoted(tensor)) in \(quoted(path)) has the unknown type \(quoted(type)). Save the model in "
                + "F32, F16 or BF16"
        case .reversedOffsets(let path, let tensor, let start, let end):
            "tensor \(quoted(tensor)) in \(quoted(path)) ends at \(end), before its start at \(start)"
                + damagedOrHostile
        case .hole(let path, let tensor, let expected, let found):
            "tensor \(quoted(tensor)) in \(quoted(path)) starts at \(found), which leaves a hole after \(expected)"
                + damagedOrHostile
        case .overlap(let path, let tensor, let expected, let found):
            "tensor \(quoted(tensor)) in \(quoted(path)) starts at \(found), inside another that ends at \(expected)"
                + damagedOrHostile
        case .shapeOverflows(let path, let tensor):
            "the shape of tensor \(quoted(tensor)) in \(quoted(path)) is too large to count its elements"
                + damagedOrHostile
        case .partialByte(let path, let tensor):
            "tensor \(quoted(tensor)) in \(quoted(path)) does not fill whole bytes" + damagedOrHostile
        case .wrongByteCount(let path, let tensor, let expected, let found):
            "tensor \(quoted(tensor)) in \(quoted(path)) has \(found) bytes; its shape and type need \(expected)"
                + damagedOrHostile
        case .wrongFileSize(let path, let expected, let found):
            "\(quoted(path)) has \(found) bytes; its header describes \(expected): "
                + (found < expected ? "the download is not complete" : "something was appended") + ". Fetch it again"
        case .badIndex(let path, "weight_map"):
            "\(quoted(path)) is no index of shards, for it has no \"weight_map\" with any; name the folder of the "
                + "checkpoint, or its file of weights"
        case .badIndex(let path, let field):
            "\(quoted(path)): \(quoted(field)) is missing or is not what an index of shards has: fetch it again"
        case .badShardName(let path, let name):
            "\(quoted(path)) names the shard \(quoted(name)); a shard is a plain file name beside the index"
                + damagedOrHostile
        case .halfATokenizer(let found, let missing):
            "\(found) is there, but not \(missing); a tokenizer needs both. Add it, or move the other away to convert "
                + "without a tokenizer"
        case .missingShard(let path, let name):
            "\(quoted(path)) names the shard \(quoted(name)), which is not there: fetch it"
        case .tensorNotInShard(let tensor, let shard):
            "the index puts tensor \(quoted(tensor)) into \(quoted(shard)), which does not hold it: "
                + "fetch the index and all shards again, of one version"
        case .tensorNotInIndex(let tensor, let shard):
            "\(quoted(shard)) holds tensor \(quoted(tensor)), which the index does not name: "
                + "fetch the index and all shards again, of one version"
        case .tensorInTwoShards(let tensor, let shards):
            "tensor \(quoted(tensor)) is in more than one shard: \(shards.map(quoted).joined(separator: ", ")). "
                + "Fetch the index and all shards again, of one version"
        case .wrongTotalSize(let path, let stated, let found):
            "\(quoted(path)) states total_size \(stated); the shards' tensors have \(found) bytes. "
                + "Fetch the index and all shards again, of one version"
        case .gguf(let path, let error): "\(quoted(path)): \(error)"
        case .zip(let path, let error): "\(quoted(path)): \(error)"
        case .pyTorch(let path, let error): "\(quoted(path)): \(error)"
        case .llmC(let path, let error): "\(quoted(path)): \(error)"
        case .tensorFlow(let path, let error): "\(quoted(path)): \(error)"
        }
    }
}

/// How a message ends about what no honest program writes.
let damagedOrHostile = "; the file is damaged or hostile: fetch it again, from where you trust"

/// `text` in quotation marks for a message: at most 100 scalars, and nothing in it that moves a terminal's cursor.
func quoted(_ text: String) -> String {
    var shown = "\""
    for scalar in text.unicodeScalars.prefix(100) {
        let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
        if isControl { shown += "\\u{\(String(scalar.value, radix: 16))}" } else { shown.unicodeScalars.append(scalar) }
    }
    return shown + (text.unicodeScalars.dropFirst(100).isEmpty ? "\"" : "…\"")
}
