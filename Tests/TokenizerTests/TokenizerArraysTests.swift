import TestSupport
import Testing

@testable import Tokenizer

@Suite struct TokenizerArraysTests {
    /// Arrays that a test can break before a tokenizer uses them in place.
    struct Arrays {
        var bytes: [UInt8]
        var offsets: [UInt32]
        var merges: [UInt32]
        var mergeIndex: [UInt32]
        var byteIDs: [UInt32]
        var specials: [UInt32]
        var endOfText: UInt32?

        /// a, b, ab, aba, <e>
        static func small() throws -> Arrays {
            let vocabulary = #"{"a": 0, "b": 1, "ab": 2, "aba": 3, "<|endoftext|>": 4}"#
            return Arrays(
                try TokenizerTables(vocabulary: Array(vocabulary.utf8), merges: Array("a b\nab a".utf8)))
        }

        init(_ tables: TokenizerTables) {
            bytes = tables.bytes
            offsets = tables.offsets
            merges = tables.merges
            mergeIndex = tables.mergeIndex
            byteIDs = tables.byteIDs
            specials = tables.specials
            endOfText = tables.endOfText
        }

        func tokenizer() throws -> Tokenizer {
            let owner = ArrayCopies()
            let arrays = unsafe TokenizerArrays(
                bytes: owner.add(bytes), offsets: owner.add(offsets), merges: owner.add(merges),
                mergeIndex: owner.add(mergeIndex), byteIDs: owner.add(byteIDs), specials: owner.add(specials))
            return try unsafe Tokenizer(
                inPlace: arrays, addsPrefixSpace: false, endOfText: endOfText, owner: owner)
        }
    }

    @Test func workWhereTheyLie() throws {
        let tokenizer = try Arrays(try GoldenVocabulary.tokenizerTables()).tokenizer()
        #expect(tokenizer.specials == [0, 1, 2, 3])
        for golden in try Encoding.all(golden("tokenizer/encodings.jsonl")) {
            #expect(try tokenizer.encode(golden.text) == golden.ids)
        }
        let small = try Arrays.small().tokenizer()
        #expect(try small.encode("abababa") == [2, 2, 3])
    }

    struct Broken: Sendable {
        let name: String
        let error: TokenizerError
        let damage: @Sendable (inout Arrays) -> Void
    }

    /// The merges "a b" and "ab a" lie in slots 1 and 2 of 4.
    static let broken: [Broken] = [
        Broken(name: "no offsets", error: .emptyVocabulary) { $0.offsets = [] },
        Broken(name: "no tokens", error: .emptyVocabulary) { $0.offsets = [0] },
        Broken(name: "first offset", error: .offsetOutOfOrder(id: 0)) { $0.offsets[0] = 1 },
        Broken(name: "offsets descend", error: .offsetOutOfOrder(id: 2)) { $0.offsets[2] = 5 },
        Broken(name: "empty token", error: .emptyToken(id: 1)) { $0.offsets[2] = 1 },
        Broken(name: "last offset", error: .arrayLength(array: "bytes", found: 20, expected: "the last offset, 21")) {
            $0.offsets[5] = 21
        },
        Broken(name: "long token", error: .tokenTooLong(id: 4, byteCount: 4_294_967_288, limit: 1024)) {
            $0.offsets[5] = .max
        },
        Broken(name: "special", error: .specialOutOfRange(id: 5, vocabularySize: 5)) { $0.specials[0] = 5 },
        Broken(name: "end of text", error: .specialOutOfRange(id: 5, vocabularySize: 5)) { $0.endOfText = 5 },
        Broken(
            name: "half a merge", error: .arrayLength(array: "merges", found: 5, expected: "three words for each merge")
        ) {
            $0.merges.removeLast()
        },
        Broken(name: "merge's left", error: .mergeOutOfRange(rank: 0, id: 5, vocabularySize: 5)) { $0.merges[0] = 5 },
        Broken(name: "merge's right", error: .mergeOutOfRange(rank: 1, id: .max, vocabularySize: 5)) {
            $0.merges[4] = .max
        },
        Broken(name: "merge's result", error: .mergeMismatch(rank: 0)) { $0.merges[2] = 3 },
        Broken(name: "merge's bytes", error: .mergeMismatch(rank: 0)) { $0.bytes[2] = 0x62 },
        Broken(name: "no index", error: indexLength(0)) { $0.mergeIndex = [] },
        Broken(name: "odd index", error: indexLength(5)) { $0.mergeIndex.append(0) },
        Broken(name: "small index", error: indexLength(2)) { $0.mergeIndex = [1, 2] },
        Broken(name: "empty index", error: .mergeIndexIncomplete(found: 0, expected: 2)) {
            $0.mergeIndex = [0, 0, 0, 0]
        },
        Broken(name: "rank too large", error: .mergeIndexEntry(slot: 0, entry: 3)) { $0.mergeIndex = [3, 0, 0, 0] },
        Broken(name: "full index", error: .mergeIndexEntry(slot: 1, entry: 1)) { $0.mergeIndex = [1, 1, 1, 1] },
        Broken(name: "byte ids", error: .arrayLength(array: "byte ids", found: 255, expected: "256")) {
            $0.byteIDs.removeLast()
        },
        Broken(name: "byte's id", error: .byteTokenMismatch(byte: 0x61, id: 5)) { $0.byteIDs[0x61] = 5 },
        Broken(name: "byte's token", error: .byteTokenMismatch(byte: 0x61, id: 1)) { $0.byteIDs[0x61] = 1 },
        Broken(name: "long for a byte", error: .byteTokenMismatch(byte: 0x61, id: 2)) { $0.byteIDs[0x61] = 2 },
    ]

    private static func indexLength(_ found: Int) -> TokenizerError {
        .arrayLength(array: "merge index", found: found, expected: "a power of two of at least 4")
    }

    @Test(arguments: broken.indices)
    func areRefusedWhenOneIsBroken(_ index: Int) throws {
        let broken = Self.broken[index]
        var arrays = try Arrays.small()
        #expect(throws: Never.self) { try arrays.tokenizer() }
        broken.damage(&arrays)
        let error = #expect(throws: TokenizerError.self, "\(broken.name)") { try arrays.tokenizer() }
        #expect(error == broken.error, "\(broken.name)")
        #expect(error?.description.isEmpty == false)
    }

    @Test func acceptOnlyIndicesThatFindEveryMerge() throws {
        // Every way to fill four slots with 0, 1 and 2: accepted exactly where a search finds both merges.
        let good = try Arrays.small()
        var accepted = 0
        for filling in 0..<81 {
            var arrays = good
            arrays.mergeIndex = [filling % 3, filling / 3 % 3, filling / 9 % 3, filling / 27].map { UInt32($0) }
            let found = (0..<2).allSatisfy { rank in
                let pair = (arrays.merges[rank * 3], arrays.merges[rank * 3 + 1])
                var slot = Int(MergeIndex.hash(pair.0, pair.1)) & 3
                for _ in 0..<4 where arrays.mergeIndex[slot] != 0 && arrays.mergeIndex[slot] != rank + 1 {
                    slot = (slot + 1) & 3
                }
                return arrays.mergeIndex[slot] == rank + 1
            }
            let once = arrays.mergeIndex.count { $0 == 1 } == 1 && arrays.mergeIndex.count { $0 == 2 } == 1
            let tokenizer = try? arrays.tokenizer()
            #expect((tokenizer != nil) == (found && once), "\(arrays.mergeIndex)")
            if let tokenizer {
                accepted += 1
                #expect(try tokenizer.encode("aba") == [3])
            }
        }
        #expect(accepted > 0)
    }

    @Test func eitherWorkOrThrowWhenAWordIsBroken() throws {
        let good = try Arrays.small()
        let fields: [WritableKeyPath<Arrays, [UInt32]>] = [\.offsets, \.merges, \.mergeIndex, \.byteIDs, \.specials]
        for field in fields {
            for index in good[keyPath: field].indices {
                for value: UInt32 in [0, 1, 2, 3, 4, 5, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF] {
                    var arrays = good
                    arrays[keyPath: field][index] = value
                    guard let tokenizer = try? arrays.tokenizer() else { continue }
                    for text in ["abababa", "b a"] {
                        guard let ids = try? tokenizer.encode(text, parsingSpecials: true) else { continue }
                        #expect(try tokenizer.decode(ids) == Array(text.utf8))
                    }
                }
            }
        }
    }
}
