import ArgumentParser
import Generation
import Tokenizer

/// `vencejo tokenize`: text to token ids, and back.
struct Tokenize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turns text into token ids, or ids into text.",
        discussion: """
            Text comes from --text or from standard input, byte by byte as it is (echo adds a newline, and a newline is a \
            token). Ids are written as 1,2,3, which --tokens of other commands takes. With --decode the ids become the \
            very bytes they were made from.

            With --jsonl every line is an object: {"text": "…"} gives {"ids": [1, 2, 3]}, and with --decode the reverse; \
            bytes of a character that the ids cut are U+FFFD there, since JSON holds whole characters only.

            EXAMPLES
              vencejo tokenize --text "Once upon a time"
              vencejo tokenize --vocab vocab.json --merges merges.txt < book.txt
              vencejo tokenize --text "Hola" | vencejo tokenize --decode
              vencejo tokenize --jsonl < texts.jsonl > ids.jsonl
            """)

    @OptionGroup var file: ModelFileOption

    @Option(
        help: ArgumentHelp("A vocabulary in place of a model's; needs --merges.", valueName: "vocab.json"),
        completion: .file(extensions: ["json"]))
    var vocab: String?

    @Option(
        help: ArgumentHelp("The merges that go with --vocab.", valueName: "merges.txt"),
        completion: .file(extensions: ["txt"]))
    var merges: String?

    @Option(parsing: .unconditional, help: "The text (or, with --decode, the ids) in place of standard input.")
    var text: String?

    @Flag(help: "Turn ids into text.")
    var decode = false

    @Flag(help: "One JSON object a line, in and out.")
    var jsonl = false

    @Flag(help: "Read names of special tokens, such as <|endoftext|>, as those tokens.")
    var special = false

    @Argument(help: .hidden) var excess: [String] = []

    func validate() throws {
        guard excess.isEmpty else {
            throw ValidationError(
                "\"\(excess[0])\" is no option; give the text by --text, with quotes around several words, or as "
                    + "standard input")
        }
        guard (vocab == nil) == (merges == nil) else {
            throw ValidationError("--vocab and --merges go together; give both, or a model with -m")
        }
        guard vocab == nil || file.model == nil else {
            throw ValidationError("-m and --vocab both name a vocabulary; give one of them")
        }
        guard text == nil || !jsonl else {
            throw ValidationError("--jsonl reads lines from standard input; leave --text out")
        }
        guard !(decode && special) else {
            throw ValidationError("--special is about reading text; with --decode there is none to read")
        }
    }

    func run() throws {
        let tokenizer = try tokenizer()
        var output = StandardOutput()
        if jsonl {
            var lines = TokenLines(tokenizer: tokenizer, decodes: decode, parsesSpecials: special)
            return try lines.run(from: Input("-"), to: &output)
        }
        let input = try text.map { Array($0.utf8) } ?? standardInput()
        if decode {
            let ids = try TokenList.parse(input, source: text == nil ? "standard input" : "--text")
            try output.write(tokenizer.decode(ids.map(UInt32.init(clamping:))))
        } else {
            try output.writeLine(TokenList(tokenizer.ids(of: input, parsingSpecials: special)).description)
        }
        try output.flush()
    }

    private func standardInput() throws -> [UInt8] {
        var input = try Input("-")
        return try input.readAll(limit: Tokenizer.textByteLimit)
    }

    private func tokenizer() throws -> Tokenizer {
        guard let vocab, let merges else { return try modelTokenizer() }
        do {
            return Tokenizer(try TokenizerTables(vocabulary: Self.read(vocab), merges: Self.read(merges)))
        } catch { throw Failure(error) }
    }

    private static func read(_ path: String) throws -> [UInt8] {
        var input = try Input(path)
        return try input.readAll(limit: 1 << 30)
    }

    private func modelTokenizer() throws -> Tokenizer {
        let path = try file.path
        do {
            guard let tokenizer = try TextModel.tokenizer(in: try file.open()) else {
                throw Failure(.badData, "\(path) has no tokenizer; give --vocab and --merges")
            }
            return tokenizer
        } catch { throw Failure(error).about(path) }
    }
}

extension Tokenizer {
    /// The ids of any bytes.
    func ids(of text: [UInt8], parsingSpecials: Bool) throws(TokenizerError) -> [Int] {
        try wordIDs(of: text, parsingSpecials: parsingSpecials).map(Int.init)
    }

    /// The same in half the memory.
    func wordIDs(of text: [UInt8], parsingSpecials: Bool) throws(TokenizerError) -> [UInt32] {
        var ids: [UInt32] = []
        try unsafe text.withUnsafeBufferPointer { bytes throws(TokenizerError) in
            try unsafe encode(bytes, into: &ids, parsingSpecials: parsingSpecials)
        }
        return ids
    }
}
