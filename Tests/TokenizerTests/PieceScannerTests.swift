import TestSupport
import Testing

@testable import Tokenizer

@Suite struct PieceScannerTests {
    private func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
        unsafe bytes.withUnsafeBufferPointer { text in
            let scanner = unsafe PieceScanner(text)
            var pieces: [[UInt8]] = []
            var start = 0
            while start < text.count {
                let end = scanner.end(ofPieceAt: start)
                pieces.append(Array(bytes[start..<end]))
                start = end
            }
            return pieces
        }
    }

    @Test(arguments: [
        ("it's we're I'll", ["it", "'s", " we", "'re", " I", "'ll"]),
        ("'S 's ''s '", ["'", "S", " '", "s", " ''", "s", " '"]),
        ("a  b", ["a", " ", " b"]),
        ("a \n b", ["a", " \n", " b"]),
        ("a\n\nb", ["a", "\n", "\n", "b"]),
        ("a\u{A0}\u{A0}b ", ["a", "\u{A0}", "\u{A0}", "b", " "]),
        ("1st ½x", ["1", "st", " ½", "x"]),
        ("  \t", ["  \t"]),
        ("e\u{301} 😀!", ["e", "\u{301}", " 😀!"]),
        ("'l", ["'", "l"]), ("'v", ["'", "v"]), ("' t", ["'", " t"]), (" ", [" "]),
    ])
    func cutsAsThePatternDoes(_ text: String, _ expected: [String]) {
        #expect(pieces(Array(text.utf8)) == expected.map { Array($0.utf8) })
    }

    @Test(
        arguments: [
            [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80, 0x80],
        ] as [[UInt8]])
    func takesInvalidBytesForSymbolsOfNoClass(_ bytes: [UInt8]) {
        let letters = Array("ab".utf8)
        #expect(pieces(letters + bytes + letters) == [letters, bytes, letters])
        #expect(pieces([0x20] + bytes) == [[0x20] + bytes])
    }

    @Test func classifiesEveryScalarAsItsRunSays() {
        let runs = CharacterClass.runs
        let classes = CharacterClasses.shared
        for (index, run) in runs.enumerated() {
            let end = index + 1 < runs.count ? runs[index + 1] >> 2 : 0x11_0000
            #expect(run >> 2 < end)
            for code in [run >> 2, end - 1] { #expect(classes.ofScalar(code).rawValue == UInt8(run & 3), "\(code)") }
        }
        for byte in UInt8(0)..<128 { #expect(classes.ofASCII(byte) == classes.ofScalar(UInt32(byte))) }
    }

    @Test func knowsTheClassesOfTheStandardLibrary() {
        // Scalars that one of the two does not know yet are passed over: the table is of Unicode 16.
        for code in stride(from: UInt32(0), to: 0x3_0000, by: 7) {
            guard let scalar = Unicode.Scalar(code) else { continue }
            let properties = scalar.properties
            guard let age = properties.age, age.major <= 16 else { continue }
            let expected: CharacterClass
            switch properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: expected = .letter
            case .decimalNumber, .letterNumber, .otherNumber: expected = .number
            default: expected = properties.isWhitespace ? .space : .other
            }
            #expect(CharacterClasses.shared.ofScalar(code) == expected, "U+\(String(code, radix: 16))")
        }
    }
}
