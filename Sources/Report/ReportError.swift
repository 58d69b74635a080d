public import Evaluation
public import GPT2
public import Generation
public import ModelFile
public import Tokenizer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why there is no report.
public enum ReportError: Error, Equatable, Sendable {
    // The text.
    /// The text cannot be read.
    case cannotRead(path: String, errorNumber: Int32)
    /// The text is longer than any that is measured.
    case tooLong(path: String, limit: Int)
    /// Ids of 16 bits take an even number of bytes.
    case oddByteCount(path: String, byteCount: Int)
    /// The base has no tokenizer, and the text is no ids.
    case noTokenizer(path: String)
    /// The text cannot be cut into tokens.
    case tokenizer(path: String, TokenizerError)
    /// The text has an id that the base has not.
    case tokenOutsideVocabulary(path: String, token: Int, position: Int, vocabularySize: Int)

    // The files.
    /// There is no file beside the base.
    case nothingToCompare
    /// A file is given twice.
    case sameFile(path: String, other: String)
    /// A model file cannot be used.
    case file(path: String, ModelFileError)
    /// A file's configuration is none of a GPT-2.
    case configuration(path: String, ConfigurationError)
    /// A file is not of the base's checkpoint.
    case otherModel(path: String, array: String, found: String, expected: String)
    /// A model could not write.
    case generation(path: String, GenerationError)
    /// A model could not be measured.
    case evaluation(path: String, EvaluationError)

    // The runtime as a process of its own.
    /// The program that is measured does not start.
    case cannotStart(program: String, errorNumber: Int32)
    /// The program that is measured failed.
    case runtimeFailed(program: String, arguments: [String], status: Int32)
    /// The program that is measured says nothing that can be read.
    case unreadableFigures(program: String, arguments: [String])

    // What is written.
    /// The folder cannot be made or used.
    case folder(path: String, errorNumber: Int32)
    /// The report cannot be written.
    case output(ModelFileError)
    /// The caller ended it.
    case interrupted
}

extension ReportError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cannotRead(let path, let number): "cannot read \(path): \(Self.message(number))"
        case .tooLong(let path, let limit): "\(path) has more than \(limit) bytes; give a shorter text"
        case .oddByteCount(let path, let byteCount):
            "\(path) has \(byteCount) bytes; 16-bit ids take an even number"
        case .noTokenizer(let path):
            "\(path) has no tokenizer, so it reads no text; give token ids with --ids FILE"
        case .tokenizer(let path, let error): "\(path): \(error)"
        case .tokenOutsideVocabulary(let path, let token, let position, let size):
            "\(path): id \(token) at position \(position) is no token; expected less than \(size)"
        case .nothingToCompare: "there is no file beside the base; name one or more"
        case .sameFile(let path, let other): "\(path) and \(other) are the same file; name every file once"
        case .file(let path, let error): Self.about(path, "\(error)")
        case .configuration(let path, let error): "\(path): \(error)"
        case .otherModel(let path, let array, let found, let expected):
            "\(path) is not of the base's checkpoint: \(array) is \(found); expected \(expected), as in the base"
        case .generation(let path, let error): Self.about(path, "\(error)")
        case .evaluation(let path, let error): Self.about(path, "\(error)")
        case .cannotStart(let program, let number):
            "cannot start \(program): \(Self.message(number)). Name the runtime with --runtime, or leave speed and memory "
                + "out with --no-speed"
        case .runtimeFailed(let program, let arguments, let status):
            "\(program) \(arguments.joined(separator: " ")) ended with status \(status)"
        case .unreadableFigures(let program, let arguments):
            "\(program) \(arguments.joined(separator: " ")) wrote no figures that this program knows; use a runtime of the "
                + "same version"
        case .folder(let path, let number): "cannot make the folder \(path): \(Self.message(number))"
        case .output(let error): "\(error)"
        case .interrupted: "interrupted; there is no report"
        }
    }

    private static func message(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }

    private static func about(_ path: String, _ message: String) -> String {
        message.contains(path) ? message : "\(path): \(message)"
    }
}
