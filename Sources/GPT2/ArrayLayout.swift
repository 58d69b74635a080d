/// One array that a model of a given configuration has in its file.
public struct ExpectedArray: Sendable, Equatable {
    /// What an array is to the model.
    public enum Role: Sendable {
        /// A weight matrix, stored `[out × in]` in panels.
        case matrix
        /// The position embedding, stored row by row.
        case positions
        /// A gain or a bias: float32, one row.
        case vector
        /// The classifier: float32 `[labels × in]` in panels, raw.
        case classifier
    }

    /// Its name in the file.
    public let name: String
    /// What it is to the model.
    public let role: Role
    /// Output features of a matrix, positions, or 1.
    public let rows: Int
    /// Input features of a matrix, or the length of a vector.
    public let columns: Int
}

/// The names of a model's arrays in a `.q8z` file, as docs/FORMAT.md lists them.
public enum ArrayName {
    /// `[vocabularySize × embeddingSize]`
    public static let tokenEmbedding = "token_embedding"
    /// `[contextLength × embeddingSize]`
    public static let positionEmbedding = "position_embedding"
    /// The last layer norm; `.gain` and `.bias` follow.
    public static let finalNorm = "final_norm"
    /// `[vocabularySize × embeddingSize]`, where that is not the token embedding.
    public static let head = "head.weight"
    /// `[labels × embeddingSize]`, where there is one.
    public static let classifier = "classifier.weight"

    /// The name of a part of block `layer`, such as `mlp.up.weight`.
    public static func block(_ layer: Int, _ part: String) -> String { "block.\(layer).\(part)" }
}

extension Configuration {
    /// Every array of a model with this configuration, in the order of the forward pass.
    public var arrays: [ExpectedArray] {
        let size = embeddingSize
        func matrix(_ name: String, _ rows: Int, _ columns: Int) -> ExpectedArray {
            ExpectedArray(name: name, role: .matrix, rows: rows, columns: columns)
        }
        func vector(_ name: String, _ count: Int) -> ExpectedArray {
            ExpectedArray(name: name, role: .vector, rows: 1, columns: count)
        }
        func norm(_ name: String) -> [ExpectedArray] { [vector(name + ".gain", size), vector(name + ".bias", size)] }
        func linear(_ name: String, _ rows: Int, _ columns: Int) -> [ExpectedArray] {
            [matrix(name + ".weight", rows, columns), vector(name + ".bias", rows)]
        }

        var arrays = [
            matrix(ArrayName.tokenEmbedding, vocabularySize, size),
            ExpectedArray(
                name: ArrayName.positionEmbedding, role: .positions, rows: contextLength, columns: size),
        ]
        for layer in 0..<layerCount {
            arrays += norm(ArrayName.block(layer, "norm1"))
            arrays += linear(ArrayName.block(layer, "attention.qkv"), 3 * size, size)
            arrays += linear(ArrayName.block(layer, "attention.out"), size, size)
            arrays += norm(ArrayName.block(layer, "norm2"))
            arrays += linear(ArrayName.block(layer, "mlp.up"), innerSize, size)
            arrays += linear(ArrayName.block(layer, "mlp.down"), size, innerSize)
        }
        arrays += norm(ArrayName.finalNorm)
        if !tiesEmbeddings { arrays.append(matrix(ArrayName.head, vocabularySize, size)) }
        if let classifier {
            arrays.append(
                ExpectedArray(
                    name: ArrayName.classifier, role: .classifier, rows: classifier.labels.count, columns: size))
        }
        return arrays
    }
}
