import ArgumentParser
import Conversion
import GPT2
import MappedMemory
import ModelFile

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@main
struct VencejoConvert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vencejo-convert",
        abstract: "Converts a GPT-2 checkpoint into one .q8z file.",
        discussion: """
            SOURCE is a folder or a file of weights; what a file holds says what it is, whatever its name:
              Hugging Face's model.safetensors or pytorch_model.bin, whole or in shards with their index, beside
              config.json, and vocab.json with merges.txt or tokenizer.json (GPT2LMHeadModel, DialoGPT,
              GPT2ForSequenceClassification);
              nanoGPT's ckpt.pt, or minGPT's state dictionary beside its config.json;
              llm.c's .bin, versions 3 and 5;
              OpenAI's TensorFlow checkpoint: model.ckpt.index beside its data, hparams.json, encoder.json, vocab.bpe;
              a GGUF file (F32, F16, BF16, Q8_0, Q4_0 to Q5_1 or k-quants).
            Nothing in a PyTorch file is run: what is no tensor is refused. What does not fit together is listed before \
            anything is written.

            With --to safetensors or --to gguf it goes the other way: a .q8z file's weights in float32, exactly as the file \
            has them, in a folder for Hugging Face or a file for llama.cpp.

            The report has a line for every matrix: the largest error of a weight and the root of the errors' mean \
            square, in the weights' own unit; the relative error, ‖stored − original‖ / ‖original‖; and the bits a weight \
            takes in the file with its share of scales. An int8 matrix with a relative error above 0.02 is marked: a few \
            large weights set the scale for all others of their rows. There --block 64 helps, for up to a bit a weight; \
            elsewhere one scale for a row makes a smaller file, and a faster one. The last line is about all weights; \
            the size of the whole file includes the tokenizer and the tables.

            With --for-activations int8 the model is converted, writes some text of its own to show what its matrices read, \
            and is converted again with the means of that in its biases. A file made so rounds activations to int8 unless a \
            command says --activations int16: prompts are read faster where the processor has instructions for it, at a \
            divergence that docs/PERFORMANCE.md states.

            With --quality, --bits, --target-size, --target-kl or a calibration text matrices are not rounded to nearest: the \
            model is run on some text, forward and backward, which tells what errors cost; every weight is rounded so as to \
            make good what those before it lost; and one dial, what an error may cost anywhere, is turned until the file is \
            what was asked for, measured on text that was held out. docs/ACCURACY.md says how and what it gains.

            EXAMPLES
              vencejo-convert gpt2/ -o gpt2.q8z
              vencejo-convert gpt2/ -o gpt2-fast.q8z --storage raw
              vencejo-convert gpt2/ -o gpt2-small.q8z --quality small
              vencejo-convert gpt2/ -o gpt2-60.q8z --target-size 60MB --calibrate novels.txt
              vencejo-convert gpt2/ -o gpt2-exact.q8z --precision f32
              vencejo-convert weights/model.safetensors -o m.q8z --json > report.json
              vencejo-convert gpt2.gguf -o gpt2.q8z
              vencejo-convert out-shakespeare/ckpt.pt -o shakespeare.q8z
              vencejo-convert models/124M/ -o gpt2.q8z
              vencejo-convert gpt2.q8z --to gguf -o gpt2-int8.gguf
              vencejo-convert report gpt2/ -o report --text wiki.txt

            Completions for your shell: vencejo-convert --generate-completion-script (bash | zsh | fish)
            """,
        version: converterVersion,
        subcommands: [ReportCheckpoint.self])

    @Argument(help: "The checkpoint: a folder, or its file of weights. With --to, a .q8z file.")
    var source: String

    @Option(name: [.short, .long], help: "The file to write. It is replaced when everything is written.")
    var output: String

    @Option(help: "Write a .q8z file's weights as another format: safetensors (a folder) or gguf (a file).")
    var to: ExportFormat?

    @Option(help: "The type of the numbers in matrices.")
    var precision: Precision = .int8

    @Option(
        help: ArgumentHelp(
            "zstd: compressed. raw: larger, and used in place.",
            discussion:
                "'vencejo repack --storage packed' makes of either a file whose packed matrices are used in place."))
    var storage: StorageName = .zstd

    @Option(help: "Columns that share a scale; int8 only.")
    var block: BlockName = .row

    @Option(
        help: ArgumentHelp(
            "int8: take the means out of the activations, so that they can be rounded to 8 bits, and say so in the file.",
            valueName: "type"))
    var forActivations: ActivationsName = .int16

    @OptionGroup(title: "Calibrated rounding")
    var quality: QualityOptions

    @Flag(name: [.short, .long], help: "Print nothing but errors.")
    var quiet = false

    @Flag(help: "Print the report as JSON to standard output.")
    var json = false

    func validate() throws {
        guard !output.isEmpty else { throw ValidationError("--output names no file") }
        if to == nil, let format = ExportFormat.allCases.first(where: { output.hasSuffix(".\($0.rawValue)") }) {
            throw ValidationError(
                "\(output) is named like a file of another program, and a .q8z file would be written; --to \(format.rawValue) "
                    + "writes the other way, from a .q8z file")
        }
        if let to {
            let isPlain =
                precision == .int8 && storage == .zstd && block == .row && forActivations == .int16
                && quality.options == nil && !json
            guard isPlain else {
                throw ValidationError(
                    "--to \(to.rawValue) writes the weights as they are, in float32; leave the other options out")
            }
        }
        guard precision == .int8 || forActivations == .int16 else {
            throw ValidationError(
                "--for-activations int8 is for int8 matrices, and --precision is \(precision.rawValue); leave one of them out"
            )
        }
        guard precision == .int8 || block == .row else {
            throw ValidationError(
                "--block is \(block.rawValue), but only int8 matrices have scales and --precision is "
                    + "\(precision.rawValue); leave one of them out")
        }
        guard quality.targetBitsInMemory == nil || storage == .zstd else {
            throw ValidationError(
                "--target-bits-in-memory makes matrices to be packed, and --storage raw keeps them int8 in memory, too; leave "
                    + "--storage out, and let 'vencejo repack --storage packed' make a file that is used in place")
        }
        guard quality.options != nil else { return }
        for (option, isDefault) in [
            ("--precision \(precision.rawValue)", precision == .int8), ("--block \(block.rawValue)", block == .row),
            ("--for-activations int8", forActivations == .int16),
        ] where !isDefault {
            throw ValidationError(
                "\(option) does not go with calibrated rounding, which makes int8 matrices of one scale per row; "
                    + "leave one of them out")
        }
    }

    static func main() {
        do {
            for index in 0..<Int(CommandLine.argc) {
                guard let word = unsafe CommandLine.unsafeArgv[index], unsafe String(validatingCString: word) == nil
                else { continue }
                throw ValidationError("argument \(index) is not UTF-8; rename the file or the folder that it names")
            }
            // A command with an argument of its own would take the word for that.
            let arguments = CommandLine.arguments.dropFirst()
            var command =
                arguments.first == ReportCheckpoint._commandName
                ? try ReportCheckpoint.parseAsRoot(Array(arguments.dropFirst())) : try parseAsRoot()
            try command.run()
        } catch {
            if exitCode(for: error) == .validationFailure, !(error is ExitCode) {
                let message = message(for: error)
                Terminal.printError(
                    "vencejo-convert: \(message.prefix(1).lowercased())\(message.dropFirst())\ntry: \(helpCommand)"
                )
                exit(withError: ExitCode.validationFailure)
            }
            exit(withError: error)
        }
    }

    /// How to get help about what was typed.
    private static var helpCommand: String {
        let reports = CommandLine.arguments.dropFirst().first == ReportCheckpoint._commandName
        return "vencejo-convert \(reports ? "\(ReportCheckpoint._commandName) " : "")--help"
    }

    func run() throws {
        let terminal = Terminal(isQuiet: quiet)
        Interruption.watch()
        MappedMemory.surviveLostPages()
        let options = ConversionOptions(
            precision: precision, storage: storage == .zstd ? .zstd : .raw, blockLength: block.length,
            activations: forActivations == .int8 ? .int8 : .int16, calibration: quality.options)
        do throws(ConversionError) {
            if let to {
                let notes = try export(source, to: output, as: to) { progress in
                    terminal.show(progress)
                    return !Interruption.happened
                }
                terminal.clear()
                for note in notes { terminal.print("note: \(note)") }
                terminal.print("\(output): \(to.rawValue), float32, the weights of \(source)")
                return
            }
            let clock = ContinuousClock()
            let start = clock.now
            var memory = PrivateMemory()
            let plan = try ConversionPlan(path: source)
            for note in plan.notes { terminal.print("note: \(note)") }
            let report = try convert(plan, to: output, options: options) { progress in
                terminal.show(progress)
                memory.sample(stage: progress.stage)
                return !Interruption.happened
            }
            terminal.clear()
            terminal.print(report.table)
            terminal.print(
                Summary(
                    report: report, path: output, duration: clock.now - start, memory: memory
                ).text)
            if json {
                print(report.jsonText)
                guard fflush(nil) == 0 else {
                    throw .file(.system(operation: "write", path: "standard output", errorNumber: errno))
                }
            }
        } catch {
            terminal.clear()
            Terminal.printError("vencejo-convert: \(error)")
            if error == .interrupted { Interruption.die() }
            throw ExitCode(error.exitCode)
        }
    }
}

extension Precision: ExpressibleByArgument {}
extension ExportFormat: ExpressibleByArgument {}

enum StorageName: String, ExpressibleByArgument, CaseIterable {
    case zstd
    case raw
}

enum ActivationsName: String, ExpressibleByArgument, CaseIterable {
    case int16
    case int8
}

enum BlockName: String, ExpressibleByArgument, CaseIterable {
    case row
    case columns64 = "64"
    case columns128 = "128"
    case columns256 = "256"

    var length: Int { Int(rawValue) ?? 0 }
}
