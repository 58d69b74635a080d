import StrictJSON

/// One file that `torch.save` wrote: a ZIP archive, or the older sequence of pickles with the numbers behind them.
///
/// Read like any other table of tensors; see ``PickleMachine`` for why nothing in it can run. The rules, each with an
/// error of its own:
/// 1. An archive follows ``ZipArchive`` and has one `data.pkl`, in a folder; its `byteorder`, if there, is little. An
///    older file has the three pickles that mark one, the weights', and one that lists the storages.
/// 2. Every storage that the weights use is there, once, with as many bytes as its type and length say and, in an archive,
///    the checksum that the archive says.
/// 3. A tensor lies in its storage with its offset, shape and strides, none of them negative, and has no more elements
///    than the storage. All tensors together take at most twice the file's bytes.
/// 4. The weights are a dictionary of names and tensors, the whole or under `model`, `state_dict`, `model_state_dict` or
///    `module`; no name occurs twice.
public final class PyTorchFile: WeightsFile {
    public let path: String
    public let tensors: [Tensor]
    /// What nanoGPT saves as `model_args`; nil in other files.
    let modelArguments: JSONObject?
    private let file: MappedFile

    public init(path: String) throws(CheckpointError) {
        let file = try MappedFile(path: path)
        let content =
            file.bytes(0..<min(4, file.byteCount)) == ZipArchive.magic
            ? try PyTorchContent(archive: path, file: file) : try PyTorchContent(legacy: path, file: file)
        do throws(PyTorchError) {
            let weights = try PyTorchWeights(content)
            modelArguments = weights.arguments
            tensors = try weights.tensors(of: content, fileByteCount: file.byteCount)
        } catch { throw .pyTorch(path: path, error) }
        for key in Set(tensors.map(\.shard)) { try content.check(storage: key, in: file) }
        self.path = path
        self.file = file
    }

    public func read(_ tensor: Tensor, rows: Range<Int>, columns: Range<Int>, into output: inout MutableSpan<Float>) {
        file.read(tensor, rows: rows, columns: columns, into: &output)
    }

    public func release(_ tensor: Tensor, rows: Range<Int>) { file.release(tensor, rows: rows) }
}
