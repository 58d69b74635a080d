import StrictJSON
import TestSupport
import Testing

@testable import Checkpoints

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
        #expect(throws: CheckpointError.noWeights(path: folder.path, alternatives: folder.contents)) {
            try model(folder.path)
        }
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
        writeFile(folder.file("tokenizer.json"), [3])
        #expect(try model(folder.path).tokenizer == .tokenizerJSON([3]))
        writeFile(folder.file("vocab.json"), [1])
        #expect(try model(folder.path).tokenizer == .tokenizerJSON([3]))
        writeFile(folder.file("merges.txt"), [2])
        let model = try model(folder.file("model.safetensors"))
        #expect(model.tokenizer == .vocabularyAndMerges(vocabulary: [1], merges: [2]))
        #expect(
            model.paths.map { $0.split(separator: "/").last } == [
                "model.safetensors", "config.json", "vocab.json", "merges.txt",
            ])
    }

    @Test func thatAreNotThereAreRefused() {
        #expect(throws: CheckpointError.cannotOpen(path: "/nonexistent", reason: "No such file or directory")) {
            try model("/nonexistent")
        }
    }
}
