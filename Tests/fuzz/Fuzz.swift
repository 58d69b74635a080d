// What libFuzzer calls, for each parser; `run.sh` builds and runs it.
//   VENCEJO_FUZZ         names the parser
//   VENCEJO_FUZZ_FOLDER  a folder in memory for those that read files
//   VENCEJO_FUZZ_MODEL   a model file that sessions belong to, or whose tokenizer reads texts

import Glibc

/// Where a parser's inputs are put.
let folder = setting("VENCEJO_FUZZ_FOLDER") ?? "/dev/shm"
let modelPath = setting("VENCEJO_FUZZ_MODEL") ?? ""

private let parsers: [String: @Sendable ([UInt8]) -> Void] = [
    // Checkpoints.swift
    "pickle": parsePickle, "zip": parseArchive, "torch": parsePyTorch, "tensorflow": parseTensorFlow,
    "safetensors": parseSafetensors, "gguf": parseGGUF, "llmc": parseLlmC, "index": parseIndex,
    // Texts.swift
    "json": parseJSON, "config": parseConfiguration, "vocabulary": parseVocabulary, "tokenizer": parseTokenizer,
    "text": encodeText,
    // Models.swift
    "q8z": parseModelFile, "model": runModel, "session": resumeSession,
]

private let parse: @Sendable ([UInt8]) -> Void = {
    let name = setting("VENCEJO_FUZZ") ?? ""
    guard let parse = parsers[name] else { preconditionFailure("VENCEJO_FUZZ names no parser: \(name)") }
    return parse
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    parse(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

private func setting(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }

/// Puts bytes into a file in memory.
///
/// - Returns: its path.
func put(_ bytes: [UInt8], _ name: String = "input") -> String {
    let path = "\(folder)/\(name)"
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    precondition(unsafe write(file, bytes, bytes.count) == bytes.count, "cannot write \(path)")
    close(file)
    return path
}
