/// Finds the first of some strings in a text that arrives in pieces, and holds back what might be its beginning.
struct StopStrings {
    private let stops: [[UInt8]]
    private var held: [UInt8] = []

    init(_ stops: [String]) { self.stops = stops.map { Array($0.utf8) }.filter { !$0.isEmpty } }

    /// Takes more text; gives what can be shown now, and whether a stop string has ended the text.
    mutating func take(_ bytes: [UInt8]) -> (text: [UInt8], isFound: Bool) {
        guard !stops.isEmpty else { return (bytes, false) }
        held += bytes
        for start in held.indices {
            let rest = held[start...]
            if stops.contains(where: { rest.starts(with: $0) }) {
                defer { held = [] }
                return (Array(held[..<start]), true)
            }
            if stops.contains(where: { $0.starts(with: rest) }) {
                defer { held = Array(rest) }
                return (Array(held[..<start]), false)
            }
        }
        defer { held = [] }
        return (held, false)
    }

    /// What was held back, once the text has ended otherwise.
    mutating func finish() -> [UInt8] {
        defer { held = [] }
        return held
    }
}
