import StrictJSON
import TestSupport
import Testing

@testable import Tokenizer

/// OpenAI's vocabulary and the real encodings made with it, where they are at hand.
@Suite struct ConformanceTests {
    private func gpt2() throws -> Tokenizer? {
        guard let vocabulary = sharedData("gpt2-bpe/vocab.json"), let merges = sharedData("gpt2-bpe/merges.txt") else {
            return nil
        }
        let tables = try TokenizerTables(vocabulary: readFile(vocabulary), merges: readFile(merges))
        #expect(tables.vocabularySize == 50257)
        #expect(tables.specials == [50256])
        #expect(tables.endOfText == 50256)
        return Tokenizer(tables)
    }

    @Test func agreesWithEveryConformanceCaseBothWays() throws {
        guard let path = sharedData("gpt2-bpe/conformance.jsonl"), let tokenizer = try gpt2() else { return }
        var cases = try Encoding.all(path)
        #expect(cases.count >= 1339)
        if let path = sharedData("gpt2-bpe/public/transformersjs_distilgpt2_cases.jsonl") {
            cases += try Encoding.all(path)
        }
        if let path = sharedData("gpt2-bpe/public/swift-transformers_gpt2_encoded_tokens.json") {
            let json = try JSONValue(parsing: readFile(path))
            let ids = try #require(json["token_ids"]?.arrayValue).compactMap { $0.intValue.map(UInt32.init) }
            cases.append(Encoding(text: try #require(json["text"]?.stringValue), ids: ids, prefixed: nil))
        }
        for conformance in cases {
            #expect(try tokenizer.encode(conformance.text) == conformance.ids, "\(conformance.text.debugDescription)")
            #expect(try tokenizer.decode(conformance.ids) == Array(conformance.text.utf8))
        }
    }

    @Test func readsAVocabularyOfCharacters() throws {
        let folder = "checkpoints/tinygpt-shakespeare-char/hf"
        guard let vocabulary = sharedData("\(folder)/vocab.json"), let merges = sharedData("\(folder)/merges.txt")
        else {
            return
        }
        let tables = try TokenizerTables(vocabulary: readFile(vocabulary), merges: readFile(merges))
        #expect(tables.specials == [0, 1])
        let tokenizer = Tokenizer(tables)
        #expect(try tokenizer.encode("ROMEO:\n") == [32, 29, 27, 19, 29, 12, 2])
        #expect(try tokenizer.encode("<BOS>a<EOS>", parsingSpecials: true) == [0, 41, 1])
        #expect(throws: TokenizerError.byteWithoutToken(byte: 0x3C, offset: 1)) { try tokenizer.encode("a<EOS>") }
        if let path = sharedData("corpora/tinyshakespeare.txt") {
            let text = Array(readFile(path).prefix(20_000))
            #expect(try tokenizer.decode(try tokenizer.encode(bytes: text)) == text)
        }
    }
}
