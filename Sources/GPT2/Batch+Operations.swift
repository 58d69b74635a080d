/// The steps of a forward pass, on every token of the batch.
extension Batch {
    /// (x − mean) / √(variance + ε) · gain + bias → `h`
    func normalize(_ x: Activation, _ norm: Norm, into h: Activation) {
        crew.run(.normalize(x, norm, into: h), self)
        observe(norm.name, h)
    }

    /// W · x + bias → `y`
    func multiply(_ matrix: Matrix, _ x: Activation, into y: Activation) throws(GPT2Error) {
        crew.run(.prepare(matrix, x), self)
        crew.run(.multiply(matrix, into: y), self)
        try crew.rethrow()
        observe(matrix.name, y)
    }

    /// x + W · y + bias → `x`
    func multiply(_ matrix: Matrix, _ y: Activation, addingTo x: Activation) throws(GPT2Error) {
        crew.run(.prepare(matrix, y), self)
        crew.run(.multiply(matrix, into: h, addingTo: x), self)
        try crew.rethrow()
        observe(matrix.name, h)
        observe(matrix.name + ".residual", x)
    }

    /// Puts the batch's keys and values into the caches.
    func append(_ qkv: Activation, _ layer: Layer) { crew.run(.append(qkv, layer: layer.index), self) }

    /// softmax(QKᵀ · scale) V for every head and token, over all positions up to the token's own → `h`
    func attend(_ qkv: Activation, _ layer: Layer, into h: Activation) {
        let job = Crew.Job.attend(qkv, layer: layer.index, into: h)
        if let observer, observesScores {
            crew.runWatched(job, self, name: "\(layer.name).attention", observer)
        } else {
            crew.run(job, self)
        }
        observe("\(layer.name).attention", h)
    }

    /// The feed-forward's non-linearity, in place.
    func activate(_ wide: Activation, _ layer: Layer) {
        crew.run(.activate(wide), self)
        observe("\(layer.name).mlp.activation", wide)
    }

    func observe(_ name: @autoclosure () -> String, _ value: Activation) {
        guard let observer, let first = runs.first else { return }
        // Of a watched batch's one text the last rows are left where logits are computed.
        observer(
            Observation(
                name: name(), firstPosition: first.position + first.count - tokenCount,
                values: value.values(rows: tokenCount), rows: tokenCount))
    }
}
