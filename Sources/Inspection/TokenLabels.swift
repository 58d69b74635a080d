public import Tokenizer

/// Tokens as people read them, and the words that they make.
public struct TokenLabels: Sendable {
    private let tokenizer: Tokenizer?

    /// - Parameter tokenizer: nil shows ids.
    public init(_ tokenizer: Tokenizer?) { self.tokenizer = tokenizer }

    /// The text of a token, white space and all; bytes that are no characters by themselves, or that command a terminal, as `‹C3›`.
    public func text(of token: Int) -> String {
        guard let bytes = bytes(of: token) else { return "\(token)" }
        var (text, rest) = ("", bytes[...])
        while !rest.isEmpty {
            let length = Self.characterLength(rest)
            if length > 0, !Self.isCommand(rest), let part = String(validating: rest.prefix(length), as: UTF8.self) {
                text += part
                rest = rest.dropFirst(length)
            } else {
                let digits = String(rest.removeFirst(), radix: 16, uppercase: true)
                text += "‹\(digits.count == 1 ? "0" : "")\(digits)›"
            }
        }
        return text
    }

    /// Ranges of tokens that make words: a word begins with white space, or where letters and digits begin or end.
    public func words(of tokens: [Int]) -> [Range<Int>] {
        guard tokenizer != nil else { return tokens.indices.map { $0..<$0 + 1 } }
        var starts: [Int] = []
        var before: [UInt8] = []
        for (index, token) in tokens.enumerated() {
            let bytes = bytes(of: token) ?? []
            if index == 0 || Self.begins(bytes, after: before) { starts.append(index) }
            before = bytes
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

    /// Whether a token that follows another begins a word.
    private static func begins(_ bytes: [UInt8], after before: [UInt8]) -> Bool {
        guard let first = bytes.first, let last = before.last else { return true }
        if isSpace(last) { return isSpace(first) }
        return isSpace(first) || !isWordByte(first) || !isWordByte(last)
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
