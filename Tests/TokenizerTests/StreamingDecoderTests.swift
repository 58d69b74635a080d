import StrictJSON
import TestSupport
import Testing

@testable import Tokenizer

@Suite struct StreamingDecoderTests {
    private func decoded(_ bytes: [UInt8], cutBy generator: inout SeededGenerator) throws -> [UInt8] {
        var decoder = StreamingDecoder(try GoldenVocabulary.tokenizer())
        var text: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...4, using: &generator))
            let piece = decoder.append(bytes: bytes[start..<end])
            #expect(String(validating: piece, as: UTF8.self) != nil)
            text += piece
            start = end
        }
        return text + decoder.finish()
    }

    @Test func repairsInvalidBytesAsPythonDoes() throws {
        var generator = SeededGenerator(seed: 2)
        for line in try jsonLines(golden("tokenizer/repairs.jsonl")) {
            let hex = Array(try #require(line["bytes"]?.stringValue).utf8)
            let bytes = stride(from: 0, to: hex.count, by: 2).map {
                UInt8(String(decoding: hex[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
            }
            let expected = Array(try #require(line["text"]?.stringValue).utf8)
            for _ in 0..<4 { #expect(try decoded(bytes, cutBy: &generator) == expected, "\(bytes)") }
        }
    }

    @Test func neverSplitsACharacter() throws {
        let tokenizer = try GoldenVocabulary.tokenizer()
        for golden in try Encoding.all(golden("tokenizer/encodings.jsonl")) {
            var decoder = StreamingDecoder(tokenizer)
            var text: [UInt8] = []
            for id in golden.ids {
                let piece = try decoder.append(id)
                #expect(String(validating: piece, as: UTF8.self) != nil)
                text += piece
            }
            #expect(decoder.finish() == [])
            #expect(text == Array(golden.text.utf8))
        }
    }

    @Test func goesOnWhereAnotherStopped() throws {
        let tokenizer = try GoldenVocabulary.tokenizer()
        let bytes = Array("aé日😀".utf8)
        for cut in 0...bytes.count {
            var first = StreamingDecoder(tokenizer)
            let begun = first.append(bytes: bytes[..<cut])
            var second = StreamingDecoder(tokenizer, beginning: first.held)
            #expect(begun + second.append(bytes: bytes[cut...]) == bytes)
        }
    }

    @Test func holdsBackNoMoreThanItMust() throws {
        var decoder = StreamingDecoder(try GoldenVocabulary.tokenizer())
        #expect(decoder.append(bytes: [0x61, 0xF0, 0x9F]) == [0x61])
        #expect(decoder.append(bytes: [0x98]) == [])
        #expect(decoder.append(bytes: [0x80]) == Array("😀".utf8))
        #expect(decoder.append(bytes: [0xE2, 0x41]) == Array("\u{FFFD}A".utf8))  // certain as soon as the A is there
        #expect(decoder.append(bytes: [0xE2]) == [])
        #expect(decoder.finish() == Array("\u{FFFD}".utf8))
        #expect(decoder.finish() == [])
        #expect(decoder.append(bytes: [0x82, 0xAC]) == Array("\u{FFFD}\u{FFFD}".utf8))  // nothing of the text before
    }

    @Test func staysAsItWasWhenATokenIsRefused() throws {
        let tokenizer = try GoldenVocabulary.tokenizer()
        let ids = try tokenizer.encode(bytes: [0xF0, 0x9F, 0x90])
        var decoder = StreamingDecoder(tokenizer)
        for id in ids { #expect(try decoder.append(id) == []) }
        #expect(throws: TokenizerError.idOutOfRange(id: 5000, vocabularySize: tokenizer.vocabularySize)) {
            try decoder.append(5000)
        }
        #expect(decoder.finish() == Array("\u{FFFD}".utf8))
    }
}
