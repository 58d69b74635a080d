import ArgumentParser
import Evaluation
import GPT2
import Generation
import Inspection
import Kernels
import ModelFile
import Report
import StrictJSON
import Tokenizer

/// How the program ended, by the numbers of BSD's sysexits.
enum ExitStatus: Int32 {
    /// The command line makes no sense.
    case usage = 64
    /// What was read is damaged, or of no use here.
    case badData = 65
    /// A file to be read is not there or may not be read.
    case noInput = 66
    /// A mistake in this program.
    case internalError = 70
    /// The system refused something other than reading or writing.
    case system = 71
    /// A file to be written cannot be made.
    case cannotCreate = 73
    /// Reading or writing failed on the way.
    case inputOutput = 74
    /// Ended by Ctrl-C, as shells count it.
    case interrupted = 130
    /// Nobody reads the output any more, as shells count it.
    case closedPipe = 141

    var code: ExitCode { ExitCode(rawValue) }
}

/// Why the program ends early: one sentence for people, a status for scripts.
struct Failure: Error, Equatable {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// What any error of the library means for whoever typed the command.
    init(_ error: any Error) {
        switch error {
        case let error as Failure: self = error
        case let error as GenerationError: self.init(error.status, "\(error)")
        case let error as EvaluationError: self.init(error.status, "\(error)")
        case let error as InspectionError: self.init(error.status, "\(error)")
        case let error as ReportError: self.init(error.status, "\(error)")
        case GPT2Error.notFinite, GenerationError.model(.notFinite), InspectionError.model(.notFinite):
            self.init(.badData, "\(error); --kv-cache f32 tells which")
        case let error as GPT2Error: self.init(error.status, "\(error)")
        case let error as ModelFileError: self.init(error.status, "\(error)")
        case let error as KernelError: self.init(error.status, "\(error)")
        case let error as ConfigurationError: self.init(.badData, "\(error)")
        case let error as TokenizerError: self.init(.badData, "\(error)")
        case let error as JSONError: self.init(.badData, "\(error)")
        default: self.init(.internalError, "\(error)")
        }
    }

    /// The same, saying which file or line it is about.
    func about(_ path: String) -> Failure {
        message.contains(path) || status == .usage ? self : Failure(status, "\(path): \(message)")
    }
}

extension GenerationError {
    fileprivate var status: ExitStatus {
        switch self {
        case .model(let error): error.status
        case .tokenizer, .promptTooLong, .sessionFull: .badData
        case .badOption, .emptyPrompt, .noTokenizer, .allTokensForbidden, .logitsOverflow: .usage
        }
    }
}

extension InspectionError {
    fileprivate var status: ExitStatus {
        switch self {
        case .model(let error): error.status
        case .textTooLong: .badData
        }
    }
}

extension ReportError {
    fileprivate var status: ExitStatus {
        switch self {
        case .cannotRead: .noInput
        case .noTokenizer, .nothingToCompare, .sameFile: .usage
        case .tooLong, .oddByteCount, .tokenizer, .tokenOutsideVocabulary, .configuration, .otherModel: .badData
        case .file(_, let error): error.status
        case .output(let error): error.status
        case .generation(_, let error): error.status
        case .evaluation(_, let error): error.status
        case .cannotStart, .runtimeFailed, .unreadableFigures: .system
        case .folder: .cannotCreate
        case .interrupted: .interrupted
        }
    }
}

extension EvaluationError {
    fileprivate var status: ExitStatus {
        switch self {
        case .contextTooShort, .stride, .fixedStride, .noParts: .usage
        case .textTooShort, .vocabularySizes, .differentTokenizers: .badData
        case .model(let error), .base(let error): error.status
        case .system("open", _, _): .noInput
        case .system("create", _, _), .recordExists, .recordInUse, .otherMeasurement: .cannotCreate
        case .system: .inputOutput
        case .notARegularFile: .noInput
        case .notARecord, .newerRecord, .damagedRecord: .badData
        case .unfinishedPart, .unrelatedParts, .overlappingParts, .missingWindows: .badData
        }
    }
}

extension GPT2Error {
    fileprivate var status: ExitStatus {
        switch self {
        case .file(let error): error.status
        case .kernels(let error): error.status
        case .configuration, .tokenOutsideVocabulary, .contextFull, .noTokens, .noClassifier, .notFinite: .badData
        case .session(.system("open", _, _)), .session(.system("create", _, _)),
            .session(.system("rename to", _, _)), .session(.inUse):
            .cannotCreate
        case .session(.system): .inputOutput
        case .session(.otherOption): .usage
        case .session: .badData
        case .contextLength: .usage
        case .outOfMemory, .tooLittleMemory: .system
        }
    }
}

extension KernelError {
    fileprivate var status: ExitStatus {
        switch self {
        case .unknownRow, .unsupportedRow: .usage
        case .outOfMemory: .system
        }
    }
}

extension ModelFileError {
    fileprivate var status: ExitStatus {
        switch self {
        case .system("open", _, _): .noInput
        case .system("create", _, _), .system("rename to", _, _): .cannotCreate
        case .system: .inputOutput
        case .notARegularFile: .noInput
        case .changedWhileReading: .inputOutput
        case .outOfMemory: .system
        default: .badData
        }
    }
}
