import Testing

@Suite struct TheProgram {
    static let commands = [
        "generate", "interactive", "tokenize", "logits", "info", "verify", "repack", "kernels", "bench", "perplexity",
    ]

    @Test(arguments: commands)
    func helpsWithExamples(_ command: String) {
        let run = Program.vencejo([command, "--help"])
        #expect(run.status == 0)
        #expect(run.output.contains("EXAMPLES\n  vencejo \(command)") || command == "kernels")
        #expect(run.output.contains("EXAMPLES\n"))
        #expect(run.errors == "")
    }

    @Test func printsHelpWhenNothingIsAsked() {
        let run = Program.vencejo([])
        #expect(run.status == 0)
        for command in Self.commands { #expect(run.output.contains("\n  \(command) ")) }
    }

    @Test func knowsItsVersion() {
        #expect(Program.vencejo(["--version"]).output.hasPrefix("vencejo "))
    }

    @Test func completesInEveryShell() {
        for shell in ["bash", "zsh", "fish"] {
            let run = Program.vencejo(["--generate-completion-script", shell])
            #expect(run.status == 0)
            #expect(run.output.contains("logit-bias"))
        }
    }

    @Test func listsKernelsAndUsesTheNamedOne() {
        let listed = Program.vencejo(["kernels"])
        #expect(listed.lines.first?.hasPrefix("reference ") == true)
        #expect(listed.lines.filter { $0.hasSuffix("in use") }.count == 1)
        let forced = Program.vencejo(["kernels"], environment: ["VENCEJO_KERNELS": "reference"])
        #expect(forced.lines.first?.hasSuffix("in use") == true)
    }

    @Test func printsNoColoursWhereNobodySeesThem() {
        #expect(!Program.vencejo(["generate", "-p", "a", "-n", "1"]).errors.contains("\u{1B}"))
    }

    #if os(Linux)
        @Test func doesWithoutFullFoundation() {
            let libraries = Program.shell("ldd \"$vencejo\"").output
            #expect(libraries.contains("libswiftCore"))
            #expect(!libraries.contains("libFoundation.so"))
            #expect(!libraries.contains("libFoundationInternationalization"))
            #expect(!libraries.contains("lib_FoundationICU"))
        }
    #endif
}
