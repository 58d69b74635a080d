/// Why a TensorFlow checkpoint was refused. One case per rule; the rules are listed at ``TensorFlowIndex``.
public enum TensorFlowError: Error, Equatable, Sendable {
    // The index.
    case noFooter
    case badBlock(offset: Int)
    case wrongBlockChecksum(offset: Int)
    case compressed
    case tooMany(limit: Int)
    case order
    case notText
    case noHeader
    case bigEndian

    // Tensors.
    case badEntry(tensor: String)
    case slices(tensor: String)
    case unknownType(tensor: String, type: Int)
    case wrongByteCount(tensor: String, expected: Int, found: Int)
    case missingData(name: String)
    case outside(tensor: String, file: String, end: Int, fileByteCount: Int)
    case overlap(tensor: String)
    case wrongChecksum(tensor: String)
    case badName(String)
}

extension TensorFlowError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noFooter:
            return "it is not a whole index of a TensorFlow checkpoint: fetch it again"
        case .badBlock(let offset):
            return "the block at \(offset) of the index reaches beyond its end" + damagedOrHostile
        case .wrongBlockChecksum(let offset):
            return "the block at \(offset) of the index has another checksum than it states: fetch it again"
        case .compressed:
            return "the index is compressed with Snappy, which TensorFlow does not do for checkpoints. "
                + "Load the model and save it again with tf.train.Saver"
        case .tooMany(let limit):
            return "the index has more than \(limit) entries" + damagedOrHostile
        case .order:
            return "the index does not name its tensors in ascending order, each once" + damagedOrHostile
        case .notText:
            return "a tensor's name is not UTF-8" + damagedOrHostile
        case .noHeader:
            return "the index does not begin with the number of files, from 1 to 1000" + damagedOrHostile
        case .bigEndian:
            return "its numbers are big-endian; expected little-endian ones. Save it again on a usual machine"
        case .badEntry(let tensor):
            return "the entry of tensor \(quoted(tensor)) is not what TensorFlow writes" + damagedOrHostile
        case .slices(let tensor):
            return "tensor \(quoted(tensor)) is cut into slices; expected it whole. Save it without partitions"
        case .unknownType(let tensor, let type):
            return
                "tensor \(quoted(tensor)) has TensorFlow's type \(type), which is no number. Save the model's variables "
                + "alone, with tf.train.Saver"
        case .wrongByteCount(let tensor, let expected, let found):
            return "tensor \(quoted(tensor)) has \(found) bytes; its shape and type need \(expected)" + damagedOrHostile
        case .missingData(let name):
            return "\(quoted(name)), which it speaks of, is not beside it: fetch it"
        case .outside(let tensor, let file, let end, let fileByteCount):
            return "tensor \(quoted(tensor)) ends at \(end) of \(quoted(file)), which has \(fileByteCount) bytes: "
                + "fetch it again"
        case .overlap(let tensor):
            return "with tensor \(quoted(tensor)) the tensors have more bytes than all files of data: they overlap"
                + damagedOrHostile
        case .wrongChecksum(let tensor):
            return "tensor \(quoted(tensor)) has another checksum than the index states: fetch it again"
        case .badName(let name):
            return
                "it is named \(quoted(name)); expected a name that ends in .index, beside files of the same name that "
                + "end in .data-00000-of-00001"
        }
    }
}
