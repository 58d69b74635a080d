/// GPT-2's byte-level byte-pair encoding, both ways.
///
/// A text is cut in pieces by GPT-2's pattern, each piece is taken as bytes, and neighbours are merged in the order the
/// vocabulary's merges were learnt. Any bytes can be encoded, well-formed UTF-8 or not, and decoding gives them back
/// unchanged; only a vocabulary without tokens for some bytes (one made of characters) refuses texts with those.
///
/// The tokenizer is immutable and may be used from any number of threads. What encoding remembers lives as long as a
/// call; see ``encode(_:into:parsingSpecials:)``.
@safe public final class Tokenizer: @unchecked Sendable {  // the arrays are never written
    let arrays: TokenizerArrays
    let specialTokens: SpecialTokens
    private let owner: any AnyObject & Sendable

    /// Whether a text that does not begin with a space is encoded as if it did.
    public let addsPrefixSpace: Bool
    /// The token that ends a text, if the vocabulary has one.
    public let endOfText: UInt32?

    /// How many tokens there are; ids are less.
    public var vocabularySize: Int { arrays.vocabularySize }

    /// The bytes of the longest token: what one token of a text stands for at most.
    public var longestTokenByteCount: Int {
        defer { withExtendedLifetime(self) {} }
        return (0..<vocabularySize).reduce(0) { unsafe max($0, Int(arrays.offsets[$1 + 1] - arrays.offsets[$1])) }
    }

    /// The special tokens.
    public var specials: [UInt32] {
        defer { withExtendedLifetime(self) {} }
        return unsafe Array(arrays.specials)
    }

    /// A tokenizer with a copy of `tables`.
    public init(_ tables: TokenizerTables) {
        let copy = ArrayCopies()
        arrays = unsafe TokenizerArrays(
            bytes: copy.add(tables.bytes), offsets: copy.add(tables.offsets), merges: copy.add(tables.merges),
            mergeIndex: copy.add(tables.mergeIndex), byteIDs: copy.add(tables.byteIDs),
            specials: copy.add(tables.specials))
        specialTokens = SpecialTokens(arrays)
        owner = copy
        addsPrefixSpace = tables.addsPrefixSpace
        endOfText = tables.endOfText
    }

    /// A tokenizer that uses arrays where they lie, after checking them in time linear in their lengths.
    ///
    /// - Parameters:
    ///   - arrays: must not change as long as `owner` lives.
    ///   - addsPrefixSpace: whether a space is put before every text.
    ///   - endOfText: the token that ends a text.
    ///   - owner: keeps the arrays' memory; the tokenizer holds on to it.
    /// - Throws: the first rule that the arrays break.
    @unsafe public init(
        inPlace arrays: TokenizerArrays, addsPrefixSpace: Bool, endOfText: UInt32?, owner: any AnyObject & Sendable
    ) throws(TokenizerError) {
        try arrays.validate()
        if let id = endOfText, id >= arrays.vocabularySize {
            throw .specialOutOfRange(id: id, vocabularySize: arrays.vocabularySize)
        }
        self.arrays = arrays
        specialTokens = SpecialTokens(arrays)
        self.owner = owner
        self.addsPrefixSpace = addsPrefixSpace
        self.endOfText = endOfText
    }

    /// Checks the arrays; those made from a vocabulary break no rule unless a token is marked special that merges.
    func validate() throws(TokenizerError) {
        defer { withExtendedLifetime(self) {} }  // here and below: the arrays live as long as their owner, not longer
        try arrays.validate()
    }

    /// The bytes that a token stands for; they need not be whole characters.
    /// - Throws: ``TokenizerError/idOutOfRange(id:vocabularySize:)``
    public func bytes(of id: UInt32) throws(TokenizerError) -> [UInt8] {
        defer { withExtendedLifetime(self) {} }
        guard id < vocabularySize else { throw .idOutOfRange(id: id, vocabularySize: vocabularySize) }
        return unsafe Array(arrays.bytes(of: id))
    }

    /// The bytes that tokens stand for, special ones included. See ``StreamingDecoder`` for text that comes bit by bit.
    /// - Throws: ``TokenizerError/idOutOfRange(id:vocabularySize:)``
    public func decode(_ ids: [UInt32]) throws(TokenizerError) -> [UInt8] {
        defer { withExtendedLifetime(self) {} }
        var decoded: [UInt8] = []
        for id in ids {
            guard id < vocabularySize else { throw .idOutOfRange(id: id, vocabularySize: vocabularySize) }
            unsafe decoded += unsafe arrays.bytes(of: id)
        }
        return decoded
    }
}

/// Copies of arrays at addresses that stay as long as this object.
@safe final class ArrayCopies: @unchecked Sendable {  // written before it is shared
    private var copies: [UnsafeMutableRawPointer] = unsafe []

    func add<Element: BitwiseCopyable>(_ array: [Element]) -> UnsafeBufferPointer<Element> {
        let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: array.count)
        _ = unsafe copy.initialize(from: array)
        if let base = copy.baseAddress { unsafe copies.append(UnsafeMutableRawPointer(base)) }
        return UnsafeBufferPointer(copy)
    }

    deinit { unsafe copies.forEach { unsafe $0.deallocate() } }
}
