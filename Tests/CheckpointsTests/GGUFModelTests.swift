import StrictJSON
import TestSupport
import Testing

@testable import Checkpoints

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct GGUFModels {
    private let folder = TemporaryDirectory()
    private var path: String { folder.file("weights") }  // what it is is seen from what it holds

    private func model(_ pairs: [[UInt8]]) throws -> any SourceModel {
        var image = GGUFImage()
        image.pairs = pairs
        writeFile(path, image.bytes)
        return try openModel(path: path)
    }

    private func refusal(_ pairs: [[UInt8]]) -> CheckpointError? {
        do { _ = try model(pairs) } catch { return error as? CheckpointError }
        return nil
    }

    @Test func areRecognisedByWhatTheyBeginWith() throws {
        let model = try model(GGUFImage.hyperparameters + GGUFImage.tokenizer)
        #expect(model is GGUFModel)
        #expect(model.paths == [path])
        #expect(model.configuration["n_embd"]?.intValue == 4)
        #expect(model.configuration["vocab_size"]?.intValue == 2)
        #expect(model.configuration["layer_norm_epsilon"]?.doubleValue.map { Float($0) } == 1e-5)
        #expect(model.configuration["tie_word_embeddings"]?.boolValue == true)
        #expect(model.tokenizer == .lists(tokens: ["a", "b"], types: nil, merges: []))
        #expect(try openModel(path: golden("checkpoints/base")) is HuggingFaceModel)
    }

    @Test func withoutATokenizerAreThatWithout() throws {
        #expect(try model(GGUFImage.hyperparameters).tokenizer == nil)
        #expect(
            try model(GGUFImage.hyperparameters + [GGUFImage.text("tokenizer.ggml.model", "none")]).tokenizer == nil)
    }

    @Test func thatLackAKeyAreRefused() {
        for (index, key) in [
            "general.architecture", "gpt2.block_count", "gpt2.context_length", "gpt2.embedding_length",
            "gpt2.feed_forward_length", "gpt2.attention.head_count", "gpt2.attention.layer_norm_epsilon",
        ].enumerated() {
            var pairs = GGUFImage.hyperparameters
            pairs.remove(at: index)
            #expect(refusal(pairs) == .gguf(path: path, .missingKey(key)))
        }
        for (index, key) in [(1, "tokenizer.ggml.tokens"), (2, "tokenizer.ggml.merges")] {
            var pairs = GGUFImage.hyperparameters + GGUFImage.tokenizer
            pairs.remove(at: GGUFImage.hyperparameters.count + index)
            #expect(refusal(pairs) == .gguf(path: path, .missingKey(key)))
        }
    }

    @Test func ofMoreTokensOrMergesThanThereCanBeAreRefusedBeforeTheseAreRead() {
        let (tokens, merges) = ("tokenizer.ggml.tokens", "tokenizer.ggml.merges")
        let begin = GGUFImage.hyperparameters + [GGUFImage.text("tokenizer.ggml.model", "gpt2")]
        let three = GGUFImage.texts(merges, ["a b", "a b", "a b"])
        #expect(
            refusal(begin + [GGUFImage.texts(tokens, ["a", "b"]), three])
                == .gguf(path: path, .tooMany(field: merges, count: 3, limit: 2)))
        let (limit, count) = (1 << 20, 1 << 20 | 1)
        let many = GGUFImage.list(tokens, type: 8, count: count, [UInt8](repeating: 0, count: 8 * count))
        #expect(
            refusal(begin + [many, GGUFImage.texts(merges, [])])
                == .gguf(path: path, .tooMany(field: tokens, count: UInt64(count), limit: limit)))
    }

    /// The text would lie in the file, which is sparse, and is not copied.
    @Test func withTablesBeyondTheLimitAreRefused() {
        let limit = GGUFHeader.byteLimit
        let pair = GGUFImage.pair("k", type: 8, GGUFImage.word(UInt64(limit)))
        var image = GGUFImage()
        image.pairs = [pair]
        writeFile(path, image.bytes)
        #expect(unsafe truncate(path, limit + 4096) == 0)
        let error = CheckpointError.gguf(
            path: path, .metadataTooLarge(byteCount: 24 + pair.count + limit, limit: limit))
        #expect(throws: error) { try openModel(path: path) }
    }

    @Test func whoseTextsLlamaBeginsWithATokenSaySo() throws {
        let begins = GGUFImage.pair("tokenizer.ggml.add_bos_token", type: 7, [1])
        #expect(try model(GGUFImage.hyperparameters + GGUFImage.tokenizer).notes.isEmpty)
        #expect(try model(GGUFImage.hyperparameters + GGUFImage.tokenizer + [begins]).notes.count == 1)
    }

    @Test func thatAskForSomethingElseAreRefusedByName() {
        let other: [([UInt8], GGUFError)] = [
            (
                GGUFImage.number("gpt2.attention.head_count_kv", 2),
                .unsupported(key: "gpt2.attention.head_count_kv", found: "2", supported: "as many as \"head_count\"")
            ),
            (
                GGUFImage.number("gpt2.expert_count", 8),
                .unsupported(
                    key: "gpt2.expert_count", found: "8", supported: "the keys that llama.cpp writes for a GPT-2")
            ),
            (
                GGUFImage.number("split.count", 2),
                .unsupported(
                    key: "split.count", found: "2", supported: "1: merge the parts with llama-gguf-split")
            ),
            (
                GGUFImage.text("tokenizer.ggml.model", "llama"),
                .unsupported(
                    key: "tokenizer.ggml.model", found: "\"llama\"", supported: "\"gpt2\", byte-level BPE")
            ),
        ]
        for (pair, expected) in other {
            #expect(refusal(GGUFImage.hyperparameters + [pair]) == .gguf(path: path, expected))
        }
        let tokenizer = GGUFImage.hyperparameters + GGUFImage.tokenizer
        #expect(
            refusal(tokenizer + [GGUFImage.text("tokenizer.ggml.pre", "qwen2")])
                == .gguf(
                    path: path,
                    .unsupported(
                        key: "tokenizer.ggml.pre", found: "\"qwen2\"", supported: "\"gpt-2\", GPT-2's own rule")))
        #expect(
            refusal(tokenizer + [GGUFImage.list("tokenizer.ggml.token_type", type: 5, count: 1, [1, 0, 0, 0])])
                == .gguf(
                    path: path,
                    .wrongValue(
                        key: "tokenizer.ggml.token_type", found: "a list of 1 values",
                        expected: "as many as there are tokens, 2")))
        #expect(
            refusal([GGUFImage.text("general.architecture", "llama")])
                == .gguf(
                    path: path,
                    .unsupported(key: "general.architecture", found: "\"llama\"", supported: "\"gpt2\"")))
    }

    @Test func withValuesOfAnotherKindAreRefused() {
        var pairs = GGUFImage.hyperparameters
        pairs[1] = GGUFImage.text("gpt2.block_count", "12")
        #expect(
            refusal(pairs)
                == .gguf(
                    path: path,
                    .wrongValue(
                        key: "gpt2.block_count", found: "\"12\"", expected: "a whole number below 2^63")))
        let tokens = GGUFImage.list("tokenizer.ggml.tokens", type: 5, count: 1, [1, 0, 0, 0])
        #expect(
            refusal(GGUFImage.hyperparameters + [GGUFImage.tokenizer[0], tokens])
                == .gguf(
                    path: path,
                    .wrongValue(
                        key: "tokenizer.ggml.tokens", found: "a list of 1 values", expected: "a list of texts")))
        let text = GGUFImage.list(
            "tokenizer.ggml.tokens", type: 8, count: 1, GGUFImage.word(UInt64(1)) + [0xFF])
        #expect(
            refusal(GGUFImage.hyperparameters + [GGUFImage.tokenizer[0], text])
                == .gguf(path: path, .notText(field: "tokenizer.ggml.tokens[0]")))
    }
}
