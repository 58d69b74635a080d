import Pages

extension AttentionReport {
    /// A heat map: a row for each token, and in it the tokens it looks at, the darker the more.
    public func svg(_ view: View) -> String {
        let (map, count) = (map(view), labels.count)
        let names = labels.map { Self.cut(Self.trimmed($0)) }
        let cell = 22.0
        let margin = 14 + 7.2 * Double(names.map(\.count).max() ?? 1)
        let top = margin + 34
        let side = Double(count) * cell
        let title = "\(name): \(title(view))"
        var lines = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \((margin + side + 16).fixed(0)) \((top + side + 30).fixed(0))" \
            role="img" aria-label="\(HTML.escaped("Heat map of attention, \(title)"))">
            <style>
            text { font: 12px ui-monospace, monospace; fill: #1b1f24; }
            .sheet { fill: #fff; } .frame { fill: none; stroke: #d8dee4; } .cell { fill: #0a5fc2; } .quiet { fill: #57606a; }
            @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .sheet { fill: #0f1318; } .frame { stroke: #2d343d; }
              .cell { fill: #6cb2ff; } .quiet { fill: #9aa5b1; } }
            </style>
            <rect class="sheet" width="100%" height="100%"/>
            <text x="8" y="20">\(HTML.escaped(title))</text>
            """
        ]
        for (index, name) in names.enumerated() {
            let (x, y) = (margin + (Double(index) + 0.5) * cell, top + (Double(index) + 0.5) * cell + 4)
            lines.append(
                "<text text-anchor=\"end\" x=\"\((margin - 6).fixed(1))\" y=\"\(y.fixed(1))\">\(HTML.escaped(name))</text>"
            )
            lines.append(
                "<text transform=\"translate(\((x + 4).fixed(1)) \((top - 6).fixed(1))) rotate(-90)\">\(HTML.escaped(name))</text>"
            )
        }
        for query in 0..<count {
            for (key, weight) in map.row(query).enumerated() where weight >= 0.005 {
                let (x, y) = (margin + Double(key) * cell, top + Double(query) * cell)
                let words = "\(names[query]) → \(names[key]): \(Double(100 * weight).fixed(1)) %"
                lines.append(
                    "<rect class=\"cell\" x=\"\(x.fixed(1))\" y=\"\(y.fixed(1))\" width=\"\(cell)\" height=\"\(cell)\" "
                        + "fill-opacity=\"\(Double(weight).fixed(3))\"><title>\(HTML.escaped(words))</title></rect>")
            }
        }
        // The stairs between past and future.
        let stairs = (0..<count).map { _ in "v\(cell)h\(cell)" }.joined()
        lines.append(
            "<path class=\"frame\" d=\"M\(margin.fixed(1)) \(top.fixed(1))\(stairs)H\(margin.fixed(1))V\(top.fixed(1))z\"/>"
        )
        lines.append(
            "<text class=\"quiet\" x=\"8\" y=\"\((top + side + 20).fixed(0))\">row: who looks · column: at what · 1 is darkest</text>"
        )
        return (lines + ["</svg>", ""]).joined(separator: "\n")
    }

    static func cut(_ name: String) -> String { name.count > 16 ? String(name.prefix(15)) + "…" : name }
}
