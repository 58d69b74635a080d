import ArgumentParser
import MappedMemory
import StrictJSON

/// The command line: what a user types, turned into calls of the library.
@main
struct Vencejo: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "vencejo",
        abstract: "Runs GPT-2 on an ordinary computer.",
        discussion: """
            Text goes to standard output, everything else to standard error. Without -m the model is found through \
            VENCEJO_MODEL, beside the installed program, or in models/.

            EXAMPLES
              vencejo generate -p "Once upon a time"
              vencejo interactive
              vencejo info -m gpt2.q8z

            Completions for your shell: vencejo --generate-completion-script (bash | zsh | fish)
            """,
        version: "vencejo \(version)",
        subcommands: [
            Generate.self, Interactive.self, Tokenize.self, Logits.self, Info.self, Verify.self, Repack.self,
            MakeReport.self, ListKernels.self, Bench.self, Perplexity.self, Score.self, Attention.self,
            Embed.self, Classify.self,
        ])

    static func main() {
        MappedMemory.surviveLostPages()
        failWritesBeyondLimits()
        do {
            try checkArguments()
            var command = try parseAsRoot()
            try (command as? any PromptedCommand)?.prompt.check()
            try command.run()
        } catch {
            end(with: error)
        }
    }

    /// Refuses words that are no UTF-8: they would be changed on their way in.
    private static func checkArguments() throws {
        for index in 0..<Int(CommandLine.argc) {
            guard let word = unsafe CommandLine.unsafeArgv[index], unsafe String(validatingCString: word) == nil else {
                continue
            }
            throw Failure(
                .usage,
                "argument \(index), \(JSONValue.string(CommandLine.arguments[index]).encoded()), is not UTF-8; rename a file of "
                    + "such a name, and give a text of other bytes in a file")
        }
    }

    /// Says what went wrong, or what was asked for (help, version), and ends the program.
    private static func end(with error: any Error) -> Never {
        if let code = error as? ExitCode { endProgram(code.rawValue) }
        switch exitCode(for: error) {
        case .success: exit(withError: error)
        case .failure:  // not of the argument parser's making
            let failure = Failure(error)
            Diagnostics.complain(failure.message)
            endProgram(failure.status.rawValue)
        default:
            let message = message(for: error)
            Diagnostics.complain("\(message.prefix(1).lowercased())\(message.dropFirst())\ntry: \(helpCommand)")
            endProgram(ExitStatus.usage.rawValue)
        }
    }

    /// How to get help about what was typed.
    private static var helpCommand: String {
        let names = configuration.subcommands.map { $0._commandName }
        let typed = CommandLine.arguments.dropFirst().first { names.contains($0) }
        return "vencejo \(typed.map { "\($0) " } ?? "")--help"
    }
}
