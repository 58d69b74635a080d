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

    @Test func aClassifierThatIsToWriteIsSaidToBeOne() {
        let writing = ["generate", "-p", "a", "-n", "2", "-s", "1"]
        let run = Program.vencejo(writing, model: Self.shelf)
        #expect(run.status == 0 && run.errors.hasPrefix("this model was trained to classify"))
        #expect(!Program.vencejo(writing).errors.contains("classify"))
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
            (["classify", "-p", "a", "--parallel", "2"], 64, "--parallel is for the lines", ""),
            (["classify", "--jsonl", "-", "--parallel", "65"], 64, "--parallel is 65; expected 1 to 64", ""),
            (["classify", "--jsonl", "/nowhere"], 66, "cannot open /nowhere", ""),
            (["classify", "-p", String(repeating: "word ", count: 300)], 65, "context", ""),
        ])
    func refusesWhatMakesNoSense(_ arguments: [String], status: Int32, fragment: String, input: String) {
        let run = Program.vencejo(arguments, input: Array(input.utf8), model: Self.shelf)
        #expect(run.status == status)
        #expect(run.errors.contains(fragment), "said: \(run.errors)")
    }

    /// A line that makes no sense costs no other line its label.
    @Test(
        arguments: [
            ("[]", "expected an object"), ("not json", "this is no JSON"),
            (#"{"text": 5}"#, #""text" is not a string"#),
            (#"{"text": ""}"#, "there are no tokens"), (#"{"ids": [512]}"#, "token 512 (number 1 of the input)"),
            (#"{"ids": [1, "a"]}"#, #""ids" is not a list"#), (#"{"text": "a", "ids": [1]}"#, "give it once"),
            (#"{"text": "a", "label": "poem"}"#, #"the label "poem" is none of the model's"#),
            (#"{"text": "a", "label": 1}"#, "none of the model's"),
        ], [1, 4])
    func saysWhatIsWrongWithALineAndGoesOn(_ bad: (line: String, fragment: String), parallel: Int) throws {
        let good = #"{"text": "Once.", "label": "children's story"}"#
        let input = "\u{FEFF}\(good)\n\n\(bad.line)\n\(good)\r\n \n\(bad.line)"
        let arguments = ["classify", "--jsonl", "-", "--parallel", "\(parallel)"]
        let run = Program.vencejo(arguments, input: Array(input.utf8), model: Self.shelf)
        let lines = try run.lines.map { try JSONValue(parsing: Array($0.utf8)) }
        #expect(run.status == 65 && lines.count == 4)
        #expect(lines[0]["label"] != nil && lines[0] == lines[2])
        #expect(lines[1]["line"] == 3 && lines[3]["line"] == 6)
        #expect(lines[1]["error"]?.stringValue?.contains(bad.fragment) == true, "\(lines[1])")
        #expect(run.errors.contains("2 of 4 texts could not be labelled; first line 3: "), "\(run.errors)")
        #expect(run.errors.contains(" of 2 labels are right"))
    }

    @Test func textsReadTogetherAreLabelledAsAlone() {
        let sentences = readFile(golden("classifier/sentences.jsonl")).split(separator: 10).prefix(99).joined(
            separator: [10])
        let alone = Program.vencejo(["classify", "--jsonl", "-"], input: Array(sentences), model: Self.shelf)
        for parallel in ["7", "64"] {
            let together = Program.vencejo(
                ["classify", "--jsonl", "-", "--parallel", parallel], input: Array(sentences), model: Self.shelf)
            #expect(together.bytes == alone.bytes && together.lines.count == 99)
        }
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
        let second = Program.vencejo(["generate", "-n", "8", "--session", path, "-q", "--no-echo", "--ignore-eos"])
            .output
        #expect(first.dropLast() + second == whole)
        #expect(folder.contents == ["a.q8s"])
        // A prompt is added to what is there, and a seed begins other random numbers.
        let third = Program.vencejo(["generate", "-p", "x", "-n", "0", "--session", path] + common)
        #expect(third.status == 0 && third.errors.isEmpty)
        let fourth = Program.vencejo(["generate", "-n", "-1", "--session", path] + common)
        #expect(fourth.status == 0)
        let full = Program.vencejo(["generate", "--session", path])
        #expect(full.status == 65 && full.output.isEmpty && full.errors.contains("--slide goes on from the last half"))
    }

    @Test func keepsHalvesOfCharacters() throws {
        let folder = TemporaryDirectory()
        let always = ["--logit-bias", "\(Model.id("Ã"))=10000", "--repeat-penalty", "1", "-q", "--no-echo", "--json"]
        func text(_ name: String, _ count: Int) throws -> String? {
            let run = Program.vencejo(["generate", "-n", "\(count)", "--session", folder.file(name)] + always)
            return try JSONValue(parsing: Array(try #require(run.lines.last).utf8))["text"]?.stringValue
        }
        #expect(try text("a", 1) == "")
        #expect(try text("a", 2) == "\u{FFFD}\u{FFFD}")
        #expect(try text("a", 1) == "\u{FFFD}")
    }

    @Test func isRefusedToASecondProgram() {
        let run = Program.shell(
            """
            export VENCEJO_MODEL=\(Model.text); file=\(Model.file("shared.q8s"))
            $vencejo generate -n -1 --slide --ignore-eos --session $file >/dev/null 2>&1 & pid=$!
            until [ -e $file ]; do sleep 0.05; done; sleep 0.1
            $vencejo generate -n 1 --session $file; echo "status $?"
            kill -INT $pid; wait $pid; ls -l $file | cut -c 1-10
            """)
        #expect(run.output == "status 73\n-rw-------\n")
        #expect(run.errors.contains("another program goes on with the session"))
    }

    @Test(
        arguments: [
            ("", 64, #"--session is ""; expected the name of a file"#), ("-", 64, #"--session is "-""#),
            ("/nowhere/a.q8s", 73, "cannot open the session /nowhere/a.q8s: No such file"), ("/", 73, "the session /"),
            ("/dev/null", 65, "is no saved session"),
        ])
    func isCheckedBeforeAnythingIsWritten(_ path: String, status: Int32, fragment: String) {
        let run = Program.vencejo(["generate", "-p", "a", "--session", path])
        #expect(run.status == status && run.output.isEmpty)
        #expect(run.errors.contains(fragment) && !run.errors.contains(Model.text), "said: \(run.errors)")
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
