import Testing
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct InteractiveCommand {
    private static let always = ["--logit-bias", "\(Model.id("x"))=10000", "--repeat-penalty", "1", "-n", "3"]

    @Test func readsPlainLinesWhereThereIsNoTerminal() {
        let run = Program.vencejo(
            ["interactive", "-q"] + Self.always, input: Array("the\n\n/n 1\nb\n/reset\n/quit\nnever\n".utf8))
        #expect(run.output == "xxx\nxxx\nx\n")
        #expect(run.status == 0)
        #expect(run.errors == "")
    }

    @Test func countsOnlyTheTokensItReads() {
        let run = Program.vencejo(["interactive"] + Self.always, input: Array("the\n\n".utf8))
        let read = run.errors.split(separator: "\n").map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
        #expect(read == ["[read 2", "[read 1"])  // the second turn reads what the first one wrote last
    }

    @Test func goesOnAfterAMistake() {
        let run = Program.vencejo(
            ["interactive", "-q"] + Self.always, input: Array("/nonsense\n/temp -1\n/temp\n/n x\n/seed y\n7\nb\n".utf8))
        #expect(run.output == "xxx\n")
        let complaints = run.errors.split(separator: "\n")
        #expect(complaints.count == 6)
        #expect(complaints.allSatisfy { $0.hasPrefix("vencejo: ") })
    }

    @Test func writesTheSameTextFromTheSameSeed() {
        let arguments = ["interactive", "-q", "--temp", "2", "-n", "10", "-s", "4"]
        let run = Program.vencejo(arguments, input: Array("a\n/reset\na\n/reset\n/seed 5\na\n".utf8))
        let single = Program.vencejo(["generate", "-p", "a", "--no-echo"] + arguments.dropFirst())
        let texts = run.output.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
        #expect(run.output.hasPrefix(single.output + single.output))
        #expect(texts.count >= 3)
        #expect(run.output != single.output + single.output + single.output)
    }

    @Test func temperatureZeroTakesTheLikeliestTokenThereToo() {
        let greedy = ["-n", "20", "--ignore-eos"]
        let given = Program.vencejo(["interactive", "-q", "--temp", "0"] + greedy, input: Array("the\n".utf8))
        let said = Program.vencejo(["interactive", "-q"] + greedy, input: Array("/temp 0\nthe\n".utf8))
        let plain = Program.vencejo(
            ["generate", "-p", "the", "-q", "--no-echo", "--temp", "0", "--repeat-penalty", "1"] + greedy)
        #expect(given.output == plain.output)
        #expect(said.output == plain.output)
    }

    @Test func keepsATextLongerThanTheContext() {
        let turns = String(repeating: "\n", count: 20)
        let run = Program.vencejo(["interactive", "-q"] + Self.always, input: Array("the\(turns)".utf8))
        #expect(run.output == String(repeating: "xxx\n", count: 20))
    }

    @Test func editsLinesOnATerminal() throws {
        let state = TemporaryDirectory()
        let terminal = try #require(PseudoTerminal())
        terminal.start(
            ["interactive", "-q"] + Self.always,
            environment: ["XDG_STATE_HOME": state.path, "VENCEJO_MODEL": Model.text, "TERM": "xterm"])
        #expect(terminal.reads("> "))
        terminal.type("hé\u{1B}[D\u{1B}[D\u{1B}[3~t\u{1B}[C\u{7F}he\u{1}\u{B}a bc\u{17}th\r")  // leaves "a th"
        #expect(terminal.reads("> a th\u{1B}[?2004lxxx\r\n"))
        #expect(terminal.reads("+ "))
        terminal.type("/reset\r")
        #expect(terminal.reads("> "))
        terminal.type("\u{1B}[A\u{1B}[A")  // two lines back
        #expect(terminal.reads("> a th"))
        terminal.type("\u{3}")
        #expect(terminal.reads("^C\r\n"))
        terminal.type("\u{1B}[200~b\nc\u{1B}[201~")
        #expect(terminal.reads("> b⏎c"))
        terminal.type("\u{15}\u{4}")
        #expect(terminal.reads("\r\nended 0\r\n"))
        #expect(readFile("\(state.path)/vencejo/history") == Array("a th\n/reset\n".utf8))
        _ = Program.shell("rm -r \(state.path)/vencejo")
    }

    @Test func controlCStopsTheTextAndNotTheProgram() throws {
        let state = TemporaryDirectory()
        let terminal = try #require(PseudoTerminal())
        terminal.start(
            ["interactive", "-q"] + Self.always + ["-n", "-1"],
            environment: ["XDG_STATE_HOME": state.path, "VENCEJO_MODEL": Model.text, "TERM": "xterm"])
        #expect(terminal.reads("> "))
        terminal.type("th\r")
        #expect(terminal.reads("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"))
        terminal.interrupt()
        #expect(terminal.reads("+ "))
        terminal.type("\u{4}")
        #expect(terminal.reads("\r\nended 0\r\n"))
        _ = Program.shell("rm -r \(state.path)/vencejo")
    }
}
