import StrictJSON
import TestSupport
import Testing

@Suite struct PerplexityCommand {
    /// 400 pseudo-random ids below 61, in 16 bits.
    private static let ids: String = {
        var generator = SeededGenerator(seed: 5)
        let path = Model.file("evaluated.u16")
        writeFile(path, (0..<400).flatMap { _ in [UInt8.random(in: 0..<61, using: &generator), 0] })
        return path
    }()
    private static let compared = ["perplexity", "--ids", ids, "--against", Model.text, "--kv-cache", "int8", "-q"]
    private static let whole = Program.vencejo(compared + ["--json"])

    @Test func saysWhatWasMeasuredAndHow() throws {
        #expect(Self.whole.status == 0 && Self.whole.errors == "")
        let json = try JSONValue(parsing: Self.whole.bytes)
        #expect(json["protocol"] == "huggingface" && json["context"] == 24 && json["stride"] == 12)
        #expect(json["tokens"] == 399 && json["text_tokens"] == 400 && json["kv_cache"] == "int8")
        let nats = try #require(json["nll"]?.doubleValue)
        #expect(nats > 3 && nats < 20)
        #expect(try #require(json["kl"]?["mean"]?.doubleValue) > 0)
        #expect(json["base"]?["kv_cache"] == "f32" && json["base"]?["activations"] == "f32")
        #expect(json["positions"]?.arrayValue?.count == 8)
        let text = Program.vencejo(Self.compared + ["--protocol", "llama.cpp"])
        #expect(text.lines[0] == "protocol llama.cpp: 16 windows of 24 tokens, side by side; 176 of 400 tokens scored")
        #expect(text.lines[1].hasPrefix("perplexity ") && text.lines[2].hasPrefix("base "))
    }

    @Test(arguments: [["-t", "1"], ["-t", "3"], ["--kernels", "reference"], ["--no-mmap"]])
    func givesTheSameBitsHoweverItIsComputed(_ how: [String]) {
        #expect(Program.vencejo(Self.compared + ["--json"] + how).bytes == Self.whole.bytes)
    }

    @Test func readsTextAsItsTokens() throws {
        let folder = TemporaryDirectory()
        writeFile(folder.file("text"), Array("the quick brown fox\n".utf8))
        let text = ["perplexity", "--text", folder.file("text"), "--json", "-q"]
        #expect(try JSONValue(parsing: Program.vencejo(text).bytes)["text_tokens"] == 19)
        let short = text + ["--context", "8", "--protocol", "llama.cpp"]
        #expect(try JSONValue(parsing: Program.vencejo(short).bytes)["text_tokens"] == 18)
        #expect(Program.vencejo(text, model: Model.ids).errors.contains("give token ids with --ids"))
    }

    @Test func goesOnAndMergesToTheSameBits() throws {
        let folder = TemporaryDirectory()
        let parts = (1...3).map { folder.file("\($0).jsonl") }
        for (index, part) in parts.enumerated() {
            let shard = Self.compared + ["--shard", "\(index + 1)/3", "-o", part]
            #expect(Program.vencejo(shard).status == 0)
            let bytes = readFile(part)
            let again = Program.vencejo(shard)
            #expect(again.status == 73 && again.errors.contains("--resume"))
            writeFile(part, Array(bytes.prefix(bytes.count * 2 / 3)))
            #expect(Program.vencejo(["perplexity", "merge", part]).status == 65)
            #expect(Program.vencejo(shard + ["--resume"]).status == 0)
            #expect(readFile(part) == bytes)
        }
        #expect(Program.vencejo(["perplexity", "merge", "--json"] + parts).bytes == Self.whole.bytes)
        let missing = Program.vencejo(["perplexity", "merge", parts[0], parts[2]])
        #expect(missing.status == 65 && missing.errors.contains("missing: --shard 2/3"))
        let other = Program.vencejo(Self.compared + ["--context", "20", "-o", parts[0], "--resume"])
        #expect(other.status == 73 && other.errors.contains("context 24, not 20"))
    }

    @Test func keepsItsMemoryPromiseForTwoModels() {
        let refused = Program.vencejo(Self.compared + ["--memory", "1M"])
        #expect(refused.status == 71 && refused.errors.contains("beside"))
        #expect(Program.vencejo(Self.compared + ["--json", "--memory", "100M"]).bytes == Self.whole.bytes)
    }
}
