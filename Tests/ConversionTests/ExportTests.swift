import Checkpoints
import GPT2
import ModelFile
import StrictJSON
import TestSupport
import Testing
import Tokenizer

@testable import Conversion

/// Model files written for other programs, and read again.
@Suite struct Exports {
    private let folder = TemporaryDirectory()

    private func convert(_ plan: ConversionPlan, _ name: String, _ precision: Precision) throws -> ModelFile {
        _ = try Conversion.convert(plan, to: folder.file(name), options: ConversionOptions(precision: precision))
        return try ModelFile(path: folder.file(name))
    }

    /// Converts a checkpoint, exports it, and converts what was exported.
    private func roundTrip(
        _ plan: ConversionPlan, _ format: ExportFormat, _ precision: Precision = .float32
    ) throws -> (first: ModelFile, second: ModelFile, plan: ConversionPlan) {
        let first = try convert(plan, "first.q8z", precision)
        let output = TemporaryDirectory()
        let path = format == .gguf ? output.file("model.gguf") : output.path
        _ = try export(folder.file("first.q8z"), to: path, as: format)
        #expect(output.contents.allSatisfy { !$0.hasSuffix(".tmp") })
        let again = try ConversionPlan(path: path)
        return (first, try convert(again, "second.q8z", .float32), again)
    }

    @Test(
        arguments: [
            "base", "untied", "inner", "one-head", "gelu", "relu", "inverse-layer", "unscaled-attention", "epsilon",
        ],
        Precision.allCases)
    func asSafetensorsKeepEveryWeightAndTheConfiguration(variant: String, precision: Precision) throws {
        let plan = try ConversionPlan(path: golden("checkpoints/\(variant)"))
        let (first, second, again) = try roundTrip(plan, .safetensors, precision)
        #expect(again.configuration == plan.configuration)
        for array in plan.configuration.arrays {
            let (a, b) = try (#require(first.array(named: array.name)), #require(second.array(named: array.name)))
            #expect(try first.weights(of: a) == second.weights(of: b), "\(array.name)")
        }
    }

    @Test(arguments: ["base", "untied", "inner", "one-head", "epsilon"], Precision.allCases)
    func asGGUFKeepEveryWeight(variant: String, precision: Precision) throws {
        let plan = try ConversionPlan(path: golden("checkpoints/\(variant)"))
        let (first, second, again) = try roundTrip(plan, .gguf, precision)
        #expect(again.configuration.arrays == plan.configuration.arrays)
        #expect(again.configuration.layerNormEpsilon == plan.configuration.layerNormEpsilon)
        for array in plan.configuration.arrays {
            let (a, b) = try (#require(first.array(named: array.name)), #require(second.array(named: array.name)))
            #expect(try first.weights(of: a) == second.weights(of: b), "\(array.name)")
        }
    }

    @Test(arguments: ExportFormat.allCases)
    func keepTheTokenizer(format: ExportFormat) throws {
        let plan = try ConversionPlan(path: golden("gguf/tokenizer.gguf"))
        let again = try roundTrip(plan, format).plan
        #expect(again.tokenizer == plan.tokenizer)
        #expect(again.configuration.endOfText == plan.configuration.endOfText)
    }

    @Test(arguments: [
        ("gelu", "gelu"), ("relu", "relu"), ("inverse-layer", "inverse"), ("unscaled-attention", "weights"),
    ])
    func asGGUFAreRefusedWhereLlamaWouldComputeSomethingElse(variant: String, word: String) throws {
        _ = try convert(ConversionPlan(path: golden("checkpoints/\(variant)")), "model.q8z", .int8)
        #expect {
            try export(folder.file("model.q8z"), to: folder.file("model.gguf"), as: .gguf)
        } throws: { error in
            guard case ConversionError.cannotExport(let reason) = error else { return false }
            return reason.contains(word) && reason.contains("--to safetensors")
        }
        #expect(folder.contents == ["model.q8z"])
    }

    @Test func asSafetensorsDoNotTouchAModelThatIsThere() throws {
        _ = try convert(ConversionPlan(path: golden("checkpoints/one-head")), "model.q8z", .int8)
        for name in ["pytorch_model.bin", "config.json", "vocab.json", "model-00001-of-00002.safetensors"] {
            let output = TemporaryDirectory()
            writeFile(output.file(name), [1])
            #expect {
                try export(folder.file("model.q8z"), to: output.path, as: .safetensors)
            } throws: { error in
                guard case ConversionError.cannotExport(let reason) = error else { return false }
                return reason.contains(name)
            }
            #expect(output.contents == [name] && readFile(output.file(name)) == [1])
        }
    }

    /// What transformers asks for besides: the token that ends a text, and that no token is to be added.
    @Test func asSafetensorsSayWhereTextsEnd() throws {
        let plan = try ConversionPlan(path: golden("gguf/tokenizer.gguf"))
        _ = try convert(plan, "model.q8z", .float32)
        let output = TemporaryDirectory()
        _ = try export(folder.file("model.q8z"), to: output.path, as: .safetensors)
        let end = try #require(plan.tokenizer?.endOfText)
        let config = try JSONValue(parsing: readFile(output.file("config.json")))
        #expect(config["eos_token_id"]?.intValue == Int(end) && config["n_ctx"] == config["n_positions"])
        let settings = try JSONValue(parsing: readFile(output.file("tokenizer_config.json")))
        #expect(settings["eos_token"] == "<|endoftext|>" && settings["add_prefix_space"] == false)
    }

    @Test(arguments: ExportFormat.allCases)
    func areRefusedWhereTwoTokensAreOneText(format: ExportFormat) throws {
        let fixture = try Fixture()
        let letters = (0..<59).map { "\"\(UnicodeScalar(UInt8(64 + $0)))\": \($0)" }.map {
            $0.hasPrefix("\"\\") ? "\"\\\\\": 28" : $0
        }
        let entries = letters + ["\" x\": 59", "\"Ġx\": 60"]
        writeFile(fixture.folder.file("vocab.json"), Array("{\(entries.joined(separator: ", "))}".utf8))
        writeFile(fixture.folder.file("merges.txt"), [])
        _ = try convert(ConversionPlan(path: fixture.write()), "model.q8z", .float32)
        #expect {
            try export(folder.file("model.q8z"), to: folder.file("out"), as: format)
        } throws: { error in
            guard case ConversionError.cannotExport(let reason) = error else { return false }
            return reason.hasPrefix("tokens 59 and 60 are both ")
        }
        #expect(folder.contents == ["model.q8z"])
    }

    @Test func asSafetensorsKeepAClassifier() throws {
        var fixture = try Fixture()
        fixture.tensors.append(.init(name: "score.weight", shape: [2, 18], values: (0..<36).map { Float($0) / 7 }))
        fixture["id2label"] = ["0": "Spanish", "1": "English"]
        fixture["pad_token_id"] = 0
        let (first, second, again) = try roundTrip(ConversionPlan(path: fixture.write()), .safetensors)
        #expect(again.model.configuration["architectures"] == ["GPT2ForSequenceClassification"])
        for file in [first, second] {
            #expect(file.header.config["id2label"] == ["0": "Spanish", "1": "English"])
            #expect(try file.weights(of: #require(file.array(named: "classifier.weight")))[35] == 5)
        }
    }

    @Test(arguments: ExportFormat.allCases)
    func thatAreStoppedLeaveNothing(format: ExportFormat) throws {
        _ = try convert(ConversionPlan(path: golden("checkpoints/one-head")), "model.q8z", .int8)
        let target = folder.file("out")
        for limit in 0..<15 {
            var count = 0
            #expect(throws: ConversionError.interrupted) {
                try export(folder.file("model.q8z"), to: target, as: format) { _ in
                    count += 1
                    return count <= limit
                }
            }
            #expect(folder.contents == ["model.q8z"])
        }
    }

    @Test func refuseToReplaceTheirInputOrWhatIsNoFolder() throws {
        _ = try convert(ConversionPlan(path: golden("checkpoints/one-head")), "model.q8z", .int8)
        let path = folder.file("model.q8z")
        #expect(throws: ConversionError.outputIsInput(path: path)) { try export(path, to: path, as: .gguf) }
        #expect(throws: (any Error).self) { try export(path, to: path, as: .safetensors) }
        #expect(throws: (any Error).self) { try export(path, to: "/nonexistent/folder", as: .safetensors) }
        #expect(folder.contents == ["model.q8z"])
    }
}
