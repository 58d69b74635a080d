import ArgumentParser
import GPT2
import ModelFile
import StrictJSON

/// `vencejo info`: what a model file holds.
struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what a model file holds.",
        discussion: """
            The model's shape, where it comes from, its tokenizer, and every array with its size in the file. Bits per \
            weight count what weights take as they are stored, with the scales, steps and escapes of int8 matrices; \
            tokenizer, header and tables are in the file's size only. The weights are not read; vencejo verify does that.

            EXAMPLES
              vencejo info
              vencejo info -m gpt2.q8z
              vencejo info -m gpt2.q8z --json
            """)

    @OptionGroup var file: ModelFileOption

    @Flag(help: "Write one JSON object.")
    var json = false

    func run() throws {
        let path = try file.path
        let file = try self.file.open()
        var output = StandardOutput()
        do {
            let report = try ModelReport(file, path: path)
            try output.writeLine(json ? report.json.encoded(pretty: true) : report.text)
        } catch { throw Failure(error).about(path) }
        try output.flush()
    }
}
