import ArgumentParser
import GPT2
import Generation
import Inspection
import StrictJSON

/// `vencejo embed`: a text as a vector.
struct Embed: PromptedCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a text's hidden state: a vector that stands for it.",
        discussion: """
            The last token's vector, or the mean of all, of any layer: 0 is the embedding, and the last (the default) what \
            the final norm gives, as in Hugging Face's hidden_states. JSON goes to standard output, {"tokens", "layer", \
            "pooling", "embedding"}; --output writes raw little-endian float32 instead, [texts × embedding size]. With --lines \
            every line of the text that is not empty is a text of its own.

            EXAMPLES
              vencejo embed -p "The swift is a bird"
              vencejo embed -f sentences.txt --lines --pooling mean -o vectors.f32
              vencejo embed -p "Hola" --layer 3
            """)

    @OptionGroup(title: "Text") var prompt: PromptArguments

    @Option(parsing: .unconditional, help: ArgumentHelp("The layer, from 0; default: the last.", valueName: "number"))
    var layer: Int?

    @Option(help: "Which vector: the last token's, or the mean of all.")
    var pooling = HiddenStates.Pooling.last

    @Flag(help: "Take every line as a text.")
    var lines = false

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Write raw float32 to this file; - is standard output.", valueName: "file"),
        completion: .file())
    var output: String?

    @OptionGroup(title: "Model") var model: ModelOptions

    func validate() throws {
        guard !prompt.sources.isEmpty else { throw ValidationError("there is no text; give it by -p, -f or --tokens") }
        if let layer, layer < 0 { throw ValidationError("--layer is \(layer); expected 0 or more") }
    }

    func run() throws { try model.open(embed) }

    private func embed(with model: OpenModel) throws {
        let last = model.gpt2.configuration.layerCount
        let layer = layer ?? last
        guard layer <= last else { throw Failure(.usage, "--layer is \(layer); this model's are 0 to \(last)") }
        let prompts =
            try lines ? prompt.readLines(for: model.text, slides: nil) : [prompt.read(for: model.text)]
        guard prompts.allSatisfy({ !$0.tokens.isEmpty }) else {
            throw Failure(.badData, "the text is empty; there is nothing to read")
        }
        let session = try model.gpt2.makeSession()
        func vectors(_ body: ([Float], Prompt) throws -> Void) throws {
            try Interrupt.catching {
                for prompt in prompts {
                    try Interrupt.check()
                    let states = try HiddenStates(prompt.tokens, layer: layer, by: session)
                    try body(states.pooled(pooling), prompt)
                }
            }
        }
        guard let output else {
            var output = StandardOutput()
            try vectors { vector, prompt in
                try output.writeLine(
                    JSONValue.object([
                        "tokens": .integer(Int64(prompt.tokens.count)), "layer": .integer(Int64(layer)),
                        "pooling": .string(pooling.rawValue),
                        "embedding": .array(vector.map { .number(Double("\($0)") ?? Double($0)) }),
                    ]).encoded())
            }
            return try output.flush()
        }
        try OutputLook.refuseTerminal(output)
        var file = try OutputFile(output, inputs: [model.path])
        try vectors { vector, _ in try file.write(vector.span) }
        try file.finish()
    }
}

extension HiddenStates.Pooling: ExpressibleByArgument {}
