// What libFuzzer calls, for each parser of the converter; `run.sh` builds and runs it.
// VENCEJO_FUZZ names the parser, VENCEJO_FUZZ_FILE a file in memory that inputs are put into.

import Glibc
import StrictJSON

@testable import Checkpoints

private let target: String = unsafe getenv("VENCEJO_FUZZ").map { unsafe String(cString: $0) } ?? ""
private let path: String = unsafe getenv("VENCEJO_FUZZ_FILE").map { unsafe String(cString: $0) } ?? "/dev/shm/fuzzed"

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    switch target {
    case "pickle": parsePickle(bytes)
    case "tensorflow": parseTable(bytes)
    case "zip", "torch", "safetensors", "gguf", "llmc": parseFile(bytes)
    default: preconditionFailure("VENCEJO_FUZZ names no parser: \(target)")
    }
    return 0
}

/// A pickle, and what is looked for in it.
private func parsePickle(_ bytes: [UInt8]) {
    guard var machine = try? PickleMachine(bytes), let root = try? machine.run() else { return }
    _ = machine.items(of: root, .dictionary)
    for container in machine.containers { precondition(container.depth <= PickleMachine.depthLimit) }
}

/// The records of a table's block, around which a table with true checksums is put.
private func parseTable(_ bytes: [UInt8]) {
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

/// A whole file, by the reader that is wanted; what it accepts is read to its last number.
private func parseFile(_ bytes: [UInt8]) {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    _ = unsafe write(file, bytes, bytes.count)
    close(file)
    let weights: (any Checkpoint)? =
        switch target {
        case "safetensors": try? SafetensorsFile(path: path)
        case "gguf": try? GGUFFile(path: path)
        case "llmc": try? LlmCFile(path: path)
        case "zip": archive()
        default: try? PyTorchFile(path: path)
        }
    for tensor in weights?.tensors ?? [] where tensor.type.isReadable && tensor.rowCount > 0 && tensor.columnCount > 0 {
        var row = [Float](repeating: 0, count: 1)
        var span = row.mutableSpan
        let (rows, columns) = (tensor.rowCount, tensor.columnCount)
        weights?.read(tensor, rows: rows - 1..<rows, columns: columns - 1..<columns, into: &span)
        weights?.release(tensor, rows: 0..<rows)
    }
}

private func archive() -> (any Checkpoint)? {
    guard let file = try? MappedFile(path: path), let archive = try? ZipArchive(path: path, file: file) else {
        return nil
    }
    for entry in archive.entries {
        precondition(entry.range.upperBound <= file.byteCount)
        _ = try? archive.checkedRange(of: entry, in: file)
    }
    return nil
}
