/// Turns tokens into text as they come, never showing half a character.
///
/// A token may end inside a character; its bytes are held back (three at most) until the character is complete. Bytes
/// that can no longer become a character come out as U+FFFD, one for each maximal beginning of a well-formed sequence,
/// as Unicode recommends ("U+FFFD Substitution of Maximal Subparts"). What comes out in all depends on the bytes alone,
/// not on how they were cut in tokens.
public struct StreamingDecoder: Sendable {
    private let tokenizer: Tokenizer
    private var decoder = UTF8Decoder()
    /// Bytes of a character that is not complete yet.
    public private(set) var held: [UInt8] = []

    /// A decoder at the start of a text.
    ///
    /// - Parameters:
    ///   - tokenizer: whose tokens they will be.
    ///   - beginning: what another decoder held back (``held``) of a text that this one goes on with.
    public init(_ tokenizer: Tokenizer, beginning: [UInt8] = []) {
        self.tokenizer = tokenizer
        _ = append(bytes: beginning)
    }

    /// Takes the next token and returns the text that became certain with it: whole characters in UTF-8, or nothing.
    /// - Throws: ``TokenizerError/idOutOfRange(id:vocabularySize:)``; the decoder is then as it was.
    public mutating func append(_ id: UInt32) throws(TokenizerError) -> [UInt8] {
        append(bytes: try tokenizer.bytes(of: id))
    }

    /// Ends the text: an incomplete character comes out as U+FFFD. The decoder is then ready for another text.
    public mutating func finish() -> [UInt8] {
        defer { self = StreamingDecoder(tokenizer) }
        return held.isEmpty ? [] : Self.replacement
    }

    mutating func append(bytes: some Sequence<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        for byte in bytes {
            switch decoder.step(byte) {
            case .more: held.append(byte)
            case .scalar:
                text += held
                text.append(byte)
                held.removeAll(keepingCapacity: true)
            case .invalid:
                text += Self.replacement
                guard !held.isEmpty else { continue }
                held.removeAll(keepingCapacity: true)
                switch decoder.step(byte) {  // the byte that broke the sequence may begin the next
                case .more: held.append(byte)
                case .scalar: text.append(byte)
                case .invalid: text += Self.replacement
                }
            }
        }
        return text
    }

    private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]
}
