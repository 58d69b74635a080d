import StrictJSON
import Testing
import TestSupport

@Suite struct RepackCommand {
    private let folder = TemporaryDirectory()

    @Test func toRawAndBackIsTheSameFile() {
        let (raw, back) = (folder.file("raw.q8z"), folder.file("back.q8z"))
        let run = Program.vencejo(["repack", Model.text, "-o", raw, "--storage", "raw"])
        #expect(run.status == 0)
        #expect(run.output == "")
        #expect(run.errors.contains("(\(readFile(Model.text).count) bytes)\n"))
        #expect(run.errors.contains("(\(readFile(raw).count) bytes), matrices raw\n"))
        #expect(readFile(raw) != readFile(Model.text))
        #expect(Program.vencejo(["verify", "-m", raw]).status == 0)
        let quiet = Program.vencejo(["repack", raw, "-o", back, "--storage", "zstd", "-q"])
        #expect(quiet.status == 0)
        #expect(quiet.errors == "")
        #expect(readFile(back) == readFile(Model.text))
        #expect(folder.contents == ["back.q8z", "raw.q8z"])
    }

    @Test func theTextStaysTheSame() {
        let raw = folder.file("raw.q8z")
        #expect(Program.vencejo(["repack", Model.text, "-o", raw, "--storage", "raw"]).status == 0)
        let arguments = ["generate", "-p", "a", "-n", "12", "-s", "7"]
        #expect(Program.vencejo(arguments, model: raw).bytes == Program.vencejo(arguments).bytes)
    }

    @Test(arguments: ["raw", "zstd", "packed"]) func aClassifierStaysOne(storage: String) {
        let (shelf, other) = ("\(packageRoot)/models/shelf.q8z", folder.file("other.q8z"))
        #expect(Program.vencejo(["repack", shelf, "-o", other, "--storage", storage, "-q"]).status == 0)
        let arguments = ["classify", "-p", "Once upon a time", "--json"]
        let run = Program.vencejo(arguments, model: other)
        #expect(run.status == 0 && run.bytes == Program.vencejo(arguments, model: shelf).bytes, "\(run.errors)")
    }

    /// Only the provenance tells them apart: it says what the converter was asked for.
    @Test(arguments: [("raw", "zstd"), ("zstd", "raw")])
    func holdsWhatTheConverterWouldHaveWritten(_ storage: String, other: String) throws {
        let source = Program.quoted(golden("checkpoints/base"))
        let run = Program.shell(
            """
            cd \(Program.quoted(folder.path))
            "$vencejo-convert" \(source) -q -o written.q8z --storage \(storage) &&
            "$vencejo-convert" \(source) -q -o other.q8z --storage \(other) &&
            "$vencejo" repack other.q8z -q -o repacked.q8z --storage \(storage) &&
            "$vencejo" repack repacked.q8z -q -o back.q8z --storage \(other) && cmp back.q8z other.q8z
            """)
        #expect(run.status == 0, "\(run.errors)")
        let (written, repacked) = (folder.file("written.q8z"), folder.file("repacked.q8z"))
        #expect(arrayBytes(written) == arrayBytes(repacked))
        let reports = try [written, repacked].map {
            try JSONValue(parsing: Program.vencejo(["info", "--json"], model: $0).bytes)
        }
        for key in ["config", "quantization", "tokenizer", "arrays"] {
            #expect(reports[0][key] != nil && reports[0][key] == reports[1][key], "\(key)")
        }
    }

    /// What lies between the prologue and the header, whose offset the prologue states in 8 bytes from its byte 16 on.
    private func arrayBytes(_ path: String) -> ArraySlice<UInt8> {
        let bytes = readFile(path)
        return bytes[64..<bytes[16..<24].reversed().reduce(0) { $0 << 8 | Int($1) }]
    }

    @Test func refusesToReplaceItsInputUnderAnyName() {
        let path = folder.file("a.q8z")
        writeFile(path, readFile(Model.text))
        let links = Program.shell("cd \(Program.quoted(folder.path)) && ln -s a.q8z soft && ln a.q8z hard")
        #expect(links.status == 0)
        for name in ["a.q8z", "soft", "hard"] {
            let run = Program.vencejo(["repack", path, "-o", folder.file(name), "--storage", "raw"])
            #expect(run.status == 73)
            #expect(run.errors.contains("\(folder.file(name)) is read by this command"))
        }
        #expect(readFile(path) == readFile(Model.text))
    }

    @Test(arguments: ["/", "/dev/null"])
    func refusesWhatIsNoFile(_ output: String) {
        let run = Program.vencejo(["repack", Model.text, "-o", output, "--storage", "raw"])
        #expect(run.status == 73)
        #expect(run.errors.contains("\(output) exists and is not a regular file"))
    }

    @Test func namesWhatIsDamagedAndLeavesNothing() {
        let path = folder.file("damaged.q8z")
        var bytes = readFile(Model.text)
        bytes[64] ^= 1  // the first byte behind the prologue is the first of the first array
        writeFile(path, bytes)
        let run = Program.vencejo(["repack", path, "-o", folder.file("b.q8z"), "--storage", "raw"])
        #expect(run.status == 65)
        #expect(run.errors.contains("\(path): array token_embedding, chunk 0"), "said: \(run.errors)")
        #expect(folder.contents == ["damaged.q8z"])
        let absent = Program.vencejo(["repack", Model.text, "-o", folder.file("no/b.q8z"), "--storage", "raw"])
        #expect(absent.status == 73)
        #expect(absent.errors.contains("cannot create \(folder.file("no/b.q8z"))"))
    }
}
