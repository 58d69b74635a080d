/// One `.safetensors` file: mapped, its header checked whole before the first element is read.
///
/// The rules, each with an error of its own:
/// 1. The file has at least 8 bytes: the header's length as a little-endian 64-bit integer, at most 8 MiB.
/// 2. The header lies inside the file, begins with `{`, and is strict JSON in UTF-8 without duplicate keys; it may be
///    padded with spaces at the end. `__metadata__`, if there, is an object of strings.
/// 3. Every other member is a tensor: `dtype` a known name, `shape` and `data_offsets` whole numbers up to 2⁴⁸ − 1, of
///    sizes 8 at most.
/// 4. Sorted by offset the tensors leave no hole and do not overlap; none ends before it starts.
/// 5. A tensor's bytes are the product of its sizes times its type's bits: whole bytes, and exactly what is there.
/// 6. The last tensor ends where the file ends.
///
/// The source is "Format" in the README of the safetensors project.
public final class SafetensorsFile: WeightsFile {
    /// The longest header that is read, in bytes. A model of 4096 blocks needs 6.4 million; what JSON can make of more takes
    /// more memory than a small device has.
    static let headerLimit = 8 << 20

    public let path: String
    public let tensors: [Tensor]
    private let file: MappedFile

    public init(path: String) throws(CheckpointError) {
        let file = try MappedFile(path: path)
        let tensors = try file.withBytes { (bytes) throws(CheckpointError) in
            try SafetensorsHeader(path: path, bytes: bytes).tensors
        }
        self.path = path
        self.tensors = tensors
        self.file = file
    }

    public func read(_ tensor: Tensor, rows: Range<Int>, columns: Range<Int>, into output: inout MutableSpan<Float>) {
        file.read(tensor, rows: rows, columns: columns, into: &output)
    }

    public func release(_ tensor: Tensor, rows: Range<Int>) { file.release(tensor, rows: rows) }
}
