import StrictJSON
import Testing
import TestSupport

@Suite struct GenerateCommand {
    /// Arguments that leave the model no choice: it writes this token for ever.
    private static func always(_ token: String) -> [String] {
        ["--logit-bias", "\(Model.id(token))=10000", "--repeat-penalty", "1"]
    }

    /// The object on the last line.
    private static func lastObject(_ run: Run) throws -> JSONValue {
        let line = try #require(run.lines.last)
        return try JSONValue(parsing: Array(line.utf8))
    }

    @Test func showsThePromptThenTheText() {
        let run = Program.vencejo(["generate", "-p", "the"] + Self.always("x") + ["-n", "4"])
        #expect(run.output == "thexxxx\n")
        #expect(run.status == 0)
        #expect(run.errors.contains("read 2 tokens"))
        #expect(run.errors.contains("wrote 4 tokens"))
    }

    @Test func canLeaveOutThePromptAndTheStatistics() {
        let run = Program.vencejo(["generate", "-p", "the", "--no-echo", "-q", "-n", "3"] + Self.always("x"))
        #expect(run.output == "xxx\n")
        #expect(run.errors == "")
    }

    @Test func readsThePromptFromWhereverItIs() {
        let path = Model.file("prompt.txt")
        writeFile(path, Array("Hello\r\n".utf8))
        let rest = ["-q", "-n", "2"] + Self.always("!")
        #expect(Program.vencejo(["generate", "Hello"] + rest).output == "Hello!!\n")
        #expect(Program.vencejo(["generate", "-f", path] + rest).output == "Hello!!\n")
        #expect(Program.vencejo(["generate", "-"] + rest, input: Array("Hello\n".utf8)).output == "Hello!!\n")
        #expect(
            Program.vencejo(["generate", "-f", "-"] + rest, input: Array("Hello\n\n".utf8)).output == "Hello\n!!\n")
        #expect(Program.vencejo(["generate", "-p", "-"] + rest).status == 65, "-p takes its value as it is")
    }

    @Test func beginsATextOfItsOwnWithoutAPrompt() {
        #expect(Program.vencejo(["generate", "-q", "-n", "2"] + Self.always("z")).output == "zz\n")
    }

    @Test func writesTheSameTextFromTheSameSeed() {
        let first = Program.vencejo(["generate", "-p", "a", "--temp", "2", "-n", "20", "-s", "5"])
        let second = Program.vencejo(["generate", "-p", "a", "--temp", "2", "-n", "20", "-s", "5", "-t", "3"])
        let third = Program.vencejo(["generate", "-p", "a", "--temp", "2", "-n", "20", "-s", "6"])
        #expect(first.bytes == second.bytes)
        #expect(first.bytes != third.bytes)
        #expect(first.errors.contains("seed 5]"))
    }

    @Test func namesTheSeedItChose() throws {
        let run = Program.vencejo(["generate", "-p", "a", "--temp", "2", "-n", "20"])
        let seed = try #require(run.errors.split(separator: " ").last).dropLast(2)
        #expect(
            Program.vencejo(["generate", "-p", "a", "--temp", "2", "-n", "20", "-s", "\(seed)"]).bytes == run.bytes)
    }

    @Test func endsWhereAStopStringWouldCome() throws {
        let whole = Program.vencejo(["generate", "-p", "a", "--temp", "2", "-n", "20", "-s", "5", "-q"]).output
        let stop = String(whole.dropLast().suffix(2))
        let cut = Program.vencejo([
            "generate", "-p", "a", "--temp", "2", "-n", "20", "-s", "5", "--stop", stop, "--json",
        ])
        let last = try Self.lastObject(cut)
        #expect(last["finish_reason"] == "stop")
        #expect(whole.hasPrefix("a" + (last["text"]?.stringValue ?? "?")))
        #expect(last["text"]?.stringValue?.contains(stop) == false)
    }

    @Test func writesJSONLineByLine() throws {
        let run = Program.vencejo(["generate", "-p", "the", "--json", "-n", "3", "-s", "9"] + Self.always("th"))
        let values = try run.lines.map { try JSONValue(parsing: Array($0.utf8)) }
        #expect(values.count == 4)
        for value in values.dropLast() {
            #expect(value.objectValue?.keys == ["token", "text"])
            #expect(value["text"] == "th")
            #expect(value["token"]?.intValue == Model.id("th"))
        }
        let last = try #require(values.last)
        #expect(last.objectValue?.keys == ["text", "tokens", "finish_reason", "statistics"])
        #expect(last["text"] == "ththth")
        #expect(last["tokens"]?.arrayValue?.compactMap(\.intValue) == Array(repeating: Model.id("th"), count: 3))
        #expect(last["finish_reason"] == "length")
        let statistics = try #require(last["statistics"]?.objectValue)
        #expect(
            statistics.keys == [
                "prompt_tokens", "prompt_tokens_per_second", "generated_tokens", "generated_tokens_per_second",
                "guessed_tokens", "confirmed_tokens", "load_milliseconds", "seed", "memory", "kernels", "threads",
            ])
        #expect(statistics["prompt_tokens"] == 2)
        #expect(statistics["generated_tokens"] == 3)
        #expect(statistics["seed"] == 9)
    }

    @Test func writesSeveralTextsEachAsIfAlone() throws {
        let options = ["generate", "-n", "12", "--json"]
        let lines = try Program.vencejo(options + ["-p", "the", "--n", "3", "-s", "9"]).lines.map {
            try JSONValue(parsing: Array($0.utf8))
        }
        #expect(lines.count == 4 && lines[3]["statistics"]?["generated_tokens"] == 36)
        for index in 0..<3 {
            let alone = try Self.lastObject(Program.vencejo(options + ["-p", "the", "-s", "\(9 + index)"]))
            #expect(lines[index]["text"] == alone["text"] && lines[index]["tokens"] == alone["tokens"])
            #expect(lines[index]["index"]?.intValue == index && lines[index]["seed"]?.intValue == 9 + index)
        }
    }

    @Test func writesATextFromEveryLine() throws {
        let options = ["generate", "-", "--parallel", "2", "-n", "2", "-q"] + Self.always("th")
        let run = Program.vencejo(options, input: Array("a\n\nb\r\n\r\nc\n".utf8))
        #expect(run.output == "athth\n\nbthth\n\ncthth\n")
        let wrong = Program.vencejo(options, input: Array("a\n\nabcdefghijklmnopqrstuvwxyz\n".utf8))
        #expect(wrong.status == 65 && wrong.output.isEmpty)
        #expect(wrong.errors.hasPrefix("vencejo: line 3: the prompt has 26 tokens"))
        #expect(Program.vencejo(options, input: Array("a\n7\n".utf8)).errors.hasPrefix("vencejo: line 2: "))
    }

    @Test(arguments: [[], ["-p", ""], ["-f", "/dev/null"]])
    func writesOneTextFromNothingWhereNoLineIsGiven(_ prompt: [String]) throws {
        let options = ["generate", "-n", "5", "-s", "4", "-q"] + prompt
        #expect(Program.vencejo(options + ["--parallel", "3"]).output == Program.vencejo(options).output)
    }

    @Test func saysOfManyTextsWhatItSaysOfOne() throws {
        let largest = "\(Int.max)"
        let run = Program.vencejo([
            "generate", "-p", "the", "--n", "2", "--json", "-n", "-1", "-s", largest, "--ignore-eos",
        ])
        let lines = try run.lines.map { try JSONValue(parsing: Array($0.utf8)) }
        #expect(lines.map { $0["context_full"] } == [true, true, nil])
        #expect(lines[0]["seed"]?.intValue == .max && lines[1]["seed"]?.intValue == 0)
        #expect(lines[2]["statistics"]?["prompt_tokens"] == 3)  // the first token once, the second for each
        #expect(lines[2]["statistics"]?["prompt_tokens_per_second"] != 0)
        #expect(run.errors.hasPrefix("[the context is full; --slide goes on]\n[read 3 tokens at "))
    }

    @Test func looksUpWithoutChangingTheText() throws {
        let options = ["generate", "-p", "the the the", "-n", "60", "--temp", "0", "--ignore-eos", "-q"]
        #expect(Program.vencejo(options + ["--lookup"]).output == Program.vencejo(options).output)
    }

    @Test func endsWhenTheModelEndsTheTextUnlessToldNotTo() throws {
        let end = ["generate", "-p", "a", "--json", "-n", "3"] + Self.always("<|endoftext|>")
        let last = try Self.lastObject(Program.vencejo(end))
        #expect(last["finish_reason"] == "end_of_text")
        #expect(last["tokens"] == [])
        #expect(Program.vencejo(end).errors.hasPrefix("[the model ended the text; --ignore-eos goes on]\n"))
        #expect(Program.vencejo(end + ["-q"]).errors == "")
        let more = try Self.lastObject(Program.vencejo(end + ["--ignore-eos"]))
        #expect(more["finish_reason"] == "length")
        #expect(more["tokens"] == [0, 0, 0])
    }

    @Test func stopsAtTheEndOfTheContextOrSlidesOn() throws {
        let full = Program.vencejo(["generate", "-p", "the", "-n", "-1"] + Self.always("x"))
        #expect(full.output == "the" + String(repeating: "x", count: 23) + "\n")  // the 24th is never read
        #expect(full.errors.hasPrefix("[the context is full; --slide goes on]\n[read 2 tokens"))
        let last = try Self.lastObject(Program.vencejo(["generate", "-p", "the", "--json", "-n", "-1"]))
        #expect(last.objectValue?.keys == ["text", "tokens", "finish_reason", "context_full", "statistics"])
        #expect(last["finish_reason"] == "length")
        #expect(last["context_full"] == true)
        let slid = Program.vencejo(["generate", "-p", "the", "-q", "-n", "60", "--slide"] + Self.always("x"))
        #expect(slid.output == "the" + String(repeating: "x", count: 60) + "\n")
        let long = String(repeating: "th", count: 40)
        let shortened = Program.vencejo(["generate", "-p", long, "-n", "1", "--slide"] + Self.always("x"))
        #expect(shortened.output == long + "x\n")
        #expect(shortened.errors.hasPrefix("[read 12 tokens at "))
    }

    @Test func readsNamesOfSpecialTokensOnlyWhenAsked() {
        let special = Program.vencejo(["generate", "-p", "<|endoftext|>a", "--special", "-n", "1"])
        #expect(special.status == 0)
        #expect(special.errors.contains("read 2 tokens"))
        #expect(Program.vencejo(["generate", "-p", "<|endoftext|>a", "-n", "1"]).status == 65)
    }

    @Test func showsIdsWhereThereIsNoTokenizer() {
        let run = Program.vencejo(
            ["generate", "--tokens", "1, 2 3", "-n", "2", "-q", "--logit-bias", "7=10000"], model: Model.ids)
        #expect(run.output == "1,2,3,7,7\n")
    }

    @Test func showsTokensAsTextWhereThereIsATokenizer() {
        let run = Program.vencejo(["generate", "--tokens", "\(Model.id("th")),\(Model.id("a"))", "-n", "0", "-q"])
        #expect(run.output == "tha\n")
    }

    @Test func endsQuietlyWhenNobodyReads() {
        let run = Program.shell(
            "VENCEJO_MODEL=\(Model.text) $vencejo generate -p a -n 100000 --slide --logit-bias \(Model.id("Ċ"))=10000 | head -1"
        )
        #expect(run.output == "a\n")
        #expect(run.errors == "")
        let ignoring = Program.shell(
            "trap '' PIPE; (VENCEJO_MODEL=\(Model.text) $vencejo generate -p a -n 100000 --slide; echo $? >&2) | true")
        #expect(ignoring.errors == "141\n")
    }

    @Test func endsCleanlyOnControlC() throws {
        let path = Model.file("interrupted.jsonl")
        let run = Program.shell(
            """
            : >\(path)
            VENCEJO_MODEL=\(Model.text) $vencejo generate -p a -n 50000 --slide --json --ignore-eos >\(path) & pid=$!
            until [ $(wc -l <\(path)) -gt 30 ]; do sleep 0.1; done
            kill -INT $pid; wait $pid; status=$?; cat \(path); echo "status $status"
            """)
        #expect(run.lines.last == "status 130")
        let last = try JSONValue(parsing: Array((run.lines.dropLast().last ?? "").utf8))
        #expect(last["finish_reason"] == "interrupted")
        #expect((last["tokens"]?.arrayValue?.count ?? 0) > 29)
    }

    @Test func aMappedFileThatIsShortenedEndsTheTextWithAnError() throws {
        let path = Model.file("shortened.q8z")
        let run = Program.shell(
            """
            $vencejo repack \(Model.text) -o \(path) --storage raw -q
            : >\(path).jsonl
            $vencejo generate -m \(path) -p a -n -1 --slide --ignore-eos --json >\(path).jsonl & pid=$!
            until [ $(wc -l <\(path).jsonl) -gt 30 ]; do sleep 0.1; done
            : >\(path); wait $pid; echo "status $?"
            """)
        #expect(run.output == "status 74\n")
        #expect(run.errors.hasPrefix("vencejo: \(path) changed while it was read"), "\(run.errors)")
    }

    /// Not under AddressSanitizer, which takes memory of its own.
    @Test(.enabled(if: environment("ASAN_OPTIONS") == nil, "AddressSanitizer's own memory is not planned"))
    func streamsWithinALimitWithoutChangingTheText() throws {
        let demo = "\(packageRoot)/models/demo.q8z"
        let options = ["generate", "-p", "Once upon a time", "-n", "40", "-s", "1", "--json", "-m", demo, "-t", "2"]
        let whole = try Self.lastObject(Program.vencejo(options))
        let plan = try JSONValue(parsing: Program.vencejo(["info", "--json", "-m", demo, "-t", "2"]).bytes)["memory"]
        let (all, weights) = (plan?["planned_bytes"]?.intValue ?? 0, plan?["weight_bytes"]?.intValue ?? 0)
        let limit = all - weights + (5 << 19)
        let run = Program.vencejo(options + ["--memory", "\(limit)"])
        #expect(run.errors.contains("of weights are streamed, about "))
        let streamed = try Self.lastObject(run)
        #expect(streamed["text"] == whole["text"] && streamed["tokens"] == whole["tokens"])
        let memory = streamed["statistics"]?["memory"]
        #expect(memory?["streamed_weight_bytes"]?.intValue ?? 0 > 0)
        #expect(memory?["peak_bytes"]?.intValue ?? .max <= limit)
    }

    @Test func showsWhatOfManyTextsIsThereOnControlC() throws {
        let path = Model.file("interrupted-many.jsonl")
        let run = Program.shell(
            """
            printf 'a\nb\nc\n' | VENCEJO_MODEL=\(Model.text) $vencejo generate - --parallel 2 -n -1 --slide --json \
                --ignore-eos >\(path) & pid=$!
            sleep 0.5; kill -INT $pid; wait $pid; status=$?; cat \(path); echo "status $status"
            """)
        #expect(run.lines.last == "status 130")
        let lines = try run.lines.dropLast().map { try JSONValue(parsing: Array($0.utf8)) }
        #expect(lines.map { $0["finish_reason"] } == ["interrupted", "interrupted", nil])
        #expect(lines.last?["statistics"]?["generated_tokens"]?.intValue ?? 0 > 0)
    }
}
