/// Something in a checkpoint that does not fit the rest of it.
public struct Disagreement: Sendable, Equatable, CustomStringConvertible {
    /// What is meant: a tensor, a key of the configuration, the tokenizer.
    public let subject: String
    public let found: String
    public let expected: String
    /// What to do about it.
    public let advice: String

    public var description: String { "\(subject): found \(found); expected \(expected). \(advice)." }
}

/// `text` in quotation marks, cut where it is long, without characters that move a terminal's cursor.
func quoted(_ text: String) -> String {
    let shown = text.unicodeScalars.prefix(100).map { $0.properties.generalCategory == .control ? "?" : String($0) }
    return "\"" + shown.joined() + (text.unicodeScalars.dropFirst(100).isEmpty ? "\"" : "…\"")
}

/// A shape as people write it: "[768 × 2304]".
func shown(_ shape: [Int]) -> String { "[" + shape.map(String.init).joined(separator: " × ") + "]" }
