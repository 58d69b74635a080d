import GPT2
import StrictJSON
import Tokenizer

@testable import Checkpoints

/// A pickle, and what is looked for in it.
func parsePickle(_ bytes: [UInt8]) {
    guard var machine = try? PickleMachine(bytes), let root = try? machine.run() else { return }
    _ = machine.items(of: root, .dictionary)
    for container in machine.containers { precondition(container.depth <= PickleMachine.depthLimit) }
}

/// The records of a table's block, around which a table with true checksums is put.
func parseTensorFlow(_ bytes: [UInt8]) {
    func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    func varint(_ value: Int) -> [UInt8] {
        value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + varint(value >> 7)
    }
    func sealed(_ block: [UInt8]) -> [UInt8] {
        unsafe block + word(TensorFlowIndex.masked(CyclicChecksum.castagnoli(block.span.bytes)))
    }
    let block = sealed(bytes + [0])
    let handle = varint(0) + varint(bytes.count)
    let index = sealed([0, 1, UInt8(handle.count), 0x7A] + handle + word(0) + word(1) + [0])
    let footer = [0, 0] + varint(block.count) + varint(index.count - 5)
    _ = try? TensorFlowIndex(
        block + index + footer + [UInt8](repeating: 0, count: 40 - footer.count) + TensorFlowIndex.magic)
}

func parseArchive(_ bytes: [UInt8]) {
    let path = put(bytes)
    guard let file = try? MappedFile(path: path), let archive = try? ZipArchive(path: path, file: file) else { return }
    for entry in archive.entries {
        precondition(entry.range.upperBound <= file.byteCount)
        _ = try? archive.checkedRange(of: entry, in: file)
    }
}

/// Weights, and the hyperparameters that nanoGPT keeps beside them.
func parsePyTorch(_ bytes: [UInt8]) {
    guard let file = try? PyTorchFile(path: put(bytes)) else { return }
    readAll(file)
    if let arguments = file.modelArguments { try? readAll(LinearModel(nanoGPT: file, arguments: arguments)) }
}

func parseSafetensors(_ bytes: [UInt8]) { try? readAll(SafetensorsFile(path: put(bytes))) }
func parseLlmC(_ bytes: [UInt8]) { try? readAll(LinearModel(llmC: put(bytes))) }

/// Weights, whatever the metadata say, and then hyperparameters and tokenizer.
func parseGGUF(_ bytes: [UInt8]) {
    let path = put(bytes)
    try? readAll(GGUFFile(path: path))
    try? readAll(GGUFModel(path: path))
}

/// An index of shards, beside two of them.
func parseIndex(_ bytes: [UInt8]) {
    try? readAll(ShardedWeights(indexPath: put(bytes, "model.safetensors.index.json")))
}

private func readAll(_ model: some SourceModel) {
    _ = try? Configuration(json: .object(model.configuration))
    if case .lists(let tokens, let types, let merges) = model.tokenizer,
        let tables = try? TokenizerTables(tokens: tokens, types: types, merges: merges)
    {
        use(Tokenizer(tables), on: sampleText[...])
    }
    readAll(model.weights)
}

/// What was accepted is read at both of its ends.
private func readAll(_ weights: some Checkpoint) {
    for tensor in weights.tensors where tensor.type.isReadable && tensor.rowCount > 0 && tensor.columnCount > 0 {
        var row = [Float](repeating: 0, count: 1)
        for (r, column) in [(0, 0), (tensor.rowCount - 1, tensor.columnCount - 1)] {
            var span = row.mutableSpan
            weights.read(tensor, rows: r..<r + 1, columns: column..<column + 1, into: &span)
        }
        weights.release(tensor, rows: 0..<tensor.rowCount)
    }
}
