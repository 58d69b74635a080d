/// A vocabulary as other programs keep it: as text.
extension Tokenizer {
    /// Every token, in the order of ids: a special one as the text that it is, others in the byte alphabet ("Ġthe").
    public var entries: [String] {
        defer { withExtendedLifetime(self) {} }
        let specials = Set(specials)
        return (0..<UInt32(vocabularySize)).map { id in
            let bytes = unsafe Array(arrays.bytes(of: id))
            if specials.contains(id), let text = String(validating: bytes, as: UTF8.self) { return text }
            return ByteAlphabet.text(of: bytes)
        }
    }

    /// The merges in the order of rank, as the two entries that merge.
    public var merges: [(left: String, right: String)] {
        defer { withExtendedLifetime(self) {} }
        let count = unsafe arrays.merges.count
        return stride(from: 0, to: count, by: 3).map { index in
            let (left, right) = unsafe (arrays.merges[index], arrays.merges[index + 1])
            return unsafe (
                ByteAlphabet.text(of: Array(arrays.bytes(of: left))),
                ByteAlphabet.text(of: Array(arrays.bytes(of: right)))
            )
        }
    }
}
