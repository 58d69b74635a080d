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

@Suite struct HuggingFaceModels {
    private let folder = TemporaryDirectory()

    private func model(_ path: String) throws -> HuggingFaceModel {
        try #require(openModel(path: path) as? HuggingFaceModel)
    }

    @Test(arguments: ["base", "sharded", "legacy-names", "bfloat16"])
    func areOpenedFromTheirFolder(variant: String) throws {
        let model = try model(golden("checkpoints/\(variant)"))
        #expect(model.configuration["n_embd"]?.intValue == 18)
        #expect(model.weights.tensors.contains { $0.name.hasSuffix("h.1.mlp.c_proj.weight") && $0.shape == [72, 18] })
        #expect(model.tokenizer == nil)
        #expect(model.paths.count == (variant == "sharded" ? 5 : 2))
    }

    @Test func areOpenedFromTheirWeightsOrIndex() throws {
        let file = try model(golden("checkpoints/base/model.safetensors"))
        #expect(file.weights.tensors.count == 28)
        let index = try model(golden("checkpoints/sharded/model.safetensors.index.json"))
        #expect(index.weights.tensors.count == 28)
    }

    @Test func withoutWeightsAreRefusedNamingWhatIsThere() {
        #expect(throws: CheckpointError.noWeights(path: folder.path, alternatives: [])) {
            try model(folder.path)
        }
        for name in ["optimizer.pt", "training_args.bin"] { writeFile(folder.file(name), [1]) }
        #expect(throws: CheckpointError.noWeights(path: folder.path, alternatives: [])) { try model(folder.path) }
        for name in ["a.bin", "b.pt"] { writeFile(folder.file(name), [1]) }
        _ = unsafe mkdir(folder.file("checkpoint-500"), 0o777)
        writeFile(folder.file("checkpoint-500/model.safetensors"), [1])
        let alternatives = ["a.bin", "b.pt", "checkpoint-500"]
        #expect(throws: CheckpointError.noWeights(path: folder.path, alternatives: alternatives)) {
            try model(folder.path)
        }
    }

    @Test func thatAreSomethingElseAreSaidToBeThat() throws {
        func refusal(_ name: String, _ bytes: [UInt8]) -> CheckpointError? {
            let folder = TemporaryDirectory()
            writeFile(folder.file(name), bytes)
            do { _ = try openModel(path: folder.file(name)) } catch { return error }
            return nil
        }
        let cases: [(name: String, bytes: [UInt8], what: ForeignFile)] = [
            ("model.safetensors", Array("version https://git-lfs.github.com/spec/v1\n".utf8), .gitLFSPointer),
            ("pytorch_model.bin", Array("<!DOCTYPE html>".utf8), .webPage),
            ("a.q8z", [0x89] + Array("Q8Z\r\n\u{1A}\n........".utf8), .modelFile),
            ("tf_model.h5", [0x89] + Array("HDF\r\n\u{1A}\n........".utf8), .hdf5),
            ("flax_model.msgpack", [0x81, 0xA6] + Array("params........".utf8), .otherProgram),
            ("model.ckpt.data-00000-of-00001", [UInt8](repeating: 0x3F, count: 64), .tensorFlowPart),
            ("weights.bin", Array("Invalid username".utf8), .unknown), ("adapter_model.safetensors", [1], .adapter),
        ]
        for (name, bytes, what) in cases {
            guard case .foreign(_, what) = refusal(name, bytes) else {
                Issue.record("\(name): \(refusal(name, bytes).debugDescription)")
                continue
            }
        }
        writeFile(folder.file("adapter_config.json"), Array("{}".utf8))
        #expect(throws: CheckpointError.foreign(path: folder.file("adapter_config.json"), .adapter)) {
            try model(folder.path)
        }
    }

    @Test func oneFileOfSeveralLeadsToTheirIndex() throws {
        let (shard, index) = ("model-00001-of-00002.safetensors", "model.safetensors.index.json")
        writeFile(folder.file(shard), safetensors("{}"))
        for path in [folder.path, folder.file(shard)] {
            let error = CheckpointError.shard(path: folder.file(shard), index: folder.file(index), isThere: false)
            #expect(throws: error) { try model(path) }
        }
        writeFile(folder.file(index), Array("{}".utf8))
        #expect(throws: CheckpointError.shard(path: folder.file(shard), index: folder.file(index), isThere: true)) {
            try model(folder.file(shard))
        }
        for name in ["model-00001-of-00001.safetensors", "epoch-3-of-10.safetensors", "of-00002.bin", "a"] {
            #expect(ShardedWeights.index(ofShard: name) == nil)
        }
        #expect(ShardedWeights.index(ofShard: "pytorch_model-00002-of-00003.bin") == "pytorch_model.bin.index.json")
    }

    @Test func areFoundByWhatTheOnlyFileOfWeightsHolds() throws {
        for (name, content) in [("best.pth", "pytorch/pytorch_model.bin"), ("anything.bin", "llmc/model.bin")] {
            let folder = TemporaryDirectory()
            writeFile(folder.file(name), readFile(golden("formats/\(content)")))
            writeFile(folder.file("config.json"), readFile(golden("checkpoints/base/config.json")))
            #expect(try openModel(path: folder.path).weights.tensors.count > 20)
        }
    }

    @Test func withoutAConfigurationAreRefused() {
        writeFile(folder.file("model.safetensors"), safetensors("{}"))
        let path = folder.file("config.json")
        #expect(throws: CheckpointError.noConfiguration(path: path)) { try model(folder.path) }
        writeFile(path, Array("[1]".utf8))
        #expect(throws: CheckpointError.configurationIsNotAnObject(path: path)) {
            try model(folder.path)
        }
        writeFile(path, [UInt8](repeating: 0x20, count: 1 << 20 + 1))
        #expect(throws: CheckpointError.fileTooLarge(path: path, byteCount: 1 << 20 + 1, limit: 1 << 20)) {
            try model(folder.path)
        }
    }

    @Test func bringTheirTokenizerInEitherForm() throws {
        writeFile(folder.file("model.safetensors"), safetensors("{}"))
        writeFile(folder.file("config.json"), Array("{}".utf8))
        func names() throws -> [String] {
            try model(folder.file("model.safetensors")).paths.dropFirst(2)
                .map { String($0.split(separator: "/").last ?? "") }
        }
        writeFile(folder.file("vocab.json"), [1])
        writeFile(folder.file("merges.txt"), [2])
        #expect(try model(folder.path).tokenizer == .vocabularyAndMerges(vocabulary: [1], merges: [2]))
        #expect(try names() == ["vocab.json", "merges.txt"])
        writeFile(folder.file("added_tokens.json"), [4])
        let settings = #""add_prefix_space": true, "added_tokens_decoder": {"7": {"content": "x", "special": true}}"#
        writeFile(folder.file("tokenizer_config.json"), Array("{\(settings)}".utf8))
        #expect(
            try model(folder.path).tokenizer
                == .vocabularyAndMerges(
                    vocabulary: [1], merges: [2], added: [4], decoder: ["7": ["content": "x", "special": true]],
                    addsPrefixSpace: true))
        #expect(try names() == ["vocab.json", "merges.txt", "added_tokens.json", "tokenizer_config.json"])
        writeFile(folder.file("tokenizer.json"), [3])
        #expect(try model(folder.path).tokenizer == .tokenizerJSON([3], addsPrefixSpace: true))
        #expect(try names() == ["tokenizer.json", "tokenizer_config.json"])
        // A tokenizer that transformers takes as it is.
        let other = "{\"tokenizer_class\": \"PreTrainedTokenizerFast\", \(settings)}"
        writeFile(folder.file("tokenizer_config.json"), Array(other.utf8))
        #expect(try model(folder.path).tokenizer == .tokenizerJSON([3]))
    }

    @Test func thatAreNotThereAreRefused() {
        #expect(throws: CheckpointError.cannotOpen(path: "/nonexistent", reason: "No such file or directory")) {
            try model("/nonexistent")
        }
    }
}
