public import GPT2

/// Why a text was not measured, or measurements were not put together.
public enum EvaluationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nothing can be predicted in such a window.
    case contextTooShort(Int, least: Int)
    /// Windows that overlap too much, or leave tokens out.
    case stride(Int, context: Int)
    /// The protocol has a stride of its own.
    case fixedStride(Int, EvaluationProtocol)
    /// The protocol needs more tokens.
    case textTooShort(tokens: Int, least: Int, EvaluationProtocol)
    /// The model measured failed.
    case model(GPT2Error)
    /// The model it is compared with failed.
    case base(GPT2Error)
    /// The models have different vocabularies.
    case vocabularySizes(Int, base: Int)
    /// The same ids are different texts to the models.
    case differentTokenizers
    /// A system call failed.
    case system(operation: String, path: String, errorNumber: Int32)
    /// Results cannot be kept there.
    case notARegularFile(path: String)
    /// Results are there already.
    case recordExists(path: String)
    /// Another run writes there.
    case recordInUse(path: String)
    /// The file holds no results.
    case notARecord(path: String)
    /// The file is of a newer version of the format.
    case newerRecord(path: String, version: Int)
    /// The file is damaged.
    case damagedRecord(path: String, line: Int, reason: String)
    /// The record is of something else; `differences` says of what.
    case otherMeasurement(path: String, differences: [String])
    /// There is nothing to merge.
    case noParts
    /// A part is not done.
    case unfinishedPart(path: String, done: Int, windows: Int)
    /// Parts are of different measurements.
    case unrelatedParts(path: String, first: String, differences: [String])
    /// Parts have windows in common.
    case overlappingParts(path: String, other: String)
    /// The parts are not the whole.
    case missingWindows([Range<Int>], count: Int, shards: [String])

    public var description: String {
        switch self {
        case .contextTooShort(let context, let least):
            "--context is \(context); expected \(least) tokens or more, so that something is predicted"
        case .stride(let stride, let context):
            "--stride is \(stride); expected 2 to the context, which is \(context): "
                + "the protocol counts a window's new tokens less one"
        case .fixedStride(let stride, let rules):
            "--stride is \(stride), but windows of \(rules.rawValue) stand side by side; leave --stride out"
        case .textTooShort(let tokens, let least, let rules):
            "the text has \(tokens == 1 ? "1 token" : "\(tokens) tokens") and the protocol \(rules.rawValue) takes "
                + "\(least) at this context; "
                + (rules == .llamaCpp && least > 6 ? "give a longer text or a shorter context" : "give a longer text")
        case .model(let error): "\(error)"
        case .base(let error): "the base: \(error)"
        case .vocabularySizes(let size, let base):
            "the vocabularies differ: the model has \(size) tokens and the base \(base); compare files of one checkpoint"
        case .differentTokenizers:
            "the tokenizers differ: the same ids are different texts to the model and to the base; compare files of one "
                + "checkpoint"
        case .system, .notARegularFile, .recordExists, .recordInUse, .notARecord, .newerRecord, .damagedRecord,
            .otherMeasurement:
            recordDescription
        case .noParts, .unfinishedPart, .unrelatedParts, .overlappingParts, .missingWindows: partsDescription
        }
    }

    private var recordDescription: String {
        switch self {
        case .system(let operation, let path, let number):
            "cannot \(operation) \(path): \(systemMessage(number))"
        case .notARegularFile(let path): "\(path) is not a regular file; name a file to keep the results in"
        case .recordExists(let path):
            "\(path) exists; go on where it stops with --resume, or name another file"
        case .recordInUse(let path): "\(path) is being written by another run; wait for it, or name another file"
        case .notARecord(let path): "\(path) holds no results of vencejo perplexity; name another file"
        case .newerRecord(let path, let version):
            "\(path) has version \(version) of the format and this program knows \(RecordHeader.version); use a newer one"
        case .damagedRecord(let path, let line, let reason):
            "\(path) is damaged: line \(line) \(reason); delete the file and measure again"
        case .otherMeasurement(let path, let differences):
            "\(path) holds results of another measurement: \(differences.joined(separator: "; ")). "
                + "Name another file, or repeat what made this one"
        default: ""
        }
    }

    private var partsDescription: String {
        switch self {
        case .noParts: "there are no parts to merge; name the files that --shard … -o wrote"
        case .unfinishedPart(let path, let done, let windows):
            "\(path) has \(done) of its \(windows) windows; run what made it again with --resume"
        case .unrelatedParts(let path, let first, let differences):
            "\(path) is not of the same measurement as \(first): \(differences.joined(separator: "; "))"
        case .overlappingParts(let path, let other):
            "\(path) has windows that \(other) has too; give every part once"
        case .missingWindows(let ranges, let count, let shards):
            "of \(count) windows no part has "
                + ranges.map { $0.count == 1 ? "\($0.lowerBound + 1)" : "\($0.lowerBound + 1)–\($0.upperBound)" }
                .joined(separator: ", ")
                + (shards.isEmpty ? "" : "; missing: --shard \(shards.joined(separator: ", "))")
        default: ""
        }
    }
}
