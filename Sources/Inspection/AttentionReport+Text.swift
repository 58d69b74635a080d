import Pages

/// How a terminal shows pictures.
public struct TextStyle: Sendable {
    /// Columns there are.
    public var width: Int
    /// Whether escape sequences for colours may be used.
    public var usesColor: Bool

    /// - Parameters:
    ///   - width: at least 20 are taken.
    ///   - usesColor: whether escape sequences for colours may be used.
    public init(width: Int, usesColor: Bool) { (self.width, self.usesColor) = (max(20, width), usesColor) }
}

extension AttentionReport {
    /// A heat map in blocks, two columns a token, and in as many parts as the width asks for.
    public func text(_ view: View, style: TextStyle) -> String {
        let (map, count) = (map(view), labels.count)
        let digits = "\(max(0, count - 1))".count
        let nameLimit = min(16, (style.width - digits - 2) / 2)
        let names = labels.map { Self.cut(Self.trimmed($0), columns: nameLimit) }
        let margin = digits + 1 + (names.map(Self.columns).max() ?? 1) + 1
        let cell = max(2, digits + 1)
        let atOnce = max(1, (style.width - margin) / cell)
        var lines = Self.wrapped(
            "Attention, \(title(view)). A row for who looks, a column for at what.", style.width)
        for first in stride(from: 0, to: count, by: atOnce) {
            let keys = first..<min(first + atOnce, count)
            lines.append("")
            lines.append(
                Self.padded("", margin) + keys.map { Self.padded("\($0)", cell, toRight: true) }.joined())
            for query in first..<count {
                let name =
                    Self.padded("\(query)", digits, toRight: true) + " "
                    + Self.padded(names[query], margin - digits - 1)
                let cells = keys.prefix { $0 <= query }.map { Self.cell(map[query, $0], cell, style) }
                lines.append(name + cells.joined())
            }
        }
        return (lines + [""] + kinds.flatMap { Self.wrapped($0, style.width) }).joined(separator: "\n")
    }

    /// What some tokens look at, the most first: bars.
    ///
    /// - Parameters:
    ///   - queries: the tokens that look.
    ///   - groups: what they look at: words, or single tokens.
    ///   - view: which attention.
    ///   - style: what the terminal can show.
    public func text(
        of queries: Range<Int>, among groups: [Range<Int>], _ view: View, style: TextStyle
    ) -> String {
        let weights = weights(of: queries, among: groups, in: map(view))
        let digits = "\(labels.count)".count
        let nameLimit = max(4, min(16, style.width - digits - 14))
        let names = groups.map { Self.cut(word($0), columns: nameLimit) }
        let margin = (names.map(Self.columns).max() ?? 1) + 1
        let room = max(1, min(60, style.width - margin - digits - 9))
        let name = Self.cut(word(queries), columns: style.width / 2)
        var lines = Self.wrapped("«\(name)» looks at (\(title(view))):", style.width) + [""]
        for index in weights.indices.sorted(by: { (weights[$1], $0) < (weights[$0], $1) }) {
            let share = Double(weights[index])
            lines.append(
                Self.padded("\(groups[index].lowerBound)", digits, toRight: true) + " "
                    + Self.padded(names[index], margin) + Self.padded((100 * share).fixed(1), 5, toRight: true) + " % "
                    + (style.usesColor ? "\u{1B}[34m" : "") + Self.bar(share, room)
                    + (style.usesColor ? "\u{1B}[0m" : ""))
        }
        return lines.joined(separator: "\n")
    }

    /// Tokens as one word.
    public func word(_ tokens: Range<Int>) -> String {
        tokens.count == 1 ? Self.trimmed(labels[tokens.lowerBound]) : Self.trimmed(texts.joined(trace.tokens[tokens]))
    }

    /// The heads that are of a kind, a line a kind.
    private var kinds: [String] {
        guard !patterns.isEmpty else { return ["No head follows one of the known patterns."] }
        return ["Heads of a kind (layer.head, share of their attention in a probe):"]
            + HeadKind.allCases.compactMap { kind in
                let heads = patterns.filter { $0.kind == kind }
                guard !heads.isEmpty else { return nil }
                let list = heads.map { "\($0.layer).\($0.head) \((100 * $0.share).fixed(0)) %" }
                return "  \(kind.rawValue): \(list.joined(separator: ", "))"
            }
    }

    /// One number as a block: darker the larger, or bluer.
    private static func cell(_ weight: Float, _ width: Int, _ style: TextStyle) -> String {
        // The square root, so that small shares show too.
        let level = max(0, min(1, weight)).squareRoot()
        guard style.usesColor else {
            let shades: [Character] = ["·", "░", "▒", "▓", "█"]
            let shade = shades[min(shades.count - 1, Int(level * 5))]
            return padded(String(repeating: shade, count: 2), width, toRight: true)
        }
        // From dark to light blue, the same on a dark and on a light terminal.
        let (red, green, blue) = (30 + Int(level * 120), 40 + Int(level * 165), 60 + Int(level * 195))
        return "\u{1B}[48;2;\(red);\(green);\(blue)m\(String(repeating: " ", count: width))\u{1B}[0m"
    }

    /// A bar as long as a share of `room` columns, to an eighth of a column.
    private static func bar(_ share: Double, _ room: Int) -> String {
        let eighths = Int((max(0, min(1, share)) * Double(room * 8)).rounded())
        let parts: [String] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    }

    /// Columns that a text takes: wide characters, those of East Asia and emoji, take two.
    private static func columns(_ text: String) -> Int {
        text.reduce(0) { count, character in
            let value = character.unicodeScalars.first?.value ?? 0
            return count
                + ((0x1100...0x115F).contains(value) || (0x2E80...0xA4CF).contains(value)
                    || (0xAC00...0xD7A3).contains(value) || (0xF900...0xFAFF).contains(value)
                    || (0xFF00...0xFF60).contains(value) || (0x1F300...0x1FAFF).contains(value) ? 2 : 1)
        }
    }

    /// A text that is too long for these columns, cut.
    private static func cut(_ text: String, columns limit: Int) -> String {
        guard columns(text) > limit else { return text }
        var cut = ""
        for character in text {
            guard columns(cut) + columns(String(character)) < limit else { break }
            cut.append(character)
        }
        return cut + "…"
    }

    /// A text in lines of these columns, broken at spaces; those after the first begin as far in as it does, and two columns more
    /// where that is somewhere.
    private static func wrapped(_ text: String, _ width: Int) -> [String] {
        let indent = text.prefix { $0 == " " }.count
        let later = String(repeating: " ", count: indent > 0 ? indent + 2 : 0)
        var (lines, line) = ([String](), String(repeating: " ", count: indent))
        for word in text.split(separator: " ") {
            let gap = line.allSatisfy({ $0 == " " }) ? "" : " "
            if gap.isEmpty || columns(line) + 1 + columns(String(word)) <= width {
                line += gap + word
            } else {
                lines.append(line)
                line = later + word
            }
        }
        return lines + [line]
    }

    private static func padded(_ text: String, _ width: Int, toRight: Bool = false) -> String {
        let padding = String(repeating: " ", count: max(0, width - columns(text)))
        return toRight ? padding + text : text + padding
    }
}
