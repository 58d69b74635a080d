/// Adds a number to the logits of some tokens.
struct LogitBias {
    let bias: [(token: Int, value: Float)]

    init(_ bias: [Int: Float]) { self.bias = bias.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

    func apply(to logits: inout MutableSpan<Float>) {
        for (token, value) in bias { logits[token] += value }
    }
}
