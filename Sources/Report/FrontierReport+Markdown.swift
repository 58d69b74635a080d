import Pages

extension FrontierReport {
    /// The report as Markdown: what was measured, and the table.
    public var markdown: String {
        let files = (base.map { [$0] } ?? []) + bySize
        let columns = ReportColumn.all(files)
        func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
        func cell(_ column: ReportColumn, _ file: FileResult) -> String {
            [column.text(file), column.spread(file)].compactMap { $0 }.joined(separator: " ")
        }
        var lines = ["# Accuracy and size of \(Self.escaped(checkpointName))", "", Self.escaped(introduction), ""]
        lines.append(line(["file"] + columns.map(\.heading)))
        lines.append(line(["---"] + columns.map { _ in "--:" }))
        for file in files {
            let name = Self.escaped(file.name) + (file.isBase ? " (base)" : "")
            lines.append(line([name] + columns.map { cell($0, file) }))
        }
        lines += [""] + remarks.map { "- \(Self.escaped($0))" }
        lines += ["", "How the matrices are stored:", ""]
        lines += files.map { "- \(Self.escaped($0.name)): \(Self.escaped($0.making))" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Text that Markdown takes for nothing else, on one line.
    static func escaped(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        func isInWord(_ index: Int) -> Bool {
            [index - 1, index + 1].allSatisfy { neighbour in
                guard scalars.indices ~= neighbour else { return false }
                let properties = scalars[neighbour].properties
                return properties.isAlphabetic || properties.numericType != nil
            }
        }
        var escaped = ""
        for (index, scalar) in scalars.enumerated() {
            switch scalar {
            case "_" where isInWord(index): escaped += "_"
            case _ where scalar.properties.generalCategory == .control: escaped += " "
            case _ where scalar.isDeceptive: escaped += "\u{FFFD}"
            case "\\", "`", "*", "_", "[", "]", "<", ">", "|", "#", "&", "~", "!": escaped += "\\\(scalar)"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
