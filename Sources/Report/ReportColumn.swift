import Evaluation

/// A column of the table of files.
struct ReportColumn {
    let heading: String
    /// What stands in a cell; nil where a file has none.
    let text: (FileResult) -> String?
    /// What the column is sorted by; nil for words.
    let value: (FileResult) -> Double?

    private init(
        _ heading: String, _ value: @escaping (FileResult) -> Double?, _ text: @escaping (Double) -> String
    ) {
        self.heading = heading
        self.value = value
        self.text = { value($0).map(text) }
    }

    /// The columns in which some file has something.
    static func all(_ files: [FileResult]) -> [ReportColumn] {
        columns.filter { column in files.contains { column.value($0) != nil } }
    }

    private static var columns: [ReportColumn] {
        [
            ReportColumn("size, MB", { Double($0.byteCount) }, { Int($0).megabytes }),
            ReportColumn("bits / weight", { $0.bitsPerWeight }, { $0.fixed(2) }),
            ReportColumn("KL, nats", { $0.comparison?.divergence.mean }, { $0.scientific }),
            ReportColumn("± KL", { $0.comparison?.divergence.standardError }, { $0.scientific }),
            ReportColumn("KL, 99 %", { $0.comparison?.percentile99 }, { $0.scientific }),
            ReportColumn("same top 1, %", { ($0.comparison?.agreement.mean).map { 100 * $0 } }, { $0.fixed(2) }),
            perplexity(.huggingFace),
            perplexity(.llamaCpp),
            ReportColumn(
                "a token reads, MB", { $0.tokenByteCount == 0 ? nil : Double($0.tokenByteCount) }, { Int($0).megabytes }
            ),
            ReportColumn("writes, tokens/s", { $0.speed?.writingRate }, { $0.brief }),
            ReportColumn("reads, tokens/s", { $0.speed?.readingRate }, { $0.brief }),
            ReportColumn("start, ms", { $0.speed?.startMilliseconds }, { $0.brief }),
            ReportColumn("memory, MB", { ($0.speed?.peakByteCount).map { Double($0) } }, { Int($0).megabytes }),
        ]
    }

    private static func perplexity(_ rules: EvaluationProtocol) -> ReportColumn {
        ReportColumn("perplexity, \(rules.rawValue)", { $0.text(rules)?.summary.perplexity?.mean }, { $0.fixed(4) })
    }
}
