import Checkpoints
import GPT2
import StrictJSON
import Tokenizer

/// The comparison behind a plan: gathers what disagrees instead of stopping at the first.
struct CheckpointCheck {
    let model: any SourceModel
    let tensors: SourceTensors
    let tables: Result<TokenizerTables?, TokenizerError>
    var names: TensorNames { tensors.names }
    /// Where the hyperparameters stand.
    var place: String { model.configurationName }
    private(set) var disagreements: [Disagreement] = []
    var notes: [String] = []

    init(_ model: any SourceModel) {
        self.model = model
        tensors = SourceTensors(model)
        do throws(TokenizerError) { tables = .success(try model.tokenizer?.tables()) } catch {
            tables = .failure(error)
        }
        notes = model.notes
        if tensors.hasChoiceHead {
            notes.append(
                "\(TensorNames.choiceHead)…, which chooses between texts, is left out: language models have no use for it"
            )
        }
        for name in tensors.duplicates {
            disagree(
                "tensor \(quoted(name))", found: "it twice, under names that differ in what comes before",
                expected: "one",
                advice: "Remove one of them")
        }
    }

    mutating func disagree(_ subject: String, found: String, expected: String, advice: String) {
        disagreements.append(Disagreement(subject: subject, found: found, expected: expected, advice: advice))
    }

    // MARK: Tensors

    mutating func sources(of configuration: Configuration) -> [ArraySource] {
        if tensors.layerCount != configuration.layerCount {
            disagree(
                "\"n_layer\" in \(place)", found: "\(configuration.layerCount)",
                expected: "\(tensors.layerCount), the number of blocks among the tensors",
                advice: "Check that configuration and weights belong together")
        }
        var known: Set<String> = [names.head]
        var sources: [ArraySource] = []
        var unreadable: [TensorType: [String]] = [:]
        for array in configuration.arrays {
            let (name, storedByInput) = names.source(ofArray: array.name)
            known.insert(name)
            guard let tensor = tensors[name] else {
                missing(name, layerCount: configuration.layerCount)
                continue
            }
            let source = ArraySource(array: array, tensor: tensor, storedByInput: storedByInput)
            guard check(source, configuration) else { continue }
            if tensor.type.isReadable {
                sources.append(source)
            } else {
                unreadable[tensor.type, default: []].append(tensor.name)
            }
        }
        for (type, names) in unreadable.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            disagree(
                "tensor \(quoted(names[0]))" + (names.count > 1 ? " and \(names.count - 1) others" : ""),
                found: "type \(type.rawValue)", expected: "weights in F32, F16 or BF16",
                advice: "Save the model in one of these")
        }
        for name in tensors.names(notIn: known) where layer(of: name).map({ $0 < configuration.layerCount }) ?? true {
            disagree(
                "tensor \(quoted(name))", found: "it", expected: "only tensors of GPT-2's language model",
                advice: "If the model does not need it, save it without")
        }
        return sources
    }

    /// Reports a missing tensor, unless a whole block is missing, which the number of layers says.
    private mutating func missing(_ name: String, layerCount: Int) {
        if let layer = layer(of: name), layer >= tensors.layerCount { return }
        if name == names.head { return }  // said where the head is compared
        disagree(
            "tensor \(quoted(name))", found: "none", expected: "one",
            advice: name.hasSuffix("bias")
                ? "GPT-2 has biases everywhere; for a model trained without, save zeros" : "Fetch the checkpoint again")
    }

    private func layer(of name: String) -> Int? {
        names.layer(of: name)
    }

    private mutating func check(_ source: ArraySource, _ configuration: Configuration) -> Bool {
        let (array, tensor) = (source.array, source.tensor)
        let subject = "tensor \(quoted(tensor.name))"
        let expected =
            switch array.role {
            case .vector: [array.columns]
            case .matrix, .positions, .classifier:
                source.storedByInput ? [array.columns, array.rows] : [array.rows, array.columns]
            }
        if tensor.shape != expected {
            let isPadded =
                [ArrayName.tokenEmbedding, ArrayName.head].contains(array.name)
                && isPadding(tensor.shape, beyond: expected)
            if isPadded {
                notes.append(
                    "\(tensor.name) has \(tensor.shape[0]) rows; those from \(array.rows) on pad the vocabulary and are "
                        + "left out")
            } else {
                let isTransposed = tensor.shape == expected.reversed()
                disagree(
                    subject, found: shown(tensor.shape), expected: "\(shown(expected)) from \(place)",
                    advice: isTransposed ? turnedAdvice : "Check that configuration and weights belong together")
                return false
            }
        }
        return true
    }

    /// What to do about a matrix that lies the other way.
    private var turnedAdvice: String {
        switch model.convention {
        case .huggingFace:
            "It is transposed: GPT-2's Conv1D keeps [in × out]; save it with transformers' GPT2LMHeadModel"
        case .linear:
            "It is transposed: torch.nn.Linear keeps [out × in]. A model of Hugging Face's has another config.json"
        case .tensorFlow, .gguf: "It is transposed: write it again with the program that wrote the others"
        }
    }

    /// Whether a vocabulary was filled up to a multiple of 64, as people do for speed, and the rest fits.
    private func isPadding(_ shape: [Int], beyond expected: [Int]) -> Bool {
        guard shape.count == 2, expected.count == 2, shape[1] == expected[1] else { return false }
        return shape[0] % 64 == 0 && shape[0] > expected[0] && shape[0] - expected[0] < 128
    }

    // MARK: Tokenizer

    mutating func tokenizer(for configuration: Configuration?) -> TokenizerTables? {
        let tables: TokenizerTables
        switch self.tables {
        case .success(let found?): tables = found
        case .success(nil):
            notes.append(
                "there is no tokenizer (vocab.json with merges.txt, or tokenizer.json): the file takes token ids only")
            return nil
        case .failure(let error):
            disagree(
                "tokenizer", found: error.description, expected: "GPT-2's byte-level BPE",
                advice: "Fetch its files again, or remove them to convert without a tokenizer")
            return nil
        }
        guard let configuration else { return tables }
        if let ours = configuration.endOfText, let theirs = tables.endOfText, ours != Int(theirs) {
            notes.append("texts end at token \(ours), as \(place) says; the tokenizer's <|endoftext|> is \(theirs)")
        }
        let count = tables.vocabularySize
        if count > configuration.vocabularySize {
            disagree(
                "tokenizer", found: "\(count) tokens",
                expected: "at most \(configuration.vocabularySize), the model's vocab_size",
                advice: "The model has no embedding for the others: use the tokenizer it was trained with")
        } else if count < configuration.vocabularySize {
            notes.append(
                "the tokenizer has \(count) tokens, the model \(configuration.vocabularySize): the others cannot be written"
            )
        }
        return tables
    }
}
