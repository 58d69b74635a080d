import Evaluation
import GPT2
import Pages

extension FrontierReport {
    /// The report as one page that fetches nothing.
    public var html: String {
        let files = (base.map { [$0] } ?? []) + bySize
        let body = """
            <main>
            <header>
            <h1>Accuracy and size</h1>
            <p>\(HTML.escaped("Files beside their base, \(base?.name ?? "none").")) \(HTML.escaped(cutting))</p>
            </header>
            <section aria-labelledby="frontier">
            <h2 id="frontier">The frontier</h2>
            \(legend)
            <div class="charts">
            \(charts.map { "<figure>\n\($0.svg)\n<figcaption>\(HTML.escaped($0.title))</figcaption>\n</figure>" }.joined(separator: "\n"))
            </div>
            </section>
            <section aria-labelledby="files">
            <h2 id="files">The files</h2>
            \(table(files))
            <ul class="remarks">
            \(remarks.map { "<li>\(HTML.escaped($0))</li>" }.joined(separator: "\n"))
            </ul>
            </section>
            <section aria-labelledby="matrices">
            <h2 id="matrices">Inside the files</h2>
            \(bySize.map(details).joined(separator: "\n"))
            </section>
            <footer><p>Made by \(HTML.escaped(program)).</p></footer>
            </main>
            """
        return HTML.page(
            title: "Accuracy and size: \(base?.name ?? "")", style: Self.style, body: body, script: Self.script)
    }

    // MARK: Charts

    private var legend: String {
        let formats = Set(bySize.map(\.format)).subtracting(["q8z"]).sorted()
        guard !formats.isEmpty else { return "" }
        let theirs = HTML.escaped(formats.joined(separator: ", "))
        return """
            <p class="legend"><svg viewBox="0 0 14 14" aria-hidden="true" class="point ours"><circle cx="7" cy="7" r="5"/></svg> \
            this runtime's files \
            <svg viewBox="0 0 14 14" aria-hidden="true" class="point theirs"><path d="M7 .5l6.5 6.5-6.5 6.5-6.5-6.5z"/></svg> \
            \(theirs). Lower and further left is better.</p>
            """
    }

    private var charts: [Chart] {
        let sizes = Scale.linear(bySize.map { Double($0.byteCount) / 1e6 }) { $0.fixed($1) }
        var charts: [Chart] = []
        let compared = bySize.filter { ($0.comparison?.divergence.mean ?? 0) > 0 }
        if !compared.isEmpty {
            charts.append(
                chart(
                    "Divergence from the base against size", "KL, nats (logarithmic)", sizes,
                    .logarithmic(compared.compactMap { $0.comparison?.divergence.mean }), compared
                ) {
                    ($0.comparison?.divergence.mean ?? 0, "KL \(($0.comparison?.divergence.mean ?? 0).scientific) nats")
                })
        }
        let rules = Self.comparisonRules
        func perplexity(_ file: FileResult) -> Double? { file.text(rules)?.summary.perplexity?.mean }
        let measured = bySize.filter { perplexity($0) != nil }
        let level = base.flatMap(perplexity)
        if !measured.isEmpty {
            let values = measured.compactMap(perplexity) + (level.map { [$0] } ?? [])
            var chart = chart(
                "Perplexity against size", "perplexity (\(rules.rawValue))", sizes,
                .linear(values) { $0.fixed($1) }, measured
            ) { (perplexity($0) ?? 0, "perplexity \((perplexity($0) ?? 0).fixed(4))") }
            chart.level = level.map { ($0, "base, \($0.fixed(4))") }
            charts.append(chart)
        }
        return charts
    }

    private func chart(
        _ title: String, _ yTitle: String, _ x: Scale, _ y: Scale, _ files: [FileResult],
        _ value: (FileResult) -> (Double, String)
    ) -> Chart {
        Chart(
            title: title, xTitle: "file size, MB", yTitle: yTitle, x: x, y: y,
            points: files.map { file in
                let (value, words) = value(file)
                return Chart.Point(
                    x: Double(file.byteCount) / 1e6, y: value, name: file.name,
                    description: "\(file.name): \(file.byteCount.megabytes) MB, \(words)",
                    series: file.format == "q8z" ? "ours" : "theirs")
            })
    }

    // MARK: Table

    private func table(_ files: [FileResult]) -> String {
        let columns = ReportColumn.all(files)
        let head = ["file"] + columns.map(\.heading)
        let rows = files.map { file in
            let cells = columns.map { column in
                let value = column.value(file).map { " data-value=\"\($0)\"" } ?? ""
                return "<td\(value)>\(HTML.escaped(column.text(file) ?? "–"))</td>"
            }
            let name = HTML.escaped(file.name) + (file.isBase ? " <small>base</small>" : "")
            return "<tr><th scope=\"row\">\(name)<small>\(HTML.escaped(file.storage))</small></th>"
                + cells.joined() + "</tr>"
        }
        return """
            <div class="scroll" role="region" aria-label="Table of files" tabindex="0">
            <table class="sortable">
            <caption>Every file and what it came to; headings sort.</caption>
            <thead><tr>\(head.map { "<th scope=\"col\">\(HTML.escaped($0))</th>" }.joined())</tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            </div>
            """
    }

    // MARK: Inside a file

    private func details(_ file: FileResult) -> String {
        let matrices = bySize.flatMap(\.matrices)
        // Positions may lie in float32 in any file; beside them all others would look alike.
        let mostBits = matrices.filter { $0.name != ArrayName.positionEmbedding }.map(\.bitsPerWeight).max() ?? 1
        let largestError = matrices.map(\.relativeError).max() ?? 1
        func bar(_ share: Double, _ kind: String, _ text: String) -> String {
            let width = (100 * max(0, min(1, share))).fixed(1)
            return "<td><span class=\"bar \(kind)\" style=\"--share:\(width)%\">\(text)</span></td>"
        }
        let rows = file.matrices.map { matrix in
            "<tr><th scope=\"row\">\(HTML.escaped(matrix.name))</th><td>\(matrix.rows) × \(matrix.columns)</td>"
                + bar(matrix.bitsPerWeight / mostBits, "bits", matrix.bitsPerWeight.fixed(2))
                + bar(
                    largestError > 0 ? matrix.relativeError / largestError : 0, "error",
                    matrix.relativeError == 0 ? "0" : matrix.relativeError.scientific) + "</tr>"
        }
        return """
            <details>
            <summary><b>\(HTML.escaped(file.name))</b> <span>\(HTML.escaped(file.storage)), \
            \(file.byteCount.megabytes) MB, \(file.bitsPerWeight.fixed(2)) bits a weight</span></summary>
            \(file.symbols.map(histogram) ?? "")
            <div class="scroll" role="region" aria-label="Matrices of \(HTML.escaped(file.name))" tabindex="0">
            <table class="bars">
            <caption>Matrices: bits a weight takes in the file, and ‖stored − base‖ / ‖base‖. Bars are as long as their share of \
            the largest in any file.</caption>
            <thead><tr><th scope="col">matrix</th><th scope="col">shape</th><th scope="col">bits/weight</th>\
            <th scope="col">relative error</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            </div>
            </details>
            """
    }

    private func histogram(_ symbols: SymbolCounts) -> String {
        guard let range = symbols.range else { return "" }
        let (width, height, floor) = (440.0, 150.0, 126.0)
        let counts = range.map { symbols.counts[$0 + 128] }
        let most = Double(counts.max() ?? 1)
        let step = width / Double(counts.count)
        let bars = counts.enumerated().filter { $0.element > 0 }.map { index, count in
            let length = Double(count) / most * (floor - 6)
            return
                "M\((Double(index) * step).fixed(2)) \(floor.fixed(0))v-\(length.fixed(2))h\((step * 0.9).fixed(2))v\(length.fixed(2))z"
        }
        let total = Double(counts.reduce(0, +))
        let words =
            "Symbols \(range.lowerBound) to \(range.upperBound), the most frequent \((100 * most / total).fixed(1)) % of all; "
            + "entropy \(symbols.entropy.fixed(2)) bits"
            + (symbols.escapeCount > 0 ? "; \(symbols.escapeCount) weights beyond them" : "")
        return """
            <figure class="histogram">
            <svg viewBox="0 0 \(width.fixed(0)) \(height.fixed(0))" role="img" aria-label="\(HTML.escaped(words))">
            <path d="\(bars.joined())"/>
            <text x="0" y="\(height - 6)">\(range.lowerBound)</text>
            <text x="\(width)" y="\(height - 6)" text-anchor="end">\(range.upperBound)</text>
            \(range.contains(0) ? "<text x=\"\(((Double(-range.lowerBound) + 0.45) * step).fixed(1))\" y=\"\(height - 6)\" text-anchor=\"middle\">0</text>" : "")
            </svg>
            <figcaption>\(HTML.escaped(words)).</figcaption>
            </figure>
            """
    }
}
