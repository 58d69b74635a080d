/// A Markdown table whose first column stands to the left and the others to the right.
struct Table {
    let heading: [String]
    let rows: [[String]]

    init(_ heading: [String], _ rows: [[String]]) { (self.heading, self.rows) = (heading, rows) }

    var lines: [String] {
        let widths = heading.indices.map { column in ([heading] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            let padded = cells.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - cells[column].count)
                return column == 0 ? cells[column] + padding : padding + cells[column]
            }
            return "| \(padded.joined(separator: " | ")) |"
        }
        let rule = widths.indices.map { column in
            String(repeating: "-", count: widths[column] - (column == 0 ? 0 : 1)) + (column == 0 ? "" : ":")
        }
        return [line(heading), line(rule)] + rows.map(line)
    }
}
