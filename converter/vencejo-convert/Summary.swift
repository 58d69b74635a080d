import Checkpoints
import Conversion
import ModelFile
import Report

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The last lines of the report.
struct Summary {
    let report: ConversionReport
    let path: String
    let duration: Duration
    let memory: PrivateMemory

    var text: String {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        let bits = fixed(report.bitsPerWeight, digits: 3)
        let size =
            report.byteCount < 1_000_000
            ? "\((report.byteCount + 500) / 1000) kB" : "\(fixed(Double(report.byteCount) / 1e6, digits: 1)) MB"
        return "\(path): \(size) in all, \(report.weightCount) weights of \(bits) bits, "
            + "\(fixed(seconds, digits: 1)) s"
            + (memory.peak.map { ", at most \(fixed(Double($0) / 1024, digits: 0)) MiB of private memory" } ?? "")
            + calibration
    }

    /// What it was calibrated on, and how far it diverges.
    private var calibration: String {
        guard let calibration = report.calibration else { return "" }
        let source = calibration.file.map { "tokens of \($0)" } ?? "tokens that the model wrote"
        return "\ncalibrated on \(calibration.tokenCount) \(source); divergence from float32 "
            + "\(scientific(calibration.divergence)) nats on \(calibration.heldOutCount) others; "
            + "\(fixed(calibration.bitsInMemory, digits: 2)) bits a symbol in memory"
    }
}

extension ConversionError {
    /// The code of sysexits.h that tells scripts what kind of error it was.
    var exitCode: Int32 {
        switch self {
        case .disagreements, .notFinite, .tooLargeForFloat16, .cannotRun, .cannotCalibrate, .unreachable, .cannotExport:
            EX_DATAERR
        case .outputIsInput, .outputIsNotAFile, .outputIsAnother: EX_CANTCREAT
        case .interrupted: EX_TEMPFAIL
        case .checkpoint(let error): error.exitCode
        case .file(.system(let operation, _, _)): operation == "create" ? EX_CANTCREAT : EX_IOERR
        case .file(.notARegularFile): EX_NOINPUT
        case .file(.changedWhileReading), .file(.outOfMemory), .file(.compressionFailed): EX_IOERR
        case .file: EX_DATAERR
        }
    }
}

extension CheckpointError {
    var exitCode: Int32 {
        switch self {
        case .cannotOpen, .notAFile, .noWeights, .noConfiguration, .missingShard, .shard: EX_NOINPUT
        case .changedWhileReading: EX_IOERR
        default: EX_DATAERR
        }
    }
}

extension ReportError {
    var exitCode: Int32 {
        switch self {
        case .cannotRead: EX_NOINPUT
        case .noTokenizer, .nothingToCompare, .sameFile: EX_USAGE
        case .file(_, .system("open", _, _)): EX_NOINPUT
        case .file(_, .system), .output: EX_IOERR
        case .cannotStart, .runtimeFailed, .unreadableFigures: EX_OSERR
        case .folder: EX_CANTCREAT
        case .interrupted: EX_TEMPFAIL
        default: EX_DATAERR
        }
    }
}
