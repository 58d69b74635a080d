import Checkpoints
import GPT2
import ModelFile
import Tokenizer

extension ExportedModel {
    private static let alignment = 32

    /// Writes one GGUF file, version 3.
    func writeGGUF(
        _ target: String, source: String, onProgress: (ConversionProgress) -> Bool
    ) throws(ConversionError) -> [String] {
        try checkOutput(target, inputs: [source], replacing: Array("GGUF".utf8))
        try checkLlama()
        let parts = try parts(.gguf)
        var output = try ConversionError.wrapping { () throws(ModelFileError) in try TemporaryFile(target: target) }
        var head = GGUFBytes()
        head.word(0x4655_4747 as UInt32)
        head.word(3 as UInt32)
        head.word(UInt64(parts.count))
        let pairs = metadata
        head.word(UInt64(pairs.count))
        for pair in pairs { head.bytes += pair.bytes }
        var offset = 0
        for part in parts {
            head.string(part.name)
            head.word(UInt32(part.shape.count))
            for size in part.shape.reversed() { head.word(UInt64(size)) }
            head.word(0 as UInt32)  // F32
            head.word(UInt64(offset))
            offset += (4 * part.shape.reduce(1, *) + Self.alignment - 1) / Self.alignment * Self.alignment
        }
        head.bytes += [UInt8](
            repeating: 0, count: (Self.alignment - head.bytes.count % Self.alignment) % Self.alignment)
        try ConversionError.wrapping { () throws(ModelFileError) in try output.append(head.bytes) }
        try append(parts, to: &output, alignment: Self.alignment, onProgress: onProgress)
        try ConversionError.wrapping { () throws(ModelFileError) in try output.commit() }
        var notes: [String] = []
        if tokenizer == nil { notes.append("there is no tokenizer in \(path), and so none was written") }
        if tokenizer?.addsPrefixSpace == true {
            notes.append("llama.cpp does not put a space before texts for this kind of tokenizer: give it one yourself")
        }
        if configuration.classifier != nil {
            notes.append("\(TensorNames.classifier) was left out: llama.cpp does not classify with a GPT-2")
        }
        return notes
    }

    /// Refuses what llama.cpp would compute otherwise, since its files have no words for it.
    private func checkLlama() throws(ConversionError) {
        let other: String? =
            if configuration.activation != .geluTanh {
                "\"activation_function\" \"\(configuration.activation.rawValue)\""
            } else if !configuration.scalesAttention {
                "\"scale_attn_weights\" false"
            } else if configuration.scalesAttentionByInverseLayer {
                "\"scale_attn_by_inverse_layer_idx\" true"
            } else {
                nil
            }
        if let other {
            throw .cannotExport(
                reason: "the model has \(other), which llama.cpp does not compute: it would write other text; "
                    + "use --to safetensors")
        }
    }

    // MARK: Metadata

    private var metadata: [GGUFBytes] {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        func size(_ key: String, _ value: Int) -> GGUFBytes { .pair("gpt2." + key, UInt32(truncatingIfNeeded: value)) }
        return [
            .pair("general.architecture", "gpt2"),
            .pair("general.name", name.hasSuffix(".q8z") ? String(name.dropLast(4)) : name),
            .pair("general.file_type", 0 as UInt32),
            size("block_count", configuration.layerCount), size("context_length", configuration.contextLength),
            size("embedding_length", configuration.embeddingSize), size("feed_forward_length", configuration.innerSize),
            size("attention.head_count", configuration.headCount),
            .pair("gpt2.attention.layer_norm_epsilon", configuration.layerNormEpsilon),
        ] + tokenizerMetadata
    }

    private var tokenizerMetadata: [GGUFBytes] {
        guard let tokenizer else {
            return [
                .pair("tokenizer.ggml.model", "no_vocab"),
                .pair("gpt2.vocab_size", UInt32(truncatingIfNeeded: configuration.vocabularySize)),
            ]
        }
        let specials = Set(tokenizer.specials)
        let padding = max(0, configuration.vocabularySize - entries.count)
        // Kinds of tokens: 1 one of the vocabulary, 3 a special one, 5 one that is not used.
        let types = entries.indices.map { specials.contains(UInt32($0)) ? 3 : 1 as UInt32 }
        var pairs: [GGUFBytes] = [
            .pair("tokenizer.ggml.model", "gpt2"), .pair("tokenizer.ggml.pre", "gpt-2"),
            .list("tokenizer.ggml.tokens", entries + (0..<padding).map { "[PAD\(entries.count + $0)]" }),
            .list("tokenizer.ggml.token_type", types + [UInt32](repeating: 5, count: padding)),
            .list("tokenizer.ggml.merges", tokenizer.merges.map { "\($0.left) \($0.right)" }),
            .pair("tokenizer.ggml.add_bos_token", false),
            .pair("tokenizer.ggml.add_space_prefix", tokenizer.addsPrefixSpace),
        ]
        if let end = endOfText {
            pairs.append(.pair("tokenizer.ggml.bos_token_id", UInt32(truncatingIfNeeded: end)))
            pairs.append(.pair("tokenizer.ggml.eos_token_id", UInt32(truncatingIfNeeded: end)))
        }
        return pairs
    }
}

/// Bytes of a GGUF file's metadata.
private struct GGUFBytes {
    var bytes: [UInt8] = []

    mutating func word<Word: FixedWidthInteger>(_ word: Word) { bytes += littleEndian(word) }

    mutating func string(_ text: String) {
        word(UInt64(text.utf8.count))
        bytes += Array(text.utf8)
    }

    private static func pair(_ key: String, type: UInt32, _ add: (inout GGUFBytes) -> Void) -> GGUFBytes {
        var pair = GGUFBytes()
        pair.string(key)
        pair.word(type)
        add(&pair)
        return pair
    }

    static func pair(_ key: String, _ value: UInt32) -> GGUFBytes { pair(key, type: 4) { $0.word(value) } }
    static func pair(_ key: String, _ value: Float) -> GGUFBytes { pair(key, type: 6) { $0.word(value.bitPattern) } }
    static func pair(_ key: String, _ value: Bool) -> GGUFBytes {
        pair(key, type: 7) { $0.bytes.append(value ? 1 : 0) }
    }
    static func pair(_ key: String, _ value: String) -> GGUFBytes { pair(key, type: 8) { $0.string(value) } }

    static func list(_ key: String, _ values: [String]) -> GGUFBytes {
        list(key, type: 8, count: values.count) { for value in values { $0.string(value) } }
    }

    static func list(_ key: String, _ values: [UInt32]) -> GGUFBytes {
        list(key, type: 5, count: values.count) { for value in values { $0.word(value) } }
    }

    private static func list(
        _ key: String, type: UInt32, count: Int, _ add: (inout GGUFBytes) -> Void
    ) -> GGUFBytes {
        pair(key, type: 9) { pair in
            pair.word(type)
            pair.word(UInt64(count))
            add(&pair)
        }
    }
}
