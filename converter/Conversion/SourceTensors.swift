import Checkpoints
import GPT2

/// Where an array of the model file comes from.
struct ArraySource: Sendable {
    let array: ExpectedArray
    let tensor: Tensor
    /// Whether the tensor lies `[in × out]`, as GPT-2's linear layers do; arrays are `[out × in]`.
    let storedByInput: Bool
}

/// A checkpoint's tensors under their names without prefix; what is no weight of a language model is left out.
struct SourceTensors {
    let names: TensorNames
    private var byName: [String: Tensor] = [:]
    /// Names that two tensors have.
    private(set) var duplicates: [String] = []
    /// Whether the second head of GPT2DoubleHeadsModel was left out.
    private(set) var hasChoiceHead = false

    init(_ model: any SourceModel) {
        names = TensorNames(convention: model.convention)
        for tensor in model.weights.tensors {
            let name = names.canonical(tensor.name)
            if names.isIgnored(name) {
                hasChoiceHead = hasChoiceHead || name.hasPrefix(TensorNames.choiceHead)
                continue
            }
            if byName.updateValue(tensor, forKey: name) != nil { duplicates.append(name) }
        }
    }

    subscript(name: String) -> Tensor? { byName[name] }

    /// How many blocks the tensors' names speak of: one more than the largest number.
    var layerCount: Int {
        guard let largest = byName.keys.lazy.compactMap(names.layer).max(), largest < Int.max else { return 0 }
        return largest + 1
    }

    /// The names that `known` lacks, sorted.
    func names(notIn known: Set<String>) -> [String] { byName.keys.filter { !known.contains($0) }.sorted() }
}
