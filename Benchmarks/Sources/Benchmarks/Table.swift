/// A Markdown table whose first columns are words and whose others are figures.
struct Table {
    private let title: String
    private let heading: [String]
    private let wordColumns: Int
    private var rows: [[String]] = []

    /// - Parameter words: headings of the columns of words; these stand to the left.
    init(_ title: String, words: [String], figures: [String]) {
        self.title = title
        heading = words + figures
        wordColumns = words.count
    }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == heading.count, "a cell for every column")
        rows.append(cells)
    }

    var text: String {
        let widths = heading.indices.map { column in ([heading] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            let padded = cells.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - cells[column].count)
                return column < wordColumns ? cells[column] + padding : padding + cells[column]
            }
            return "| \(padded.joined(separator: " | ")) |"
        }
        let rule = widths.indices.map { column in
            column < wordColumns
                ? String(repeating: "-", count: widths[column])
                : String(repeating: "-", count: widths[column] - 1) + ":"
        }
        return ([title, "", line(heading), line(rule)] + rows.map(line)).joined(separator: "\n")
    }
}

extension Double {
    /// With about three digits: 1234, 123, 12.3, 1.23.
    var brief: String { fixed(magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2) }

    /// As a share of a hundred.
    var percent: String { "\((self * 100).fixed(0)) %" }

    private func fixed(_ digits: Int) -> String {
        let factor = (0..<digits).reduce(1.0) { product, _ in product * 10 }
        guard let scaled = Int(exactly: (magnitude * factor).rounded()) else { return "\(self)" }
        let text = String(scaled)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        return (self < 0 ? "-" : "") + padded.dropLast(digits) + (digits == 0 ? "" : "." + padded.suffix(digits))
    }
}

extension Sequence<Timing> {
    /// The widest spread among them.
    var spread: Double { map(\.spread).max() ?? 0 }
}
