/// What people have where weights were expected, told by its first bytes or its name.
public enum ForeignFile: Sendable, Equatable {
    case gitLFSPointer
    case webPage
    case modelFile
    case hdf5
    case otherProgram
    case tensorFlowPart
    case adapter
    case unknown

    /// - Parameters:
    ///   - begin: the file's first 9 bytes, or all that it has.
    ///   - name: its name without folders.
    /// - Returns: nil where a safetensors file could begin so.
    init?(begin: [UInt8], name: String) {
        let isPart = name.contains(".data-0") || name.hasSuffix(".meta") || name == "checkpoint"
        if begin.starts(with: "version h".utf8) {
            self = .gitLFSPointer
        } else if begin.first == UInt8(ascii: "<") {
            self = .webPage
        } else if begin.starts(with: [0x89, 0x51, 0x38, 0x5A]) {
            self = .modelFile
        } else if begin.starts(with: [0x89, 0x48, 0x44, 0x46]) {
            self = .hdf5
        } else if [".onnx", ".msgpack", ".tflite", ".npz"].contains(where: name.hasSuffix) {
            self = .otherProgram
        } else if begin.count == 9, begin[8] != UInt8(ascii: "{"), begin[3..<8] != [0, 0, 0, 0, 0] {
            self = isPart ? .tensorFlowPart : .unknown
        } else {
            return nil
        }
    }

    /// What it is and what to do, as the end of a sentence about it.
    var description: String {
        switch self {
        case .gitLFSPointer: "is a Git LFS pointer, not the weights; this fetches them: git lfs pull"
        case .webPage:
            "is a web page, not the weights: the server answered with that; look at it, and download the weights again"
        case .modelFile:
            "is a .q8z file already: vencejo runs it, 'vencejo repack' changes how it is stored, --to brings it back"
        case .hdf5:
            "is an HDF5 file, as Keras keeps weights; load it with transformers and save it with save_pretrained()"
        case .otherProgram:
            "holds a model for another program; convert the PyTorch or safetensors weights it was made of"
        case .tensorFlowPart: "is a part of a TensorFlow checkpoint; name its .index"
        case .adapter:
            "belongs to an adapter, which changes another model; merge it into that first, with peft's "
                + "merge_and_unload(), and save the whole with save_pretrained()"
        case .unknown: "holds no weights of a kind that is read here, which are: " + Self.kinds
        }
    }

    /// The kinds of files that are read.
    static let kinds =
        "safetensors, PyTorch's .bin and .pt, llm.c's .bin, a TensorFlow checkpoint's .index, GGUF"
}
