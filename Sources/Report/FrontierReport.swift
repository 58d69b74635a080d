import Evaluation

/// Accuracy against size: what files of one checkpoint came to on one text.
public struct FrontierReport: Sendable {
    /// Name and version of the program that measured.
    public let program: String
    /// What the checkpoint is called; nil where only its files are known.
    public let checkpoint: String?
    /// What was read.
    public let text: ReportText
    /// The base first, then the others in the order in which they were given.
    public let files: [FileResult]
    /// Of the machine that measured speed; nil where none was, or the system does not name it.
    public let processor: String?

    var base: FileResult? { files.first { $0.isBase } }

    /// The protocol in which files were compared with the base.
    static let comparisonRules = EvaluationProtocol.llamaCpp

    /// The files but the base, the smallest first.
    var bySize: [FileResult] { files.filter { !$0.isBase }.sorted { $0.byteCount < $1.byteCount } }

    /// The checkpoint's name, or that of the base.
    var checkpointName: String {
        guard checkpoint == nil, let name = base?.name else { return checkpoint ?? "none" }
        return name.hasSuffix(".q8z") ? String(name.dropLast(4)) : name
    }

    /// What is beside what, and how the text was cut.
    var introduction: String {
        let source = base?.source.map { " (from \($0))" } ?? ""
        let parts = (base?.texts ?? []).map { result in
            "\(result.windows.rules.rawValue) (windows of \(result.windows.context) tokens, \(result.windows.stride) apart, "
                + "\(result.summary.tokenCount) tokens scored)"
        }
        return
            "Files beside their base, \(base?.name ?? "none")\(source). Text: \(text.name). Protocols: \(parts.joined(separator: "; "))."
    }

    /// What to know before the numbers are read.
    var remarks: [String] {
        var remarks = [
            "KL is the mean of KL(base ‖ file) over the tokens that \(Self.comparisonRules.rawValue)'s protocol scores, in "
                + "nats; ± is one standard error. Same top 1 is the share of tokens at which file and base find the same "
                + "token likeliest.",
            "The ± of a perplexity says how sure this text makes it, and is much the same for all files. What tells files "
                + "apart is Δ nll, the mean −ln p of a token less the base's, token by token: its ± is that of the pairs.",
            "Size is the whole file; bits are of a weight with its share of scales.",
        ]
        if text.isOwn {
            remarks.append(
                "The base wrote the text itself: divergences mean what they always do, perplexities say how sure the models "
                    + "are of the base's own words and are not to be compared with others'.")
        }
        if files.contains(where: { $0.calibratedDivergence != nil }) {
            remarks.append(
                "KL when calibrated is what vencejo-convert measured for --quality or another goal, on held-out tokens of "
                    + "the calibration text. KL here is on other text, so it can be larger: --quality high may show more "
                    + "than its 0.001.")
        }
        let others = files.filter { $0.format != "q8z" }
        if !others.isEmpty {
            remarks.append(
                "\(Set(others.map(\.format)).sorted().joined(separator: " and ")) files are measured by their weights: "
                    + "turned to float32 and run by this runtime, so that all differences are of the weights.")
        }
        if let speed = files.lazy.compactMap(\.speed).first {
            remarks.append(
                "Speed: \(processor ?? "unnamed processor"), \(speed.threads == 1 ? "1 thread" : "\(speed.threads) threads"), "
                    + "kernels \(speed.kernels); vencejo bench in \(RuntimeProgram.roundCount) rounds, every file once in "
                    + "each: the median, and the slowest to the fastest. Start, in the same rounds: a program that writes "
                    + "one token and ends, the file in the system's cache. Memory: the largest resident set while it writes."
            )
            if files.filter({ $0.speed != nil && $0.symbols != nil }).count > 1 {
                remarks.append(
                    "Int8 weights are decoded once and stay in memory, in 4, 5 or 6 bits where they fit; after that, files of "
                        + "one shape run equally fast, but for the bytes that a token reads. All other differences are noise."
                )
            }
        }
        return remarks
    }
}
