/// A line while it is edited: characters as people see them, and the cursor between two of them.
struct EditedLine {
    private(set) var characters: [Character] = []
    /// How many characters lie before the cursor.
    private(set) var cursor = 0

    init(_ text: String = "") {
        characters = Array(text)
        cursor = characters.count
    }

    var text: String { String(characters) }
    var isEmpty: Bool { characters.isEmpty }

    /// Puts a scalar before the cursor; one that combines joins the character there.
    mutating func insert(_ scalar: Unicode.Scalar) {
        if cursor > 0 {
            var joined = String(characters[cursor - 1])
            joined.unicodeScalars.append(scalar)
            if joined.count == 1, let character = joined.first {
                characters[cursor - 1] = character
                return
            }
        }
        characters.insert(Character(scalar), at: cursor)
        cursor += 1
    }

    /// Moves the cursor or deletes, as a key says. Other keys change nothing.
    mutating func apply(_ key: Key) {
        switch key {
        case .left: cursor = max(0, cursor - 1)
        case .right: cursor = min(characters.count, cursor + 1)
        case .wordLeft: cursor = wordStart
        case .wordRight: cursor = wordEnd
        case .start: cursor = 0
        case .end: cursor = characters.count
        case .deleteLeft: delete(max(0, cursor - 1)..<cursor)
        case .deleteRight: delete(cursor..<min(characters.count, cursor + 1))
        case .deleteWordLeft: delete(wordStart..<cursor)
        case .deleteToStart: delete(0..<cursor)
        case .deleteToEnd: delete(cursor..<characters.count)
        default: break
        }
    }

    private mutating func delete(_ range: Range<Int>) {
        characters.removeSubrange(range)
        cursor = range.lowerBound
    }

    private var wordStart: Int {
        let gap = characters[..<cursor].lastIndex { !$0.isWhitespace } ?? 0
        return characters[..<gap].lastIndex { $0.isWhitespace }.map { $0 + 1 } ?? 0
    }

    private var wordEnd: Int {
        let word = characters[cursor...].firstIndex { !$0.isWhitespace } ?? characters.count
        return characters[word...].firstIndex { $0.isWhitespace } ?? characters.count
    }
}

extension EditedLine {
    /// What fits in `width` columns around the cursor, and the cursor's column in it.
    func view(width: Int) -> (text: String, column: Int) {
        var first = cursor
        var column = 0
        while first > 0 {
            let wider = column + Self.width(of: characters[first - 1])
            if wider >= width { break }
            (first, column) = (first - 1, wider)
        }
        var end = cursor
        var used = column
        while end < characters.count {
            let wider = used + Self.width(of: characters[end])
            if wider > width { break }
            (end, used) = (end + 1, wider)
        }
        return (String(characters[first..<end].map(Self.shown)), column)
    }

    /// The whole line as it is shown.
    var shown: String { String(characters.map(Self.shown)) }

    /// A newline that was pasted stays in the line and is shown as a sign.
    private static func shown(_ character: Character) -> Character {
        if character.isNewline { return "⏎" }
        return character.unicodeScalars.allSatisfy { $0.properties.generalCategory == .control } ? "�" : character
    }

    /// Columns that a character takes: two for wide ones (Unicode Standard Annex 11), else one.
    private static func width(of character: Character) -> Int {
        let scalars = character.unicodeScalars
        guard let first = scalars.first else { return 0 }
        return wide.contains { $0.contains(first.value) } || scalars.contains("\u{FE0F}") ? 2 : 1
    }

    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
        0x1F900...0x1FAFF, 0x20000...0x3FFFD,
    ]
}
