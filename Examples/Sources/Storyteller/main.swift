import GPT2
import Generation

let path = CommandLine.arguments.dropFirst().first ?? "models/demo.q8z"
let model = try TextModel(contentsOf: path)

let options = GenerationOptions(maxTokens: 60, temperature: 0.7, seed: 1)
for try await piece in model.generate("Once upon a time", options) {
    print(piece.text, terminator: "")
}
print()

// One beginning, read once, and two ways on.
let beginning = try model.tokens(of: "Tom and his dog went to the park.")
let session = try model.model.makeSession()
try session.read(beginning)
for ending in [" They were very happy", " Suddenly"] {
    let prompt = try beginning + model.tokens(of: ending)
    var generator = try TextGenerator(model, prompt: prompt, options: options, session: session.fork())
    print("…\(ending)", terminator: "")
    while let piece = try generator.next() { print(piece.text, terminator: "") }
    print()
}

// Stop, and go on another day with the same bits.
var first = try TextGenerator(model, prompt: beginning, options: options)
while let piece = try first.next() { print(piece.text, terminator: "") }
try first.save(to: "tale.q8s")

let saved = try model.model.resumeSession(from: "tale.q8s")
var rest = try TextGenerator(model, resuming: saved, options: options)
while let piece = try rest.next() { print(piece.text, terminator: "") }
print()
