public import Checkpoints
public import GPT2
import StrictJSON
import Tokenizer

/// A checkpoint that was found to be whole and of one piece: every tensor there, of the right shape, agreeing with the
/// configuration and the tokenizer. What a plan says can be done; only single weights can still be refused.
public struct ConversionPlan: Sendable {
    public let model: any SourceModel
    public let configuration: Configuration
    /// Things to know that are not errors.
    public let notes: [String]
    let sources: [ArraySource]
    let tokenizer: TokenizerTables?

    /// Opens and checks the checkpoint at `path`; see ``openModel(path:)``.
    public init(path: String) throws(ConversionError) {
        let model: any SourceModel
        do { model = try openModel(path: path) } catch { throw .checkpoint(error) }
        try self.init(model)
    }

    /// Compares everything with everything and reports all that does not agree at once.
    public init(_ model: any SourceModel) throws(ConversionError) {
        var check = CheckpointCheck(model)
        guard let configuration = check.configuration() else { throw .disagreements(check.disagreements) }
        let sources = check.sources(of: configuration)
        let tokenizer = check.tokenizer(for: configuration)
        guard check.disagreements.isEmpty else { throw .disagreements(check.disagreements) }
        self.model = model
        self.configuration = configuration
        self.sources = sources
        self.tokenizer = tokenizer
        notes = check.notes
    }
}

/// The comparison behind a plan: gathers what disagrees instead of stopping at the first.
private struct CheckpointCheck {
    let model: any SourceModel
    let tensors: SourceTensors
    private var names: TensorNames { tensors.names }
    /// Where the hyperparameters stand.
    private var place: String { model.convention.configurationName }
    private(set) var disagreements: [Disagreement] = []
    private(set) var notes: [String] = []

    init(_ model: any SourceModel) {
        self.model = model
        tensors = SourceTensors(model)
        for name in tensors.duplicates {
            disagree(
                "tensor \(quoted(name))", found: "it twice, with and without \"transformer.\"", expected: "one",
                advice: "Remove one of them")
        }
    }

    mutating func disagree(_ subject: String, found: String, expected: String, advice: String) {
        disagreements.append(Disagreement(subject: subject, found: found, expected: expected, advice: advice))
    }

    // MARK: Configuration

    /// The configuration, with the head tied if the checkpoint's head is the embedding; nil where it cannot be read.
    mutating func configuration() -> Configuration? {
        var members = model.configuration.map { ($0.key, $0.value) }
        if let tied = isHeadTied() {
            members.removeAll { $0.0 == "tie_word_embeddings" }
            members.append(("tie_word_embeddings", .bool(tied)))
        }
        // Whether there is a classifier is said by its tensor: configurations of other models name labels, too.
        members.removeAll { $0.0 == "num_labels" }
        if let classifier = tensors[TensorNames.classifier] {
            members.append(("num_labels", .integer(Int64(classifier.shape.first ?? 0))))
        }
        do {
            return try Configuration(json: .object(JSONObject(members)))
        } catch {
            disagree(
                place, found: error.description, expected: "a GPT-2 that Vencejo computes",
                advice: "Nothing was written")
            return nil
        }
    }

    /// Whether the head is the token embedding, as tensors and configuration together say.
    private mutating func isHeadTied() -> Bool? {
        let saysTied = model.configuration["tie_word_embeddings"]?.boolValue ?? true
        guard let head = tensors[names.head] else {
            if !saysTied {
                disagree(
                    "tensor \(quoted(names.head))", found: "none", expected: "one, since tie_word_embeddings is false",
                    advice: "Save the model again with its head, or set tie_word_embeddings to true in config.json")
            }
            return nil
        }
        guard let embedding = tensors[names.tokenEmbedding], embedding.shape == head.shape, head.shape.count == 2,
            embedding.type.isReadable, head.type.isReadable
        else {
            // An untied head is compared with the configuration like any other matrix; a tied one is seen only here.
            if saysTied {
                disagree(
                    "tensor \(quoted(names.head))", found: "\(head.type.rawValue) \(shown(head.shape))",
                    expected:
                        "the type and shape of \(names.tokenEmbedding), since tie_word_embeddings is true or absent",
                    advice: "Remove \(names.head) to use the embedding as the head, or set tie_word_embeddings to "
                        + "false in config.json and store a head of \"vocab_size\" rows")
            }
            return nil
        }
        if sameWeights(embedding, head) {
            if !saysTied { notes.append("\(names.head) equals \(names.tokenEmbedding); it is stored once") }
            return true
        }
        if saysTied {
            disagree(
                "tensor \(quoted(names.head))", found: "other weights than in \(names.tokenEmbedding)",
                expected: "the same, since tie_word_embeddings is true or absent",
                advice: "Set tie_word_embeddings to false in config.json to use the head as it is, or remove "
                    + "lm_head.weight to use the embedding as the head; they give different text")
        }
        return nil
    }

    /// Whether two matrices of one shape hold the same float32 values, bit for bit.
    private func sameWeights(_ first: Tensor, _ second: Tensor) -> Bool {
        let rowsAtOnce = max(1, (1 << 18) / max(1, first.columnCount))
        var (a, b) = ([Float](), [Float]())
        for start in stride(from: 0, to: first.rowCount, by: rowsAtOnce) {
            let rows = start..<min(start + rowsAtOnce, first.rowCount)
            a = read(first, rows, reusing: a)
            b = read(second, rows, reusing: b)
            let isSame = unsafe a.withUnsafeBytes { a in unsafe b.withUnsafeBytes { b in unsafe a.elementsEqual(b) } }
            if !isSame { return false }
        }
        return true
    }

    private func read(_ tensor: Tensor, _ rows: Range<Int>, reusing buffer: consuming [Float]) -> [Float] {
        let count = rows.count * tensor.columnCount
        var buffer = buffer.count == count ? buffer : [Float](repeating: 0, count: count)
        var span = buffer.mutableSpan
        model.weights.read(tensor, rows: rows, columns: 0..<tensor.columnCount, into: &span)
        model.weights.release(tensor, rows: rows)
        return buffer
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
        for array in configuration.arrays {
            let (name, storedByInput) = names.source(ofArray: array.name)
            known.insert(name)
            guard let tensor = tensors[name] else {
                missing(name, layerCount: configuration.layerCount)
                continue
            }
            let source = ArraySource(array: array, tensor: tensor, storedByInput: storedByInput)
            if check(source, configuration) { sources.append(source) }
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
            let isPadded = array.rows == configuration.vocabularySize && isPadding(tensor.shape, beyond: expected)
            if isPadded {
                notes.append(
                    "\(tensor.name) has \(tensor.shape[0]) rows; those from \(array.rows) on pad the vocabulary and are "
                        + "left out")
            } else {
                let isTransposed = tensor.shape == expected.reversed()
                disagree(
                    subject, found: shown(tensor.shape), expected: "\(shown(expected)) from \(place)",
                    advice: isTransposed && names == .huggingFace
                        ? "It is transposed: GPT-2's Conv1D keeps [in × out]; save it with transformers' GPT2LMHeadModel"
                        : "Check that configuration and weights belong together")
                return false
            }
        }
        if !tensor.type.isReadable {
            disagree(
                subject, found: "type \(tensor.type.rawValue)", expected: "weights in F32, F16 or BF16",
                advice: "Save the model in one of these")
            return false
        }
        return true
    }

    /// Whether a vocabulary was filled up to a multiple of 64, as people do for speed, and the rest fits.
    private func isPadding(_ shape: [Int], beyond expected: [Int]) -> Bool {
        guard shape.count == 2, expected.count == 2, shape[1] == expected[1] else { return false }
        return shape[0] % 64 == 0 && shape[0] > expected[0] && shape[0] - expected[0] < 128
    }

    // MARK: Tokenizer

    mutating func tokenizer(for configuration: Configuration) -> TokenizerTables? {
        let tables: TokenizerTables
        do throws(TokenizerError) {
            switch model.tokenizer {
            case .vocabularyAndMerges(let vocabulary, let merges):
                tables = try TokenizerTables(vocabulary: vocabulary, merges: merges)
            case .tokenizerJSON(let json):
                tables = try TokenizerTables(tokenizerJSON: json)
            case .lists(let tokens, let types, let merges):
                tables = try TokenizerTables(tokens: tokens, types: types, merges: merges)
            case nil:
                notes.append(
                    "there is no tokenizer (vocab.json with merges.txt, or tokenizer.json): the file takes token ids only"
                )
                return nil
            }
        } catch {
            disagree(
                "tokenizer", found: error.description, expected: "GPT-2's byte-level BPE",
                advice: "Fetch its files again, or remove them to convert without a tokenizer")
            return nil
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
