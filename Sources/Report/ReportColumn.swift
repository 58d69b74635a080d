import Evaluation
import Pages

/// A column of the table of files.
struct ReportColumn {
    let heading: String
    /// What stands in a cell; nil where a file has none.
    let text: (FileResult) -> String?
    /// How sure that is, "± 0.2" or "(298–430)"; nil where it is not known.
    let spread: (FileResult) -> String?
    /// What the column is sorted by; nil for words.
    let value: (FileResult) -> Double?

    private init(
        _ heading: String, _ value: @escaping (FileResult) -> Double?, _ text: @escaping (Double) -> String,
        spread: @escaping (FileResult) -> String? = { _ in nil }
    ) {
        self.heading = heading
        self.value = value
        self.text = { value($0).map(text) }
        self.spread = spread
    }

    /// A mean and its standard error.
    private init(
        _ heading: String, _ estimate: @escaping (FileResult) -> Summary.Estimate?,
        _ text: @escaping (Double) -> String, error: @escaping (Double) -> String
    ) {
        self.init(
            heading, { estimate($0)?.mean }, text, spread: { estimate($0).map { "± " + error($0.standardError) } })
    }

    /// The middle of some rounds, and the range.
    private init(_ heading: String, _ rounds: @escaping (FileResult) -> Spread?) {
        self.init(
            heading, { rounds($0)?.median }, { $0.brief },
            spread: { rounds($0).map { "(\($0.least.brief)–\($0.most.brief))" } })
    }

    /// The columns in which some file has something.
    static func all(_ files: [FileResult]) -> [ReportColumn] {
        columns.filter { column in files.contains { column.value($0) != nil } }
    }

    private static var columns: [ReportColumn] {
        [
            ReportColumn("size, MB", { Double($0.byteCount) }, { Int($0).megabytes }),
            ReportColumn("bits / weight", { $0.bitsPerWeight }, { $0.fixed(2) }),
            ReportColumn("KL, nats", { $0.comparison?.divergence }, { $0.scientific }, error: { $0.scientific }),
            ReportColumn("KL, 99 %", { $0.comparison?.percentile99 }, { $0.scientific }),
            ReportColumn("KL when calibrated", { $0.calibratedDivergence }, { $0.scientific }),
            ReportColumn("same top 1, %", { ($0.comparison?.agreement.mean).map { 100 * $0 } }, { $0.fixed(2) }),
            perplexity(.huggingFace),
            perplexity(.llamaCpp),
            ReportColumn("Δ nll, nats", { $0.comparison?.difference }, { $0.scientific }, error: { $0.scientific }),
            ReportColumn(
                "a token reads, MB", { $0.tokenByteCount == 0 ? nil : Double($0.tokenByteCount) }, { Int($0).megabytes }
            ),
            ReportColumn("writes, tokens/s") { $0.speed?.writingRate },
            ReportColumn("reads, tokens/s") { $0.speed?.readingRate },
            ReportColumn("start, ms") { $0.speed?.startMilliseconds },
            ReportColumn("memory, MB", { ($0.speed?.peakByteCount).map { Double($0) } }, { Int($0).megabytes }),
        ]
    }

    private static func perplexity(_ rules: EvaluationProtocol) -> ReportColumn {
        ReportColumn(
            "perplexity, \(rules.rawValue)", { $0.text(rules)?.summary.perplexity }, { $0.fixed(4) },
            error: { $0.brief })
    }
}
