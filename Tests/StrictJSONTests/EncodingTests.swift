import StrictJSON
import TestSupport
import Testing

@Suite struct Encoding {
    static let texts: [(JSONValue, String)] = [
        (nil, "null"), (true, "true"), (-12, "-12"), (3.0, "3.0"), (1e-05, "1e-05"),
        (.number(.leastNonzeroMagnitude), "5e-324"),
        (.number(.nan), "null"), (.number(-.infinity), "null"), ([], "[]"), ([:], "{}"),
        ([1, "a", [nil]], #"[1,"a",[null]]"#),
        (["b": 1, "a": ["c": 2]], #"{"b":1,"a":{"c":2}}"#),
        ("\"\\/\u{8}\u{C}\n\r\t\0\u{1F}\u{7F}é😀", "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{7F}é😀\""),
    ]

    @Test(arguments: texts)
    func writesTheShortestText(_ value: JSONValue, _ expected: String) {
        #expect(Array(value.encoded().utf8) == Array(expected.utf8))
    }

    @Test func prettyTextHasOneMemberALine() {
        let value: JSONValue = ["a": [1, 2], "b": [:], "c": ["d": nil]]
        #expect(
            value.encoded(pretty: true) == """
                {
                  "a": [
                    1,
                    2
                  ],
                  "b": {},
                  "c": {
                    "d": null
                  }
                }
                """)
    }

    @Test(arguments: [UInt64](0..<200))
    func whatIsWrittenReadsBackEqual(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let value = Self.random(&generator, depth: 4)
        #expect(try JSONValue(parsing: value.encoded()) == value)
        #expect(try JSONValue(parsing: value.encoded(pretty: true)) == value)
    }

    private static func random(_ generator: inout SeededGenerator, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
        case 0: return nil
        case 1: return .bool(.random(using: &generator))
        case 2: return .integer(Int64(truncatingIfNeeded: generator.next()))
        case 3:
            let number = Double(bitPattern: generator.next())
            return .number(number.isFinite ? number : 0.1)
        case 4: return .string(text(&generator))
        case 5:
            return .array(
                (0..<Int.random(in: 0..<5, using: &generator)).map { _ in random(&generator, depth: depth - 1) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0..<5, using: &generator) {
                object[text(&generator)] = random(&generator, depth: depth - 1)
            }
            return .object(object)
        }
    }

    private static func text(_ generator: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0..<9, using: &generator) {
            let limit: UInt32 = [0x20, 0x80, 0x800, 0x110000].randomElement(using: &generator) ?? 0x80
            let value = UInt32.random(in: 0..<limit, using: &generator)
            text.unicodeScalars.append(Unicode.Scalar(value) ?? "?")
        }
        return text
    }
}
