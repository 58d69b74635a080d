import Evaluation
import GPT2
import Generation
import Inspection
import Probabilities

let path = CommandLine.arguments.dropFirst().first ?? "models/demo.q8z"
let model = try TextModel(contentsOf: path)
let tokens = try model.tokens(of: "Me encanta el color negro, espero algún día tener un gato así")
let labels = TokenLabels(model.tokenizer)

// What the last word looks at, in the mean of all heads.
let session = try model.model.makeSession()
let trace = try ForwardTrace(tokens, by: session)
for (token, weight) in zip(tokens, trace.meanWeights().row(tokens.count - 1)) {
    print("\(labels.label(of: token)): \(weight)")
}

// Any intermediate value of the forward pass.
session.rewind()
session.observer = { value in
    if value.name == "block.0.mlp.activation" { print("\(value.name): \(value.rows) × \(value.columns)") }
}
try session.read(tokens)

// How likely each token was, and a vector for the whole.
for score in try TextScorer(model.model).scores(of: Array(tokens.dropFirst()), after: [tokens[0]]) {
    print("\(labels.label(of: score.token)): \(score.logProbability) nats, rank \(score.rank)")
}
let vector = try HiddenStates(tokens, layer: 6, by: model.model.makeSession()).pooled(.mean)
print("\(vector.count) numbers")
