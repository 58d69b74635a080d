import StrictJSON
import Testing
import TestSupport

@Suite struct InfoCommand {
    @Test func tellsPeople() {
        let output = Program.vencejo(["info"]).output
        for part in [
            "2, each with 3 heads of 6", "24 tokens", "61 tokens, 0 ends a text", "byte-level-bpe", "1 merges",
        ] {
            #expect(output.contains(part), "\(part) is missing in:\n\(output)")
        }
        #expect(output.contains("block.1.mlp.down.weight"))
        #expect(Program.vencejo(["info"], model: Model.ids).output.contains("none: reads and writes token ids"))
    }

    @Test func tellsPrograms() throws {
        let json = try JSONValue(parsing: Program.vencejo(["info", "--json"]).bytes)
        #expect(json["config"]?["n_embd"] == 18)
        #expect(json["byte_count"]?.intValue == readFile(Model.text).count)
        #expect(json["weight_count"] == 9810)
        let arrays = try #require(json["arrays"]?.arrayValue)
        let embedding = try #require(arrays.first { $0["name"] == "token_embedding" })
        #expect(embedding["shape"] == [61, 18])
        #expect(embedding["type"] == "int8")
        let bytes = arrays.compactMap { $0["byte_count"]?.intValue }.reduce(0, +)
        #expect(bytes < readFile(Model.text).count)
        #expect(bytes > 9810)
    }

    @Test func tellsWhatWillBePackedInMemory() throws {
        let path = Model.file("few-bits.q8z")
        let source = Program.quoted("\(packageRoot)/models/shelf")
        let run = Program.shell("\"$vencejo-convert\" \(source) -o \(Program.quoted(path)) --bits 4 -q")
        #expect(run.status == 0, "\(run.errors)")
        let arrays = try #require(
            JSONValue(parsing: Program.vencejo(["info", "--json"], model: path).bytes)["arrays"]?.arrayValue)
        let bits = arrays.filter { $0["type"] == "int8" }.map { $0["packed_bits"]?.intValue }
        let packed = bits.compactMap(\.self)
        #expect(!packed.isEmpty && packed.count < bits.count && packed.allSatisfy((4...6).contains))
        let facts = Program.vencejo(["info"], model: path).lines
        #expect(facts.contains { $0.hasPrefix("in memory ") && $0.contains(" \(packed.count) of \(bits.count) int8") })
        #expect(!Program.vencejo(["info"]).output.contains("\nin memory"))
    }
}

@Suite struct VerifyCommand {
    @Test func passesASoundFile() {
        let run = Program.vencejo(["verify"])
        #expect(run.status == 0)
        #expect(run.output.contains("sound"))
        #expect(Program.vencejo(["verify", "-q"]).output == "")
    }

    @Test func namesWhatIsDamaged() {
        let path = Model.file("damaged.q8z")
        var bytes = readFile(Model.text)
        bytes[64] ^= 1  // the first byte behind the prologue is the first of the first array
        writeFile(path, bytes)
        let run = Program.vencejo(["verify", "-m", path])
        #expect(run.status == 65)
        #expect(run.errors.contains("array token_embedding, chunk 0"))
        #expect(run.errors.contains("1 chunk is damaged"))
        writeFile(path, readFile(Model.text).dropLast())
        #expect(Program.vencejo(["verify", "-m", path]).status == 65)
    }
}

@Suite struct ModelSearchOrder {
    @Test func namesEveryPlaceWhenNothingIsFound() {
        let run = Program.shell("cd / && $vencejo info")
        guard run.status != 0 else { return }  // this checkout has a demo model, which was rightly found
        #expect(run.status == 66)
        for part in ["-m FILE", "VENCEJO_MODEL", "share/vencejo/demo.q8z", "\n  models/demo.q8z"] {
            #expect(run.errors.contains(part), "\(part) is missing in \(run.errors)")
        }
    }

    @Test func preferenceIsOptionThenVariableThenInstallationThenCurrentFolder() {
        let run = Program.shell(
            """
            root=$(mktemp -d) && cd "$root" && mkdir -p usr/bin usr/share/vencejo models
            cp "$vencejo" usr/bin && ln -s usr/bin/vencejo link
            unset LD_LIBRARY_PATH
            first() { "$@" | head -1; }
            cp \(Model.text) models/demo.q8z && first ./link info
            cp \(Model.text) usr/bin/demo.q8z && first ./link info
            cp \(Model.text) usr/share/vencejo/demo.q8z && first ./link info
            VENCEJO_MODEL=\(Model.text) first ./link info
            VENCEJO_MODEL=\(Model.text) first ./link info -m models/demo.q8z
            rm -r "$root"
            """)
        let found = run.lines.map { $0.split(separator: " ").last.map(String.init) ?? "" }
        #expect(found.count == 5, "\(run.errors)")
        guard found.count == 5 else { return }
        #expect(found[0] == "models/demo.q8z")
        #expect(found[1].hasSuffix("/usr/bin/demo.q8z"))
        #expect(found[2].hasSuffix("/usr/share/vencejo/demo.q8z"))
        #expect(found[3] == Model.text)
        #expect(found[4] == "models/demo.q8z")
    }
}
