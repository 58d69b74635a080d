import TestSupport
import Testing

@testable import Tokenizer

@Suite struct TokenizerTests {
    @Test func encodesEveryGoldenTextAsTheReferencesDo() throws {
        let tokenizer = try GoldenVocabulary.tokenizer()
        let cases = try Encoding.all(golden("tokenizer/encodings.jsonl"))
        #expect(cases.count > 500)
        for golden in cases {
            #expect(try tokenizer.encode(golden.text) == golden.ids, "\(golden.text.debugDescription)")
            #expect(try tokenizer.decode(golden.ids) == Array(golden.text.utf8))
        }
    }

    @Test func putsASpaceBeforeATextWhereTheVocabularySaysSo() throws {
        let tokenizer = try GoldenVocabulary.prefixingTokenizer()
        let cases = try Encoding.all(golden("tokenizer/encodings.jsonl"))
        var tested = 0
        for golden in cases {
            guard let prefixed = golden.prefixed else { continue }
            #expect(try tokenizer.encode(golden.text) == prefixed, "\(golden.text.debugDescription)")
            tested += 1
        }
        #expect(tested > 100)
    }

    @Test func findsSpecialTokensLeftmostAndLongestFirst() throws {
        let tokenizer = try GoldenVocabulary.tokenizer()
        let prefixing = try GoldenVocabulary.prefixingTokenizer()
        #expect(tokenizer.specials == [0, 1, 2, 3])
        #expect(tokenizer.endOfText == 0)
        for golden in try Encoding.all(golden("tokenizer/specials.jsonl")) {
            #expect(try tokenizer.encode(golden.text, parsingSpecials: true) == golden.ids, "\(golden.text)")
            #expect(try prefixing.encode(golden.text, parsingSpecials: true) == golden.prefixed, "\(golden.text)")
            #expect(try tokenizer.decode(golden.ids) == Array(golden.text.utf8))
        }
    }

    @Test func takesSpecialTokensForTextUnlessAsked() throws {
        let tokenizer = try GoldenVocabulary.tokenizer()
        let ids = try tokenizer.encode("a<|endoftext|>")
        #expect(!ids.contains(0))
        #expect(try tokenizer.decode(ids) == Array("a<|endoftext|>".utf8))
    }

    @Test func givesAnyBytesBack() throws {
        let tokenizer = try GoldenVocabulary.tokenizer()
        var generator = SeededGenerator(seed: 1)
        for byteCount in 0..<300 {
            let bytes = (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(try tokenizer.decode(try tokenizer.encode(bytes: bytes)) == bytes)
            let text = generator.text(byteCount: byteCount)
            #expect(try tokenizer.decode(try tokenizer.encode(bytes: text)) == text)
        }
    }

    @Test func appendsToWhatIsThere() throws {
        let tokenizer = try GoldenVocabulary.tokenizer()
        let word = try tokenizer.encode("vencejoxyzzy")
        #expect(word.count > 3)  // remembered by its place in the output, not by value
        let text = Array("vencejoxyzzyvencejoxyzzy vencejoxyzzy'svencejoxyzzy".utf8)
        var ids: [UInt32] = [7, 8, 9]
        try unsafe text.withUnsafeBufferPointer { try unsafe tokenizer.encode($0, into: &ids) }
        #expect(Array(ids[3...]) == (try tokenizer.encode(bytes: text)))
        #expect(Array(ids[..<3]) == [7, 8, 9])
    }

    @Test func namesAByteThatHasNoTokenAndLeavesTheOutputAsItWas() throws {
        let vocabulary = #"{"a": 0, "b": 1, "Ġ": 2, "ab": 3, "<BOS>": 4}"#
        let tables = try TokenizerTables(vocabulary: Array(vocabulary.utf8), merges: Array("a b\n".utf8))
        let tokenizer = Tokenizer(tables)
        #expect(try tokenizer.encode("ab ba") == [3, 2, 1, 0])
        #expect(try tokenizer.encode("<BOS>ab", parsingSpecials: true) == [4, 3])
        var ids: [UInt32] = [9]
        let text = Array("ab<BOS>ab abcab".utf8)
        #expect(throws: TokenizerError.byteWithoutToken(byte: 0x63, offset: 12)) {
            try unsafe text.withUnsafeBufferPointer {
                try unsafe tokenizer.encode($0, into: &ids, parsingSpecials: true)
            }
        }
        #expect(ids == [9])
        #expect(throws: TokenizerError.byteWithoutToken(byte: 0x63, offset: 200)) {
            try tokenizer.encode(String(repeating: "b", count: 200) + "c")
        }
    }

    @Test func refusesTokensThatAreNotInTheVocabulary() throws {
        let tokenizer = try GoldenVocabulary.tokenizer()
        let outside = UInt32(tokenizer.vocabularySize)
        for id in [outside, UInt32.max] {
            let error = TokenizerError.idOutOfRange(id: id, vocabularySize: Int(outside))
            #expect(throws: error) { try tokenizer.bytes(of: id) }
            #expect(throws: error) { try tokenizer.decode([1, id]) }
        }
        #expect(try tokenizer.bytes(of: 3) == Array("<|niño|>".utf8))
    }

    @Test func givesTheSameTokensOnSeveralThreads() async throws {
        let tokenizer = try GoldenVocabulary.tokenizer()
        let cases = try Encoding.all(golden("tokenizer/encodings.jsonl")).prefix(100)
        let text = cases.map(\.text).joined(separator: "\n\n")
        let expected = try tokenizer.encode(text)
        try await withThrowingTaskGroup(of: [UInt32].self) { group in
            for _ in 0..<8 { group.addTask { try tokenizer.encode(text) } }
            for try await ids in group { #expect(ids == expected) }
        }
    }
}
