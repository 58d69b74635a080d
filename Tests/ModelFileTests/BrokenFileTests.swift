import TestSupport
import Testing

@testable import ModelFile

@Suite struct BrokenFiles {
    @Test(arguments: BrokenFile.all)
    func isRefusedByTheRuleItBreaks(_ file: BrokenFile) {
        for access in [ModelFile.Access.mapped, .read] {
            let error = Self.error(openingAndVerifying: file.make(BrokenFile.good), access: access)
            #expect(error.map(Self.withoutMessage) == file.expected)
        }
    }

    @Test func theFileTheyComeFromIsGood() throws {
        #expect(BrokenFile.good.assembled() == (try tinyFile()))
        #expect(Self.error(openingAndVerifying: BrokenFile.good.assembled(), access: .mapped) == nil)
    }

    @Test func everyRuleHasAFile() {
        #expect(Set(BrokenFile.all.map(\.rule)) == Set(1...35))
    }

    /// A rule about tables stops a file from being opened at all; the others wait for the first use.
    @Test(arguments: BrokenFile.all)
    func rulesAboutTablesAreCheckedWhenTheFileIsOpened(_ file: BrokenFile) throws {
        let folder = TemporaryDirectory()
        writeFile(folder.file("a.q8z"), file.make(BrokenFile.good))
        let opened = try? ModelFile(path: folder.file("a.q8z"))
        let isAboutContents = file.rule >= 29 || file.name == "padding behind a chunk"
        #expect((opened != nil) == isAboutContents)
    }

    /// What no reader takes is not passed on either.
    @Test(arguments: BrokenFile.all.filter { $0.rule >= 29 }, MatrixStorage.allCases)
    func whatIsBrokenInsideIsNotRepacked(_ broken: BrokenFile, _ storage: MatrixStorage) throws {
        let folder = TemporaryDirectory()
        writeFile(folder.file("a.q8z"), broken.make(BrokenFile.good))
        let file = try ModelFile(path: folder.file("a.q8z"))
        #expect(throws: ModelFileError.self) { try file.repack(to: folder.file("b.q8z"), storage: storage) }
        #expect(folder.contents == ["a.q8z"])
    }

    @Test func aNewerMinorIsReadIfItsHeaderAgrees() throws {
        var image = BrokenFile.good
        image.header = image.header.split(separator: "\"1.0\"").joined(separator: "\"1.3\"")
        let bytes = image.assembled { $0.replaceSubrange(10..<12, with: [3, 0]) }
        #expect(Self.error(openingAndVerifying: bytes, access: .mapped) == nil)
    }

    @Test func messagesSayWhatToDo() {
        let message = "\(ModelFileError.unsupportedVersion(major: 2, minor: 1))"
        #expect(message.contains("2.1") && message.contains("use a newer version of this program"))
        for file in BrokenFile.all { #expect(saysWhatToDo("\(file.expected)")) }
    }

    @Test func aCopyInTextModeIsRecognised() {
        let good = "\u{89}Q8Z\r\n\u{1A}\n".unicodeScalars.map { UInt8($0.value) } + [1, 0]
        let lines = good.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let toLF = lines.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }.joined(separator: "\n".utf8)
        let toCRLF = lines.joined(separator: "\r\n".utf8)
        let mended = lines.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }.joined(separator: "\r\n".utf8)
        for changed in [Array(toLF), Array(toCRLF), Array(mended), good.map { $0 & 0x7F }] {
            let message = "\(ModelFileError.notAModelFile(magic: Array(changed.prefix(8))))"
            #expect(message.contains("copy in text mode") && message.hasSuffix("copy it again in binary mode"))
        }
        #expect("\(ModelFileError.notAModelFile(magic: [0x89, 0x50]))".contains("vencejo-convert makes"))
    }

    /// What comes of verifying all of a file with these bytes, in memory.
    static func error(verifying bytes: [UInt8]) -> ModelFileError? {
        do throws(ModelFileError) {
            try ModelFile(bytes: bytes).verifyAll()
            return nil
        } catch {
            return error
        }
    }

    /// What comes of opening a file with these bytes and verifying all of it.
    static func error(openingAndVerifying bytes: [UInt8], access: ModelFile.Access) -> ModelFileError? {
        let folder = TemporaryDirectory()
        writeFile(folder.file("a.q8z"), bytes)
        do throws(ModelFileError) {
            try ModelFile(path: folder.file("a.q8z"), access: access).verifyAll()
            return nil
        } catch {
            return error
        }
    }

    /// libzstd's own words are not ours to promise.
    private static func withoutMessage(_ error: ModelFileError) -> ModelFileError {
        guard case .invalidFrame(let array, let chunk, .corrupt) = error else { return error }
        return .invalidFrame(array: array, chunk: chunk, .corrupt(message: BrokenFile.anyMessage))
    }
}
