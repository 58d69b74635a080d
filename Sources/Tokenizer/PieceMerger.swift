/// Byte-pair encoding of one piece: as long as some neighbours merge, the merge of lowest rank is made, the leftmost
/// first (Sennrich et al., 2016; `bpe` in `encoder.py`).
@safe struct PieceMerger: ~Copyable {
    private let arrays: TokenizerArrays
    private var ids: UnsafeMutableBufferPointer<UInt32>
    private var ranks: UnsafeMutableBufferPointer<UInt32>  // of each symbol with the next

    /// Pieces up to this length are scanned for the next merge, which takes quadratic time; longer ones keep a queue.
    static let scanLimit = 96

    init(_ arrays: TokenizerArrays) {
        self.arrays = arrays
        unsafe ids = .allocate(capacity: Self.scanLimit)
        unsafe ranks = .allocate(capacity: Self.scanLimit)
    }

    deinit {
        unsafe ids.deallocate()
        unsafe ranks.deallocate()
    }

    /// Appends the tokens of a piece: bytes `start` to `end` of `text`, at least one.
    /// - Throws: ``TokenizerError/byteWithoutToken(byte:offset:)``, the offset counted in `text`.
    mutating func append(
        _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, to output: inout [UInt32]
    ) throws(TokenizerError) {
        if end - start > Self.scanLimit {
            var queue = MergeQueue(arrays)
            return try unsafe queue.append(text, start, end, to: &output)
        }
        var count = end - start
        for index in 0..<count { unsafe ids[index] = try unsafe arrays.id(ofByteAt: start + index, in: text) }
        for index in 0..<count - 1 { unsafe ranks[index] = arrays.rank(ids[index], ids[index + 1]) }
        while count > 1 {
            var best = 0
            for index in 1..<count - 1 where unsafe ranks[index] < ranks[best] { best = index }
            let rank = unsafe ranks[best]
            if rank == TokenizerArrays.none { break }
            unsafe ids[best] = arrays.result(rank)
            count -= 1
            for index in best + 1..<max(count, best + 1) { unsafe ids[index] = ids[index + 1] }
            for index in best..<max(count - 1, best) { unsafe ranks[index] = ranks[index + 1] }
            if best + 1 < count { unsafe ranks[best] = arrays.rank(ids[best], ids[best + 1]) }
            if best > 0 { unsafe ranks[best - 1] = arrays.rank(ids[best - 1], ids[best]) }
        }
        for index in 0..<count { unsafe output.append(ids[index]) }
    }
}

extension TokenizerArrays {
    @inline(__always)
    func id(ofByteAt offset: Int, in text: UnsafeBufferPointer<UInt8>) throws(TokenizerError) -> UInt32 {
        let byte = unsafe text[offset]
        let id = unsafe byteIDs[Int(byte)]
        guard id != Self.none else { throw .byteWithoutToken(byte: byte, offset: offset) }
        return id
    }
}
