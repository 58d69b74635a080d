import Generation

let path = CommandLine.arguments.dropFirst().first ?? "models/demo.q8z"
let model = try TextModel(contentsOf: path)

let options = GenerationOptions(maxTokens: 60, temperature: 0.7, seed: 1)
for try await piece in model.generate("Once upon a time", options) {
    print(piece.text, terminator: "")
}
print()
