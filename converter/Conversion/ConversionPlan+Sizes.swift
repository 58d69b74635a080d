import Checkpoints
import GPT2
import ModelFile

extension ConversionPlan {
    /// Bytes that each array takes in the checkpoint, by the names of a model file.
    public var sourceByteCounts: [String: Int] {
        Dictionary(sources.map { ($0.array.name, $0.tensor.byteCount) }) { first, _ in first }
    }

    /// The types of the matrices, the most used first: "Q4_K, Q6_K".
    public var sourceTypes: String {
        var counts: [String: Int] = [:]
        for source in sources where source.array.role == .matrix {
            counts[source.tensor.type.rawValue, default: 0] += 1
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key).joined(separator: ", ")
    }

    /// Bytes of all files of the checkpoint.
    public func sourceByteCount() throws(ConversionError) -> Int {
        var byteCount = 0
        for path in model.paths {
            byteCount += try ConversionError.wrapping { () throws(ModelFileError) in
                try FileIdentity(path: path).byteCount
            }
        }
        return byteCount
    }
}
