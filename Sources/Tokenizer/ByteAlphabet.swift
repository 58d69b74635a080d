/// GPT-2's way to write any byte as a visible character (`bytes_to_unicode` in `encoder.py`).
///
/// Printable bytes of Latin-1 stand for themselves; the other 68, in ascending order, are written as U+0100 and onward:
/// a space is "Ġ", a newline "Ċ".
enum ByteAlphabet {
    /// The character of each byte.
    static let characters: [Unicode.Scalar] = {
        var spare: UInt32 = 0x100
        return (UInt8.min...UInt8.max).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
            default:
                defer { spare += 1 }
                return Unicode.Scalar(spare) ?? " "  // below U+0144, so there is always one
            }
        }
    }()

    /// Bytes, each as its character.
    static func text(of bytes: [UInt8]) -> String {
        String(String.UnicodeScalarView(bytes.lazy.map { characters[Int($0)] }))
    }

    private static let bytes = Dictionary(uniqueKeysWithValues: zip(characters, UInt8.min...UInt8.max))

    /// The bytes that a vocabulary's entry stands for. An entry with a character outside the alphabet stands for its
    /// own UTF-8 bytes; no text is encoded to it, but decoding gives it back.
    static func bytes(of entry: String) -> [UInt8] {
        var decoded: [UInt8] = []
        for scalar in entry.unicodeScalars {
            guard let byte = bytes[scalar] else { return Array(entry.utf8) }
            decoded.append(byte)
        }
        return decoded
    }
}
