import TestSupport
import Testing

@testable import ModelFile

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct Writer {
    @Test func nothingIsLeftBehindWhenAWriterIsGivenUp() throws {
        let folder = TemporaryDirectory()
        do {
            var writer = try ModelFileWriter(path: folder.file("a.q8z"))
            #expect(folder.contents.count == 1)
            #expect(folder.contents.allSatisfy { $0.hasPrefix("a.q8z.") && $0.hasSuffix(".tmp") })
            try writer.write("x", words: [1], rows: 1, columns: 1)
        }
        #expect(folder.contents.isEmpty)
    }

    @Test func aFileAppearsWholeAndReplacesWhatWasThere() throws {
        let folder = TemporaryDirectory()
        let path = folder.file("a.q8z")
        try writeSamples([tinySamples[0]], to: path)
        let old = try ModelFile(path: path)
        try writeSamples(tinySamples, to: path)
        #expect(folder.contents == ["a.q8z"])
        #expect(try ModelFile(path: path).arrays.count > old.arrays.count)
        try old.verifyAll()  // still mapped, and untouched
        #expect(old.identity != (try FileIdentity(path: path)))
    }

    @Test(arguments: ["n", "ñ", "🐦"]) func theLongestNameIsWritten(letter: String) throws {
        let folder = TemporaryDirectory()
        let name = String(repeating: letter, count: 251 / letter.utf8.count) + ".q8z"
        try writeSamples([tinySamples[0]], to: folder.file(name))
        #expect(folder.contents == [name])
    }

    @Test func aSymbolicLinkStaysOneAndItsFileIsReplaced() throws {
        let folder = TemporaryDirectory()
        try writeSamples([tinySamples[0]], to: folder.file("real.q8z"))
        #expect(run("ln -s real.q8z '\(folder.file("link.q8z"))'") == 0)
        try writeSamples(tinySamples, to: folder.file("link.q8z"))
        #expect(run("test -L '\(folder.file("link.q8z"))'") == 0)
        #expect(try ModelFile(path: folder.file("real.q8z")).arrays.count > 1)
    }

    @Test func aSymbolicLinkToNothingYetGetsItsFile() throws {
        let folder = TemporaryDirectory()
        #expect(run("cd '\(folder.file(""))' && mkdir far && ln -s far/link one && ln -s real.q8z far/link") == 0)
        try writeSamples(tinySamples, to: folder.file("one"))
        #expect(run("cd '\(folder.file(""))' && test -L one && test -L far/link && test -f far/real.q8z") == 0)
        #expect(run("cd '\(folder.file(""))' && ln -s round about && ln -s about round") == 0)
        #expect(throws: ModelFileError.system(operation: "create", path: folder.file("about"), errorNumber: ELOOP)) {
            _ = try ModelFileWriter(path: folder.file("about"))
        }
        #expect(folder.contents == ["about", "far", "one", "round"])
    }

    @Test func aPipeIsRefusedWithoutWaiting() {
        let folder = TemporaryDirectory()
        #expect(run("mkfifo '\(folder.file("pipe"))'") == 0)
        #expect(throws: ModelFileError.notARegularFile(path: folder.file("pipe"))) {
            try ModelFile(path: folder.file("pipe"))
        }
    }

    @Test func failuresOfTheDiskAreNamedAndLeaveNothing() throws {
        let folder = TemporaryDirectory()
        #expect(throws: ModelFileError.self) { _ = try ModelFileWriter(path: folder.file("absent/a.q8z")) }
        #expect(run("mkdir '\(folder.file("taken"))'") == 0)
        do throws(ModelFileError) {
            let writer = try ModelFileWriter(path: folder.file("taken"))
            try writer.finish(header: .sample)
            Issue.record("a folder was overwritten")
        } catch {
            #expect("\(error)".hasPrefix("cannot rename to \(folder.file("taken")): "))
        }
        #expect(folder.contents == ["taken"])
        #expect(run("rmdir '\(folder.file("taken"))'") == 0)
    }

    @Test func filesThatCannotBeOpenedAreNamed() throws {
        let folder = TemporaryDirectory()
        #expect(throws: ModelFileError.notARegularFile(path: folder.path)) { try ModelFile(path: folder.path) }
        do throws(ModelFileError) {
            _ = try ModelFile(path: folder.file("absent"))
            Issue.record("a file that is not there was opened")
        } catch {
            #expect("\(error)" == "cannot open \(folder.file("absent")): No such file or directory")
        }
    }

    static let refused: [(String, ElementType, Layout, Int, Int, Int, ModelFileError)] = [
        ("Big", .float32, .plain, 1, 1, 0, .invalidName(index: 0)),
        ("w", .float32, .plain, 0, 1, 0, .invalidShape(array: "w", rows: 0, columns: 1)),
        ("w", .int8, .panels, 1, 65537, 0, .invalidShape(array: "w", rows: 1, columns: 65537)),
        ("w", .int8, .plain, 1, 1, 0, .invalidLayout(array: "w", type: .int8, layout: .plain)),
        ("w", .int8, .panels, 1, 1, 32, .invalidBlockLength(array: "w", blockLength: 32)),
    ]

    @Test(arguments: refused)
    func whatAReaderWouldRefuseIsNotBegun(
        name: String, type: ElementType, layout: Layout, rows: Int, columns: Int, block: Int, error: ModelFileError
    ) throws {
        let folder = TemporaryDirectory()
        var writer = try ModelFileWriter(path: folder.file("a.q8z"))
        do throws(ModelFileError) {
            try writer.beginArray(
                name, type: type, layout: layout, storage: .raw, rows: rows, columns: columns, blockLength: block)
            Issue.record("begun")
        } catch let found {
            #expect(found == error)
        }
    }

    @Test func aMatrixWithoutScalesIsNotFinished() throws {
        let folder = TemporaryDirectory()
        var writer = try ModelFileWriter(path: folder.file("a.q8z"))
        try writer.beginArray("w", type: .int8, layout: .panels, storage: .raw, rows: 1, columns: 1)
        try writer.append([UInt8](repeating: 0, count: 64))
        try writer.endArray()
        do throws(ModelFileError) {
            try writer.finish(header: .sample)
            Issue.record("finished")
        } catch {
            #expect(error == .missingScales(array: "w"))
        }
        #expect(folder.contents.isEmpty)
    }

    @Test func aFileWithoutArraysIsAFile() throws {
        let folder = TemporaryDirectory()
        try ModelFileWriter(path: folder.file("a.q8z")).finish(header: .sample)
        let file = try ModelFile(path: folder.file("a.q8z"))
        #expect(file.arrays.isEmpty)
        try file.verifyAll()
    }
}
