import ArgumentParser
import GPT2
import ModelFile

/// `vencejo repack`: the same model, stored for another purpose.
struct Repack: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compresses the matrices of a model file, or lays them out raw.",
        discussion: """
            raw is larger and used in place, from the mapped file. zstd is smaller to keep and to copy, and its matrices \
            are decoded when the model runs. packed is used in place and smaller than raw: the symbols of a matrix that was \
            rounded coarsely enough lie in 4, 5 or 6 bits. The weights, and so the text, stay the same to the bit; there and back again \
            gives the same file. Every checksum is checked on the way.

            EXAMPLES
              vencejo repack gpt2.q8z -o gpt2-raw.q8z --storage raw
              vencejo repack gpt2-raw.q8z -o gpt2.q8z --storage zstd
              vencejo repack gpt2-small.q8z -o gpt2-mapped.q8z --storage packed
            """)

    @Argument(
        help: ArgumentHelp("The .q8z file to read.", valueName: "file"), completion: .file(extensions: ["q8z"]))
    var input: String

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("The file to write. It is replaced when everything is written.", valueName: "file"),
        completion: .file(extensions: ["q8z"]))
    var output: String

    @Option(help: "How matrices are stored.")
    var storage: MatrixStorage

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    func validate() throws {
        guard !output.isEmpty else { throw ValidationError("--output names no file") }
        guard output != "-" else {
            throw ValidationError("--output is -, and a model file cannot be written to standard output; name a file")
        }
    }

    func run() throws {
        let file: ModelFile
        do { file = try ModelFile(path: input) } catch { throw Failure(error).about(input) }
        try checkOutput(reading: file)
        do {
            let isWritten = try Interrupt.catching {
                try file.repack(to: output, storage: storage, inPlace: [ArrayName.classifier]) { done, total in
                    if !quiet, done % 16 == 0 { Diagnostics.progress("\(done * 100 / max(1, total)) %") }
                    return !Interrupt.isRequested
                }
            }
            if !quiet { Diagnostics.progress("") }
            guard isWritten else { throw ExitStatus.interrupted.code }
            guard !quiet, let written = try? ModelFile(path: output) else { return }
            let matrices = written.arrays.filter { $0.layout.isPanels }
            let packed = matrices.count { $0.layout.packedBits != nil }
            Diagnostics.say(
                "\(input): \(file.byteCount.asBytes) (\(file.byteCount) bytes)\n"
                    + "\(output): \(written.byteCount.asBytes) (\(written.byteCount) bytes), "
                    + (storage == .packed
                        ? "\(packed) of \(matrices.count) matrices packed, the others raw"
                        : "matrices \(storage.rawValue)"))
        } catch let error as ModelFileError {
            if !quiet { Diagnostics.progress("") }
            if case .system = error { throw Failure(error) }  // names the file that it is about
            throw Failure(error).about(input)
        }
    }

    /// Refuses to replace the file that is read, or anything but a file.
    private func checkOutput(reading file: ModelFile) throws(Failure) {
        switch OutputConflict(writing: output, reading: [file.identity]) {
        case nil: return
        case .isInput:
            throw Failure(
                .cannotCreate, "\(output) is read by this command and would be replaced; write somewhere else")
        case .isNotAFile:
            throw Failure(.cannotCreate, "\(output) exists and is not a regular file; name a file to write")
        }
    }
}

extension MatrixStorage: ExpressibleByArgument {}
