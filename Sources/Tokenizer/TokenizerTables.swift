/// A vocabulary ready for use: the arrays of a tokenizer, as a model file stores them.
///
/// Made from the files that GPT-2 checkpoints come with; see
/// ``init(vocabulary:merges:added:decoder:addsPrefixSpace:)`` for vocab.json with merges.txt and
/// ``init(tokenizerJSON:addsPrefixSpace:)`` for tokenizer.json. What the arrays hold is said at ``TokenizerArrays``.
public struct TokenizerTables: Equatable, Sendable {
    /// The bytes of all tokens, one behind the other. `[byteCount]`
    public let bytes: [UInt8]
    /// Where each token begins in `bytes`, and where the last one ends. `[vocabularySize + 1]`
    public let offsets: [UInt32]
    /// Left, right and resulting id of each merge, in the order of rank. `[mergeCount × 3]`
    public let merges: [UInt32]
    /// The hash table of the merges. `[slotCount]`
    public let mergeIndex: [UInt32]
    /// The token of each single byte, or 0xFFFFFFFF where there is none. `[256]`
    public let byteIDs: [UInt32]
    /// The special tokens, ascending. `[specialCount]`
    public let specials: [UInt32]
    /// Whether a text that does not begin with a space is encoded as if it did (`add_prefix_space`).
    public let addsPrefixSpace: Bool
    /// The special token `<|endoftext|>`, if there is one.
    public let endOfText: UInt32?

    /// The most tokens, and the most merges, that are read: twenty times GPT-2's.
    static let entryLimit = 1 << 20

    /// The most tokens that are special because no merge makes them, beside a hundredth of the vocabulary: more are a list of
    /// merges that was cut off.
    static let specialLimit = 16

    /// How many tokens there are; ids are less.
    public var vocabularySize: Int { offsets.count - 1 }
}

extension TokenizerTables {
    /// What the files say, before it is known to make sense.
    struct Source {
        /// The vocabulary's entries in the byte alphabet, with their ids.
        var entries: [(text: String, id: Int)] = []
        /// Pairs of entries, in the order of rank.
        var merges: [(left: String, right: String)] = []
        /// Tokens added beside the vocabulary, or marked special in it, as plain text; nil: every token that neither
        /// stands for a byte nor comes out of a merge is special.
        var added: [(text: String, id: Int)]?
        /// Whether tokens are special by that rule besides those that were added.
        var findsSpecials = false
        var addsPrefixSpace = false
        /// What was found wrong already.
        var problems = TokenizerProblems()
    }

    /// Refuses a list of more entries than any vocabulary has.
    static func check(_ part: String, count: Int) throws(TokenizerError) {
        guard count <= entryLimit else { throw .tooMany(part: part, count: count, limit: entryLimit) }
    }

    /// Checks a vocabulary and arranges it. Everything that is wrong is reported at once.
    init(_ source: Source) throws(TokenizerError) {
        var problems = source.problems
        var ids: [[UInt8]: UInt32] = [:]  // by the entry's own UTF-8: strings would compare by canonical equivalence
        ids.reserveCapacity(source.entries.count)
        let entries = Self.merging(source.added ?? [], into: source.entries, &problems)
        for entry in Self.inOrder(entries, &problems) { ids[Array(entry.text.utf8)] = UInt32(entry.id) }

        let added = Dictionary((source.added ?? []).map { ($0.id, $0.text) }) { first, _ in first }
        var bytes: [UInt8] = []
        var offsets: [UInt32] = [0]
        for (id, entry) in entries.sorted(by: { $0.id < $1.id }).enumerated() {
            let token = added[entry.id].map { Array($0.utf8) } ?? ByteAlphabet.bytes(of: entry.text)
            if token.isEmpty { problems.append(.emptyToken(id: entry.id)) }
            if token.count > TokenizerArrays.tokenByteLimit {
                problems.append(
                    .tokenTooLong(id: id, byteCount: token.count, limit: Int(TokenizerArrays.tokenByteLimit)))
            }
            bytes += token
            offsets.append(UInt32(truncatingIfNeeded: bytes.count))
        }
        if bytes.count > Int(UInt32.max) {
            problems.append(.arrayLength(array: "bytes", found: bytes.count, expected: "at most \(UInt32.max)"))
        }

        var merges: [UInt32] = []
        merges.reserveCapacity(source.merges.count * 3)
        for (rank, merge) in source.merges.enumerated() {
            for text in [merge.left, merge.right, merge.left + merge.right] {
                if let id = ids[Array(text.utf8)] {
                    merges.append(id)
                } else {
                    problems.append(.unknownMergeToken(rank: rank, token: text))
                }
            }
        }
        if let error = problems.error { throw error }

        guard let (mergeIndex, duplicates) = MergeIndex.make(merges) else { throw .mergesCollide }
        for rank in duplicates { problems.append(.duplicateMerge(rank: rank)) }
        if let error = problems.error { throw error }
        let byteIDs = ByteAlphabet.characters.map { ids[Array(String($0).utf8)] ?? TokenizerArrays.none }
        var specials = Set((source.added ?? []).map { UInt32($0.id) })
        if source.added == nil || source.findsSpecials {
            let made = Set(byteIDs).union(stride(from: 2, to: merges.count, by: 3).lazy.map { merges[$0] })
            let unmade = (0..<UInt32(offsets.count - 1)).filter { !made.contains($0) && !specials.contains($0) }
            if unmade.count > Self.specialLimit + offsets.count / 100 {
                let example = entries.first { $0.id == Int(unmade[0]) }?.text ?? ""
                throw .tokensWithoutMerge(
                    count: unmade.count, vocabularySize: offsets.count - 1, example: example)
            }
            specials.formUnion(unmade)
        }

        self.bytes = bytes
        self.offsets = offsets
        self.merges = merges
        self.mergeIndex = mergeIndex
        self.byteIDs = byteIDs
        self.specials = specials.sorted()
        addsPrefixSpace = source.addsPrefixSpace
        let endOfText = ids[Array("<|endoftext|>".utf8)]
        self.endOfText = endOfText.flatMap { specials.contains($0) ? $0 : nil }
        try Tokenizer(self).validate()
    }

    /// The vocabulary's entries and the added tokens that are not among them.
    private static func merging(
        _ added: [(text: String, id: Int)], into entries: [(text: String, id: Int)], _ problems: inout TokenizerProblems
    ) -> [(text: String, id: Int)] {
        guard !added.isEmpty else { return entries }
        var all = entries
        var known = Dictionary(entries.map { (Array($0.text.utf8), $0.id) }) { first, _ in first }
        for token in added {
            switch known[Array(token.text.utf8)] {
            case nil:
                known[Array(token.text.utf8)] = token.id
                all.append(token)
            case token.id: break
            case let id?: problems.append(.duplicateToken(token: token.text, first: id, second: token.id))
            }
        }
        return all
    }

    /// The entries whose ids are possible, if they are 0, 1, 2, … without gap or repetition; else nothing, with the
    /// problems.
    private static func inOrder(
        _ entries: [(text: String, id: Int)], _ problems: inout TokenizerProblems
    ) -> [(text: String, id: Int)] {
        var previous = (text: "", id: -1)
        if entries.isEmpty { problems.append(.emptyVocabulary) }
        for entry in entries.sorted(by: { $0.id < $1.id }) {
            if entry.id < 0 {
                problems.append(.negativeID(token: entry.text, id: entry.id))
                continue
            }
            if entry.id >= Int32.max {
                problems.append(.idTooLarge(token: entry.text, id: entry.id))
                continue
            }
            if entry.id == previous.id {
                problems.append(.duplicateID(id: entry.id, first: previous.text, second: entry.text))
            } else if entry.id > previous.id + 1 {
                problems.append(.vocabularyGap(first: previous.id + 1, last: entry.id - 1))
            }
            previous = entry
        }
        return entries.filter { (0..<Int(Int32.max)).contains($0.id) }
    }
}
