import GPT2
import ModelFile
import StrictJSON

/// What is to be said about the memory that a model will take.
struct MemoryReport {
    let plan: MemoryPlan
    /// Seconds for every batch of tokens, where weights are streamed: from the disk at first, and later perhaps not.
    let streamingTime: (first: Double, later: Double)
    let threadCount: Int

    init(_ plan: MemoryPlan, of file: ModelFile, threadCount: Int) throws(GPT2Error) {
        self.plan = plan
        self.threadCount = threadCount
        streamingTime = try plan.streamingTime(of: file, threadCount: threadCount)
    }

    /// A line before a text is written, where weights are streamed.
    var remark: String? {
        guard plan.streamedByteCount > 0 else { return nil }
        return "[\(plan.byteCount.asBytes) planned of \(plan.limit.asBytes); \(streaming)]"
    }

    private var streaming: String {
        "\(plan.streamedByteCount.asBytes) of \(plan.weightByteCount.asBytes) of weights are streamed, "
            + "about \(streamingTime.later.asTime) a token with \(threadCount == 1 ? "1 thread" : "\(threadCount) threads")"
            + (streamingTime.first > 2 * streamingTime.later
                ? ", \(streamingTime.first.asTime) where the file comes from the disk" : "")
    }

    /// Names and values.
    var facts: [(String, String)] {
        plan.items.map { ("  " + $0.name, $0.byteCount.asBytes) } + [
            ("  weights, \(plan.isMapped ? "in place" : "decoded")", plan.keptByteCount.asBytes),
            ("  all", "\(plan.byteCount.asBytes) of \(plan.limit.asBytes)"),
            ("  mode", plan.streamedByteCount > 0 ? "\(plan.mode): \(streaming)" : plan.mode),
        ]
    }

    var json: JSONValue {
        [
            "mode": .string(plan.mode),
            "limit_bytes": .integer(Int64(plan.limit)),
            "planned_bytes": .integer(Int64(plan.byteCount)),
            "items": .object(
                plan.items.reduce(into: JSONObject()) { $0[$1.name] = .integer(Int64($1.byteCount)) }),
            "weight_bytes": .integer(Int64(plan.weightByteCount)),
            "kept_weight_bytes": .integer(Int64(plan.keptByteCount)),
            "streamed_weight_bytes": .integer(Int64(plan.streamedByteCount)),
            "streamed_file_bytes": .integer(Int64(plan.streamedStoredByteCount)),
            "streaming_seconds": .number(streamingTime.later),
            "streaming_seconds_from_disk": .number(streamingTime.first),
        ]
    }
}

extension OpenModel {
    /// What people are told before a text is written: that the model is none for that, and how long streaming takes.
    var remark: String? {
        get throws {
            let task = gpt2.configuration.classifier.map { _ in
                "this model was trained to classify, not to write; its labels are said by: vencejo classify"
            }
            let memory = try MemoryReport(gpt2.plan, of: gpt2.file, threadCount: gpt2.threadCount).remark
            let remarks = [task, memory].compactMap(\.self)
            return remarks.isEmpty ? nil : remarks.joined(separator: "\n")
        }
    }
}
