import Testing
import TestSupport

@testable import Generation

@Suite struct StopStringsTests {
    /// Text shown, stop strings, and what must be shown before the first of them.
    static let cases: [(text: String, stops: [String], shown: String, isFound: Bool)] = [
        ("hello world", [], "hello world", false),
        ("hello world", [""], "hello world", false),
        ("hello world", ["wor"], "hello ", true),
        ("hello world", ["xyz"], "hello world", false),
        ("aaab", ["aab"], "a", true),
        ("abababc", ["ababc"], "ab", true),
        ("one\n\ntwo", ["\n\n"], "one", true),
        ("one two", ["two", "one"], "", true),
        ("ends with a beginning\n", ["\n\n"], "ends with a beginning\n", false),
        ("The the the", ["The t@", "he"], "T", true),
        ("abcd", ["abcx", "bc", "c"], "a", true),
        ("¿qué? sí", ["sí"], "¿qué? ", true),
    ]

    @Test(arguments: cases.indices) func theTextEndsBeforeTheFirstStopHoweverItIsCut(index: Int) {
        let (text, strings, shown, isFound) = Self.cases[index]
        var random = SeededGenerator(seed: UInt64(index))
        for longest in [1, 2, 3, 7, 100] {
            var stops = StopStrings(strings)
            var seen: [UInt8] = []
            var found = false
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty && !found {
                let count = min(Int.random(in: 1...longest, using: &random), rest.count)
                let (part, isFound) = stops.take(Array(rest.prefix(count)))
                seen += part
                found = isFound
                rest = rest.dropFirst(count)
            }
            if !found { seen += stops.finish() }
            #expect(String(decoding: seen, as: UTF8.self) == shown)
            #expect(found == isFound)
        }
    }

    @Test func onlyWhatMayBeginAStopIsHeldBack() {
        var stops = StopStrings(["END"])
        #expect(stops.take(Array("the E".utf8)).text == Array("the ".utf8))
        #expect(stops.take(Array("astern".utf8)).text == Array("Eastern".utf8))
    }
}
