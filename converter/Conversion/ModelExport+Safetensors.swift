import Checkpoints
import GPT2
import ModelFile
import StrictJSON
import Tokenizer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension ExportedModel {
    /// Writes a folder as Hugging Face keeps a model.
    func writeFolder(_ folder: String, onProgress: (ConversionProgress) -> Bool) throws(ConversionError) -> [String] {
        let isNew = unsafe mkdir(folder, 0o777) == 0
        guard isNew || errno == EEXIST else {
            throw .file(.system(operation: "create", path: folder, errorNumber: errno))
        }
        if let other = FilePath.names(in: folder).first(where: Self.belongsToAModel) {
            throw .cannotExport(
                reason: "\(quoted(folder)) holds a model already, with \(quoted(other)): name another folder")
        }
        do throws(ConversionError) {
            return try writeFiles(folder, onProgress: onProgress)
        } catch {
            if isNew { unsafe rmdir(folder) }
            throw error
        }
    }

    /// Whether a file of this name is a model's, so that it must neither be lost nor mistaken for one that is written here.
    private static func belongsToAModel(_ name: String) -> Bool {
        let names = [
            "config.json", "generation_config.json", "vocab.json", "merges.txt", "tokenizer.json",
            "tokenizer_config.json", "added_tokens.json", "special_tokens_map.json", "hparams.json", "encoder.json",
            "vocab.bpe",
        ]
        let suffixes = [".safetensors", ".bin", ".index.json", ".index", ".gguf", ".pt", ".ckpt", ".h5", ".msgpack"]
        return names.contains(name) || suffixes.contains(where: name.hasSuffix)
    }

    private func writeFiles(
        _ folder: String, onProgress: (ConversionProgress) -> Bool
    ) throws(ConversionError) -> [String] {
        func target(_ name: String) throws(ConversionError) -> String {
            let target = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
            try checkOutput(target, inputs: [path], replacing: nil)
            return target
        }
        let parts = try parts(.huggingFace, prefix: "transformer.")
        var texts = [("config.json", configurationText)]
        if let tokenizerText {
            texts += [("tokenizer.json", tokenizerText), ("tokenizer_config.json", tokenizerSettings)]
        }
        var weights = try temporary(try target("model.safetensors"))
        try ConversionError.wrapping { () throws(ModelFileError) in try weights.append(safetensorsHeader(parts)) }
        try append(parts, to: &weights, alignment: 1, onProgress: onProgress)
        // The small files come first: whoever sees the weights sees all.
        var added: [String] = []
        do throws(ConversionError) {
            for (name, text) in texts {
                let path = try target(name)
                let isNew = unsafe access(path, F_OK) != 0
                var file = try temporary(path)
                try ConversionError.wrapping { () throws(ModelFileError) in
                    try file.append(Array(text.utf8))
                    try file.commit()
                }
                if isNew { added.append(path) }
            }
            try ConversionError.wrapping { () throws(ModelFileError) in try weights.commit() }
        } catch {
            for path in added { unsafe unlink(path) }
            throw error
        }
        return tokenizer == nil ? ["there is no tokenizer in \(path), and so none was written"] : []
    }

    private func temporary(_ path: String) throws(ConversionError) -> TemporaryFile {
        try ConversionError.wrapping { () throws(ModelFileError) in try TemporaryFile(target: path) }
    }

    /// The length of the table, and the table, which is padded so that the numbers begin at a multiple of 8.
    private func safetensorsHeader(_ parts: [Part]) -> [UInt8] {
        var members: [(String, JSONValue)] = [("__metadata__", ["format": "pt"])]
        var offset = 0
        for part in parts {
            let end = offset + 4 * part.shape.reduce(1, *)
            members.append(
                (
                    part.name,
                    [
                        "dtype": "F32", "shape": .array(part.shape.map { .integer(Int64($0)) }),
                        "data_offsets": [.integer(Int64(offset)), .integer(Int64(end))],
                    ]
                ))
            offset = end
        }
        var text = Array(JSONValue.object(JSONObject(members)).encoded().utf8)
        text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
        return littleEndian(UInt64(text.count)) + text
    }

    /// `config.json`: what the model file says, and what transformers and others ask for besides.
    private var configurationText: String {
        var object = configuration.json.objectValue ?? [:]
        object["architectures"] = [
            .string(configuration.classifier == nil ? "GPT2LMHeadModel" : "GPT2ForSequenceClassification")
        ]
        object["dtype"] = "float32"
        object["n_ctx"] = object["n_positions"]
        object["eos_token_id"] = endOfText.map { .integer(Int64($0)) } ?? .null
        object["bos_token_id"] = object["eos_token_id"]
        if let labels = configuration.classifier?.labels {
            var numbers = JSONObject()
            for (number, label) in labels.enumerated() { numbers[label] = .integer(Int64(number)) }
            object["label2id"] = .object(numbers)
        }
        return JSONValue.object(object).encoded(pretty: true) + "\n"
    }

    /// `tokenizer_config.json`: without it transformers would add a token to a vocabulary that has no `<|endoftext|>`.
    private var tokenizerSettings: String {
        var object: JSONObject = [
            "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false,
            "add_prefix_space": .bool(tokenizer?.addsPrefixSpace ?? false),
            "model_max_length": .integer(Int64(configuration.contextLength)),
        ]
        if let end = endOfText, end < entries.count {
            object["bos_token"] = .string(entries[end])
            object["eos_token"] = object["bos_token"]
        }
        return JSONValue.object(object).encoded(pretty: true) + "\n"
    }

    /// `tokenizer.json`, as Hugging Face's tokenizers write it for a GPT-2.
    private var tokenizerText: String? {
        guard let tokenizer else { return nil }
        let specials = tokenizer.specials.map { id -> JSONValue in
            [
                "id": .integer(Int64(id)), "content": .string(entries[Int(id)]), "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true,
            ]
        }
        let byteLevel: JSONValue = [
            "type": "ByteLevel", "add_prefix_space": .bool(tokenizer.addsPrefixSpace), "trim_offsets": true,
            "use_regex": true,
        ]
        let model: JSONValue = [
            "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": "", "end_of_word_suffix": "",
            "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": .object(JSONObject(entries.enumerated().map { ($0.element, .integer(Int64($0.offset))) })),
            "merges": .array(tokenizer.merges.map { [.string($0.left), .string($0.right)] }),
        ]
        let json: JSONValue = [
            "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(specials), "normalizer": nil,
            "pre_tokenizer": byteLevel, "post_processor": byteLevel, "decoder": byteLevel, "model": model,
        ]
        return json.encoded() + "\n"
    }
}
