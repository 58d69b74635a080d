import GPT2
import Generation
import Kernels
import StrictJSON

/// What a run was: how fast, and what it takes to repeat it.
struct Statistics {
    /// Tokens of the prompt that were read: not those that a session knew, nor those that a slide left out.
    var promptTokens = 0
    var promptTime = Duration.zero
    var writtenTokens = 0
    var writingTime = Duration.zero
    /// Tokens that --lookup guessed, and those of them that were written.
    var guessedTokens = 0
    var confirmedTokens = 0
    let loadTime: Duration
    private let plan: MemoryPlan
    let seed: UInt64
    let kernels: String
    let threads: Int

    init(_ model: OpenModel, seed: UInt64) {
        loadTime = model.loadTime
        plan = model.gpt2.plan
        self.seed = seed
        kernels = model.gpt2.kernels.name
        threads = model.gpt2.threadCount
    }

    /// One line for people.
    var line: String {
        let threads = threads == 1 ? "1 thread" : "\(threads) threads"
        return
            "[read \(Self.amount(promptTokens, in: promptTime)), wrote \(Self.amount(writtenTokens, in: writingTime)), "
            + (guessedTokens > 0 ? "\(confirmedTokens) of \(guessedTokens) guesses came true, " : "")
            + "loaded in \(milliseconds.brief) ms, \(plan.mode)\(peak), \(kernels), \(threads), seed \(seed)]"
    }

    /// The most memory that was taken, where the system tells.
    private var peak: String {
        ProcessMemory.current.map { ", peak \($0.peak.asBytes)" } ?? ""
    }

    /// What the process occupies and what was planned.
    private var memory: JSONValue {
        var object: JSONObject = [
            "mode": .string(plan.mode), "planned_bytes": .integer(Int64(plan.byteCount)),
            "kept_weight_bytes": .integer(Int64(plan.keptByteCount)),
            "streamed_weight_bytes": .integer(Int64(plan.streamedByteCount)),
            "streamed_file_bytes": .integer(Int64(plan.streamedStoredByteCount)),
        ]
        if let now = ProcessMemory.current {
            object["peak_bytes"] = .integer(Int64(now.peak))
            object["resident_bytes"] = .integer(Int64(now.resident))
            object["private_bytes"] = .integer(Int64(now.anonymous))
        }
        return .object(object)
    }

    var json: JSONValue {
        [
            "prompt_tokens": .integer(Int64(promptTokens)),
            "prompt_tokens_per_second": .number(Self.rate(promptTokens, in: promptTime)),
            "generated_tokens": .integer(Int64(writtenTokens)),
            "generated_tokens_per_second": .number(Self.rate(writtenTokens, in: writingTime)),
            "guessed_tokens": .integer(Int64(guessedTokens)),
            "confirmed_tokens": .integer(Int64(confirmedTokens)),
            "load_milliseconds": .number(Self.rounded(milliseconds)),
            "seed": .integer(Int64(seed)),
            "memory": memory,
            "kernels": .string(kernels),
            "threads": .integer(Int64(threads)),
        ]
    }

    private var milliseconds: Double { loadTime.seconds * 1000 }

    private static func rate(_ tokens: Int, in time: Duration) -> Double {
        time > .zero ? rounded(Double(tokens) / time.seconds) : 0
    }

    /// To three decimals; more of a measured time mean nothing.
    private static func rounded(_ number: Double) -> Double { (number * 1000).rounded() / 1000 }

    private static func amount(_ tokens: Int, in time: Duration) -> String {
        let count = tokens == 1 ? "1 token" : "\(tokens) tokens"
        return tokens == 0 || time == .zero ? count : "\(count) at \(rate(tokens, in: time).brief)/s"
    }
}
