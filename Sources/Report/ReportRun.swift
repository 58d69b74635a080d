import Evaluation
import GPT2
import Generation
public import Kernels
import ModelFile

/// How far a report is.
public struct ReportProgress: Sendable {
    /// What is being done: "int8.q8z: llama.cpp, window 3 of 12".
    public let stage: String
    /// The share of the whole that is done, by a rough guess.
    public let share: Double
}

/// How the files of a report are measured.
public struct ReportOptions: Sendable {
    /// The text; nil lets the base write some.
    public var text: ReportText?
    /// The runtime for speed and memory; nil leaves them out.
    public var runtime: RuntimeProgram?
    /// Who does the work.
    public var pool: WorkerPool
    /// Name and version of the program that makes the report.
    public var program: String
    /// What the checkpoint is called; nil takes the base's name.
    public var checkpoint: String?

    /// What is measured, and by whom.
    public init(
        text: ReportText? = nil, runtime: RuntimeProgram? = nil, pool: WorkerPool, program: String,
        checkpoint: String? = nil
    ) {
        (self.text, self.runtime, self.pool, self.program) = (text, runtime, pool, program)
        self.checkpoint = checkpoint
    }
}

/// Measures files beside their base.
///
/// Every file reads the text twice: as Hugging Face's protocol cuts it, and as llama.cpp's does, there side by side with
/// the base, in float32, for the divergence. Speed and memory come last, when nothing else runs.
///
/// - Parameters:
///   - base: what the others are compared with.
///   - files: the others.
///   - options: what is measured, and how.
///   - onProgress: called often; false ends it by ``ReportError/interrupted``.
public func makeReport(
    base: ReportedFile, files: [ReportedFile], options: ReportOptions,
    onProgress: @escaping (ReportProgress) -> Bool = { _ in true }
) throws(ReportError) -> FrontierReport {
    var run = try ReportRun(base: base, files: files, options: options, onProgress: onProgress)
    try options.runtime?.check()  // not after an hour of measuring
    return try run.report()
}

/// Refuses whatever ``makeReport(base:files:options:onProgress:)`` would refuse of these files and this text before it measures
/// anything.
public func checkReport(base: ReportedFile, files: [ReportedFile], options: ReportOptions) throws(ReportError) {
    let run = try ReportRun(base: base, files: files, options: options) { _ in true }
    if let text = options.text { try run.check(text) }
    try options.runtime?.check()
}

private struct ReportRun {
    let base: OpenedFile
    /// The base first.
    let files: [OpenedFile]
    let options: ReportOptions
    let onProgress: (ReportProgress) -> Bool
    /// Which file is at work, and how much of that is done.
    private var (index, part) = (0, 0.0)

    init(
        base: ReportedFile, files: [ReportedFile], options: ReportOptions,
        onProgress: @escaping (ReportProgress) -> Bool
    ) throws(ReportError) {
        self.base = try OpenedFile(base)
        var opened = [self.base]
        for file in files {
            let file = try OpenedFile(file)
            if let other = opened.first(where: { $0.file.identity == file.file.identity }) {
                throw .sameFile(path: file.reported.path, other: other.reported.path)
            }
            try file.check(beside: self.base)
            opened.append(file)
        }
        (self.files, self.options, self.onProgress) = (opened, options, onProgress)
    }

    private func say(_ what: String, _ share: Double) -> Bool {
        let done = (Double(index) + part + share) / Double(files.count)
        return onProgress(ReportProgress(stage: what, share: min(1, done)))
    }

    mutating func report() throws(ReportError) -> FrontierReport {
        guard files.count > 1 else { throw .nothingToCompare }
        let text = try text()
        try check(text)
        var results: [FileResult] = []
        for (index, file) in files.enumerated() {
            (self.index, part) = (index, 0)
            let name = file.reported.name
            let against = index == 0 ? nil : base
            var result = try file.result(beside: against) { say("\(name): \($0)", 0) }
            if file.reported.original == nil {
                let traffic = try open(file, Options(pool: options.pool), windows(.huggingFace, text)).traffic
                result.tokenByteCount = traffic.blocks + traffic.head
            }
            part = 0.1
            for rules in EvaluationProtocol.allCases {
                result.texts.append(
                    try measure(file, beside: rules == .llamaCpp ? against : nil, rules, text))
                part += 0.4
            }
            results.append(result)
        }
        if let runtime = options.runtime {
            let own = files.indices.filter { files[$0].reported.original == nil }
            let speeds = try runtime.measure(
                own.map { files[$0].reported.path }, threads: options.pool.threadCount,
                contextLength: base.configuration.contextLength
            ) { say("\(files[own[$1]].reported.name): speed, round \($0 + 1) of \(RuntimeProgram.roundCount)", 0) }
            for (index, speed) in zip(own, speeds) { results[index].speed = speed }
        }
        return FrontierReport(
            program: options.program, checkpoint: options.checkpoint, text: text, files: results,
            processor: options.runtime == nil ? nil : Processor.name)
    }

    /// A text that is too short is said before anything is read.
    func check(_ text: ReportText) throws(ReportError) {
        for rules in EvaluationProtocol.allCases { _ = try windows(rules, text) }
    }

    private func text() throws(ReportError) -> ReportText {
        if let text = options.text { return text }
        do {
            let model = try TextModel(
                contentsOf: base.reported.path, options: Options(cacheType: .float32, pool: options.pool))
            return try ReportText.own(of: model, at: base.reported.path) { share in
                say("\(base.reported.name) writes the text", share * 0.1)
            }
        } catch let error as GenerationError {
            throw .generation(path: base.reported.path, error)
        } catch let error as ReportError {
            throw error
        } catch { preconditionFailure("models throw their own errors only, not \(error)") }
    }

    private func windows(_ rules: EvaluationProtocol, _ text: ReportText) throws(ReportError) -> Windows {
        do {
            return try Windows(
                rules, context: rules.usualContext(of: base.configuration.contextLength), stride: nil,
                tokenCount: text.ids(rules).count)
        } catch { throw .evaluation(path: text.name, error) }
    }

    private func measure(
        _ file: OpenedFile, beside base: OpenedFile?, _ rules: EvaluationProtocol, _ text: ReportText
    ) throws(ReportError) -> TextResult {
        let (windows, ids) = (try windows(rules, text), text.ids(rules))
        let model = try open(file, Options(pool: options.pool), windows)
        var exact: GPT2?
        if let base {
            exact = try open(base, Options(activations: .float32, cacheType: .float32, pool: options.pool), windows)
        }
        var summary = Summary(context: windows.context)
        do {
            let reader = try WindowReader(model, base: exact)
            for index in 0..<windows.count {
                let stage = "\(file.reported.name): \(rules.rawValue), window \(index + 1) of \(windows.count)"
                func goesOn() -> Bool { say(stage, 0.4 * Double(index) / Double(windows.count)) }
                guard let scores = try reader.read(windows[index], of: ids, while: goesOn) else {
                    throw ReportError.interrupted
                }
                summary.add(scores, of: windows[index])
            }
        } catch let error as EvaluationError {
            throw .evaluation(path: file.reported.path, error)
        } catch { throw .interrupted }
        return TextResult(windows: windows, summary: summary)
    }

    private func open(
        _ file: OpenedFile, _ options: Options, _ windows: Windows
    ) throws(ReportError) -> GPT2 {
        var options = options
        (options.keptLogits, options.contextLength) = (WindowReader.keptLogits, windows.context)
        do { return try GPT2(contentsOf: file.reported.path, options: options) } catch {
            throw .generation(path: file.reported.path, .model(error))
        }
    }
}
