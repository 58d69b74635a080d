import Generation

let path = CommandLine.arguments.dropFirst().first ?? "models/demo.q8z"
let model = try TextModel(contentsOf: path)
