import Checkpoints
import GPT2
import StrictJSON
import Tokenizer

extension CheckpointCheck {
    /// The configuration, with the head tied if the checkpoint's head is the embedding; nil where it cannot be read.
    mutating func configuration() -> Configuration? {
        var members = model.configuration.map { ($0.key, $0.value) }
        for (alias, key) in Self.aliases {
            guard let other = model.configuration[alias], !other.isNull else { continue }
            switch model.configuration[key] {
            case nil: members.append((key, other))
            case other: break
            case let value?:
                disagree(
                    "\(quoted(key)) in \(place)", found: "\(value.encoded()), and \(quoted(alias)) \(other.encoded())",
                    expected: "one number: they are two names of the same", advice: "Remove the one that is wrong")
            }
        }
        if let count = unpaddedVocabularySize {
            members.removeAll { $0.0 == "vocab_size" }
            members.append(("vocab_size", .integer(Int64(count))))
        }
        if let tied = isHeadTied() {
            members.removeAll { $0.0 == "tie_word_embeddings" }
            members.append(("tie_word_embeddings", .bool(tied)))
        }
        // Whether there is a classifier is said by its tensor: configurations of other models name labels, too.
        members.removeAll { $0.0 == "num_labels" }
        if model.convention == .huggingFace, let classifier = tensors[TensorNames.classifier] {
            members.append(("num_labels", .integer(Int64(classifier.shape.first ?? 0))))
        } else if model.configuration["architectures"]?.arrayValue?.contains("GPT2ForSequenceClassification") == true {
            disagree(
                "tensor \(quoted(TensorNames.classifier))", found: "none",
                expected: "one, since architectures names GPT2ForSequenceClassification",
                advice: "Fetch the checkpoint again")
        }
        // Every key that is refused is told of, and the next ones are looked at as if it were what the tensors say.
        var replaced: Set<String> = []
        while true {
            do throws(ConfigurationError) {
                return try Configuration(json: .object(JSONObject(members)))
            } catch {
                disagree(
                    place, found: error.description, expected: "a GPT-2's configuration", advice: error.advice)
                guard let (key, value) = replacement(for: error), replaced.insert(key).inserted else { return nil }
                members.removeAll { $0.0 == key }
                members.append((key, value))
            }
        }
    }

    /// Names that transformers knows for a GPT-2's sizes besides its own.
    private static let aliases = [
        ("num_hidden_layers", "n_layer"), ("num_attention_heads", "n_head"), ("hidden_size", "n_embd"),
        ("max_position_embeddings", "n_positions"),
    ]

    /// Whether this is no GPT-2, or one whose weights are stored as something else: then nothing else is worth saying.
    mutating func isOfAnotherKind() -> Bool {
        if let type = model.configuration["model_type"], type != "gpt2", !type.isNull {
            disagree(
                "\"model_type\" in \(place)", found: type.encoded(), expected: "\"gpt2\"",
                advice: "Vencejo runs GPT-2 and nothing else: use a program that knows this model")
            return true
        }
        if let stored = model.configuration["quantization_config"], !stored.isNull {
            disagree(
                "\"quantization_config\" in \(place)", found: (stored["quant_method"] ?? stored).encoded(),
                expected: "none: weights in F32, F16 or BF16",
                advice: "Convert the model as it was before, or load this one with transformers, call dequantize() and "
                    + "save_pretrained()")
            return true
        }
        return false
    }

    /// A key to go on with where one was refused: what the tensors' shapes say, or the usual value.
    private func replacement(for error: ConfigurationError) -> (key: String, value: JSONValue)? {
        func size(_ name: String, _ dimension: Int) -> JSONValue? {
            guard let shape = tensors[name]?.shape, shape.count == 2 else { return nil }
            return .integer(Int64(shape[dimension]))
        }
        let value: JSONValue? =
            switch error.key {
            case "n_layer": .integer(Int64(tensors.layerCount))
            case "n_head": 1
            case "n_embd": size(names.tokenEmbedding, 1)
            case "vocab_size": size(names.tokenEmbedding, 0)
            case "n_positions", "n_ctx": size(names.positionEmbedding, 0)
            default: .null
            }
        return value.map { (error.key == "n_ctx" ? "n_positions" : error.key, $0) }
    }

    /// The tokenizer's tokens, where nanoGPT filled the vocabulary up beyond them: it counts what it added as tokens.
    private var unpaddedVocabularySize: Int? {
        guard model.convention == .linear, case .success(let tables?) = tables,
            let padded = model.configuration["vocab_size"]?.intValue, padded % 64 == 0,
            (tables.vocabularySize..<tables.vocabularySize + 64).contains(padded)
        else { return nil }
        return tables.vocabularySize
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
            !head.shape.contains(0), embedding.type.isReadable, head.type.isReadable
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
}

extension ConfigurationError {
    /// The key of the configuration that is meant.
    fileprivate var key: String {
        switch self {
        case .missing(let key), .wrongType(let key, _), .outOfRange(let key, _, _), .unsupported(let key, _, _): key
        case .headsDoNotDivide: "n_head"
        case .badEpsilon: "layer_norm_epsilon"
        }
    }

    fileprivate var advice: String {
        switch self {
        case .missing(let key): "Add \"\(key)\", from where the model was trained"
        case .unsupported: "Vencejo would write other text than the model's own program: use that"
        default: "Mend \"\(key)\"; where the model was trained its true value is known"
        }
    }
}
