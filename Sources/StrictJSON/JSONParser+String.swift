extension JSONParser {
    /// Reads the string whose opening quote is the next byte.
    mutating func string() throws(JSONError) -> String {
        let opening = position
        position += 1
        var start = position  // of the run of plain bytes not yet taken
        var unescaped: [UInt8] = []
        while true {
            switch try peek("the end of a string") {
            case UInt8(ascii: "\""):
                let run = bytes[start..<position]
                position += 1
                // The common case: no escape, so that the text is validated where it lies.
                let text =
                    unescaped.isEmpty
                    ? String(validating: run, as: UTF8.self) : String(validating: unescaped + run, as: UTF8.self)
                guard let text else { throw .invalidUTF8(offset: opening) }
                return text
            case UInt8(ascii: "\\"):
                unescaped += bytes[start..<position]
                try escape(into: &unescaped)
                start = position
            case let byte where byte < 0x20:
                throw .controlCharacter(offset: position, byte: byte)
            default:
                position += 1
            }
        }
    }

    /// Reads the escape whose backslash is the next byte.
    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        let offset = position
        position += 1
        let letter = try peek("an escape")
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text += Unicode.UTF8.encode(try scalar(escapedAt: offset)) ?? .init()
        default: throw .invalidEscape(offset: offset)
        }
    }

    /// Reads the rest of `\uXXXX`, or of the surrogate pair `\uXXXX\uXXXX`, after its first `\u`.
    private mutating func scalar(escapedAt offset: Int) throws(JSONError) -> Unicode.Scalar {
        let unit = try fourHexDigits(escapedAt: offset)
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, bytes.count - position >= 2,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        else { throw .loneSurrogate(offset: offset) }
        let second = position
        position += 2
        let low = try fourHexDigits(escapedAt: second)
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { throw .loneSurrogate(offset: offset) }
        return scalar
    }

    private mutating func fourHexDigits(escapedAt offset: Int) throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            let byte = try peek("four hex digits")
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: throw .invalidEscape(offset: offset)
            }
            position += 1
        }
        return unit
    }
}
