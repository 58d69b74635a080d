import StrictJSON
import TestSupport
import Testing

@Suite struct Parsing {
    static let accepted: [(String, JSONValue)] = [
        ("null", nil), ("true", true), (" false\r\n\t", false), ("0", 0), ("-7", -7),
        ("9223372036854775807", 9_223_372_036_854_775_807), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", 9223372036854775808.0), ("-0", .number(-0.0)), ("1e-5", 1e-5), ("1E+2", 100.0),
        ("0.5", 0.5), ("1e-400", 0.0), ("[]", []), ("{}", [:]), ("[1,[2,{}]]", [1, [2, [:]]]),
        (#"{"b":1,"a":[true,null]}"#, ["b": 1, "a": [true, nil]]), (#"{"":0}"#, ["": 0]),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u00E9""#, "Aéé"),
        (#""\ud83d\ude00""#, "😀"), (#""\u0000""#, "\0"), ("\"\u{7F}é😀\u{10FFFF}\"", "\u{7F}é😀\u{10FFFF}"),
    ]

    @Test(arguments: accepted)
    func readsWhatRFC8259Allows(_ text: String, _ expected: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == expected)
    }

    static let refused: [(String, JSONError)] = [
        ("", .unexpectedEnd(offset: 0, expected: "a value")),
        ("  ", .unexpectedEnd(offset: 2, expected: "a value")),
        ("[1", .unexpectedEnd(offset: 2, expected: "',' or ']'")),
        ("{\"a\"", .unexpectedEnd(offset: 4, expected: "':'")),
        ("\"ab", .unexpectedEnd(offset: 3, expected: "the end of a string")),
        ("tru", .unexpectedEnd(offset: 3, expected: "true")),
        ("\u{FEFF}1", .byteOrderMark),
        ("nul1", .unexpectedByte(offset: 3, byte: 0x31, expected: "null")),
        ("NaN", .unexpectedByte(offset: 0, byte: 0x4E, expected: "a value")),
        ("Infinity", .unexpectedByte(offset: 0, byte: 0x49, expected: "a value")),
        ("+1", .unexpectedByte(offset: 0, byte: 0x2B, expected: "a value")),
        (".5", .unexpectedByte(offset: 0, byte: 0x2E, expected: "a value")),
        ("'a'", .unexpectedByte(offset: 0, byte: 0x27, expected: "a value")),
        ("[1,]", .unexpectedByte(offset: 3, byte: 0x5D, expected: "a value")),
        ("[1 2]", .unexpectedByte(offset: 3, byte: 0x32, expected: "',' or ']'")),
        ("{\"a\":1,}", .unexpectedByte(offset: 7, byte: 0x7D, expected: "a key in quotes")),
        ("{a:1}", .unexpectedByte(offset: 1, byte: 0x61, expected: "a key in quotes")),
        ("{\"a\" 1}", .unexpectedByte(offset: 5, byte: 0x31, expected: "':'")),
        ("{\"a\":1 \"b\":2}", .unexpectedByte(offset: 7, byte: 0x22, expected: "',' or '}'")),
        ("// hi\n1", .unexpectedByte(offset: 0, byte: 0x2F, expected: "a value")),
        ("1 2", .trailingBytes(offset: 2)), ("{}\0", .trailingBytes(offset: 2)),
        ("[[[[[1]]]]]", .tooDeep(offset: 4, limit: 4)),
        (#"[[{"a":{"b":[]}}]]"#, .tooDeep(offset: 12, limit: 4)),
        (#"{"a":1,"a":1}"#, .duplicateKey(offset: 7, key: "a")),
        (#"{"a":1,"\u0061":1}"#, .duplicateKey(offset: 7, key: "a")),
        ("\"a\nb\"", .controlCharacter(offset: 2, byte: 0x0A)),
        (#""\x""#, .invalidEscape(offset: 1)), (#""\u12g4""#, .invalidEscape(offset: 1)),
        (#""\u-123""#, .invalidEscape(offset: 1)),
        (#""\ud83d""#, .loneSurrogate(offset: 1)), (#""\ude00""#, .loneSurrogate(offset: 1)),
        (#""\ud83d\ud83d""#, .loneSurrogate(offset: 1)), (#""\ud83dx""#, .loneSurrogate(offset: 1)),
        ("01", .invalidNumber(offset: 0)), ("-", .invalidNumber(offset: 0)), ("-01", .invalidNumber(offset: 0)),
        ("1.", .invalidNumber(offset: 0)), ("1e", .invalidNumber(offset: 0)), ("1e+", .invalidNumber(offset: 0)),
        ("1.e5", .invalidNumber(offset: 0)), ("[-x]", .invalidNumber(offset: 1)),
        ("1e400", .numberOutOfRange(offset: 0)), ("-1e999999999", .numberOutOfRange(offset: 0)),
    ]

    @Test(arguments: refused)
    func refusesEverythingElseByNameAndOffset(_ text: String, _ expected: JSONError) {
        #expect(throws: expected) { try JSONValue(parsing: text, maximumDepth: 4) }
    }

    static let notUTF8: [[UInt8]] = [
        [0x80], [0xC3], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
    ]

    @Test(arguments: notUTF8)
    func refusesStringsThatAreNotUTF8(_ bytes: [UInt8]) {
        #expect(throws: JSONError.invalidUTF8(offset: 1)) {
            try JSONValue(parsing: [0x5B, 0x22] + bytes + [0x22, 0x5D])
        }
        #expect(throws: JSONError.invalidUTF8(offset: 0)) {
            try JSONValue(parsing: Array(#""\n"#.utf8) + bytes + [0x22])
        }
    }

    @Test func comparesKeysByTheirBytes() throws {
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        let object = try JSONValue(parsing: "{\"\(composed)\":1,\"\(decomposed)\":2}")
        #expect(object[composed]?.intValue == 1)
        #expect(object[decomposed]?.intValue == 2)
        #expect(JSONValue.string(composed) != .string(decomposed))
    }

    @Test func everyPrefixOfATextIsRefusedOrRead() throws {
        let text = Array(#"{"a":[1.5e-3,-2,"x\u00e9\ud83d\ude00é"],"b":{"c":null,"d":[true,false]}}"#.utf8)
        for count in 0..<text.count {
            #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text[..<count])) }
        }
        _ = try JSONValue(parsing: text)
    }

    @Test func everyByteInEveryPlaceIsRefusedOrReadsBackAsItself() {
        let text = Array(#"{"a":[1.5e-3,-2,"x\u00e9é"],"b":{"c":null}}"#.utf8)
        for index in text.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = text
                changed[index] = byte
                guard let value = try? JSONValue(parsing: changed) else { continue }
                #expect((try? JSONValue(parsing: value.encoded())) == value)
            }
        }
    }

    @Test func aHostileDepthIsRefusedWithoutExhaustingTheStack() {
        let text = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: JSONError.tooDeep(offset: 64, limit: 64)) { try JSONValue(parsing: text) }
    }
}
