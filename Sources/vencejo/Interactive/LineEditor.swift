/// Reads lines from a terminal: cursor keys, history, words, pasting, UTF-8. A long line scrolls sideways.
struct LineEditor {
    private let terminal: Terminal
    private var history: History
    private var line = EditedLine()
    /// Which line of the history is shown; its count is the one being written.
    private var place = 0
    /// What was being written when the history was entered.
    private var draft = ""
    private var isPasting = false

    init(_ terminal: Terminal, history: History) {
        self.terminal = terminal
        self.history = history
    }

    /// The next line, or nil when the user leaves (Ctrl-D). The cursor stays behind the line.
    mutating func readLine(prompt: String) -> String? {
        line = EditedLine()
        place = history.lines.count
        isPasting = false
        let text = terminal.withRawInput { edit(prompt) }
        if let text { history.add(text) }
        return text
    }

    private mutating func edit(_ prompt: String) -> String? {
        while true {
            if !isPasting { show(prompt) }
            let key = Key(readByte: terminal.readByte, hasMore: terminal.hasMore)
            switch key {
            case .character(let scalar): line.insert(scalar)
            case .enter where isPasting: line.insert("\n")
            case .enter:
                terminal.write("\r\u{1B}[K\(prompt)\(line.shown)")
                return line.text
            case .endOfInput where line.isEmpty: return nil
            case .endOfInput: line.apply(.deleteRight)
            case .interrupt:
                terminal.write("^C\n")
                line = EditedLine()
                place = history.lines.count
            case .suspend: terminal.suspend()
            case .clearScreen: terminal.write("\u{1B}[H\u{1B}[2J")
            case .up: recall(place - 1)
            case .down: recall(place + 1)
            case .pasteBegin: isPasting = true
            case .pasteEnd: isPasting = false
            default: line.apply(key)
            }
        }
    }

    private func show(_ prompt: String) {
        let view = line.view(width: max(8, terminal.width - prompt.count - 1))
        let column = prompt.count + view.column
        terminal.write("\r\(prompt)\(view.text)\u{1B}[K\r\(column > 0 ? "\u{1B}[\(column)C" : "")")
    }

    private mutating func recall(_ wanted: Int) {
        guard (0...history.lines.count).contains(wanted) else { return }
        if place == history.lines.count { draft = line.text }
        place = wanted
        line = EditedLine(wanted == history.lines.count ? draft : history.lines[wanted])
    }
}
