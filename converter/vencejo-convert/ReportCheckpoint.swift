import ArgumentParser
import Conversion
import GPT2
import Kernels
import MappedMemory
import ModelFile
import Report

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// `vencejo-convert report`: from a checkpoint to accuracy against size, in one command.
struct ReportCheckpoint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Converts a checkpoint at several settings and draws accuracy against size.",
        usage: "vencejo-convert report <source> --output <folder> [<options>]",
        discussion: """
            The folder gets a .q8z file for each of some settings (float16, int8, and every --quality), and report.md, report.json and report.html, a page that \
            needs no network. Every file is compared with the checkpoint's own weights in float32; docs/ACCURACY.md says \
            what is measured and how. Files that are there under these names are replaced. The float32 file is taken away again.

            GGUF files of the same checkpoint can be put beside them with --gguf: their weights are turned to float32 and \
            measured by the same code, under their own sizes. So the differences are of the weights alone.

            Without --text or --ids the model writes 16 texts of its own: divergences mean what they always do then, but \
            perplexities can be compared within the report only.

            EXAMPLES
              vencejo-convert report gpt2/ -o report --text wiki.txt
              vencejo-convert report gpt2/ -o report --text wiki.txt --gguf gpt2-Q4_K_M.gguf --gguf gpt2-Q6_K.gguf
            """)

    @Argument(help: "The checkpoint: a folder, a .safetensors file, a .safetensors.index.json, or a .gguf file.")
    var source: String

    @Option(name: [.short, .long], help: ArgumentHelp("The folder to write to.", valueName: "folder"))
    var output: String

    @Option(help: ArgumentHelp("The text to read, in UTF-8; - is standard input.", valueName: "file"))
    var text: String?

    @Option(help: ArgumentHelp("The text as little-endian 16-bit token ids.", valueName: "file.u16"))
    var ids: String?

    @Option(
        help: ArgumentHelp(
            "Text to calibrate on, in UTF-8, of the kind the model will meet but not --text itself; without any the model "
                + "writes some itself.", valueName: "file"))
    var calibrate: String?

    @Option(
        name: .customLong("calibrate-ids"),
        help: ArgumentHelp("The same as token ids, 16 bits each, little-endian.", valueName: "file"))
    var calibrateIDs: String?

    private var calibrationSource: CalibrationSource {
        calibrate.map { .text(path: $0) } ?? calibrateIDs.map { .ids(path: $0) } ?? .written
    }

    @Option(
        help: ArgumentHelp("A GGUF file of this checkpoint, to be put beside. May be given again.", valueName: "file"))
    var gguf: [String] = []

    @Option(
        name: .customLong("with"),
        help: ArgumentHelp("A .q8z file of this checkpoint, to be put beside. May be given again.", valueName: "file"))
    var others: [String] = []

    @Option(
        help: ArgumentHelp(
            "The runtime that measures speed; default: vencejo beside this program.", valueName: "program"))
    var runtime: String?

    @Flag(help: "Leave speed, start and memory out.")
    var noSpeed = false

    @Flag(name: [.short, .long], help: "Print nothing but errors and the paths of the report.")
    var quiet = false

    func validate() throws {
        guard !output.isEmpty else { throw ValidationError("--output names no folder") }
        guard text == nil || ids == nil else {
            throw ValidationError("the text is given by --text and --ids; give it once")
        }
        guard calibrate == nil || calibrateIDs == nil else {
            throw ValidationError("--calibrate and --calibrate-ids both name the text; leave one of them out")
        }
    }

    func run() throws {
        let terminal = Terminal(isQuiet: quiet)
        Interruption.watch()
        MappedMemory.surviveLostPages()
        do {
            for path in try report(terminal) { print(path) }
            guard fflush(nil) == 0 else {
                throw ReportError.output(.system(operation: "write", path: "standard output", errorNumber: errno))
            }
        } catch {
            terminal.clear()
            if Interruption.happened {
                Terminal.printError(
                    "vencejo-convert: interrupted; there is no report, but files that were done stay in \(output)")
                Interruption.die()
            }
            Terminal.printError("vencejo-convert: \(error)")
            switch error {
            case let error as ConversionError: throw ExitCode(error.exitCode)
            case let error as ReportError: throw ExitCode(error.exitCode)
            default: throw error
            }
        }
    }

    private func report(_ terminal: Terminal) throws -> [String] {
        let folder = try ReportFolder(output)
        let workshop = Workshop(folder: folder, terminal: terminal)
        defer {
            workshop.clear()
            folder.removeIfEmpty()
        }
        let plan = try ConversionPlan(path: source)
        for note in plan.notes { terminal.print("note: \(note)") }
        let base = try workshop.convert(plan, named: "f32")
        let name = Self.name(of: source)
        let options = try options(base.path, plan)
        if let calibration = calibrate ?? calibrateIDs, calibration == text ?? ids {
            terminal.print(
                "note: the text is the calibration text too; on text that was not seen divergences are larger")
        }
        // What stands beside is looked at before anything takes long.
        let beside = try gguf.map { try workshop.convert(gguf: $0) } + ReportedFile.named(others)
        try checkReport(base: base, files: beside, options: options)

        let outputs = Ladder.rungs(calibrationSource).map { (folder.file("\(name)-\($0.name).q8z"), $0.options) }
        let files = try workshop.convert(plan, to: outputs).map { ReportedFile(path: $0) } + beside
        let report = try makeReport(base: base, files: files, options: options) { progress in
            terminal.show(progress.share, progress.stage)
            return !Interruption.happened
        }
        let paths = try folder.write(report)
        terminal.clear()
        return paths
    }

    /// The text and the runtime, both looked at before anything takes long.
    private func options(_ base: String, _ plan: ConversionPlan) throws -> ReportOptions {
        var options = ReportOptions(pool: WorkerPool(), program: "vencejo-convert \(converterVersion)")
        options.checkpoint = Self.name(of: source)
        if let ids { options.text = try ReportText(idsAt: ids, vocabularySize: plan.configuration.vocabularySize) }
        if let text {
            let file: ModelFile
            do { file = try ModelFile(path: base) } catch { throw ReportError.file(path: base, error) }
            options.text = try ReportText(path: text, for: file, at: source)
        }
        if !noSpeed { options.runtime = runtime.map { RuntimeProgram(path: $0) } ?? .found() }
        try options.runtime?.check()
        return options
    }

    /// What a checkpoint is called: its folder, or its file without what it ends with.
    static func name(of path: String) -> String {
        var parts = path.split(separator: "/").filter { $0 != "." && $0 != ".." }.map(String.init)
        let last = parts.popLast() ?? "model"
        for suffix in [".safetensors.index.json", ".safetensors", ".gguf"] where last.hasSuffix(suffix) {
            let stem = String(last.dropLast(suffix.count))
            return stem == "model" || stem.isEmpty ? parts.last ?? "model" : stem
        }
        return last
    }
}
