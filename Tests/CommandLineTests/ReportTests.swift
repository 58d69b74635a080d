import StrictJSON
import TestSupport
import Testing

@Suite struct Reports {
    private let folder = TemporaryDirectory()
    private var output: String { Program.quoted(folder.file("report")) }

    private func clear() { _ = Program.shell("rm -r \(output)") }

    @Test func comeFromACheckpointInOneCommand() throws {
        defer { clear() }
        let (base, gguf) = (Program.quoted(golden("checkpoints/base")), Program.quoted(golden("gguf/base.gguf")))
        let run = Program.shell("\"$vencejo-convert\" report \(base) -o \(output) --gguf \(gguf) -q")
        #expect(run.status == 0, "said: \(run.errors)")
        #expect(run.output == ["md", "json", "html"].map { folder.file("report/report.\($0)\n") }.joined())
        let files = try #require(
            try JSONValue(parsing: readFile(folder.file("report/report.json")))["files"]?.arrayValue)
        #expect(
            files.compactMap { $0["name"]?.stringValue } == [
                "f32", "base-f16.q8z", "base-int8-block64.q8z", "base-int8.q8z", "base-best.q8z", "base-high.q8z",
                "base-medium.q8z", "base-small.q8z", "base.gguf",
            ])
        for file in files.dropLast() {
            for key in ["prompt_tokens_per_second", "generated_tokens_per_second", "start_milliseconds"] {
                #expect(try #require(file["speed"]?[key]?.doubleValue) > 0)
            }
        }
        #expect(files.last?["speed"]?.isNull == true)
        // The same weights; what is left is keys and values in float16 beside float32.
        #expect(try #require(files.last?["kl"]?["max"]?.doubleValue) < 1e-5)
        let left = Program.shell("ls \(output)").output.split(separator: "\n").filter { $0.hasSuffix(".q8z") }
        #expect(left.count == 7, "the float32 files are gone: \(left)")
    }

    @Test func comeFromFilesThatAreThere() throws {
        defer { clear() }
        let (f32, int8) = (folder.file("f32.q8z"), folder.file("int8.q8z"))
        let base = Program.quoted(golden("checkpoints/base"))
        for (path, options) in [(f32, "--precision f32"), (int8, "")] {
            #expect(Program.shell("\"$vencejo-convert\" \(base) -q -o \(Program.quoted(path)) \(options)").status == 0)
        }
        let run = Program.shell(
            "\"$vencejo\" report \(Program.quoted(f32)) \(Program.quoted(int8)) -o \(output) --no-speed -q")
        #expect(run.status == 0 && run.errors == "")
        let json = try JSONValue(parsing: readFile(folder.file("report/report.json")))
        #expect(json["files"]?.arrayValue?.count == 2)
        #expect(json["text"]?["is_own"] == true)

        let piped = Program.shell(
            "head -c 400 /dev/zero | \"$vencejo\" report \(Program.quoted(f32)) \(Program.quoted(int8)) -o \(output) "
                + "--no-speed -q --ids -")
        #expect(piped.status == 0 && piped.errors == "")
        #expect(
            try JSONValue(parsing: readFile(folder.file("report/report.json")))["text"]?["name"] == "standard input")
    }

    @Test(
        arguments: [
            ("vencejo", "report", 64, "missing expected argument '<base>'"),
            ("vencejo", "report a b", 64, "missing expected argument '--output <folder>'"),
            ("vencejo", "report a b -o c --text d --ids e", 64, "by --text and --ids"),
            ("vencejo", "report /nowhere.q8z b -o OUT", 66, "/nowhere.q8z"),
            ("vencejo-convert", "report", 64, "missing expected argument '<source>'"),
            ("vencejo-convert", "report a -o b --text c --ids d", 64, "by --text and --ids"),
            ("vencejo-convert", "report /nowhere -q -o OUT", 66, "cannot open \"/nowhere\""),
            ("vencejo-convert", "report BASE -q -o OUT --ids /nowhere", 66, "cannot read /nowhere"),
            ("vencejo-convert", "report BASE -q -o OUT --text /etc/passwd", 64, "has no tokenizer"),
            ("vencejo-convert", "report BASE -q -o OUT --runtime /nowhere", 71, "cannot start /nowhere"),
            ("vencejo-convert", "report BASE -q -o /dev/null", 73, "cannot make the folder /dev/null"),
        ])
    func refuseBadInput(_ program: String, _ arguments: String, status: Int32, fragment: String) {
        defer { clear() }
        let arguments = arguments.replacing("OUT", with: output)
            .replacing("BASE", with: Program.quoted(golden("checkpoints/base")))
        let run = Program.shell("\"$\(program)\" \(arguments)")
        #expect(run.status == status, "said: \(run.errors)")
        #expect(run.output == "")
        #expect(run.errors.hasPrefix("\(program): "))
        #expect(run.errors.contains(fragment), "said: \(run.errors)")
    }
}
