import StrictJSON
import TestSupport
import Testing

@testable import Tokenizer

@Suite struct TokenizerTablesTests {
    @Test func areTheSameFromBothKindsOfFile() throws {
        let pair = try TokenizerTables(vocabulary: GoldenVocabulary.vocabulary, merges: GoldenVocabulary.merges)
        let single = try GoldenVocabulary.tokenizerTables()
        #expect(pair.merges == single.merges)
        #expect(pair.mergeIndex == single.mergeIndex)
        #expect(pair.byteIDs == single.byteIDs)
        #expect(pair.specials == single.specials)
        #expect(pair.endOfText == single.endOfText)
        #expect(pair.vocabularySize == 900)
        #expect(pair.addsPrefixSpace == false)
        // An added token is plain text, an entry of vocab.json is in the byte alphabet: "<|niño|>" differs.
        let (left, right) = (Tokenizer(pair), Tokenizer(single))
        for id in UInt32(0)..<900 where id != 3 { #expect(try left.bytes(of: id) == right.bytes(of: id)) }
    }

    @Test func doNotCareHowMergesAreWritten() throws {
        var file = GoldenVocabulary.merges
        let expected = try TokenizerTables(vocabulary: GoldenVocabulary.vocabulary, merges: file)
        let lines = String(decoding: file, as: UTF8.self).split(separator: "\n")
        #expect(lines[0].hasPrefix("#version"))
        file = Array(lines.dropFirst().joined(separator: "\r\n").utf8)  // no version, CR LF, no last line break
        #expect(try TokenizerTables(vocabulary: GoldenVocabulary.vocabulary, merges: file) == expected)

        var json = try JSONValue(parsing: GoldenVocabulary.tokenizerJSON)
        let pairs = try #require(json["model"]?["merges"]?.arrayValue)
        #expect(pairs.allSatisfy { $0.arrayValue?.count == 2 })
        json.set(["model", "merges"], .array(lines.dropFirst().map { .string(String($0)) }))
        let strings = try TokenizerTables(tokenizerJSON: Array(json.encoded().utf8))
        #expect(try strings == GoldenVocabulary.tokenizerTables())
    }

    @Test func passOverAByteOrderMarkBeforeMerges() throws {
        let expected = try TokenizerTables(vocabulary: GoldenVocabulary.vocabulary, merges: GoldenVocabulary.merges)
        let marked = [0xEF, 0xBB, 0xBF] + GoldenVocabulary.merges
        #expect(try TokenizerTables(vocabulary: GoldenVocabulary.vocabulary, merges: marked) == expected)
    }

    /// transformers 5 writes a template of the text alone where version 4 wrote the byte-level stage.
    @Test func passOverATemplateThatAddsNothing() throws {
        var json = try JSONValue(parsing: GoldenVocabulary.tokenizerJSON)
        let text: JSONValue = ["Sequence": ["id": "A", "type_id": 0]]
        json.set(["post_processor"], ["type": "TemplateProcessing", "single": [text], "special_tokens": [:]])
        #expect(try TokenizerTables(tokenizerJSON: Array(json.encoded().utf8)) == GoldenVocabulary.tokenizerTables())
        let begin: JSONValue = ["SpecialToken": ["id": "<|endoftext|>", "type_id": 0]]
        json.set(["post_processor", "single"], [begin, text])
        #expect(throws: TokenizerError.self) { try TokenizerTables(tokenizerJSON: Array(json.encoded().utf8)) }
    }

    /// Else their tokens would all be special, and texts fall apart into bytes without a word.
    @Test func refuseMergesThatAreCutOff() throws {
        let lines = GoldenVocabulary.merges.split(separator: UInt8(ascii: "\n"))
        #expect {
            try TokenizerTables(vocabulary: GoldenVocabulary.vocabulary, merges: Array(lines[0]))
        } throws: { error in
            guard case TokenizerError.tokensWithoutMerge(let count, vocabularySize: 900, _)? = error as? TokenizerError
            else { return false }
            return count > 16 && "\(error)".contains("cut off")
        }
    }

    @Test func aMergeOfNothingButSpacesIsNoMerge() {
        #expect(throws: TokenizerError.malformedMerge(line: 1)) {
            try TokenizerTables(
                vocabulary: GoldenVocabulary.vocabulary, merges: [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20))
        }
    }

    @Test func takeAddedTokensAndTheSpaceBeforeATextFromTheirFiles() throws {
        let (vocabulary, merges) = (GoldenVocabulary.vocabulary, GoldenVocabulary.merges)
        let tables = try TokenizerTables(
            vocabulary: vocabulary, merges: merges, added: Array(#"{"<|user|>": 900, "<| and |>": 901}"#.utf8),
            addsPrefixSpace: true)
        #expect(tables.vocabularySize == 902 && tables.addsPrefixSpace && tables.specials.suffix(2) == [900, 901])
        #expect(try Tokenizer(tables).bytes(of: 901) == Array("<| and |>".utf8))
        let broken: [(String, TokenizerError)] = [
            (#"{"<|user|>": 905}"#, .vocabularyGap(first: 900, last: 904)),
            ("[]", .malformed(part: "added_tokens.json", expected: "an object from tokens to ids")),
        ]
        for (added, error) in broken {
            #expect(throws: error) {
                try TokenizerTables(vocabulary: vocabulary, merges: merges, added: Array(added.utf8))
            }
        }
        // Texts are plain: " the" is not the vocabulary's "Ġthe".
        _ = try TokenizerTables(vocabulary: vocabulary, merges: merges, added: Array(#"{" the": 900}"#.utf8))
        let spaced = try TokenizerTables(tokenizerJSON: GoldenVocabulary.tokenizerJSON, addsPrefixSpace: true)
        #expect(spaced.addsPrefixSpace)
    }

    @Test func takeAddedTokensFromWhereTheirFlagsAre() throws {
        func tables(_ decoder: JSONValue) throws -> TokenizerTables {
            try TokenizerTables(
                vocabulary: GoldenVocabulary.vocabulary, merges: GoldenVocabulary.merges, added: [], decoder: decoder)
        }
        let user: JSONValue = ["content": "<|user|>", "special": true, "lstrip": false]
        #expect(try tables(["900": user]).specials.last == 900)
        let mask: JSONValue = ["content": "<mask>", "special": true, "lstrip": true]
        let swallows = TokenizerError.unsupported(
            key: "added_tokens_decoder[0].lstrip", found: "true", supported: "false")
        #expect(throws: swallows) { try tables(["900": mask]) }
        let plain: JSONValue = ["content": "<x>", "special": false]
        #expect(throws: TokenizerError.self) { try tables(["900": plain]) }
        #expect(throws: TokenizerError.self) { try tables(["nine": user]) }
        #expect(throws: TokenizerError.self) { try tables([]) }
    }

    @Test func longerThanAnyVocabularyAreRefusedBeforeTheyAreLookedAt() {
        let limit = TokenizerTables.entryLimit
        let lines = [UInt8](repeating: 0x0A, count: limit + 2)
        #expect(throws: TokenizerError.tooMany(part: "merges.txt", count: limit + 1, limit: limit)) {
            try TokenizerTables(vocabulary: GoldenVocabulary.vocabulary, merges: lines)
        }
        let tokens = [String](repeating: "a", count: limit + 1)
        #expect(throws: TokenizerError.tooMany(part: "tokenizer.ggml.tokens", count: limit + 1, limit: limit)) {
            try TokenizerTables(tokens: tokens, types: nil, merges: [])
        }
    }

    /// Ids of pairs whose hashes have the same low bits, so that searches for them would all begin at one slot.
    @Test func whoseMergesCollideAreRefused() {
        let pairs = (0..<UInt32(1 << 23)).lazy.filter { MergeIndex.hash($0, 0) & 0xFFF == 7 }.prefix(1100)
        let merges: [UInt32] = pairs.flatMap { [$0, 0, 0] }
        #expect(merges.count == 3300 && MergeIndex.slotCount(mergeCount: 1100) == 4096)
        #expect(MergeIndex.make(merges) == nil)
        #expect(MergeIndex.make(Array(merges.prefix(3 * 1000))) != nil)
    }

    @Test func messagesMoveNoCursor() {
        let message = "\(TokenizerError.idNotInteger(token: "\u{1B}[31m\u{9B}"))"
        #expect(message.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    }

    @Test func knowTheByteAlphabet() {
        #expect(ByteAlphabet.characters.count == 256)
        #expect(ByteAlphabet.characters[0x20] == "Ġ")
        #expect(ByteAlphabet.characters[0x0A] == "Ċ")
        #expect(ByteAlphabet.characters[0xAD] == "\u{143}")
        #expect(Set(ByteAlphabet.characters).count == 256)
        for (byte, character) in ByteAlphabet.characters.enumerated() {
            #expect(ByteAlphabet.bytes(of: String(character)) == [UInt8(byte)])
        }
        #expect(ByteAlphabet.bytes(of: "Ġ→") == Array("Ġ→".utf8))
    }

    static let brokenPairs: [(vocabulary: String, merges: String, error: TokenizerError)] = [
        ("{}", "", .emptyVocabulary),
        ("[]", "", .malformed(part: "vocab.json", expected: "an object from tokens to ids")),
        (#"{"a": 0"#, "", .json(part: "vocab.json", .unexpectedEnd(offset: 7, expected: "',' or '}'"))),
        (#"{"a": 0, "b": 2}"#, "", .vocabularyGap(first: 1, last: 1)),
        (#"{"a": 3}"#, "", .vocabularyGap(first: 0, last: 2)),
        (#"{"a": 0, "b": 0}"#, "", .duplicateID(id: 0, first: "a", second: "b")),
        (#"{"a": 0, "b": -1}"#, "", .negativeID(token: "b", id: -1)),
        (#"{"a": 0, "b": 0.5}"#, "", .idNotInteger(token: "b")),
        (#"{"a": 0, "b": "1"}"#, "", .idNotInteger(token: "b")),
        (#"{"a": 0, "b": 2147483648}"#, "", .idTooLarge(token: "b", id: 2_147_483_648)),
        (#"{"a": 0, "": 1}"#, "", .emptyToken(id: 1)),
        (#"{"a": 0, "b": 1}"#, "a b", .unknownMergeToken(rank: 0, token: "ab")),
        (#"{"a": 0, "ab": 1}"#, "#version: 0.2\na b", .unknownMergeToken(rank: 0, token: "b")),
        (#"{"a": 0, "aa": 1}"#, "a a\na a\n", .duplicateMerge(rank: 1)),
        (#"{"a": 0, "aa": 1}"#, "a  a\n", .malformedMerge(line: 1)),
        (#"{"a": 0, "aa": 1}"#, "a a\n\n", .malformedMerge(line: 2)),
        (#"{"a": 0, "aa": 1}"#, "aa", .malformedMerge(line: 1)),
        (#"{"a": 0, "→": 1, "→a": 2, "Ġ": 3, "→Ġ": 4}"#, "→ a\n→ Ġ", .mergeMismatch(rank: 1)),
        (
            #"{"a": 0, "b": -1, "c": 1.5}"#, "a b c\na d",
            .several(
                [
                    .idNotInteger(token: "c"), .malformedMerge(line: 1), .negativeID(token: "b", id: -1),
                    .unknownMergeToken(rank: 0, token: "d"), .unknownMergeToken(rank: 0, token: "ad"),
                ], count: 5)
        ),
    ]

    @Test(arguments: brokenPairs.indices)
    func refuseABrokenPairOfFiles(_ index: Int) {
        let broken = Self.brokenPairs[index]
        let error = #expect(throws: TokenizerError.self) {
            try TokenizerTables(vocabulary: Array(broken.vocabulary.utf8), merges: Array(broken.merges.utf8))
        }
        if case .json(let part, _) = broken.error, case .json(part, _)? = error { return }  // StrictJSON's own matter
        #expect(error == broken.error)
        #expect(error?.description.isEmpty == false)
    }

    @Test func refuseATokenThatIsTooLong() {
        let vocabulary = "{\"\(String(repeating: "a", count: 1025))\": 0}"
        #expect(throws: TokenizerError.tokenTooLong(id: 0, byteCount: 1025, limit: 1024)) {
            try TokenizerTables(vocabulary: Array(vocabulary.utf8), merges: [])
        }
    }

    @Test func refuseMergesThatAreNotUTF8() {
        #expect(throws: TokenizerError.malformedMerge(line: 2)) {
            try TokenizerTables(
                vocabulary: Array(#"{"a": 0, "aa": 1}"#.utf8), merges: Array("a a\n".utf8) + [0xFF, 0x20, 0x61])
        }
    }

    @Test func countWhatTheyDoNotList() throws {
        let merges = (0..<500).map { "x y\($0)" }.joined(separator: "\n")
        let error = #expect(throws: TokenizerError.self) {
            try TokenizerTables(vocabulary: Array(#"{"a": 0}"#.utf8), merges: Array(merges.utf8))
        }
        guard case .several(let problems, 1500)? = error else { throw try #require(error) }
        #expect(problems.count == TokenizerProblems.keptCount)
        #expect(error?.description.hasSuffix("and 1480 more") == true)
    }

    static let brokenMembers: [(path: [String], value: JSONValue, error: TokenizerError)] = [
        (["normalizer"], ["type": "NFC"], .unsupported(key: "normalizer", found: "\"NFC\"", supported: "null")),
        (
            ["pre_tokenizer"], ["type": "Sequence", "pretokenizers": []],
            .unsupported(key: "pre_tokenizer", found: "\"Sequence\"", supported: "\"ByteLevel\"")
        ),
        (["pre_tokenizer"], nil, .unsupported(key: "pre_tokenizer", found: "null", supported: "\"ByteLevel\"")),
        (
            ["pre_tokenizer", "use_regex"], false,
            .unsupported(key: "pre_tokenizer.use_regex", found: "false", supported: "true")
        ),
        (
            ["pre_tokenizer", "add_prefix_space"], 1,
            .unsupported(key: "pre_tokenizer.add_prefix_space", found: "1", supported: "true or false")
        ),
        (
            ["post_processor"], ["type": "TemplateProcessing"],
            .unsupported(key: "post_processor", found: "\"TemplateProcessing\"", supported: "null")
        ),
        (["decoder"], ["type": "Metaspace"], .unsupported(key: "decoder", found: "\"Metaspace\"", supported: "null")),
        (["model", "type"], "Unigram", .unsupported(key: "model.type", found: "\"Unigram\"", supported: "\"BPE\"")),
        (["model", "dropout"], 0.1, .unsupported(key: "model.dropout", found: "0.1", supported: "0 or 0.0")),
        (["model", "unk_token"], "<unk>", .unsupported(key: "model.unk_token", found: "\"<unk>\"", supported: "null")),
        (
            ["model", "byte_fallback"], true,
            .unsupported(key: "model.byte_fallback", found: "true", supported: "false")
        ),
        (
            ["model", "ignore_merges"], true,
            .unsupported(key: "model.ignore_merges", found: "true", supported: "false")
        ),
        (
            ["model", "end_of_word_suffix"], "</w>",
            .unsupported(key: "model.end_of_word_suffix", found: "\"</w>\"", supported: "\"\"")
        ),
        (["model"], nil, .malformed(part: "tokenizer.json: model.vocab", expected: "an object from tokens to ids")),
        (["model", "merges"], 3, .malformed(part: "tokenizer.json: model.merges", expected: "a list of merges")),
        (
            ["model", "merges"], [["a", "b", "c"]],
            .malformed(part: "tokenizer.json: model.merges[0]", expected: "\"left right\" or [\"left\", \"right\"]")
        ),
        (
            ["added_tokens"], [["id": 0, "content": "<|endoftext|>", "special": false]],
            .notSpecial(token: "<|endoftext|>")
        ),
        (
            ["added_tokens"], [["id": 0, "content": "<|endoftext|>", "special": true, "lstrip": true]],
            .unsupported(key: "added_tokens[0].lstrip", found: "true", supported: "false")
        ),
        (
            ["added_tokens"], [["id": 5, "content": "<|endoftext|>", "special": true]],
            .duplicateToken(token: "<|endoftext|>", first: 0, second: 5)
        ),
        (
            ["added_tokens"], [["id": 5, "content": "<new>", "special": true]],
            .duplicateID(id: 5, first: "\"", second: "<new>")
        ),
        (
            ["added_tokens"], [["content": "<new>"]],
            .malformed(part: "tokenizer.json: added_tokens[0]", expected: "a token with content and id")
        ),
    ]

    @Test(arguments: brokenMembers.indices)
    func refuseWhatIsNotImplemented(_ index: Int) throws {
        let broken = Self.brokenMembers[index]
        var json = try JSONValue(parsing: GoldenVocabulary.tokenizerJSON)
        json.set(broken.path[...], broken.value)
        #expect(throws: broken.error) { try TokenizerTables(tokenizerJSON: Array(json.encoded().utf8)) }
    }

    @Test func takeTokensAddedBehindTheVocabulary() throws {
        var json = try JSONValue(parsing: GoldenVocabulary.tokenizerJSON)
        json.set(["added_tokens"], [["id": 900, "content": " é ", "special": true]])
        let tables = try TokenizerTables(tokenizerJSON: Array(json.encoded().utf8))
        #expect(tables.vocabularySize == 901)
        #expect(tables.specials == [900])
        #expect(tables.endOfText == nil)
        #expect(try Tokenizer(tables).encode("a é b", parsingSpecials: true).contains(900))
    }

    @Test func eitherLoadOrThrowWhenAByteIsBroken() throws {
        let vocabulary = Array(#"{"a": 0, "b": 1, "ab": 2, "Ġ": 3, "<e>": 4}"#.utf8)
        let merges = Array("#version: 0.2\na b\n".utf8)
        var loaded = 0
        for index in 0..<vocabulary.count + merges.count {
            for flip: UInt8 in [1, 2, 0x10, 0x80] {
                var (first, second) = (vocabulary, merges)
                if index < first.count { first[index] ^= flip } else { second[index - first.count] ^= flip }
                guard let tables = try? TokenizerTables(vocabulary: first, merges: second) else { continue }
                loaded += 1
                #expect(throws: Never.self) { try Tokenizer(tables).validate() }
            }
        }
        #expect(loaded > 0)
    }
}

extension JSONValue {
    /// Puts a value in place of the member at a path of keys.
    mutating func set(_ path: ArraySlice<String>, _ value: JSONValue) {
        guard let key = path.first, var object = objectValue else { return self = value }
        var member = object[key] ?? .null
        member.set(path.dropFirst(), value)
        object[key] = member
        self = .object(object)
    }
}
