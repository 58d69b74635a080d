extension JSONValue {
    /// The value as JSON text: the same text for the same value, always.
    ///
    /// Only what must be escaped is escaped; members keep their order. A number is written with the fewest digits that
    /// read back as the same float64. NaN and the infinities, which JSON cannot express, become `null`.
    ///
    /// - Parameter pretty: one member or element per line, indented by two spaces; else no white space at all.
    public func encoded(pretty: Bool = false) -> String {
        var text = ""
        write(to: &text, pretty: pretty, depth: 0)
        return text
    }

    private func write(to text: inout String, pretty: Bool, depth: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += "\(value)"
        case .number(let value): text += value.isFinite ? "\(value)" : "null"
        case .string(let value): Self.write(value, to: &text)
        case .array(let elements):
            Self.write(elements, between: "[", and: "]", to: &text, pretty: pretty, depth: depth) { element, text in
                element.write(to: &text, pretty: pretty, depth: depth + 1)
            }
        case .object(let members):
            Self.write(members, between: "{", and: "}", to: &text, pretty: pretty, depth: depth) { member, text in
                Self.write(member.key, to: &text)
                text += pretty ? ": " : ":"
                member.value.write(to: &text, pretty: pretty, depth: depth + 1)
            }
        }
    }

    private static func write<Items: Collection>(
        _ items: Items, between opening: String, and closing: String, to text: inout String, pretty: Bool, depth: Int,
        item writeItem: (Items.Element, inout String) -> Void
    ) {
        text += opening
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            if pretty { text += "\n" + String(repeating: "  ", count: depth + 1) }
            writeItem(item, &text)
        }
        if pretty, !items.isEmpty { text += "\n" + String(repeating: "  ", count: depth) }
        text += closing
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\u{08}": text += "\\b"
            case "\u{0C}": text += "\\f"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{00}"..<"\u{20}":
                text += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
