import StrictJSON
import TestSupport
import Testing

@Suite struct ScoreCommand {
    @Test func scoresEveryTokenButTheFirst() throws {
        let run = Program.vencejo(["score", "-p", "the fox", "--json", "--top", "2"])
        let json = try JSONValue(parsing: run.bytes)
        let tokens = try #require(json["tokens"]?.arrayValue)
        #expect(tokens.count == 6)
        #expect(tokens[0]["logprob"] == .null && tokens[1]["top"]?.arrayValue?.count == 2)
        let sum = tokens.compactMap { $0["logprob"]?.doubleValue }.reduce(0, +)
        #expect(abs(sum - (json["logprob"]?.doubleValue ?? 0)) < 1e-9)
        let whole = try JSONValue(parsing: Program.vencejo(["score", "-p", "the fox", "--json", "--bos"]).bytes)
        #expect(whole["tokens"]?.arrayValue?.compactMap { $0["logprob"]?.doubleValue }.count == 6)
        #expect(Program.vencejo(["score", "-p", "the fox"]).output.contains("perplexity"))
        #expect(Program.vencejo(["score", "-p", "a"]).errors.contains("--bos gives it one"))
    }

    @Test func textsAreExactAndBytesComeWithThoseThatAreNone() throws {
        let arguments = ["score", "-p", "の\u{1B}", "--json", "--top", "1"]
        let run = Program.vencejo(arguments, model: "\(packageRoot)/models/demo.q8z")
        let tokens = try #require(JSONValue(parsing: run.bytes)["tokens"]?.arrayValue)
        let bytes = tokens.flatMap { token in
            token["bytes"]?.arrayValue?.compactMap { $0.intValue.map { UInt8($0) } }
                ?? Array((token["text"]?.stringValue ?? "").utf8)
        }
        #expect(bytes == Array("の\u{1B}".utf8))
        #expect(tokens.first?["text"] == "\u{FFFD}" && tokens.last?["text"] == "\u{1B}" && tokens.last?["bytes"] == nil)
        #expect(Program.vencejo(["score", "-p", "の"], model: "\(packageRoot)/models/demo.q8z").output.contains("の₁"))
    }

    @Test func ranksChoicesWithASpaceBetween() throws {
        let arguments = ["score", "-p", "the", "--json", "--choices", "fox", "dog", "x y"]
        let json = try JSONValue(parsing: Program.vencejo(arguments).bytes)
        let choices = try #require(json["choices"]?.arrayValue)
        #expect(Set(choices.compactMap { $0["choice"]?.stringValue }) == ["fox", "dog", "x y"])
        #expect(choices.first?["choice"] == json["best"])
        #expect(choices.first { $0["choice"] == "fox" }?["tokens"]?.arrayValue?.count == 4)
        #expect(abs(choices.compactMap { $0["share"]?.doubleValue }.reduce(0, +) - 1) < 1e-9)
        let joined = try JSONValue(parsing: Program.vencejo(arguments + ["--joined"]).bytes)
        #expect(joined["choices"]?.arrayValue?.first { $0["choice"] == "fox" }?["tokens"]?.arrayValue?.count == 3)
    }

    @Test(
        arguments: [
            (["score"], 64, "there is no text"), (["score", "-p", ""], 65, "the text is empty"),
            (["score", "-p", "", "--bos"], 65, "the text is empty"),
            (["score", "-p", "", "--bos", "--json"], 65, "is empty"),
            (["score", "-p", "a", "--top", "2"], 64, "--top is for --json"),
            (["score", "-p", "a", "--by", "byte"], 64, "--by is about --choices"),
            (["score", "-p", "a", "--joined"], 64, "--joined is about --choices"),
            (["score", "-p", "a", "--choices", ""], 64, "one of --choices is empty"),
            (["score", "-p", "", "--choices", "b"], 65, "the prompt is empty"),
            (["score", "-p", "abcdefghijklmnopqrstuvwxyzabc"], 65, "context"),
            (["embed"], 64, "there is no text"), (["embed", "-p", ""], 65, "the text is empty"),
            (["embed", "-p", "a", "--layer", "3"], 64, "this model's are 0 to 2"),
            (["embed", "-p", "a", "--pooling", "max"], 64, "'max' is invalid"),
            (["generate", "-p", "a", "--logprobs", "3"], 64, "give --json too"),
            (["generate", "-p", "a", "--json", "--logprobs", "-3"], 64, "--logprobs is -3"),
            (["generate", "-p", "a", "--json", "--logprobs", "100"], 64, "expected 0 to 61 tokens"),
        ])
    func refusesWhatMakesNoSense(_ arguments: [String], status: Int32, fragment: String) {
        let run = Program.vencejo(arguments)
        #expect(run.status == status && run.output.isEmpty)
        #expect(run.errors.contains(fragment), "said: \(run.errors)")
    }
}

@Suite struct EmbedCommand {
    @Test func writesVectorsAsNumbersAndAsBytes() throws {
        let json = try JSONValue(parsing: Program.vencejo(["embed", "-p", "the fox", "--layer", "1"]).bytes)
        let numbers = try #require(json["embedding"]?.arrayValue).compactMap(\.doubleValue)
        #expect(numbers.count == 18 && json["tokens"]?.intValue == 6)
        let raw = Program.vencejo(["embed", "-p", "the fox", "--layer", "1", "-o", "-"]).bytes
        let first = (0..<4).reduce(UInt32(0)) { $0 | UInt32(raw[$1]) << UInt32(8 * $1) }
        #expect(raw.count == 72 && Float(bitPattern: first) == Float(numbers[0]))
        let lines = Program.vencejo(
            ["embed", "--lines", "--pooling", "mean", "-"], input: Array("a fox\n\nthe fox\n".utf8))
        #expect(lines.lines.count == 2)
        let long = "a\n" + String(repeating: "x", count: 25)
        let refused = Program.vencejo(["embed", "--lines", "-"], input: Array(long.utf8))
        #expect(refused.status == 65 && refused.errors.contains("line 2: the text has 25 tokens"), "\(refused.errors)")
        #expect(!refused.errors.contains("--slide"))
    }
}

@Suite struct LogProbabilities {
    /// What generate says of its tokens is what score says of the text.
    @Test func ofGeneratedTokensAreTheModelsOwn() throws {
        let run = Program.vencejo(
            ["generate", "-p", "the", "-n", "5", "-s", "3", "--json", "--logprobs", "2", "--ignore-eos", "--temp", "2"])
        let pieces = try run.lines.dropLast().map { try JSONValue(parsing: Array($0.utf8)) }
            .filter { $0["token"] != .null }
        #expect(pieces.count == 5)
        let tokens = [Model.id("th"), Model.id("e")] + pieces.compactMap { $0["token"]?.intValue }
        let list = tokens.map(String.init).joined(separator: ",")
        let score = try JSONValue(parsing: Program.vencejo(["score", "--tokens", list, "--json"]).bytes)
        let scores = try #require(score["tokens"]?.arrayValue).suffix(5)
        for (piece, score) in zip(pieces, scores) {
            #expect(piece["logprob"] == score["logprob"])
            #expect(piece["top_logprobs"]?.arrayValue?.count == 2)
        }
        let many = Program.vencejo([
            "generate", "-p", "the", "-n", "3", "--n", "2", "--json", "--logprobs", "1", "--ignore-eos",
        ])
        let first = try JSONValue(parsing: Array(try #require(many.lines.first).utf8))
        #expect(first["logprobs"]?.arrayValue?.count == 3 && first["top_logprobs"]?.arrayValue?.count == 3)
    }
}
