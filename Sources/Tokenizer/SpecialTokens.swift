/// Finds the texts of special tokens in a text: the leftmost, and of those at one place the longest.
struct SpecialTokens: Sendable {
    /// The special tokens by their first byte, the longest first.
    private let byFirstByte: [[(id: UInt32, text: [UInt8])]]

    init(_ arrays: TokenizerArrays) {
        var table = [[(id: UInt32, text: [UInt8])]](repeating: [], count: 256)
        for id in unsafe Array(arrays.specials) {
            let text = unsafe Array(arrays.bytes(of: id))
            table[Int(text[0])].append((id, text))
        }
        for byte in table.indices { table[byte].sort { ($0.text.count, $1.id) > ($1.text.count, $0.id) } }
        byFirstByte = table
    }

    /// The first special token at or behind `start`, if there is one.
    func first(
        in text: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> (id: UInt32, range: Range<Int>)? {
        for offset in start..<text.count {
            for special in unsafe byFirstByte[Int(text[offset])]
            where unsafe text[offset...].starts(with: special.text) {
                return (special.id, offset..<offset + special.text.count)
            }
        }
        return nil
    }
}
