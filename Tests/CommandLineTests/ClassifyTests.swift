import StrictJSON
import TestSupport
import Testing

@Suite struct ClassifyCommand {
    private static let shelf = "\(packageRoot)/models/shelf.q8z"
    private static let labels = ["English novel", "children's story", "Spanish fiction"]

    private static func floats(_ path: String) -> [Float] {
        let bytes = readFile(path)
        return stride(from: 0, to: bytes.count, by: 4).map { at in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) })
        }
    }

    @Test func labelsAThousandHeldOutSentencesAsHuggingFaceDoes() throws {
        let sentences = readFile(golden("classifier/sentences.jsonl"))
        let run = Program.vencejo(["classify", "--jsonl", "-"], input: sentences, model: Self.shelf)
        #expect(run.status == 0 && run.lines.count == 1000)
        let theirs = Self.floats(golden("classifier/shelf.f32"))
        let given = sentences.split(separator: UInt8(ascii: "\n"))
        var (other, right, theirRight) = (0, 0, 0)
        for (index, line) in run.lines.enumerated() {
            let row = theirs[3 * index..<3 * index + 3]
            let expected = row.indices.max { row[$0] < row[$1] }.map { Self.labels[$0 - row.startIndex] }
            let label = try JSONValue(parsing: Array(line.utf8))["label"]?.stringValue
            let truth = try JSONValue(parsing: Array(given[index]))["label"]?.stringValue
            other += label == expected ? 0 : 1
            right += label == truth ? 1 : 0
            theirRight += expected == truth ? 1 : 0
        }
        // In int8 a few sentences between two shelves may fall the other way; a fifth of a percent may be lost.
        #expect(other <= 5, "\(other) labels differ")
        #expect(abs(right - theirRight) <= 2, "\(right) right, Hugging Face \(theirRight)")
        #expect(run.errors.contains("\(right) of 1000 labels are right"))
    }

    @Test func saysWhatAModelFileWithoutClassifierLacks() {
        let run = Program.vencejo(["classify", "-p", "a"])
        #expect(run.status == 65 && run.errors.contains("has no classifier"))
    }

    @Test func showsATableOrAnObject() throws {
        let text = "—No sé —respondió el caballero, y salió de la casa."
        let run = Program.vencejo(["classify", "-p", text], model: Self.shelf)
        #expect(run.lines.count == 5 && run.lines[2].hasPrefix("| Spanish fiction"))
        let json = try JSONValue(parsing: Program.vencejo(["classify", "-p", text, "--json"], model: Self.shelf).bytes)
        #expect(json["label"] == "Spanish fiction")
        #expect(json["scores"]?.arrayValue?.count == 3 && json["logits"]?.arrayValue?.count == 3)
    }

    @Test(
        arguments: [
            (["classify"], 64, "there is no text", ""), (["classify", "-p", ""], 65, "the text is empty", ""),
            (["classify", "-p", "a", "--jsonl", "-"], 64, "by -p and --jsonl", ""),
            (
                ["classify", "--jsonl", "-"], 65, "line 2 of standard input: expected an object",
                "{\"text\": \"a\"}\n[]\n"
            ),
            (["classify", "--jsonl", "-"], 65, "line 1 of standard input: there are no tokens", "{\"text\": \"\"}"),
            (["classify", "--jsonl", "-"], 65, "token 512 (number 1 of the input)", "{\"ids\": [512]}"),
            (["classify", "--jsonl", "-"], 65, "expected an object", "{\"ids\": [1, \"a\"]}"),
            (["classify", "--jsonl", "/nowhere"], 66, "cannot open /nowhere", ""),
            (["classify", "-p", String(repeating: "word ", count: 300)], 65, "context", ""),
        ])
    func refusesWhatMakesNoSense(_ arguments: [String], status: Int32, fragment: String, input: String) {
        let run = Program.vencejo(arguments, input: Array(input.utf8), model: Self.shelf)
        #expect(run.status == status)
        #expect(run.errors.contains(fragment), "said: \(run.errors)")
    }

    @Test func cutsLongTextsWhereThatIsAskedFor() {
        let text = String(repeating: "The moon. ", count: 300)
        #expect(Program.vencejo(["classify", "-p", text, "--truncate"], model: Self.shelf).status == 0)
    }
}

@Suite struct SessionOption {
    @Test func goesOnAsIfTheTextHadNeverStopped() {
        let folder = TemporaryDirectory()
        let path = folder.file("a.q8s")
        let common = ["-q", "--no-echo", "-s", "5", "--ignore-eos"]
        let whole = Program.vencejo(["generate", "-p", "the", "-n", "14"] + common).output
        let first = Program.vencejo(["generate", "-p", "the", "-n", "6", "--session", path] + common).output
        let second = Program.vencejo(["generate", "-n", "8", "--session", path] + common).output
        #expect(first.dropLast() + second == whole)
        #expect(folder.contents == ["a.q8s"])
        // A prompt is added to what is there.
        let third = Program.vencejo(["generate", "-p", "x", "-n", "0", "--session", path] + common)
        #expect(third.status == 0)
    }

    @Test func refusesWhatIsNoSession() {
        let folder = TemporaryDirectory()
        let path = folder.file("a.q8s")
        writeFile(path, Array("hello".utf8))
        let run = Program.vencejo(["generate", "-p", "a", "--session", path])
        #expect(run.status == 65 && run.errors.contains("is no saved session"))
        #expect(readFile(path) == Array("hello".utf8))
        #expect(Program.vencejo(["generate", "-p", "a", "--n", "2", "--session", path]).status == 64)
    }
}
