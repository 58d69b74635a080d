import Checkpoints
import GPT2
import ModelFile
import StrictJSON
import TestSupport
import Testing
import Tokenizer

@testable import Conversion

@Suite struct GGUFConversions {
    private let folder = TemporaryDirectory()

    private func convert(_ path: String, _ name: String) throws -> ModelFile {
        let output = folder.file(name)
        _ = try Conversion.convert(
            ConversionPlan(path: path), to: output, options: ConversionOptions(precision: .float32))
        return try ModelFile(path: output)
    }

    @Test func haveTheWeightsOfTheHuggingFaceCheckpointBitForBit() throws {
        let (theirs, ours) = try (
            convert(golden("checkpoints/base"), "a.q8z"), convert(golden("gguf/base.gguf"), "b.q8z")
        )
        let configuration = try Configuration(json: .object(ours.header.config))
        let expected = try Configuration(json: .object(theirs.header.config))
        #expect(configuration.arrays == expected.arrays)
        #expect(configuration.layerNormEpsilon == expected.layerNormEpsilon)
        #expect(configuration.activation == expected.activation && configuration.tiesEmbeddings)
        for array in configuration.arrays {
            let (a, b) = try (#require(theirs.array(named: array.name)), #require(ours.array(named: array.name)))
            #expect(try theirs.weights(of: a) == ours.weights(of: b), "\(array.name)")
        }
    }

    @Test func haveTheTokenizerOfTheFilesItWasMadeFrom() throws {
        let plan = try ConversionPlan(path: golden("gguf/tokenizer.gguf"))
        let expected = try TokenizerTables(tokenizerJSON: readFile(golden("tokenizer/tokenizer.json")))
        #expect(plan.tokenizer == expected)
        #expect(plan.configuration.endOfText == expected.endOfText.map { Int($0) })
        #expect(plan.configuration.vocabularySize == 900)
        #expect(plan.notes == [])
    }

    @Test func ofTensorsThatAreNoModelAreRefusedInTheirOwnNames() {
        #expect(
            throws: ConversionError.checkpoint(
                .gguf(path: golden("gguf/types.gguf"), .missingKey("gpt2.block_count")))
        ) { try ConversionPlan(path: golden("gguf/types.gguf")) }
    }
}
