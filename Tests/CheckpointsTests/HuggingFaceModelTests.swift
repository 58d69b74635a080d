import StrictJSON
import TestSupport
import Testing

@testable import Checkpoints

@Suite struct HuggingFaceModels {
    private let folder = TemporaryDirectory()

    @Test(arguments: ["base", "sharded", "legacy-names", "bfloat16"])
    func areOpenedFromTheirFolder(variant: String) throws {
        let model = try HuggingFaceModel(path: golden("checkpoints/\(variant)"))
        #expect(model.configuration["n_embd"]?.intValue == 18)
        #expect(model.weights.tensors.contains { $0.name.hasSuffix("h.1.mlp.c_proj.weight") && $0.shape == [72, 18] })
        #expect(model.tokenizer == nil)
        #expect(model.paths.count == (variant == "sharded" ? 5 : 2))
    }

    @Test func areOpenedFromTheirWeightsOrIndex() throws {
        let file = try HuggingFaceModel(path: golden("checkpoints/base/model.safetensors"))
        #expect(file.weights.tensors.count == 28)
        let index = try HuggingFaceModel(path: golden("checkpoints/sharded/model.safetensors.index.json"))
        #expect(index.weights.tensors.count == 28)
    }

    @Test func withoutWeightsAreRefusedNamingWhatIsThere() {
        #expect(throws: CheckpointError.noWeights(path: folder.path, alternatives: [])) {
            try HuggingFaceModel(path: folder.path)
        }
        for name in ["optimizer.pt", "pytorch_model.bin", "training_args.bin"] { writeFile(folder.file(name), [1]) }
        #expect(throws: CheckpointError.pyTorch(path: folder.file("pytorch_model.bin"))) {
            try HuggingFaceModel(path: folder.path)
        }
        writeFile(folder.file("other.safetensors"), [1])
        #expect(throws: CheckpointError.noWeights(path: folder.path, alternatives: folder.contents)) {
            try HuggingFaceModel(path: folder.path)
        }
    }

    @Test func withoutAConfigurationAreRefused() {
        writeFile(folder.file("model.safetensors"), safetensors("{}"))
        let path = folder.file("config.json")
        #expect(throws: CheckpointError.noConfiguration(path: path)) { try HuggingFaceModel(path: folder.path) }
        writeFile(path, Array("[1]".utf8))
        #expect(throws: CheckpointError.configurationIsNotAnObject(path: path)) {
            try HuggingFaceModel(path: folder.path)
        }
        writeFile(path, [UInt8](repeating: 0x20, count: 1 << 20 + 1))
        #expect(throws: CheckpointError.fileTooLarge(path: path, byteCount: 1 << 20 + 1, limit: 1 << 20)) {
            try HuggingFaceModel(path: folder.path)
        }
    }

    @Test func bringTheirTokenizerInEitherForm() throws {
        writeFile(folder.file("model.safetensors"), safetensors("{}"))
        writeFile(folder.file("config.json"), Array("{}".utf8))
        writeFile(folder.file("tokenizer.json"), [3])
        #expect(try HuggingFaceModel(path: folder.path).tokenizer == .tokenizerJSON([3]))
        writeFile(folder.file("vocab.json"), [1])
        #expect(try HuggingFaceModel(path: folder.path).tokenizer == .tokenizerJSON([3]))
        writeFile(folder.file("merges.txt"), [2])
        let model = try HuggingFaceModel(path: folder.file("model.safetensors"))
        #expect(model.tokenizer == .vocabularyAndMerges(vocabulary: [1], merges: [2]))
        #expect(
            model.paths.map { $0.split(separator: "/").last } == [
                "model.safetensors", "config.json", "vocab.json", "merges.txt",
            ])
    }

    @Test func thatAreNotThereAreRefused() {
        #expect(throws: CheckpointError.cannotOpen(path: "/nonexistent", reason: "No such file or directory")) {
            try HuggingFaceModel(path: "/nonexistent")
        }
    }
}
