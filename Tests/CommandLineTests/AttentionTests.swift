import StrictJSON
import TestSupport
import Testing

@Suite struct AttentionCommand {
    @Test func showsBlocksAsWideAsAskedFor() {
        let run = Program.vencejo(["attention", "-p", "the quick brown"], environment: ["COLUMNS": "40"])
        #expect(run.status == 0 && run.errors.isEmpty)
        #expect(run.output.contains("mean of all 6 heads"))
        #expect(!run.output.contains("\u{1B}"))
        #expect(run.lines.allSatisfy { $0.count <= 40 })
    }

    @Test func showsWhatAWordLooksAt() {
        let run = Program.vencejo([
            "attention", "-p", "the fox the dog", "--word", "fox", "--layer", "1", "--head", "2",
        ])
        #expect(run.output.hasPrefix("«fox» looks at (layer 1, head 2):"))
        #expect(run.lines.count == 4)
        let token = Program.vencejo(["attention", "--tokens", "3,4,5", "--token", "1", "--rollout"], model: Model.ids)
        #expect(token.output.hasPrefix("«4» looks at (attention rollout):"))
    }

    @Test func findsWordsWithApostrophesAndOfManyTokens() {
        let demo = "\(packageRoot)/models/demo.q8z"
        for word in ["don't", "の", "😀😀"] {
            let run = Program.vencejo(
                ["attention", "-p", "I don't know の, or 😀😀!", "--word", word], environment: ["COLUMNS": "20"],
                model: demo)
            #expect(run.output.hasPrefix("«\(word)» looks at"), "\(run.output)\(run.errors)")
            #expect(run.lines.allSatisfy { $0.count <= 20 }, "\(run.output)")
        }
    }

    /// https://no-color.org: a variable that is there and not empty.
    @Test(arguments: [("", true), ("1", false)]) func colourIsForTerminalsThatWantIt(_ setting: String, isThere: Bool)
        throws
    {
        let terminal = try #require(PseudoTerminal())
        terminal.start(
            ["attention", "-p", "a b"],
            environment: ["VENCEJO_MODEL": Model.text, "TERM": "xterm", "NO_COLOR": setting])
        #expect(terminal.reads(isThere ? "\u{1B}[48;2;" : "0 a ▒▒") || !isThere)
        #expect(terminal.reads("ended 0"))
    }

    @Test(arguments: [["embed", "-p", "a"], ["logits", "-p", "a"]])
    func bytesAreNothingForATerminal(_ arguments: [String]) throws {
        let terminal = try #require(PseudoTerminal())
        terminal.start(arguments + ["-o", "-"], environment: ["VENCEJO_MODEL": Model.text])
        #expect(terminal.reads("numbers in binary are nothing for a terminal"))
        #expect(terminal.reads("ended 64"))
    }

    @Test func saysThatAPageIsLarge() {
        let folder = TemporaryDirectory()
        let text = String(repeating: "a b c d ", count: 60)
        for (text, isLarge) in [("a b c", false), (text, true)] {
            let run = Program.vencejo(
                ["attention", "-p", text, "--html", folder.file("a.html")], model: "\(packageRoot)/models/demo.q8z")
            #expect(run.status == 0 && run.errors.contains("a shorter text takes less") == isLarge, "\(run.errors)")
        }
    }

    @Test func writesJSONPageAndPicture() throws {
        let folder = TemporaryDirectory()
        let (page, picture) = (folder.file("a.html"), folder.file("a.svg"))
        let run = Program.vencejo(["attention", "-p", "a fox", "--json", "--html", page, "--svg", picture])
        let json = try JSONValue(parsing: run.bytes)
        #expect(json["tokens"]?.arrayValue?.compactMap(\.stringValue).joined() == "a fox")
        #expect(json["attention"]?.arrayValue?.count == 2)
        #expect(String(decoding: readFile(page), as: UTF8.self).hasPrefix("<!doctype html>"))
        #expect(String(decoding: readFile(picture), as: UTF8.self).hasPrefix("<svg "))
        #expect(Program.vencejo(["attention", "-p", "a fox", "--svg", "-"]).bytes == readFile(picture))
    }

    @Test(
        arguments: [
            (["attention"], 64, "there is no text"),
            (["attention", "-p", ""], 65, "the text is empty"),
            (["attention", "-p", "a", "--head", "0"], 64, "give --layer too"),
            (["attention", "-p", "a", "--layer", "2"], 64, "this model's layers are 0 to 1"),
            (["attention", "-p", "a", "--layer", "1", "--head", "3"], 64, "this model's heads are 0 to 2"),
            (["attention", "-p", "a", "--layer", "-1"], 64, "--layer is -1"),
            (
                ["attention", "-p", "a b", "--word", "c"], 64,
                "which the text does not have; its words are \"a\", \"b\""
            ),
            (["attention", "-p", "a b", "--token", "3"], 64, "the text's tokens are 0 to 2"),
            (["attention", "-p", "a", "--json", "--svg", "-"], 64, "can go to standard output"),
            (["attention", "--tokens", "61"], 65, "not in the vocabulary"),
            (["attention", "-p", "a", "--html", "/nowhere/a.html"], 73, "/nowhere"),
        ])
    func refusesWhatMakesNoSense(_ arguments: [String], status: Int32, fragment: String) {
        let run = Program.vencejo(arguments)
        #expect(run.status == status && run.output.isEmpty)
        #expect(run.errors.contains(fragment), "said: \(run.errors)")
    }
}
