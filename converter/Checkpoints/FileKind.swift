/// What a file of weights is, by what it holds; its name says nothing.
enum FileKind {
    case gguf
    /// A ZIP archive or a pickle.
    case pyTorch
    case llmC
    case tensorFlow
    /// JSON: an index of shards.
    case index
    /// Anything else.
    case safetensors

    init(path: String) throws(CheckpointError) {
        let file = try MappedFile(path: path)
        let begin = file.bytes(0..<min(file.byteCount, 9)) ?? []
        // A safetensors file begins with the length of its header, whose bytes can be those of other formats; the header
        // follows with its {.
        if begin.count == 9, begin[8] == UInt8(ascii: "{"), begin[7] == 0 {
            self = .safetensors
        } else if begin.starts(with: "GGUF".utf8) {
            self = .gguf
        } else if begin.starts(with: ZipArchive.magic)
            || begin.first == 0x80 && (2...5).contains(begin.dropFirst().first ?? 0)
        {
            self = .pyTorch
        } else if begin.starts(with: LlmCFile.magic) {
            self = .llmC
        } else if begin.first == UInt8(ascii: "{") {
            self = .index
        } else if file.bytes(max(0, file.byteCount - 8)..<file.byteCount) == TensorFlowIndex.magic {
            self = .tensorFlow
        } else if let foreign = ForeignFile(begin: begin, name: FilePath.name(path)) {
            throw .foreign(path: path, foreign)
        } else {
            self = .safetensors
        }
    }
}
