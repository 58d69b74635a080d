import Checkpoints
import GPT2
import ModelFile
import StrictJSON
import TestSupport
import Testing
import Tokenizer

@testable import Conversion

/// One model's weights in every shape of Tests/Golden/formats, each written by its own library.
@Suite struct Formats {
    private let folder = TemporaryDirectory()

    private func convert(_ path: String, _ precision: Precision = .float32) throws -> ModelFile {
        let output = folder.file("model.q8z")
        _ = try Conversion.convert(
            ConversionPlan(path: golden(path)), to: output, options: ConversionOptions(precision: precision))
        return try ModelFile(path: output)
    }

    private func expectSameArrays(_ first: ModelFile, _ second: ModelFile) throws {
        let configuration = try Configuration(json: .object(first.header.config))
        #expect(try Configuration(json: .object(second.header.config)).arrays == configuration.arrays)
        #expect(try Configuration(json: .object(second.header.config)).activation == configuration.activation)
        for array in configuration.arrays {
            let (a, b) = try (#require(first.array(named: array.name)), #require(second.array(named: array.name)))
            #expect(a.elementType == b.elementType && a.storage == b.storage)
            #expect(
                try first.weights(of: a).map(\.bitPattern) == second.weights(of: b).map(\.bitPattern), "\(array.name)")
        }
    }

    @Test(
        arguments: [
            "formats/sharded", "formats/pytorch", "formats/pytorch/pytorch_model.bin", "formats/pytorch-legacy",
            "formats/pytorch-sharded", "formats/nanogpt", "formats/nanogpt/ckpt.pt", "formats/mingpt", "formats/llmc",
            "formats/tensorflow", "formats/tensorflow/model.ckpt.index", "gguf/base.gguf",
        ], Precision.allCases)
    func giveTheSameTensorsBitForBit(path: String, precision: Precision) throws {
        try expectSameArrays(convert("checkpoints/base", precision), convert(path, precision))
    }

    @Test(arguments: Precision.allCases)
    func giveTheSameTensorsInBFloat16(precision: Precision) throws {
        try expectSameArrays(convert("checkpoints/bfloat16", precision), convert("formats/llmc-bfloat16", precision))
    }

    @Test func nanoGPTWithoutBiasesGetsZerosAndSaysSo() throws {
        let plan = try ConversionPlan(path: golden("formats/nanogpt-without-biases"))
        #expect(plan.notes.contains { $0.contains("without biases") })
        #expect(plan.notes.contains { $0.contains("which GELU") })
        #expect(plan.configuration.activation == .geluErf && plan.configuration.layerCount == 1)
        let (file, base) = try (convert("formats/nanogpt-without-biases"), convert("checkpoints/base"))
        for array in plan.configuration.arrays {
            let weights = try file.weights(of: #require(file.array(named: array.name)))
            let expected = try base.weights(of: #require(base.array(named: array.name)))
            #expect(weights == (array.name.hasSuffix("bias") ? expected.map { _ in 0 } : expected), "\(array.name)")
        }
    }

    @Test func nanoGPTsPaddedVocabularyIsCutToTheTokenizers() throws {
        let plan = try ConversionPlan(path: golden("formats/nanogpt"))
        #expect(plan.configuration.vocabularySize == 61 && plan.tokenizer?.vocabularySize == 61)
        #expect(plan.notes.contains { $0.contains("those from 61 on pad the vocabulary") })
        #expect(
            plan.model.paths.map { $0.split(separator: "/").last } == [
                "ckpt.pt", "config.json", "vocab.json", "merges.txt",
            ])
        let copy = TemporaryDirectory()
        writeFile(copy.file("ckpt.pt"), readFile(golden("formats/nanogpt/ckpt.pt")))
        #expect(try ConversionPlan(path: copy.path).configuration.vocabularySize == 64)
    }

    @Test func classifiersKeepTheirHeadAndTheirLabels() throws {
        var fixture = try Fixture()
        let scores = (0..<36).map { Float($0) / 7 }
        fixture.tensors.append(.init(name: "score.weight", shape: [2, 18], values: scores))
        fixture.tensors.append(
            .init(name: "multiple_choice_head.summary.weight", shape: [1, 18], values: .init(repeating: 1, count: 18)))
        fixture["architectures"] = ["GPT2ForSequenceClassification"]
        fixture["id2label"] = ["0": "Spanish", "1": "English"]
        fixture["pad_token_id"] = 0
        let plan = try ConversionPlan(path: fixture.write())
        #expect(plan.notes.contains { $0.contains("multiple_choice_head") })
        let output = folder.file("classifier.q8z")
        _ = try Conversion.convert(plan, to: output, options: ConversionOptions())
        let file = try ModelFile(path: output)
        let array = try #require(file.array(named: "classifier.weight"))
        #expect(array.rows == 2 && array.columns == 18)
        #expect(try file.weights(of: array) == scores)
        #expect(file.header.config["id2label"]?["1"] == "English")
        #expect(file.header.config["pad_token_id"] == 0)

        fixture["id2label"] = ["0": "Spanish"]
        #expect {
            try ConversionPlan(path: fixture.write())
        } throws: { error in
            guard case ConversionError.disagreements(let all) = error else { return false }
            return all.map(\.subject) == ["config.json"]
        }
    }

    @Test(arguments: ["module.model.transformer.", "_orig_mod.module.", "model."])
    func namesLoseWhateverStandsBeforeThem(prefix: String) throws {
        var fixture = try Fixture()
        for index in fixture.tensors.indices {
            fixture.tensors[index].name = prefix + fixture.tensors[index].name.dropFirst("transformer.".count)
        }
        #expect(try ConversionPlan(path: fixture.write()).sources.count == 28)
    }
}
