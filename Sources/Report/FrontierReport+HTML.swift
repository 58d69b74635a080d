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
            <h1>Accuracy and size of <bdi>\(HTML.escaped(checkpointName))</bdi></h1>
            <p>\(HTML.escaped(introduction))</p>
            </header>
            <section aria-labelledby="frontier">
            <h2 id="frontier">The frontier</h2>
            \(legend)
            <div class="charts">
            \(figures.joined(separator: "\n"))
            </div>
            \(key)
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
            title: "Accuracy and size of \(checkpointName)", style: Self.style, body: body, script: Self.script)
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

    /// Whose the numbers in the charts are.
    private var key: String {
        let items = bySize.map { file in
            "<li class=\"\(series(file))\"><bdi>\(HTML.escaped(file.name))</bdi>, \(file.byteCount.megabytes) MB</li>"
        }
        return "<ol class=\"key\">\n\(items.joined(separator: "\n"))\n</ol>"
    }

    private func series(_ file: FileResult) -> String { file.format == "q8z" ? "ours" : "theirs" }

    /// What lies across in a chart.
    private struct Across: Sendable {
        let title: String
        /// In bytes; 0 where it is not known.
        let byteCount: @Sendable (FileResult) -> Int

        static let fileSize = Across(title: "file size, MB", byteCount: { $0.byteCount })
        static let traffic = Across(title: "a token reads, MB", byteCount: { $0.tokenByteCount })
    }

    private var figures: [String] {
        var figures: [String] = []
        let divergences = bySize.compactMap { $0.comparison?.divergence }.filter { $0.mean > 0 }
        if !divergences.isEmpty {
            let scale = Scale.logarithmic(divergences.flatMap { [$0.mean, $0.mean + $0.standardError] })
            for (across, title, note) in [
                (Across.fileSize, "size", "Bars: one standard error, where they are longer than the mark."),
                (.traffic, "what a token reads", "From memory, as weights lie there; writing waits for it."),
            ] where bySize.contains(where: { across.byteCount($0) > 0 }) {
                let chart = chart(
                    "Divergence from the base against \(title)", across, "KL, nats (logarithmic)", scale
                ) { file in
                    guard let kl = file.comparison?.divergence, kl.mean > 0 else { return nil }
                    return (kl.mean, kl.standardError, "KL \(kl.mean.scientific) ± \(kl.standardError.scientific) nats")
                }
                figures.append(figure(chart, note))
            }
        }
        let rules = Self.comparisonRules
        func perplexity(_ file: FileResult) -> Double? { file.text(rules)?.summary.perplexity?.mean }
        func error(_ file: FileResult) -> Double {
            (perplexity(file) ?? 0) * (file.comparison?.difference.standardError ?? 0)
        }
        let values =
            files.compactMap(perplexity) + bySize.compactMap { file in perplexity(file).map { $0 + error(file) } }
        if !values.isEmpty {
            // One poor file would press all others flat.
            let isWide = (values.max() ?? 1) > 3 * (values.min() ?? 1)
            var chart = chart(
                "Perplexity against size", .fileSize,
                "perplexity, \(rules.rawValue)" + (isWide ? " (logarithmic)" : ""),
                isWide ? .logarithmic(values) : .linear(values) { $0.fixed($1) }
            ) { file in
                guard let mean = perplexity(file) else { return nil }
                return (mean, error(file), "perplexity \(mean.fixed(4))")
            }
            chart.level = base.flatMap(perplexity)
            let dashed = chart.level.map { "Dashed: the base, \($0.fixed(4)). " } ?? ""
            figures.append(
                figure(
                    chart,
                    dashed + "Bars: one standard error of the difference from it, where they are longer than the mark.")
            )
        }
        return figures
    }

    private func figure(_ chart: Chart, _ note: String) -> String {
        "<figure>\n\(chart.svg)\n<figcaption><b>\(HTML.escaped(chart.title)).</b> \(HTML.escaped(note))</figcaption>\n</figure>"
    }

    private func chart(
        _ title: String, _ across: Across, _ yTitle: String, _ y: Scale,
        _ value: (FileResult) -> (mean: Double, standardError: Double, words: String)?
    ) -> Chart {
        let files = bySize.enumerated().filter { across.byteCount($0.element) > 0 }
        return Chart(
            title: title, xTitle: across.title, yTitle: yTitle,
            x: .linear(files.map { Double(across.byteCount($0.element)) / 1e6 }) { $0.fixed($1) }, y: y,
            points: files.compactMap { index, file in
                value(file).map { value in
                    let byteCount = across.byteCount(file)
                    return Chart.Point(
                        x: Double(byteCount) / 1e6, y: value.mean,
                        standardError: value.standardError, number: index + 1,
                        description: "\(file.name): \(byteCount.megabytes) MB, \(value.words)",
                        series: series(file))
                }
            })
    }

    // MARK: Table

    private func table(_ files: [FileResult]) -> String {
        let columns = ReportColumn.all(files)
        let head = ["file"] + columns.map(\.heading)
        // The base comes first, so that the others have the numbers of the key.
        let rows = files.enumerated().map { index, file in
            let cells = columns.map { column in
                let value = column.value(file).map { " data-value=\"\($0)\"" } ?? ""
                let spread = column.spread(file).map { " <small>\(HTML.escaped($0))</small>" } ?? ""
                return "<td\(value)>\(HTML.escaped(column.text(file) ?? "–"))\(spread)</td>"
            }
            let number = file.isBase ? "" : "<b class=\"\(series(file))\">\(index)</b> "
            return "<tr><th scope=\"row\"><div>\(number)<bdi>\(HTML.escaped(file.name))</bdi>"
                + "<small>\(file.isBase ? "base; " : "")\(HTML.escaped(file.storage))</small></div></th>"
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
            <summary><b><bdi>\(HTML.escaped(file.name))</bdi></b> <span>\(file.byteCount.megabytes) MB, \
            \(file.bitsPerWeight.fixed(2)) bits a weight; \(HTML.escaped(file.making))</span></summary>
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
