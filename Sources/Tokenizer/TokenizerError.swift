import StrictJSON

/// Why a vocabulary was refused, or a text could not be encoded, or tokens not decoded. One case per rule.
public enum TokenizerError: Error, Equatable, Sendable {
    // Vocabularies: vocab.json with merges.txt, or tokenizer.json.

    /// A part is not JSON.
    case json(part: String, JSONError)
    /// A part lacks something or holds another kind of value there.
    case malformed(part: String, expected: String)
    /// The vocabulary asks for something that is not implemented; ignoring it would give other tokens.
    case unsupported(key: String, found: String, supported: String)
    /// There are more problems than one: the first few, and how many in all.
    case several([TokenizerError], count: Int)
    /// A token's id is not a whole number.
    case idNotInteger(token: String)
    /// A token's id is negative.
    case negativeID(token: String, id: Int)
    /// A token's id is 2³¹ − 1 or more.
    case idTooLarge(token: String, id: Int)
    /// Two tokens share an id.
    case duplicateID(id: Int, first: String, second: String)
    /// A token is there under two ids.
    case duplicateToken(token: String, first: Int, second: Int)
    /// A list is longer than any vocabulary's.
    case tooMany(part: String, count: Int, limit: Int)
    /// Merges lie too far from where their search begins.
    case mergesCollide
    /// No token has the ids from `first` to `last`.
    case vocabularyGap(first: Int, last: Int)
    /// A line of merges.txt is not two tokens with one space between them.
    case malformedMerge(line: Int)
    /// A merge names a token, or makes one, that the vocabulary does not have.
    case unknownMergeToken(rank: Int, token: String)
    /// The same pair is merged by an earlier merge.
    case duplicateMerge(rank: Int)
    /// More tokens than can be special come out of no merge.
    case tokensWithoutMerge(count: Int, vocabularySize: Int, example: String)
    /// An added token is not special.
    case notSpecial(token: String)

    // Arrays used in place; the first four hold for vocabularies too.

    /// There is no token at all.
    case emptyVocabulary
    /// There are 2³¹ − 1 tokens or more.
    case vocabularyTooLarge(count: Int)
    /// A token has no bytes.
    case emptyToken(id: Int)
    /// A token has more bytes than a token may.
    case tokenTooLong(id: Int, byteCount: Int, limit: Int)
    /// An array's length does not go with the others.
    case arrayLength(array: String, found: Int, expected: String)
    /// A token begins after its end, or the first one not at 0.
    case offsetOutOfOrder(id: Int)
    /// A special token is not in the vocabulary.
    case specialOutOfRange(id: UInt32, vocabularySize: Int)
    /// A merge names an id that is not in the vocabulary.
    case mergeOutOfRange(rank: Int, id: UInt32, vocabularySize: Int)
    /// The bytes of a merge's result are not those of its two halves.
    case mergeMismatch(rank: Int)
    /// A slot of the merge index holds no rank, one that another slot holds, or one that no search would find there.
    case mergeIndexEntry(slot: Int, entry: UInt32)
    /// Merges are missing from the merge index.
    case mergeIndexIncomplete(found: Int, expected: Int)
    /// The token given for a byte is not that byte.
    case byteTokenMismatch(byte: UInt8, id: UInt32)

    // Texts and tokens.

    /// The text holds a byte that the vocabulary has no token for.
    case byteWithoutToken(byte: UInt8, offset: Int)
    /// The text is longer than one call encodes.
    case textTooLong(byteCount: Int, limit: Int)
    /// A token is not in the vocabulary.
    case idOutOfRange(id: UInt32, vocabularySize: Int)
}

/// What is wrong with a vocabulary: the first few problems, and how many there are in all.
struct TokenizerProblems {
    static let keptCount = 20
    private var first: [TokenizerError] = []
    private var count = 0

    mutating func append(_ problem: TokenizerError) {
        if count < Self.keptCount { first.append(problem) }
        count += 1
    }

    /// One error for all of them, or nil where there are none.
    var error: TokenizerError? { count > 1 ? .several(first, count: count) : first.first }
}
