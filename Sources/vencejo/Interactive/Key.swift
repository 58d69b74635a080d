/// What was typed.
enum Key: Equatable {
    case character(Unicode.Scalar)
    case enter, endOfInput, interrupt, suspend, clearScreen
    case left, right, wordLeft, wordRight, start, end
    case up, down
    case deleteLeft, deleteRight, deleteWordLeft, deleteToStart, deleteToEnd
    case pasteBegin, pasteEnd
    /// Something that means nothing here.
    case other

    /// Reads one key.
    ///
    /// - Parameters:
    ///   - readByte: the next byte, or nil at the end of input.
    ///   - hasMore: whether another byte follows at once; tells the Escape key from what begins with its byte.
    init(readByte: () -> UInt8?, hasMore: () -> Bool) {
        guard let byte = readByte() else {
            self = .endOfInput
            return
        }
        switch byte {
        case 0x1B: self = hasMore() ? Self.sequence(readByte) : .other
        case 0x0D, 0x0A: self = .enter
        case 0x7F, 0x08: self = .deleteLeft
        case 0..<0x20: self = Self.controls[byte] ?? .other
        case ..<0x80: self = .character(Unicode.Scalar(byte))
        default: self = .character(Self.scalar(from: byte, readByte))
        }
    }

    /// Control and a letter, as other line editors have them.
    private static let controls: [UInt8: Key] = [
        control("A"): .start, control("B"): .left, control("C"): .interrupt, control("D"): .endOfInput,
        control("E"): .end, control("F"): .right, control("K"): .deleteToEnd, control("L"): .clearScreen,
        control("N"): .down, control("P"): .up, control("U"): .deleteToStart, control("W"): .deleteWordLeft,
        control("Z"): .suspend,
    ]

    private static func control(_ letter: Unicode.Scalar) -> UInt8 { UInt8(letter.value) & 0x1F }

    /// What follows an escape byte (ECMA-48, and what xterm adds).
    private static func sequence(_ readByte: () -> UInt8?) -> Key {
        guard let kind = readByte() else { return .endOfInput }
        switch kind {
        case UInt8(ascii: "b"): return .wordLeft
        case UInt8(ascii: "f"): return .wordRight
        case 0x7F: return .deleteWordLeft
        case UInt8(ascii: "["), UInt8(ascii: "O"): break
        default: return .other
        }
        var parameters: [UInt8] = []
        while let byte = readByte() {
            if (0x40...0x7E).contains(byte) {
                return sequences[String(decoding: parameters + [byte], as: UTF8.self)] ?? .other
            }
            if parameters.count < 16 { parameters.append(byte) }
        }
        return .endOfInput
    }

    private static let sequences: [String: Key] = [
        "A": .up, "B": .down, "C": .right, "D": .left, "H": .start, "F": .end,
        "1~": .start, "7~": .start, "4~": .end, "8~": .end, "3~": .deleteRight,
        "1;5C": .wordRight, "1;5D": .wordLeft, "1;3C": .wordRight, "1;3D": .wordLeft,
        "200~": .pasteBegin, "201~": .pasteEnd,
    ]

    /// The character in UTF-8 that begins with `first`; U+FFFD where there is none.
    private static func scalar(from first: UInt8, _ readByte: () -> UInt8?) -> Unicode.Scalar {
        var bytes = [first]
        let count = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
        while bytes.count < count, let byte = readByte() { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self).unicodeScalars.first ?? "\u{FFFD}"
    }
}
