import Evaluation

/// Accuracy against size: what files of one checkpoint came to on one text.
public struct FrontierReport: Sendable {
    /// Name and version of the program that measured.
    public let program: String
    /// What was read.
    public let text: ReportText
    /// The base first, then the others in the order in which they were given.
    public let files: [FileResult]

    var base: FileResult? { files.first { $0.isBase } }

    /// The protocol in which files were compared with the base.
    static let comparisonRules = EvaluationProtocol.llamaCpp

    /// The files but the base, the smallest first.
    var bySize: [FileResult] { files.filter { !$0.isBase }.sorted { $0.byteCount < $1.byteCount } }

    /// How the text was cut: a sentence.
    var cutting: String {
        let parts = (base?.texts ?? []).map { result in
            "\(result.windows.rules.rawValue) (windows of \(result.windows.context) tokens, \(result.windows.stride) apart, "
                + "\(result.summary.tokenCount) tokens scored)"
        }
        return "Text: \(text.name). Protocols: \(parts.joined(separator: "; "))."
    }

    /// What to know before the numbers are read.
    var remarks: [String] {
        var remarks = [
            "KL is the mean of KL(base ‖ file) over the tokens that \(Self.comparisonRules.rawValue)'s protocol scores, in "
                + "nats; ± is one standard error. Same top 1 is the share of tokens at which file and base find the same "
                + "token likeliest.",
            "Size is the whole file; bits are of a weight with its share of scales.",
        ]
        if text.isOwn {
            remarks.append(
                "The base wrote the text itself: divergences mean what they always do, perplexities say how sure the models "
                    + "are of the base's own words and are not to be compared with others'.")
        }
        let others = files.filter { $0.format != "q8z" }
        if !others.isEmpty {
            remarks.append(
                "\(Set(others.map(\.format)).sorted().joined(separator: " and ")) files are measured by their weights: "
                    + "turned to float32 and run by this runtime, so that all differences are of the weights.")
        }
        if let speed = files.lazy.compactMap(\.speed).first {
            remarks.append(
                "Speed: \(speed.threads == 1 ? "1 thread" : "\(speed.threads) threads"), kernels \(speed.kernels), the "
                    + "median of three rounds of vencejo bench. Start: a program that writes one token and ends, the "
                    + "file in the system's cache. Memory: the largest resident set while it writes.")
        }
        return remarks
    }
}
