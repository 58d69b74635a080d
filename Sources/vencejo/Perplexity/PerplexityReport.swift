import Evaluation
import GPT2
import StrictJSON

/// What a text came to, for people and for programs.
struct PerplexityReport {
    let measurement: Measurement
    let summary: Summary
    let shard: Shard

    func write(asJSON: Bool) throws {
        var output = StandardOutput()
        let json = summary.json(measurement, shard: shard == .whole ? nil : shard)
        try output.writeLine(asJSON ? json.encoded(pretty: true) : text)
        try output.flush()
    }

    private var text: String {
        var lines = [cutting]
        guard let nats = summary.nats, let perplexity = summary.perplexity else {
            return (lines + ["no token is scored in this shard"]).joined(separator: "\n")
        }
        var facts = [
            ("perplexity", "\(Self.text(perplexity, 4))  \(Self.name(measurement.model))"),
            ("nats a token", Self.text(nats, 5)),
        ]
        if let comparison = summary.comparison, let base = measurement.base {
            let basePerplexity = Summary.perplexity(comparison.base)
            facts.insert(("base", "\(Self.text(basePerplexity, 4))  \(Self.name(base))"), at: 1)
            facts[2].1 += ", base \(comparison.base.mean.fixed(5)), difference \(Self.text(comparison.difference, 5))"
            facts += Self.facts(comparison)
        }
        let width = facts.map(\.0.count).max() ?? 0
        lines += facts.map { $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + $0.1 }
        if summary.comparison != nil { lines += [""] + positions }
        return lines.joined(separator: "\n")
    }

    /// The protocol, and what of the text was scored.
    private var cutting: String {
        let windows = measurement.windows
        let steps = windows.stride == windows.context ? "side by side" : "\(windows.stride) apart"
        let part = shard.windows(of: windows.count)
        let share =
            shard == .whole
            ? "\(windows.count) windows"
            : part.isEmpty
                ? "shard \(shard), none of \(windows.count) windows"
                : "shard \(shard), windows \(part.lowerBound + 1) to \(part.upperBound) of \(windows.count),"
        return "protocol \(windows.rules.rawValue): \(share) of \(windows.context) tokens, \(steps); "
            + "\(summary.tokenCount) of \(windows.tokenCount) tokens scored"
    }

    private static func facts(_ comparison: Summary.Comparison) -> [(String, String)] {
        let divergence = comparison.divergence
        return [
            (
                "KL",
                "\(divergence.mean.scientific) ± \(divergence.standardError.scientific) nats; "
                    + "median \(comparison.median.scientific), 99 % \(comparison.percentile99.scientific), "
                    + "99.9 % \(comparison.permille999.scientific), max \(comparison.maximum.scientific)"
            ),
            ("same top 1", "\(percent(comparison.agreement, 2)) %"),
            ("Δp", "\(percent(comparison.probabilityChange, 3)) % root mean square"),
        ]
    }

    private var positions: [String] {
        let rows = summary.positions.map { part in
            [
                "\(part.range.lowerBound)–\(part.range.upperBound - 1)", "\(part.tokenCount)",
                part.surprise.fixed(4), part.divergence?.scientific ?? "",
                part.agreement.map { "\((100 * $0).fixed(2)) %" } ?? "",
            ]
        }
        return Table(["tokens before", "scored", "nats", "KL", "same top 1"], rows).lines
    }

    private static func name(_ model: MeasuredModel) -> String {
        "\(model.name) (activations \(model.activations.rawValue), cache \(model.cacheType.rawValue))"
    }

    private static func text(_ estimate: Summary.Estimate, _ digits: Int) -> String {
        "\(estimate.mean.fixed(digits)) ± \(estimate.standardError.fixed(digits))"
    }

    private static func percent(_ estimate: Summary.Estimate, _ digits: Int) -> String {
        "\((100 * estimate.mean).fixed(digits)) ± \((100 * estimate.standardError).fixed(digits))"
    }
}
