import ArgumentParser
import GPT2
import ModelFile
import StrictJSON

/// `vencejo verify`: reads all of a model file and checks it.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks every checksum of a model file.",
        discussion: """
            Reads the whole file: its tables, every chunk, what scales, steps, escapes and outliers may be, and what the header \
            says of packing. What is damaged is named. Exit code 65 if anything is.

            EXAMPLES
              vencejo verify
              vencejo verify -m gpt2.q8z && echo sound
            """)

    @OptionGroup var file: ModelFileOption

    @Flag(name: .shortAndLong, help: "Say nothing about a sound file.")
    var quiet = false

    func run() throws {
        let path = try file.path
        let file = try self.file.open()
        do { _ = try Configuration(json: .object(file.header.config)) } catch { throw Failure(error).about(path) }

        let damaged = damagedChunks(of: file)
        if damaged.isEmpty {
            do { try file.verifyAll { showProgress($0, of: $1) } } catch { throw Failure(error).about(path) }
            Diagnostics.progress("")
            if quiet { return }
            var output = StandardOutput()
            try output.writeLine("\(path): sound (\(file.arrays.count) arrays, \(file.byteCount) bytes)")
            return try output.flush()
        }
        Diagnostics.progress("")
        for error in damaged.prefix(Self.namedLimit) { Diagnostics.say("  \(error)") }
        if damaged.count > Self.namedLimit { Diagnostics.say("  and \(damaged.count - Self.namedLimit) more") }
        let chunks = damaged.count == 1 ? "1 chunk is" : "\(damaged.count) chunks are"
        throw Failure(.badData, "\(path): \(chunks) damaged; copy or download the file again")
    }

    /// Damaged chunks that are named one by one; more are counted.
    private static let namedLimit = 20

    /// What is wrong with each chunk as it is stored.
    private func damagedChunks(of file: ModelFile) -> [ModelFileError] {
        var errors: [ModelFileError] = []
        for array in file.arrays {
            for chunk in array.chunks {
                do { try file.verify(chunk: chunk) } catch { errors.append(error) }
            }
        }
        return errors
    }

    private func showProgress(_ done: Int, of total: Int) {
        if done % 64 == 0 { Diagnostics.progress("\(done * 100 / total) %") }
    }
}
