import StrictJSON
import Testing
import TestSupport

@Suite struct TheConverter {
    @Test(
        arguments: [
            ("", 64, "missing expected argument '<source>'"), ("a", 64, "missing expected argument '--output"),
            ("a -o ''", 64, "--output names no file"), ("a -o b --nonsense", 64, "unknown option '--nonsense'"),
            ("a -o b --block 32", 64, "'32' is invalid for '--block"),
            ("a -o b --block 64 --precision f16", 64, "--block is 64, but only int8 matrices have scales"),
            ("a -o b --bits 5 --target-kl 0.001", 64, "--bits and --target-kl turn the same dial"),
            ("a -o b --quality fine", 64, "'fine' is invalid for '--quality"),
            ("a -o b --bits 12", 64, "--bits is 12.0; expected 1.0 to 8.5"),
            ("a -o b --target-size much", 64, "'much' is invalid for '--target-size"),
            ("a -o b --target-kl 0", 64, "--target-kl is 0.0; expected a number above 0"),
            ("a -o b --calibrate c --calibrate-ids d", 64, "both name the text"),
            ("a -o b --bits 5 --precision f16", 64, "--precision f16 does not go with calibrated rounding"),
            ("a -o b --calibrate c --block 64", 64, "--block 64 does not go with calibrated rounding"),
            ("a -o b --quality high --for-activations int8", 64, "--for-activations int8 does not go with"),
            ("/nowhere -o b --bits 5", 66, "cannot open \"/nowhere\": No such file"),
            ("/nowhere -o b", 66, "cannot open \"/nowhere\": No such file"),
        ])
    func refusesInTheSameStyleAsTheProgram(_ arguments: String, status: Int32, fragment: String) {
        let run = Program.shell("\"$vencejo-convert\" \(arguments)")
        #expect(run.status == status)
        #expect(run.output == "")
        #expect(run.errors.hasPrefix("vencejo-convert: "))
        #expect(run.errors.contains(fragment), "said: \(run.errors)")
        #expect(run.errors.hasSuffix("\ntry: vencejo-convert --help\n") == (status == 64))
    }

    @Test func helpsAndCompletes() {
        let help = Program.shell("\"$vencejo-convert\" --help")
        #expect(help.status == 0)
        #expect(help.output.contains("EXAMPLES\n  vencejo-convert gpt2/"))
        #expect(Program.shell("\"$vencejo-convert\" --generate-completion-script bash").status == 0)
    }

    @Test func countsTheBitsOfWeightsAsInfoDoes() throws {
        let folder = TemporaryDirectory()
        let path = folder.file("a.q8z")
        let source = Program.quoted(golden("checkpoints/base"))
        let report = Program.shell("\"$vencejo-convert\" \(source) -q --json -o \(path)").bytes
        let info = Program.vencejo(["info", "--json"], model: path).bytes
        let (converted, shown) = try (JSONValue(parsing: report), JSONValue(parsing: info))
        for key in ["byte_count", "weight_count", "weight_byte_count", "bits_per_weight"] {
            #expect(converted[key] != nil && converted[key] == shown[key], "\(key)")
        }
    }
}
