import Conversion
import Evaluation
import ModelFile
import TestSupport
import Testing

@testable import Report

@Suite struct ReportInput {
    private let samples: Samples
    private let int8: ReportedFile

    init() throws {
        samples = try Samples()
        int8 = try samples.file(ConversionOptions(), path: "int8.q8z")
    }

    private func report(
        _ files: [ReportedFile], text: ReportText? = nil, runtime: String? = nil
    ) throws -> FrontierReport {
        var options = samples.options
        options.text = text
        options.runtime = runtime.map { RuntimeProgram(path: $0) }
        return try makeReport(base: samples.base, files: files, options: options)
    }

    @Test func isAFileBesideTheBaseAtLeast() {
        #expect(throws: ReportError.nothingToCompare) { try report([]) }
        let path = samples.base.path
        #expect(throws: ReportError.sameFile(path: path, other: path)) { try report([samples.base]) }
        #expect(throws: ReportError.sameFile(path: int8.path, other: int8.path)) { try report([int8, int8]) }
    }

    @Test func isOfOneCheckpoint() throws {
        try samples.convert("other.q8z", ConversionOptions(), from: "checkpoints/inner")
        let other = ReportedFile(path: samples.folder.file("other.q8z"))
        #expect(
            throws: ReportError.otherModel(
                path: other.path, array: "block.0.mlp.up.weight", found: "50 × 18", expected: "72 × 18")
        ) { try report([int8, other]) }
        writeFile(other.path, [1, 2, 3])
        #expect(throws: ReportError.self) { try report([other]) }
    }

    @Test func hasTextThatCanBeRead() throws {
        let path = samples.folder.file("text")
        #expect(throws: ReportError.cannotRead(path: path, errorNumber: 2)) {
            try ReportText(idsAt: path, vocabularySize: 61)
        }
        writeFile(path, [1, 0, 2])
        #expect(throws: ReportError.oddByteCount(path: path, byteCount: 3)) {
            try ReportText(idsAt: path, vocabularySize: 61)
        }
        writeFile(path, [1, 0, 61, 0])
        #expect(
            throws: ReportError.tokenOutsideVocabulary(path: path, token: 61, position: 1, vocabularySize: 61)
        ) { try ReportText(idsAt: path, vocabularySize: 61) }
        let base = samples.base.path
        #expect(throws: ReportError.noTokenizer(path: base)) {
            try ReportText(path: path, for: ModelFile(path: base), at: base)
        }
        let short = ReportText(name: "short", ids: [1, 2, 3], isOwn: false)
        #expect(throws: ReportError.evaluation(path: "short", .textTooShort(tokens: 3, least: 48, .llamaCpp))) {
            try report([int8], text: short)
        }
    }

    @Test func ofATextFileIsCutAsTheProtocolsSay() throws {
        try samples.convert("words.q8z", ConversionOptions(), from: "gguf/tokenizer.gguf")
        let (path, model) = (samples.folder.file("text"), samples.folder.file("words.q8z"))
        writeFile(path, Array("the swift\n".utf8))
        let text = try ReportText(path: path, for: ModelFile(path: model), at: model)
        #expect(text.name == "text" && !text.isOwn)
        #expect(text.ids(.huggingFace).count == text.ids(.llamaCpp).count + 1)
        #expect(text.ids(.huggingFace).starts(with: text.ids(.llamaCpp)))
    }

    @Test func needsARuntimeThatRuns() {
        #expect(throws: ReportError.cannotStart(program: "/nowhere/vencejo", errorNumber: 2)) {
            try report([int8], runtime: "/nowhere/vencejo")
        }
        #expect(throws: ReportError.runtimeFailed(program: "false", arguments: ["--version"], status: 1)) {
            try report([int8], runtime: "false")
        }
        do {
            _ = try report([int8], runtime: "true")
            Issue.record("a program that says nothing was taken for the runtime")
        } catch {
            guard case .unreadableFigures("true", let arguments)? = error as? ReportError else {
                Issue.record("\(error)")
                return
            }
            #expect(arguments.starts(with: ["generate", "-m", samples.base.path]))
        }
    }

    @Test func isGivenUpWhenSomebodyAsks() {
        #expect(throws: ReportError.interrupted) {
            try makeReport(base: samples.base, files: [int8], options: samples.options) { _ in false }
        }
    }

    @Test func isToldApartByPathsWhereNamesAreTheSame() {
        #expect(ReportedFile.named(["a/x.q8z", "b/x.q8z", "b/y.q8z"]).map(\.name) == ["a/x.q8z", "b/x.q8z", "y.q8z"])
    }
}
