/// The arrays of a tokenizer, used where they lie: in a mapped model file, or in memory of the tokenizer's own.
///
/// An id is an index in the vocabulary. The rules that ``Tokenizer/init(inPlace:addsPrefixSpace:endOfText:owner:)``
/// checks are those of ``TokenizerError``'s second half.
@safe public struct TokenizerArrays {
    /// The bytes of all tokens, one behind the other. `[byteCount]`
    public let bytes: UnsafeBufferPointer<UInt8>
    /// Where each token begins in `bytes`, and where the last one ends. `[vocabularySize + 1]`
    public let offsets: UnsafeBufferPointer<UInt32>
    /// Left, right and resulting id of each merge, in the order of rank. `[mergeCount × 3]`
    public let merges: UnsafeBufferPointer<UInt32>
    /// An open-addressing hash table of the merges: rank + 1, or 0 for an empty slot. `[slotCount]`, a power of two of
    /// at least 2 and 2 × mergeCount.
    public let mergeIndex: UnsafeBufferPointer<UInt32>
    /// The token of each single byte, or 0xFFFFFFFF where there is none. `[256]`
    public let byteIDs: UnsafeBufferPointer<UInt32>
    /// The special tokens, which are written whole or not at all. `[specialCount]`
    public let specials: UnsafeBufferPointer<UInt32>

    /// Puts the arrays together; nothing is read yet. Their memory must outlive every use.
    @unsafe public init(
        bytes: UnsafeBufferPointer<UInt8>, offsets: UnsafeBufferPointer<UInt32>, merges: UnsafeBufferPointer<UInt32>,
        mergeIndex: UnsafeBufferPointer<UInt32>, byteIDs: UnsafeBufferPointer<UInt32>,
        specials: UnsafeBufferPointer<UInt32>
    ) {
        unsafe self.bytes = unsafe bytes
        unsafe self.offsets = unsafe offsets
        unsafe self.merges = unsafe merges
        unsafe self.mergeIndex = unsafe mergeIndex
        unsafe self.byteIDs = unsafe byteIDs
        unsafe self.specials = unsafe specials
    }

    /// What `byteIDs` holds for a byte without a token, and what looking up a pair that does not merge gives.
    static let none = UInt32.max

    var vocabularySize: Int { unsafe offsets.count - 1 }

    /// The bytes of a token; `id` is less than `vocabularySize`.
    func bytes(of id: UInt32) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(rebasing: bytes[Int(offsets[Int(id)])..<Int(offsets[Int(id) + 1])])
    }

    /// The rank of the merge of two tokens, or ``none``.
    @inline(__always)
    func rank(_ left: UInt32, _ right: UInt32) -> UInt32 {
        let mask = unsafe mergeIndex.count - 1
        var slot = Int(MergeIndex.hash(left, right)) & mask
        while true {  // ends: at least half of the slots are empty
            let entry = unsafe mergeIndex[slot]
            if entry == 0 { return Self.none }
            let first = Int(entry - 1) * 3
            if unsafe merges[first] == left && merges[first + 1] == right { return entry - 1 }
            slot = (slot + 1) & mask
        }
    }

    /// The token that the merge of this rank makes.
    @inline(__always)
    func result(_ rank: UInt32) -> UInt32 { unsafe merges[Int(rank) * 3 + 2] }
}
