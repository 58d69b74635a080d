import Testing

@Suite struct TokenizeCommand {
    @Test(arguments: ["", "the", "The end.\nth th", "t h t\n\n", " , "])
    func givesBackTheVeryBytes(_ text: String) {
        let ids = Program.vencejo(["tokenize"], input: Array(text.utf8))
        #expect(ids.status == 0)
        #expect(Program.vencejo(["tokenize", "--decode"], input: ids.bytes).bytes == Array(text.utf8))
    }

    @Test func writesIdsAsOtherCommandsReadThem() {
        let ids = Program.vencejo(["tokenize", "--text", "thTh"]).output
        #expect(ids == "\(Model.id("th")),\(Model.id("T")),\(Model.id("h"))\n")
        #expect(Program.vencejo(["tokenize", "--decode", "--text", ids]).output == "thTh")
    }

    @Test func keepsBytesThatAreNoText() {
        let bytes: [UInt8] = [0x61, 0xC3, 0x62]
        let ids = Program.vencejo(["tokenize"], input: bytes)
        #expect(ids.output == "\(Model.id("a")),\(Model.id("Ã")),\(Model.id("b"))\n")
        #expect(Program.vencejo(["tokenize", "--decode"], input: ids.bytes).bytes == bytes)
    }

    @Test func takesAVocabularyInPlaceOfAModel() {
        _ = Model.text
        let files = ["--vocab", Model.file("vocab.json"), "--merges", Model.file("merges.txt")]
        #expect(
            Program.vencejo(["tokenize", "--text", "the"] + files, model: nil).output
                == Program.vencejo(["tokenize", "--text", "the"]).output)
    }

    @Test func readsNamesOfSpecialTokensOnlyWhenAsked() {
        #expect(
            Program.vencejo(["tokenize", "--special", "--text", "a<|endoftext|>"]).output == "\(Model.id("a")),0\n")
        #expect(Program.vencejo(["tokenize", "--text", "a<|endoftext|>"]).status == 65)
    }

    @Test func turnsLinesOfJSONOverAndBack() {
        let texts = "{\"text\":\"the\"}\n\n{\"text\":\"a\\nb\"}\r\n{\"text\":\"\"}"
        let ids = Program.vencejo(["tokenize", "--jsonl"], input: Array(texts.utf8))
        let the = "\(Model.id("th")),\(Model.id("e"))"
        let lines = "\(Model.id("a")),\(Model.id("Ċ")),\(Model.id("b"))"
        #expect(ids.output == "{\"ids\":[\(the)]}\n{\"ids\":[\(lines)]}\n{\"ids\":[]}\n")
        let back = Program.vencejo(["tokenize", "--jsonl", "--decode"], input: ids.bytes)
        #expect(back.output == "{\"text\":\"the\"}\n{\"text\":\"a\\nb\"}\n{\"text\":\"\"}\n")
    }

    @Test(
        arguments: [
            (["tokenize", "--jsonl"], "{\"text\":1}"), (["tokenize", "--jsonl"], "{\"text\""),
            (["tokenize", "--jsonl", "--decode"], "{\"ids\":[1,\"2\"]}"),
            (["tokenize", "--jsonl", "--decode"], "{\"ids\":[-1]}"),
            (["tokenize", "--jsonl", "--decode"], "{\"ids\":[61]}"),
            (["tokenize", "--jsonl", "--decode"], "{\"ids\":[4294967296]}"),
        ])
    func namesTheLineThatIsWrong(_ arguments: [String], line: String) {
        let good = arguments.contains("--decode") ? "{\"ids\":[1]}" : "{\"text\":\"a\"}"
        let run = Program.vencejo(arguments, input: Array("\(good)\n\(line)\n".utf8))
        #expect(run.status == 65)
        #expect(run.errors.hasPrefix("vencejo: line 2 of standard input: "))
        #expect(run.lines.count == 1)
    }
}
