import Evaluation
import GPT2
import Kernels

/// A measurement under way.
struct EvaluationRun {
    private let measurement: Measurement
    private let models: EvaluatedModels
    private let text: [UInt32]
    private let shard: Shard
    private var summary: Summary
    /// Windows that were there already, and those that were read now.
    private var (knownCount, readCount) = (0, 0)
    /// Tokens that were read, and the time that took.
    private var tokenCount = 0
    private var time = Duration.zero

    init(_ measurement: Measurement, _ models: EvaluatedModels, text: [UInt32], shard: Shard) {
        (self.measurement, self.models, self.text, self.shard) = (measurement, models, text, shard)
        summary = Summary(context: measurement.windows.context)
    }

    /// Measures every window of the shard that the file does not hold yet.
    ///
    /// - Parameter path: the file that the results are kept in; nil keeps none.
    mutating func measure(keepingIn path: String?, resumes: Bool) throws {
        let reader = try reader()
        let windows = measurement.windows
        var (summary, known) = (self.summary, 0)
        let record = try path.map { path in
            try Record.open(path, measurement, shard, resumes: resumes) { scores in
                summary.add(scores, of: windows[scores.index])
                known += 1
            }
        }
        (self.summary, knownCount) = (summary, known)
        defer { Diagnostics.progress("") }
        try Interrupt.catching {
            for index in shard.windows(of: windows.count).dropFirst(known) {
                showProgress(index)
                guard let scores = try read(windows[index], with: reader) else {
                    Diagnostics.progress("")
                    if let path { Diagnostics.say("\(path) has \(done) windows; --resume goes on from there") }
                    throw ExitStatus.interrupted.code
                }
                try record?.append(scores)
                self.summary.add(scores, of: windows[index])
            }
        }
    }

    /// How many windows are done: "12 of 561".
    private var done: String { "\(knownCount + readCount) of \(shard.windows(of: measurement.windows.count).count)" }

    private func reader() throws -> WindowReader {
        do { return try WindowReader(models.model, base: models.base?.model) } catch { throw failure(error) }
    }

    private mutating func read(_ window: Window, with reader: WindowReader) throws -> WindowScores? {
        let start = ContinuousClock.now
        do {
            let scores = try reader.read(window, of: text) { !Interrupt.isRequested }
            guard let scores else { return nil }
            time += start.duration(to: .now)
            tokenCount += window.tokens.count
            readCount += 1
            return scores
        } catch { throw failure(error) }
    }

    /// What is wrong with one of the models names it.
    private func failure(_ error: EvaluationError) -> Failure {
        switch error {
        case .model(let error): Failure(error).about(models.path)
        case .base(let error): Failure(error).about(models.base?.path ?? models.path)
        default: Failure(error)
        }
    }

    private func showProgress(_ index: Int) {
        guard Diagnostics.isTerminal else { return }
        let all = shard.windows(of: measurement.windows.count)
        var line = "window \(index - all.lowerBound + 1) of \(all.count)"
        if let perplexity = summary.perplexity { line += ", perplexity \(perplexity.mean.fixed(4))" }
        if readCount > 0 {
            let left = time.seconds / Double(readCount) * Double(all.upperBound - index)
            line += ", \(rate.brief) tokens/s, \(Self.amount(left)) left"
        }
        Diagnostics.progress(line)
    }

    /// Tokens read in a second.
    private var rate: Double { time > .zero ? Double(tokenCount) / time.seconds : 0 }

    private static func amount(_ seconds: Double) -> String {
        switch seconds {
        case ..<90: "\(seconds.fixed(0)) s"
        case ..<5400: "\((seconds / 60).fixed(0)) min"
        default: "\((seconds / 3600).fixed(1)) h"
        }
    }

    var report: PerplexityReport { PerplexityReport(measurement: measurement, summary: summary, shard: shard) }

    /// A line for people: how long it took.
    var remark: String {
        let threads = models.model.threadCount == 1 ? "1 thread" : "\(models.model.threadCount) threads"
        let known = knownCount > 0 ? "\(knownCount) windows were done, " : ""
        let peak = ProcessMemory.current.map { ", peak \($0.peak.asBytes)" } ?? ""
        return "[\(known)read \(tokenCount) tokens in \(Self.amount(time.seconds)), \(rate.brief)/s, "
            + "\(models.model.plan.mode)\(peak), \(models.model.kernels.name), \(threads)]"
    }
}
