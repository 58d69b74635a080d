extension Tokenizer {
    /// The most bytes that one call encodes: 2³¹ − 1.
    public static let textByteLimit = Int(Int32.max)

    /// Encodes a text.
    ///
    /// - Parameters:
    ///   - text: any text.
    ///   - parsingSpecials: see ``encode(_:into:parsingSpecials:)``.
    /// - Throws: as ``encode(_:into:parsingSpecials:)``.
    public func encode(_ text: String, parsingSpecials: Bool = false) throws(TokenizerError) -> [UInt32] {
        var text = text
        var ids: [UInt32] = []
        let problem = text.withUTF8 { bytes -> TokenizerError? in
            do throws(TokenizerError) {
                try unsafe encode(bytes, into: &ids, parsingSpecials: parsingSpecials)
                return nil
            } catch { return error }
        }
        if let problem { throw problem }
        return ids
    }

    /// Encodes bytes and appends the tokens to `ids`.
    ///
    /// Takes time linear in the text, but for pieces without a break (one word of a megabyte), which take O(n log n).
    /// Memory besides the tokens: a cache of at most 1 MiB; 32 bytes for each byte of the longest piece, where that
    /// is longer than 96; and a copy of the text where a space is put before it.
    ///
    /// A byte that is not part of well-formed UTF-8 counts as a symbol, neither letter nor number nor space.
    ///
    /// - Parameters:
    ///   - bytes: a text in UTF-8, or any bytes.
    ///   - ids: takes the ids at its end.
    ///   - parsingSpecials: whether the texts of special tokens, such as `<|endoftext|>`, become those tokens: the
    ///     leftmost first, the longest of those that begin at one place. Else they are text like any other. What lies
    ///     between them is encoded as if it stood alone.
    /// - Throws: ``TokenizerError/byteWithoutToken(byte:offset:)`` or
    ///   ``TokenizerError/textTooLong(byteCount:limit:)``; `ids` is then as it was.
    public func encode(
        _ bytes: UnsafeBufferPointer<UInt8>, into ids: inout [UInt32], parsingSpecials: Bool = false
    ) throws(TokenizerError) {
        guard bytes.count <= Self.textByteLimit else {
            throw .textTooLong(byteCount: bytes.count, limit: Self.textByteLimit)
        }
        defer { withExtendedLifetime(self) {} }
        let count = ids.count
        var encoder = Encoder(arrays, byteCount: bytes.count)
        do {
            var start = 0
            while parsingSpecials, let special = unsafe specialTokens.first(in: bytes, from: start) {
                try unsafe encode(bytes, start..<special.range.lowerBound, with: &encoder, into: &ids)
                ids.append(special.id)
                start = special.range.upperBound
            }
            try unsafe encode(bytes, start..<bytes.count, with: &encoder, into: &ids)
        } catch {
            ids.removeSubrange(count...)
            throw error
        }
    }

    /// Encodes a part of a text that holds no special token.
    private func encode(
        _ text: UnsafeBufferPointer<UInt8>, _ part: Range<Int>, with encoder: inout Encoder, into ids: inout [UInt32]
    ) throws(TokenizerError) {
        guard !part.isEmpty else { return }
        let bytes = unsafe UnsafeBufferPointer(rebasing: text[part])
        let space = UInt8(ascii: " ")
        let needsSpace = unsafe addsPrefixSpace && bytes[0] != space
        do {
            if needsSpace {
                let prefixed = unsafe [space] + bytes
                try unsafe prefixed.withUnsafeBufferPointer { prefixed throws(TokenizerError) in
                    try unsafe encoder.append(prefixed, to: &ids)
                }
            } else {
                try unsafe encoder.append(bytes, to: &ids)
            }
        } catch {
            guard case .byteWithoutToken(let byte, let offset) = error else { throw error }
            throw .byteWithoutToken(byte: byte, offset: part.lowerBound + max(offset - (needsSpace ? 1 : 0), 0))
        }
    }
}

/// What one call of `encode` works with.
private struct Encoder: ~Copyable {
    private var cache: PieceCache
    private var merger: PieceMerger

    init(_ arrays: TokenizerArrays, byteCount: Int) {
        cache = PieceCache(byteCount: byteCount)
        merger = PieceMerger(arrays)
    }

    /// Appends the tokens of a text.
    mutating func append(_ text: UnsafeBufferPointer<UInt8>, to output: inout [UInt32]) throws(TokenizerError) {
        let scanner = unsafe PieceScanner(text)
        var start = 0
        while start < text.count {
            let end = scanner.end(ofPieceAt: start)
            defer { start = end }
            if end - start > PieceCache.pieceByteLimit {
                try unsafe merger.append(text, start, end, to: &output)
                continue
            }
            let key = unsafe PieceCache.key(text, start, end)
            if cache.append(key, to: &output) { continue }
            let first = output.count
            try unsafe merger.append(text, start, end, to: &output)
            cache.remember(key, output, from: first)
        }
    }
}
