import Kernels
import ModelFile

/// Gain and bias of a layer norm, each `[embeddingSize]`, in place in the file.
@safe struct Norm: @unchecked Sendable {
    let name: String
    let gain: UnsafePointer<Float>
    let bias: UnsafePointer<Float>
}

/// The weights of one block.
struct Layer: Sendable {
    let index: Int
    let name: String
    let norm1: Norm
    /// `[3 × embeddingSize × embeddingSize]`: queries, keys, values.
    let qkv: Matrix
    /// `[embeddingSize × embeddingSize]`
    let attentionOut: Matrix
    let norm2: Norm
    /// `[innerSize × embeddingSize]`
    let up: Matrix
    /// `[embeddingSize × innerSize]`
    let down: Matrix
}

/// Everything a forward pass multiplies by: views on a model file, and decoded copies of what is compressed there and kept.
struct Weights: Sendable {
    /// `[vocabularySize × embeddingSize]`
    let tokenEmbedding: Matrix
    let positions: PositionEmbedding
    let layers: [Layer]
    let finalNorm: Norm
    /// `[vocabularySize × embeddingSize]`; the token embedding itself where the two are tied.
    let head: Matrix
    /// `[labels × embeddingSize]`, where the model has one.
    let classifier: Matrix?

    /// Matrices that are not wholly in memory.
    var streamedArrays: [ArrayDescription] {
        let matrices = layers.flatMap { [$0.qkv, $0.attentionOut, $0.up, $0.down] } + [tokenEmbedding, head]
        return matrices.filter { !$0.streamedChunks.isEmpty }.map(\.array)
    }

    init(
        _ configuration: Configuration, in file: ModelFile, plan: MemoryPlan, kernels: KernelSet, pool: WorkerPool
    ) throws(GPT2Error) {
        var expected: [String: ArrayDescription] = [:]
        for array in configuration.arrays { expected[array.name] = try file.find(array) }
        let decoded = try Decoding.copies(plan, in: file, kernels: kernels, pool: pool)

        func array(_ name: String) throws(GPT2Error) -> ArrayDescription {
            guard let array = expected[name] else { preconditionFailure("\(name) is not among Configuration.arrays") }
            return array
        }
        func matrix(_ name: String, bias: String? = nil) throws(GPT2Error) -> Matrix {
            let array = try array(name)
            return try Matrix(
                array, bias: bias.flatMap { expected[$0] }, in: file,
                keptChunkCount: plan.keptChunks[array.index] ?? 0, copy: decoded[array.index])
        }
        func linear(_ name: String) throws(GPT2Error) -> Matrix { try matrix(name + ".weight", bias: name + ".bias") }
        func norm(_ name: String) throws(GPT2Error) -> Norm {
            unsafe Norm(
                name: name, gain: try file.floats(array(name + ".gain")), bias: try file.floats(array(name + ".bias")))
        }

        tokenEmbedding = try matrix(ArrayName.tokenEmbedding)
        positions = try PositionEmbedding(array(ArrayName.positionEmbedding), in: file)
        var layers: [Layer] = []
        for index in 0..<configuration.layerCount {
            layers.append(
                Layer(
                    index: index,
                    name: "block.\(index)",
                    norm1: try norm(ArrayName.block(index, "norm1")),
                    qkv: try linear(ArrayName.block(index, "attention.qkv")),
                    attentionOut: try linear(ArrayName.block(index, "attention.out")),
                    norm2: try norm(ArrayName.block(index, "norm2")),
                    up: try linear(ArrayName.block(index, "mlp.up")),
                    down: try linear(ArrayName.block(index, "mlp.down"))))
        }
        self.layers = layers
        finalNorm = try norm(ArrayName.finalNorm)
        head = configuration.tiesEmbeddings ? tokenEmbedding : try matrix(ArrayName.head)
        guard configuration.classifier != nil else {
            classifier = nil
            return
        }
        let rows = try array(ArrayName.classifier)
        classifier = try Matrix(rows, bias: nil, in: file, keptChunkCount: rows.chunks.count, copy: nil)
    }
}
