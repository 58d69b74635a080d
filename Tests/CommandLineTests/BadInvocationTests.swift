import Testing

@Suite struct BadInvocations {
    struct Case: CustomTestStringConvertible, Sendable {
        let arguments: [String]
        let status: Int32
        let fragment: String
        var testDescription: String { arguments.joined(separator: " ") }

        init(_ arguments: String, _ status: Int32, _ fragment: String) {
            self.arguments = arguments.split(separator: " ").map(String.init)
            self.status = status
            self.fragment = fragment
        }
    }

    static let cases = [
        Case("nonsense", 64, "unexpected argument 'nonsense'"),
        Case("generate --nonsense", 64, "unknown option '--nonsense'"),
        Case("generate -p a -f b", 64, "the prompt is given twice, by -p and -f"),
        Case("generate a --tokens 1", 64, "by an argument and --tokens"),
        Case("generate -p a -t 0", 64, "--threads is 0; expected 1 to 256"),
        Case("generate -p a -t 99999999999999999999", 64, "'99999999999999999999' is invalid"),
        Case("generate -p a -n -2", 64, "-n is -2"),
        Case("generate -p a -s -2", 64, "--seed is -2"),
        Case("generate -p a --memory 12Q", 64, "'12Q' is invalid for '--memory"),
        Case("generate -p a --memory 1K", 64, "--memory is 1024 bytes, which is too little for any model; 64M is 64"),
        Case("generate -p a --memory 1M", 71, "and the limit is 1.0 MiB; no context is short enough"),
        Case("generate -f /dev/zero", 65, "/dev/zero holds more than "),
        Case("generate -p a --context 0", 64, "--context is 0"),
        Case("generate -p a --context 25", 64, "a context of 25 is not to be had: this model's holds 1 to 24 tokens"),
        Case("bench --memory 1G -t 1,2", 64, "--memory is a promise about one model"),
        Case("generate -p a --n 0", 64, "--n is 0; expected 1 to 1000000 texts"),
        Case("generate -p a --n 1000001", 64, "--n is 1000001"),
        Case("generate -p a --parallel 0", 64, "--parallel is 0; expected 1 to"),
        Case("generate -p a --temp nan", 64, "--temp is nan"),
        Case("generate -p a --temp 1e400", 64, "--temp is inf"),
        Case("generate -p a --temp -1", 64, "--temp is -1"),
        Case("generate -p a --temp warm", 64, "'warm' is invalid for '--temp"),
        Case("generate -p a --top-p 2", 64, "--top-p is 2"),
        Case("generate -p a --logit-bias 5", 64, "'--logit-bias <id=value>': expected a token id and a number"),
        Case("generate -p a --logit-bias 61=1", 64, "--logit-bias is 61"),
        Case("generate -p a --logit-bias 9223372036854775808=1", 64, "expected a token id and a number"),
        Case("generate once upon a", 64, "\"once\" is followed by \"upon\"; put quotes around the prompt"),
        Case("generate -p once upon a", 64, "by an argument and -p; give it once, and put quotes around several words"),
        Case("generate -p a --kernels abacus", 64, "no kernels named 'abacus'"),
        Case("generate -p a --activations int4", 64, "'int4' is invalid for '--activations"),
        Case("generate --tokens 1,two", 64, "--tokens has \"two\""),
        Case("generate --tokens 1,,2", 64, "--tokens has \"\" where a token id is expected"),
        Case("generate --tokens ,1", 64, "--tokens has \"\""),
        Case("generate --tokens 1,", 64, "--tokens has \"\""),
        Case("generate --tokens 1,-2", 64, "--tokens has \"-2\""),
        Case("generate --tokens 1,61", 65, "token 61 (number 2 of the input) is not in the vocabulary"),
        Case("generate -p 7", 65, "no token for the byte 55"),
        Case("generate -p abcdefghijklmnopqrstuvwxyz", 65, "the prompt has 26 tokens and the model's context holds 24"),
        Case("generate -f /nowhere", 66, "cannot open /nowhere: No such file"),
        Case("generate -f /", 66, "cannot read /: Is a directory"),
        Case("generate -p a -m /nowhere.q8z", 66, "cannot open /nowhere.q8z: No such file"),
        Case("generate -p a -m /", 66, "/ is not a regular file; vencejo-convert makes a .q8z file"),
        Case("info -m /etc/passwd", 65, "/etc/passwd: not a .q8z model file"),
        Case("info -m /dev/null", 66, "/dev/null is not a regular file"),
        Case("tokenize once upon", 64, "\"once\" is no option; give the text by --text, with quotes"),
        Case("tokenize --vocab v", 64, "--vocab and --merges go together"),
        Case("tokenize --vocab /nowhere --merges m", 66, "cannot open /nowhere"),
        Case("tokenize --vocab v --merges m -m x", 64, "both name a vocabulary"),
        Case("tokenize --jsonl --text a", 64, "leave --text out"),
        Case("tokenize --decode --text 1,61", 65, "token 61 is not in the vocabulary"),
        Case("logits -p a", 64, "missing expected argument '--output"),
        Case("logits -o x", 64, "there is no prompt"),
        Case("logits -p a --ids b -o x", 64, "the prompt is given by -p and --ids"),
        Case("logits -p a --batch 0 -o x", 64, "--batch is 0"),
        Case("logits -p a --batch 1 --split 1 -o x", 64, "--split and --batch both cut the prompt"),
        Case("logits -p a --split 1,0 -o x", 64, "--split has a part of 0 tokens"),
        Case("logits -p a --split 5,a -o x", 64, "--split has \"a\" where a count of tokens is expected"),
        Case("logits -p a -o /", 73, "cannot write /: it is a folder"),
        Case("logits -p a -o /nowhere/x", 73, "cannot create /nowhere/x: No such file"),
        Case("logits -p abcdefghijklmnopqrstuvwxyz -o x", 65, "the prompt has 26 tokens"),
        Case("repack", 64, "missing expected argument '<file>'"),
        Case("repack a", 64, "missing expected argument '--output"),
        Case("repack a -o b", 64, "missing expected argument '--storage"),
        Case("repack a -o b --storage gzip", 64, "'gzip' is invalid for '--storage"),
        Case("repack a -o - --storage raw", 64, "cannot be written to standard output"),
        Case("repack /nowhere -o b --storage raw", 66, "cannot open /nowhere: No such file"),
        Case("repack /etc/passwd -o b --storage raw", 65, "/etc/passwd: not a .q8z model file"),
        Case("bench -p 0 -n 0", 64, "-p and -n are both 0"),
        Case("bench -p 8,", 64, "expected numbers from 0 to 1048576 between commas, not \"\""),
        Case("bench -n -1", 64, "'-1' is invalid for '-n"),
        Case("bench -d 1,deep", 64, "between commas, not \"deep\""),
        Case("bench -t 1,0", 64, "expected numbers from 1 to 256 between commas, not \"0\""),
        Case("bench -r 0", 64, "--repetitions is 0"),
        Case("bench -p 25 -n 0", 64, "pp25 takes 25 positions and the model's context holds 24; lower -p"),
        Case("bench -n 14,15 -d 10", 64, "tg15@d10 takes 25 positions and the model's context holds 24"),
        Case("bench -d 24", 64, "-d is 24 and the model's context holds 24"),
        Case("bench --kernels abacus", 64, "no kernels named 'abacus'"),
        Case("bench -m /nowhere.q8z", 66, "cannot open /nowhere.q8z: No such file"),
        Case("perplexity", 64, "there is no text; give a file by --text or --ids"),
        Case("perplexity --text a --ids b", 64, "the text is given by --text and --ids"),
        Case("perplexity --ids a --special", 64, "--special is about reading text"),
        Case("perplexity --text /nowhere", 66, "cannot open /nowhere: No such file"),
        Case("perplexity --ids /dev/null", 65, "the text has 0 tokens and the protocol huggingface takes 2"),
        Case("perplexity --ids /dev/null --protocol llama.cpp", 65, "llama.cpp takes 48 at this context"),
        Case("perplexity --ids /dev/null --protocol mine", 64, "'mine' is invalid for '--protocol"),
        Case("perplexity --ids /dev/null --context 25", 64, "this model's holds 1 to 24 tokens"),
        Case("perplexity --ids /dev/null --context 1", 64, "--context is 1; expected 2 tokens or more"),
        Case("perplexity --ids /dev/null --stride 0", 64, "--stride is 0; expected 2 to the context, which is 24"),
        Case("perplexity --ids /dev/null --stride 25", 64, "--stride is 25; expected 2 to the context"),
        Case("perplexity --ids /dev/null --stride 8 --protocol llama.cpp", 64, "leave --stride out"),
        Case("perplexity --ids a --shard 0/4", 64, "expected a number, a slash and how many there are"),
        Case("perplexity --ids a --shard 5/4", 64, "not \"5/4\""),
        Case("perplexity --ids a --resume", 64, "--resume goes on with the file of --output; name it"),
        Case("perplexity --ids a -o -", 64, "--output is -"),
        Case("perplexity merge", 64, "missing expected argument '<part> ...'"),
        Case("perplexity merge /nowhere", 66, "cannot open /nowhere: No such file"),
        Case("perplexity merge /etc/passwd", 65, "/etc/passwd holds no results of vencejo perplexity"),
    ]

    @Test(arguments: cases)
    func areRefusedInOneSentenceWithTheRightStatus(_ bad: Case) {
        let run = Program.vencejo(bad.arguments)
        #expect(run.status == bad.status)
        #expect(run.output == "")
        #expect(run.errors.hasPrefix("vencejo: "))
        #expect(run.errors.contains(bad.fragment), "said: \(run.errors)")
    }

    @Test func wordsThatAreNoUTF8AreRefused() {
        let run = Program.shell("\"$vencejo\" generate -m \(Program.quoted(Model.text)) -p $(printf 'caf\\351')")
        #expect(run.status == 64 && run.output == "")
        #expect(run.errors.hasPrefix("vencejo: argument 5, \"caf\u{FFFD}\", is not UTF-8; "), "said: \(run.errors)")
    }

    @Test func textForAModelWithoutTokenizerIsRefused() {
        let run = Program.vencejo(["generate", "-p", "a"], model: Model.ids)
        #expect(run.status == 64)
        #expect(run.errors.contains("no tokenizer"))
    }

    @Test func kernelsNamedByTheEnvironmentAreCheckedToo() {
        let run = Program.vencejo(["kernels"], environment: ["VENCEJO_KERNELS": "abacus"])
        #expect(run.status == 64)
        #expect(run.errors.hasPrefix("vencejo: VENCEJO_KERNELS: there are no kernels named 'abacus'"))
        let model = Program.vencejo(["generate", "-p", "a"], environment: ["VENCEJO_KERNELS": "abacus"])
        #expect(model.status == 64)
        #expect(model.errors.hasPrefix("vencejo: VENCEJO_KERNELS: "))
    }

    @Test func aFullDiskIsSaid() throws {
        try #require(Program.shell("test -c /dev/full").status == 0, "this system has no /dev/full")
        for arguments in ["generate -p a -n 3", "logits -p a -o /dev/full", "info"] {
            let run = Program.shell("VENCEJO_MODEL=\(Model.text) $vencejo \(arguments) >/dev/full")
            #expect(run.status == 74)
            #expect(run.errors.contains("No space left on device"))
        }
    }

    @Test func bytesThatAreNoTextAreNoTrap() {
        #expect(Program.vencejo(["generate", "-"], input: [0x61, 0xFF, 0x00]).status == 65)
        for arguments in ["generate -p", "info -m", ""] {
            #expect(Program.shell("$vencejo \(arguments) \"$(printf '\\377')\"").status == 64)
        }
    }
}
