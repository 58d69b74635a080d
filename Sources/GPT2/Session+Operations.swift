import Kernels
import ModelFile

/// The steps of a forward pass, on every token of the batch.
extension Session {
    /// token embedding + position embedding → `x`
    func embed(_ tokens: ArraySlice<Int>, into x: Activation) throws(GPT2Error) {
        let weights = model.weights
        for (row, token) in tokens.enumerated() {
            try wrap(GPT2Error.file) { () throws(ModelFileError) in
                unsafe try weights.tokenEmbedding.gatherRow(token, into: x.row(row), kernels: model.kernels)
                unsafe weights.positions.addRow(position + row, to: x.row(row), kernels: model.kernels)
            }
        }
        observe("embedding", x)
    }

    /// (x − mean) / √(variance + ε) · gain + bias → `h`
    func normalize(_ x: Activation, _ norm: Norm, into h: Activation) {
        let shape = model.configuration
        for row in 0..<tokenCount {
            unsafe model.kernels.layerNorm(
                x.row(row), norm.gain, norm.bias, shape.embeddingSize, shape.layerNormEpsilon, h.row(row))
        }
        observe(norm.name, h)
    }

    /// W · x + bias → `y`
    func multiply(_ matrix: Matrix, _ x: Activation, into y: Activation) throws(GPT2Error) {
        crew.tokenCount = tokenCount
        crew.run(.prepare(matrix, x))
        crew.run(.multiply(matrix, y))
        try crew.rethrow()
        observe(matrix.name, y)
    }

    /// x + W · y + bias → `x`
    func multiply(_ matrix: Matrix, _ y: Activation, addingTo x: Activation) throws(GPT2Error) {
        try multiply(matrix, y, into: h)
        for row in 0..<tokenCount { unsafe model.kernels.add(x.row(row), h.row(row), x.width) }
        observe(matrix.name + ".residual", x)
    }

    /// Puts the batch's keys and values into the cache.
    func append(_ qkv: Activation, _ layer: Layer) {
        crew.run(.append(qkv, layer: layer.index, position: position))
    }

    /// softmax(QKᵀ · scale) V for every head and token, over all positions up to the token's own → `h`
    func attend(_ qkv: Activation, _ layer: Layer, into h: Activation) {
        let job = Crew.Job.attend(qkv, layer: layer.index, position: position, into: h)
        if let observer {
            crew.runWatched(job, name: "\(layer.name).attention", observer)
        } else {
            crew.run(job)
        }
        observe("\(layer.name).attention", h)
    }

    /// The feed-forward's non-linearity, in place.
    func activate(_ wide: Activation, _ layer: Layer) {
        crew.run(.activate(wide))
        observe("\(layer.name).mlp.activation", wide)
    }

    /// Moves the last `count` tokens of the batch to the front; they are the batch from then on.
    func keepLastRows(_ count: Int, of x: Activation) {
        if count < tokenCount {
            unsafe x.row(0).update(from: x.row(tokenCount - count), count: count * x.width)
        }
        tokenCount = count
    }

    private func observe(_ name: @autoclosure () -> String, _ value: Activation) {
        guard let observer else { return }
        observer(
            Observation(
                name: name(), firstPosition: position, values: value.values(rows: tokenCount), rows: tokenCount))
    }
}
