import Checkpoints
import Conversion
import Kernels
import TestSupport
import Testing

@testable import Report

/// Files of the smallest golden checkpoint, and the report about them.
struct Samples {
    let folder = TemporaryDirectory()
    var base: ReportedFile { ReportedFile(path: folder.file("f32.q8z")) }
    static let hostileName = "<script>alert(\"1\" & '2')</script>|*.q8z"

    init() throws { try convert("f32.q8z", ConversionOptions(precision: .float32)) }

    func convert(_ name: String, _ options: ConversionOptions, from checkpoint: String = "checkpoints/base") throws {
        _ = try Conversion.convert(ConversionPlan(path: golden(checkpoint)), to: folder.file(name), options: options)
    }

    /// A file that may have any name in the report.
    func file(_ options: ConversionOptions, path: String, name: String? = nil) throws -> ReportedFile {
        try convert(path, options)
        return ReportedFile(path: folder.file(path), name: name)
    }

    var options: ReportOptions { ReportOptions(pool: WorkerPool(threadCount: 1), program: "tests") }

    /// The base, an int8 file with a name that tries to be something else, and a float16 one that stands for a GGUF.
    func report(checkpoint: String? = nil) throws -> FrontierReport {
        var options = self.options
        options.checkpoint = checkpoint
        let original = ReportedFile.Original(
            format: "GGUF", byteCount: 12_345, storage: "Q8_0", arrayByteCounts: ["token_embedding": 1098])
        let foreign = try file(ConversionOptions(precision: .float16), path: "foreign.q8z")
        return try makeReport(
            base: base,
            files: [
                file(ConversionOptions(), path: "int8.q8z", name: Self.hostileName),
                ReportedFile(path: foreign.path, name: "peer.gguf", original: original),
            ],
            options: options)
    }
}
