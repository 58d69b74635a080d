public import Tokenizer

/// Tokens as people read them, and the words that they make.
public struct TokenLabels: Sendable {
    private let tokenizer: Tokenizer?

    /// - Parameter tokenizer: nil shows ids.
    public init(_ tokenizer: Tokenizer?) { self.tokenizer = tokenizer }

    /// A token by itself as it is shown, white space and all; bytes that are no characters, or that command a terminal, as `‹C3›`.
    public func label(of token: Int) -> String { labels(of: [token])[0] }

    /// Tokens of a text as they are shown. Where several make one character each of them has it, with the number of its part: `の₁`.
    public func labels(of tokens: [Int]) -> [String] {
        var labels: [String] = []
        var parts: [[UInt8]] = []
        for token in tokens {
            if let bytes = bytes(of: token) {
                parts.append(bytes)
            } else {
                labels += Self.labels(of: parts) + ["\(token)"]
                parts = []
            }
        }
        return labels + Self.labels(of: parts)
    }

    /// Tokens in a row as one text that is shown; ids with spaces between them where there is no tokenizer.
    public func joined(_ tokens: some Collection<Int>) -> String {
        guard tokenizer != nil else { return tokens.map { "\($0)" }.joined(separator: " ") }
        return Self.labels(of: [tokens.flatMap { bytes(of: $0) ?? Array("\($0)".utf8) }])[0]
    }

    /// The text of a token, nothing changed, for programs: empty where there is no tokenizer. Bytes that are no UTF-8 have U+FFFD
    /// there, and then all the token's bytes come with it.
    public func exactText(of token: Int) -> (text: String, bytes: [UInt8]?) {
        guard let bytes = bytes(of: token) else { return ("", nil) }
        if let text = String(validating: bytes, as: UTF8.self) { return (text, nil) }
        return (String(decoding: bytes, as: UTF8.self), bytes)
    }

    /// Tokens, given as bytes, one after the other.
    private static func labels(of parts: [[UInt8]]) -> [String] {
        var labels = [String](repeating: "", count: parts.count)
        let owners = parts.indices.flatMap { repeatElement($0, count: parts[$0].count) }
        let bytes = Array(parts.joined())
        var offset = 0
        while offset < bytes.count {
            let character = bytes[offset...].prefix(max(1, characterLength(bytes[offset...])))
            let first = owners[offset]
            if !isCommand(character), let text = String(validating: character, as: UTF8.self) {
                offset += character.count
                let last = owners[offset - 1]
                for index in first...last {
                    labels[index] += text + (first == last ? "" : subscripted(index - first + 1))
                }
            } else {
                let digits = String(bytes[offset], radix: 16, uppercase: true)
                labels[first] += "‹\(digits.count == 1 ? "0" : "")\(digits)›"
                offset += 1
            }
        }
        return labels
    }

    private static func subscripted(_ digit: Int) -> String { ["₁", "₂", "₃", "₄"][min(digit, 4) - 1] }

    /// Ranges of tokens that make words: a word begins with white space, or where letters and digits begin or end. An apostrophe
    /// between letters is one of them.
    public func words(of tokens: [Int]) -> [Range<Int>] {
        guard tokenizer != nil else { return tokens.indices.map { $0..<$0 + 1 } }
        let parts = tokens.map { bytes(of: $0) ?? [] }
        let text = Array(parts.joined())
        var starts: [Int] = []
        var offset = 0
        for (index, part) in parts.enumerated() {
            if index == 0 || part.isEmpty || parts[index - 1].isEmpty || Self.beginsWord(text, at: offset) {
                starts.append(index)
            }
            offset += part.count
        }
        return zip(starts, starts.dropFirst() + [tokens.count]).map { $0..<$1 }
    }

    private func bytes(of token: Int) -> [UInt8]? {
        guard let tokenizer, let id = UInt32(exactly: token) else { return nil }
        return try? tokenizer.bytes(of: id)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
            true
        default: false
        }
    }

    /// Whether a control character begins here that is no white space: those of ASCII, and U+0080 to U+009F.
    private static func isCommand(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first else { return false }
        if first == 0xC2 { return bytes.dropFirst().first.map { $0 < 0xA0 } ?? false }
        return first == 0x7F || first < 0x20 && !isSpace(first)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// Whether a token that begins here, not the first, begins a word.
    private static func beginsWord(_ text: [UInt8], at offset: Int) -> Bool {
        let (last, first) = (text[offset - 1], text[offset])
        if isSpace(last) { return isSpace(first) }
        if isSpace(first) { return true }
        let apostrophe = UInt8(ascii: "'")
        func isWord(_ place: Int) -> Bool { text.indices.contains(place) && isWordByte(text[place]) }
        if first == apostrophe, isWord(offset - 1), isWord(offset + 1) { return false }
        if last == apostrophe, isWord(offset - 2), isWord(offset) { return false }
        return !isWordByte(first) || !isWordByte(last)
    }

    /// The length of the UTF-8 character that begins here, as its first byte says; 0 where none can.
    private static func characterLength(_ bytes: ArraySlice<UInt8>) -> Int {
        let length =
            switch bytes.first ?? 0xFF {
            case 0x00...0x7F: 1
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 0
            }
        return length <= bytes.count ? length : 0
    }
}
