import ArgumentParser
import Evaluation
import GPT2
import Generation
import ModelFile
import Tokenizer

/// The text that a model is to predict.
struct EvaluatedText: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The text, in UTF-8; - is standard input. All of it counts, but for one newline at its end with llama.cpp.",
            valueName: "file"), completion: .file())
    var text: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The text as little-endian 16-bit token ids.", valueName: "file.u16"), completion: .file())
    var ids: String?

    @Flag(
        help: "Read names of special tokens, such as <|endoftext|>, in the text as those tokens, as transformers does.")
    var special = false

    /// Where the text comes from.
    enum Source {
        case text(String, parsingSpecials: Bool)
        case ids(String)
    }

    var source: Source {
        get throws {
            switch (text, ids) {
            case (let text?, nil): return .text(text, parsingSpecials: special)
            case (nil, let ids?):
                guard !special else {
                    throw ValidationError("--special is about reading text; leave it out with --ids")
                }
                return .ids(ids)
            case (nil, nil): throw ValidationError("there is no text; give a file by --text or --ids")
            case (.some, .some): throw ValidationError("the text is given by --text and --ids; give it once")
            }
        }
    }
}

extension EvaluatedText.Source {
    /// The ids of the text.
    func ids(for file: ModelFile, _ shape: Configuration, _ rules: EvaluationProtocol) throws -> [UInt32] {
        switch self {
        case .text(let path, let parsesSpecials):
            var input = try Input(path)
            var bytes = try input.readAll(limit: Tokenizer.textByteLimit)
            if rules.dropsFinalNewline, bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            do {
                return try tokenizer(of: file).wordIDs(of: bytes, parsingSpecials: parsesSpecials)
            } catch { throw Failure(error).about(input.name) }
        case .ids(let path):
            let ids = try Logits.readIDs(path, limit: Tokenizer.textByteLimit)
            for (position, id) in ids.enumerated() where id >= shape.vocabularySize {
                let error = GPT2Error.tokenOutsideVocabulary(
                    token: Int(id), position: position, vocabularySize: shape.vocabularySize)
                throw Failure(error).about(path)
            }
            return ids
        }
    }

    private func tokenizer(of file: ModelFile) throws -> Tokenizer {
        guard let tokenizer = try TextModel.tokenizer(in: file) else {
            throw Failure(
                .usage, "this model file has no tokenizer, so it reads no text; give token ids with --ids FILE")
        }
        return tokenizer
    }
}

/// How the text is cut.
struct CuttingArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp("How the text is cut and what counts.", valueName: "protocol"))
    var `protocol`: EvaluationProtocol = .huggingFace

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Tokens in a window; default: the model's context, and at most 512 for llama.cpp.", valueName: "count"))
    var context: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Tokens from one window's beginning to the next; default: half a window, 512 of 1024.", valueName: "count"))
    var stride: Int?
}

/// What a model is compared with.
struct BaseArguments: ParsableArguments {
    @Option(
        name: .customLong("against"),
        help: ArgumentHelp("The .q8z file to compare with; it is run in float32.", valueName: "base"),
        completion: .file(extensions: ["q8z"]))
    var base: String?

    @Option(help: ArgumentHelp("How the base's activations are rounded; default: not at all.", valueName: "type"))
    var baseActivations: Options.Activations?

    @Option(
        name: .customLong("base-kv-cache"),
        help: ArgumentHelp("How the base's keys and values are kept; default: f32.", valueName: "type"))
    var baseCacheType: Options.CacheType?

    func validate() throws {
        guard base != nil || (baseActivations == nil && baseCacheType == nil) else {
            throw ValidationError("--base-activations and --base-kv-cache are about the model of --against; name one")
        }
    }
}

/// How figures are written. A group of its own, because merge shares it with the command around it.
struct FiguresArguments: ParsableArguments {
    @Flag(help: "Write one JSON object.")
    var json = false
}

/// Which share is measured, and where its results go.
struct ResultArguments: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Measure a share of the windows only: 3/16 is the third of sixteen.", valueName: "k/n"),
        transform: { text in
            guard let shard = Shard(text) else {
                throw ValidationError(
                    "expected a number, a slash and how many there are, 1/4 to 4/4 say, not \"\(text)\"")
            }
            return shard
        })
    var shard: Shard = .whole

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Keep every token's scores in this file, window by window.", valueName: "file"),
        completion: .file())
    var output: String?

    @Flag(help: "Go on where the file of -o stops, if it is there.")
    var resume = false

    @Flag(name: .shortAndLong, help: "No word on how long it took.")
    var quiet = false

    func validate() throws {
        guard output != "" else { throw ValidationError("--output names no file") }
        guard output != "-" else {
            throw ValidationError("--output is -, but what was measured is to be gone on with; name a file")
        }
        guard !resume || output != nil else {
            throw ValidationError("--resume goes on with the file of --output; name it")
        }
    }
}
