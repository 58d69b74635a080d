/// Why a text was refused as JSON. One case per rule; `offset` counts bytes from the start of the text.
public enum JSONError: Error, Equatable, Sendable {
    /// A byte order mark stands before the text, as some editors put it there, of UTF-8 or of UTF-16.
    case byteOrderMark
    /// The text ends where something was still expected.
    case unexpectedEnd(offset: Int, expected: String)
    /// A byte that cannot stand here.
    case unexpectedByte(offset: Int, byte: UInt8, expected: String)
    /// Something other than white space follows the value.
    case trailingBytes(offset: Int)
    /// Arrays and objects lie deeper inside each other than the reader allows.
    case tooDeep(offset: Int, limit: Int)
    /// The same key occurs twice in one object, compared byte by byte.
    case duplicateKey(offset: Int, key: String)
    /// A byte below 0x20 inside a string; JSON wants it escaped.
    case controlCharacter(offset: Int, byte: UInt8)
    /// A backslash followed by something JSON does not define.
    case invalidEscape(offset: Int)
    /// An escaped UTF-16 surrogate without its other half.
    case loneSurrogate(offset: Int)
    /// The bytes of a string are not UTF-8: overlong, a surrogate, out of range or cut short.
    case invalidUTF8(offset: Int)
    /// A number with a leading zero, or without the digits its sign, point or exponent promises.
    case invalidNumber(offset: Int)
    /// A number whose magnitude a float64 cannot hold.
    case numberOutOfRange(offset: Int)
}

extension JSONError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .byteOrderMark:
            "the text begins with a byte order mark, which JSON has none of; save it again as UTF-8 without one"
        case .unexpectedEnd(let offset, let expected):
            "the JSON text ends at byte \(offset) where \(expected) was expected; the file may be cut short"
        case .unexpectedByte(let offset, let byte, let expected):
            "byte \(offset) of the JSON text is \(Self.show(byte)); expected \(expected)"
        case .trailingBytes(let offset):
            "byte \(offset): something follows the JSON value; a text holds exactly one value"
        case .tooDeep(let offset, let limit):
            "byte \(offset): arrays and objects are nested deeper than \(limit) levels"
        case .duplicateKey(let offset, let key):
            "byte \(offset): the key \(JSONValue.string(key).encoded()) occurs twice in one object; remove one of them"
        case .controlCharacter(let offset, let byte):
            "byte \(offset): the control character \(Self.show(byte)) stands in a string; it must be escaped"
        case .invalidEscape(let offset):
            "byte \(offset): not a JSON escape; expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four hex digits"
        case .loneSurrogate(let offset):
            "byte \(offset): an escaped surrogate has no other half, so it is not a character"
        case .invalidUTF8(let offset):
            "the string that starts at byte \(offset) is not valid UTF-8"
        case .invalidNumber(let offset):
            "byte \(offset): not a JSON number; expected digits without a leading zero, or digits after a point or exponent"
        case .numberOutOfRange(let offset):
            "the number at byte \(offset) is too large for a float64"
        }
    }

    private static func show(_ byte: UInt8) -> String {
        let hex = "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        return (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))' (\(hex))" : hex
    }
}
