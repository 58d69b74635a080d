extension TokenizerArrays {
    /// The most bytes a token may have: eight times GPT-2's longest. Without a limit a small file could name one huge
    /// token in every merge and keep the checks busy for hours.
    static let tokenByteLimit: UInt32 = 1024

    /// Checks everything that encoding and decoding rely on, so that neither checks it again.
    ///
    /// Afterwards every id is in the vocabulary, every merge makes the token whose bytes are those of its two halves
    /// (so decoding an encoded text gives the text back) and looking up a pair always ends. Takes time linear in the
    /// arrays' lengths, and one bit of memory for each merge.
    func validate() throws(TokenizerError) {
        try validateTokens()
        try validateMerges()
        try validateMergeIndex()
        try validateBytes()
    }

    private func validateTokens() throws(TokenizerError) {
        guard unsafe offsets.count >= 2 else { throw .emptyVocabulary }
        guard vocabularySize < Int(Int32.max) else { throw .vocabularyTooLarge(count: vocabularySize) }
        guard unsafe offsets[0] == 0 else { throw .offsetOutOfOrder(id: 0) }
        for id in 0..<vocabularySize {
            let (start, end) = unsafe (offsets[id], offsets[id + 1])
            guard start <= end else { throw .offsetOutOfOrder(id: id) }
            guard start < end else { throw .emptyToken(id: id) }
            guard end - start <= Self.tokenByteLimit else {
                throw .tokenTooLong(id: id, byteCount: Int(end - start), limit: Int(Self.tokenByteLimit))
            }
        }
        let end = unsafe Int(offsets[vocabularySize])
        guard unsafe end == bytes.count else {
            throw unsafe .arrayLength(array: "bytes", found: bytes.count, expected: "the last offset, \(end)")
        }
        for id in unsafe Array(specials) where id >= vocabularySize {
            throw .specialOutOfRange(id: id, vocabularySize: vocabularySize)
        }
    }

    private func validateMerges() throws(TokenizerError) {
        guard unsafe merges.count % 3 == 0, unsafe merges.count / 3 < Int(Int32.max) else {
            throw unsafe .arrayLength(array: "merges", found: merges.count, expected: "three words for each merge")
        }
        for rank in unsafe 0..<merges.count / 3 {
            let left = try unsafe token(ofMerge: rank, 0)
            let right = try unsafe token(ofMerge: rank, 1)
            let result = try unsafe token(ofMerge: rank, 2)
            guard result.count == left.count + right.count,
                unsafe result.prefix(left.count).elementsEqual(left),
                unsafe result.suffix(right.count).elementsEqual(right)
            else { throw .mergeMismatch(rank: rank) }
        }
    }

    /// The bytes of a merge's left half, right half or result.
    private func token(ofMerge rank: Int, _ part: Int) throws(TokenizerError) -> UnsafeBufferPointer<UInt8> {
        let id = unsafe merges[rank * 3 + part]
        guard id < vocabularySize else {
            throw .mergeOutOfRange(rank: rank, id: id, vocabularySize: vocabularySize)
        }
        return unsafe bytes(of: id)
    }

    /// Every merge must be in the index once, with no empty slot between the slot where the search for it begins and
    /// its own.
    private func validateMergeIndex() throws(TokenizerError) {
        let mergeCount = unsafe merges.count / 3
        let slotCount = unsafe mergeIndex.count
        guard slotCount >= 2, slotCount & (slotCount - 1) == 0, slotCount / 2 >= mergeCount else {
            throw .arrayLength(
                array: "merge index", found: slotCount,
                expected: "a power of two of at least \(MergeIndex.slotCount(mergeCount: mergeCount))")
        }
        // An empty slot exists: the ranks found below are distinct, so at most half of the slots are taken.
        let lastEmpty = unsafe mergeIndex.lastIndex(of: 0) ?? 0
        var run = slotCount - 1 - lastEmpty  // how many taken slots lie directly before this one, around the end
        var seen = [UInt64](repeating: 0, count: mergeCount / 64 + 1)
        var found = 0
        for slot in 0..<slotCount {
            let entry = unsafe mergeIndex[slot]
            if entry == 0 {
                run = 0
                continue
            }
            guard entry <= mergeCount else { throw .mergeIndexEntry(slot: slot, entry: entry) }
            let rank = Int(entry - 1)
            let home = unsafe Int(MergeIndex.hash(merges[rank * 3], merges[rank * 3 + 1])) & (slotCount - 1)
            let distance = (slot - home) & (slotCount - 1)
            guard distance <= MergeIndex.distanceLimit else { throw .mergesCollide }
            guard distance <= run, seen[rank / 64] & 1 << (rank % 64) == 0 else {
                throw .mergeIndexEntry(slot: slot, entry: entry)
            }
            seen[rank / 64] |= 1 << (rank % 64)
            found += 1
            run += 1
        }
        guard found == mergeCount else { throw .mergeIndexIncomplete(found: found, expected: mergeCount) }
    }

    private func validateBytes() throws(TokenizerError) {
        guard unsafe byteIDs.count == 256 else {
            throw unsafe .arrayLength(array: "byte ids", found: byteIDs.count, expected: "256")
        }
        for byte in UInt8.min...UInt8.max {
            let id = unsafe byteIDs[Int(byte)]
            guard id != Self.none else { continue }
            guard id < vocabularySize, unsafe bytes(of: id).elementsEqual(CollectionOfOne(byte)) else {
                throw .byteTokenMismatch(byte: byte, id: id)
            }
        }
    }
}
