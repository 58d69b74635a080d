/// One GGUF file, version 2 or 3: mapped, its tables checked whole before the first weight is read.
///
/// The rules, each with an error of its own:
/// 1. The file begins with `GGUF`, a little-endian version, and the numbers of tensors and of pairs of metadata, each at
///    most 65 536. Nothing that is counted or measured there reaches beyond the file.
/// 2. A pair is a key, in UTF-8, not empty and there only once, and a value of a known type. A list holds values of one
///    type, not lists. Booleans are 0 or 1. All tables together take at most 100 MB.
/// 3. `general.alignment`, if there, is a power of two up to 65 536; else it is 32.
/// 4. A tensor has a name of 1 to 64 bytes of its own, 1 to 4 dimensions from 1 to 2⁴⁸ − 1, and a type whose size is known.
///    Its rows, along the first dimension, consist of whole blocks.
/// 5. The data begins at the next multiple of the alignment. Tensors lie there in the order of the table, each padded to the
///    alignment: no other holes, no overlap.
/// 6. The file ends behind the last tensor, or behind its padding.
///
/// The source is "GGUF" in the documents of the ggml project.
public final class GGUFFile: Checkpoint {
    public let path: String
    public let tensors: [Tensor]
    let metadata: [ByteString: GGUFValue]
    private let file: MappedFile

    /// Opens a file that begins as a GGUF file does.
    public init(path: String) throws(CheckpointError) {
        let file = try MappedFile(path: path)
        let header = try file.withBytes { (bytes) throws(CheckpointError) in
            try GGUFHeader(path: path, bytes: bytes)
        }
        self.path = path
        self.file = file
        tensors = header.tensors
        metadata = header.metadata
    }

    public func read(_ tensor: Tensor, rows: Range<Int>, columns: Range<Int>, into output: inout MutableSpan<Float>) {
        file.read(tensor, rows: rows, columns: columns, into: &output)
    }

    public func release(_ tensor: Tensor, rows: Range<Int>) { file.release(tensor, rows: rows) }

    /// The most bytes that a token or a merge has in the byte alphabet: twice a token's limit, and a merge is two of them.
    private static let longestText = 8192

    /// The texts of a tokenizer's list.
    func strings(_ list: GGUFList, key: String) throws(CheckpointError) -> [String] {
        try file.withBytes { (bytes) throws(CheckpointError) in
            var walk = GGUFWalk(path: path, at: list.offset)
            var strings: [String] = []
            strings.reserveCapacity(list.count)
            for index in 0..<list.count {
                let text = try walk.string("\(key)[\(index)]", bytes)
                guard text.utf8.count <= Self.longestText else {
                    let expected = "at most \(Self.longestText)"
                    throw walk.failure(
                        .wrongValue(key: "\(key)[\(index)]", found: "\(text.utf8.count) bytes", expected: expected))
                }
                strings.append(text)
            }
            return strings
        }
    }

    /// The whole numbers of a list; nil where one is something else.
    func integers(_ list: GGUFList, key: String) throws(CheckpointError) -> [Int]? {
        try file.withBytes { (bytes) throws(CheckpointError) in
            var walk = GGUFWalk(path: path, at: list.offset)
            var integers: [Int] = []
            integers.reserveCapacity(list.count)
            for _ in 0..<list.count {
                guard case .integer(let value) = try walk.value(list.type, key: key, bytes) else { return nil }
                integers.append(Int(value))
            }
            return integers
        }
    }
}
