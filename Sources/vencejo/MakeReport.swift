import ArgumentParser
import GPT2
import Kernels
import ModelFile
import Report
import StrictJSON

/// `vencejo report`: accuracy against size, of files that are there.
struct MakeReport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Measures files beside the one they were made from, and draws accuracy against size.",
        discussion: """
            The first file is the base, a float32 one made with vencejo-convert --precision f32 if there is one. Every \
            file reads the text in both protocols of vencejo perplexity, in llama.cpp's side by side with the base for KL \
            and same top 1; then it writes some text in a process of its own, which tells start, memory and speed. The \
            folder gets report.md, report.json and report.html, a page that needs no network; their paths are written to \
            standard output. What is measured is said in docs/ACCURACY.md.

            Without --text or --ids the base writes 16 texts of its own: divergences mean what they always do then, but \
            perplexities can be compared within the report only.

            vencejo-convert report makes the files, too, and puts GGUF files beside them. Ctrl-C ends the command; nothing \
            is written then.

            EXAMPLES
              vencejo report gpt2-f32.q8z gpt2.q8z gpt2-small.q8z --text wiki.txt -o report
              vencejo report f32.q8z a.q8z b.q8z --ids wiki.u16 -o report --no-speed
            """)

    @Argument(help: ArgumentHelp("The file the others are compared with.", valueName: "base"), completion: .file())
    var base: String

    @Argument(help: ArgumentHelp("The files that are compared with it.", valueName: "file"), completion: .file())
    var files: [String]

    @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write to.", valueName: "folder"))
    var output: String

    @Option(
        help: ArgumentHelp("The text to read, in UTF-8; - is standard input.", valueName: "file"), completion: .file())
    var text: String?

    @Option(
        help: ArgumentHelp("The text as little-endian 16-bit token ids.", valueName: "file.u16"), completion: .file())
    var ids: String?

    @Flag(help: "Leave speed, start and memory out.")
    var noSpeed = false

    @OptionGroup var threads: ThreadsOption

    @Flag(name: .shortAndLong, help: "No progress.")
    var quiet = false

    func validate() throws {
        guard !output.isEmpty else { throw ValidationError("--output names no folder") }
        guard text == nil || ids == nil else {
            throw ValidationError("the text is given by --text and --ids; give it once")
        }
    }

    func run() throws {
        let files = ReportedFile.named([base] + files)
        var options = ReportOptions(pool: threads.pool, program: "vencejo \(Vencejo.version)")
        options.text = try chosenText()
        if !noSpeed { options.runtime = RuntimeProgram(path: ModelSearch().program ?? "vencejo") }
        let folder = try ReportFolder(output)
        defer { folder.removeIfEmpty() }
        let showsProgress = Diagnostics.isTerminal && !quiet
        let report: FrontierReport
        do {
            defer { if showsProgress { Diagnostics.progress("") } }
            report = try Interrupt.catching {
                try makeReport(base: files[0], files: Array(files.dropFirst()), options: options) { progress in
                    if showsProgress {
                        Diagnostics.progress("\((100 * progress.share).fixed(0)) %  \(progress.stage)")
                    }
                    return !Interrupt.isRequested
                }
            }
        } catch ReportError.interrupted {
            throw ExitStatus.interrupted.code
        }
        var output = StandardOutput()
        for path in try folder.write(report) { try output.writeLine(path) }
        try output.flush()
    }

    private func chosenText() throws -> ReportText? {
        guard text != nil || ids != nil else { return nil }
        let file: ModelFile
        do { file = try ModelFile(path: base) } catch { throw Failure(error).about(base) }
        if let ids {
            let shape: Configuration
            do { shape = try Configuration(json: .object(file.header.config)) } catch {
                throw Failure(error).about(base)
            }
            return try ReportText(idsAt: ids, vocabularySize: shape.vocabularySize)
        }
        return try text.map { try ReportText(path: $0, for: file, at: base) }
    }
}
