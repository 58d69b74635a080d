/// Finds the first of some strings in a text that arrives in pieces, and holds back what might be its beginning.
///
/// The one that is complete first counts; of those complete at one place, the longest. So the result does not depend on
/// how the text is cut in pieces.
struct StopStrings {
    private let stops: [[UInt8]]
    private var held: [UInt8] = []

    init(_ stops: [String]) { self.stops = stops.map { Array($0.utf8) }.filter { !$0.isEmpty } }

    /// Takes more text; gives what can be shown now, and whether a stop string has ended the text.
    mutating func take(_ bytes: [UInt8]) -> (text: [UInt8], isFound: Bool) {
        for byte in bytes {
            held.append(byte)
            let complete = stops.filter { held.suffix($0.count) == $0[...] }.map(\.count).max()
            if let count = complete {
                defer { held = [] }
                return (held.dropLast(count), true)
            }
        }
        let maybe = held.indices.first { start in stops.contains { $0.starts(with: held[start...]) } }
        let shown = Array(held[..<(maybe ?? held.endIndex)])
        held.removeFirst(shown.count)
        return (shown, false)
    }

    /// What was held back, once the text has ended otherwise.
    mutating func finish() -> [UInt8] {
        defer { held = [] }
        return held
    }
}
