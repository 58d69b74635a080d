import Checkpoints
import GPT2
import ModelFile
import StrictJSON
import TestSupport
import Testing

@testable import Conversion

@Suite struct Conversions {
    private let folder = TemporaryDirectory()
    private var output: String { folder.file("model.q8z") }

    private func convert(_ path: String, _ options: ConversionOptions = .init()) throws -> ConversionReport {
        try Conversion.convert(ConversionPlan(path: path), to: output, options: options)
    }

    static let variants = ["base", "untied", "sharded", "legacy-names", "float16", "bfloat16", "inner", "one-head"]

    /// The weights of an array as the checkpoint has them, `[out × in]`, read without any of the converter's code.
    private func original(_ array: ExpectedArray, _ variant: String) throws -> [Float] {
        let model = try openModel(path: golden("checkpoints/\(variant)"))
        let names = [
            "token_embedding": "wte.weight", "position_embedding": "wpe.weight", "head.weight": "lm_head.weight",
            "final_norm.gain": "ln_f.weight", "final_norm.bias": "ln_f.bias",
        ]
        var name = names[array.name] ?? array.name
        for (ours, theirs) in [
            ("block.", "h."), ("norm1.gain", "ln_1.weight"), ("norm1.bias", "ln_1.bias"), ("norm2.gain", "ln_2.weight"),
            ("norm2.bias", "ln_2.bias"), ("attention.qkv", "attn.c_attn"), ("attention.out", "attn.c_proj"),
            ("mlp.up", "mlp.c_fc"), ("mlp.down", "mlp.c_proj"),
        ] {
            if let range = name.firstRange(of: ours) { name.replaceSubrange(range, with: theirs) }
        }
        let tensor = try #require(model.weights.tensors.first { $0.name == name || $0.name == "transformer." + name })
        let values = floats(of: tensor, in: model)
        guard name.hasPrefix("h."), name.hasSuffix("weight"), array.role == .matrix else { return values }
        return (0..<array.rows).flatMap { row in (0..<array.columns).map { values[$0 * array.rows + row] } }
    }

    @Test(arguments: variants, [Storage.zstd, .raw])
    func inFloat32KeepEveryWeight(variant: String, storage: Storage) throws {
        let report = try convert(
            golden("checkpoints/\(variant)"), ConversionOptions(precision: .float32, storage: storage))
        let file = try ModelFile(path: output)
        let configuration = try Configuration(json: .object(file.header.config))
        for array in configuration.arrays {
            let stored = try #require(file.array(named: array.name))
            #expect(stored.rows == array.rows && stored.columns == array.columns)
            #expect(try file.weights(of: stored) == original(array, variant), "\(array.name)")
        }
        #expect(report.matrices.allSatisfy { $0.error.maximum == 0 && $0.isErrorPermitted })
        #expect(report.byteCount == file.byteCount)
        #expect((file.array(named: "head.weight") != nil) == (variant == "untied"))
    }

    @Test(arguments: [0, 64])
    func inInt8EqualAScalarQuantizerAndReportItsErrors(block: Int) throws {
        let report = try convert(golden("checkpoints/inner"), ConversionOptions(blockLength: block))
        let file = try ModelFile(path: output)
        for matrix in report.matrices where matrix.name != "position_embedding" {
            let array = try #require(
                Configuration(json: .object(file.header.config)).arrays.first { $0.name == matrix.name })
            let weights = try original(array, "inner")
            var (expected, squared, energy) = ([Float](), 0.0, 0.0)
            for row in 0..<array.rows {
                let values = weights[row * array.columns..<(row + 1) * array.columns]
                let scale = (values.map(\.magnitude).max() ?? 0) / 127  // at most 50 columns: one block
                for value in values {
                    let quantized = (value / scale).rounded(.toNearestOrEven) * scale
                    expected.append(quantized)
                    squared += Double(quantized - value) * Double(quantized - value)
                    energy += Double(value) * Double(value)
                }
            }
            #expect(try file.weights(of: try #require(file.array(named: matrix.name))) == expected, "\(matrix.name)")
            #expect(abs(matrix.error.relative - (squared / energy).squareRoot()) < 1e-7)
            #expect(matrix.error.maximum == zip(expected, weights).map { ($0 - $1).magnitude }.max())
        }
    }

    @Test(arguments: Precision.allCases)
    func giveTheSameBytesTwice(precision: Precision) throws {
        _ = try convert(golden("checkpoints/base"), ConversionOptions(precision: precision))
        let first = readFile(output)
        _ = try convert(golden("checkpoints/base"), ConversionOptions(precision: precision))
        #expect(readFile(output) == first)
        #expect(folder.contents == ["model.q8z"])
    }

    @Test func sayWhereTheyComeFrom() throws {
        _ = try convert(golden("checkpoints/sharded"), ConversionOptions(blockLength: 64))
        let provenance = try ModelFile(path: output).header.provenance
        #expect(provenance["options"] == ["precision": "int8", "storage": "zstd", "block": 64])
        let sources = try #require(provenance["sources"]?.arrayValue)
        #expect(sources.count == 5)
        #expect(sources.first?["name"] == "model.safetensors.index.json")
        let digest = try #require(sources.last?["sha256"]?.stringValue)
        #expect(digest.count == 64 && digest.allSatisfy { "0123456789abcdef".contains($0) })
    }

    @Test func hashFilesAsTheStandardDoes() throws {
        writeFile(folder.file("abc"), Array("abc".utf8))
        let file = try SourceFile(path: folder.file("abc")) { _ in true }
        #expect(file.digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(file.byteCount == 3 && file.name == "abc")
    }

    // MARK: Heads

    @Test func storeAHeadThatEqualsTheEmbeddingOnce() throws {
        var fixture = try Fixture()
        var head = fixture.tensors[fixture.position("wte.weight")]
        head.name = "lm_head.weight"
        fixture.tensors.append(head)
        for saysTied in [JSONValue.bool(true), .bool(false)] {
            fixture["tie_word_embeddings"] = saysTied
            _ = try convert(fixture.write())
            let file = try ModelFile(path: output)
            #expect(file.array(named: "head.weight") == nil && file.header.config["tie_word_embeddings"] == true)
        }
    }

    @Test func refuseAHeadThatDiffersFromATiedEmbedding() throws {
        var fixture = try Fixture("untied")
        fixture["tie_word_embeddings"] = true
        let plan = try #require(disagreements(fixture).first)
        #expect(plan.subject == "tensor \"lm_head.weight\"" && plan.advice.contains("tie_word_embeddings to false"))
        fixture["tie_word_embeddings"] = nil
        #expect(disagreements(fixture).count == 1)
    }

    @Test func refuseAHeadThatCannotBeComparedWithATiedEmbedding() throws {
        let shapes = [([64, 18], "F32"), ([18, 61], "F32"), ([61, 18], "F64"), ([5], "F32")]
        for (shape, type) in shapes {
            var fixture = try Fixture()
            let count = shape.reduce(1, *)
            fixture.tensors.append(
                Fixture.Entry(
                    name: "lm_head.weight", shape: shape, values: [Float](repeating: 1, count: count), type: type))
            #expect(disagreements(fixture).map(\.subject) == ["tensor \"lm_head.weight\""], "\(shape) \(type)")
        }
    }

    @Test func refuseAnUntiedModelWithoutAHead() throws {
        var fixture = try Fixture()
        fixture["tie_word_embeddings"] = false
        #expect(disagreements(fixture).map(\.found) == ["none"])
    }

    // MARK: Disagreements

    private func disagreements(_ fixture: Fixture) -> [Disagreement] {
        do {
            _ = try convert(fixture.write())
        } catch ConversionError.disagreements(let all) {
            #expect(folder.contents.isEmpty)
            return all
        } catch {
            Issue.record("\(error)")
        }
        return []
    }

    @Test func reportEverythingThatDisagreesAtOnce() throws {
        var fixture = try Fixture()
        fixture["n_layer"] = 3
        fixture["vocab_size"] = 60
        fixture["n_positions"] = 25
        fixture.tensors[fixture.position("h.0.attn.c_attn.weight")].shape = [54, 18]
        fixture.tensors[fixture.position("h.1.ln_1.weight")].type = "F64"
        fixture.tensors.remove(at: fixture.position("h.0.mlp.c_fc.bias"))
        fixture.tensors.append(.init(name: "extra.weight", shape: [2, 18], values: [Float](repeating: 0, count: 36)))
        writeFile(fixture.folder.file("vocab.json"), Array("{".utf8))
        writeFile(fixture.folder.file("merges.txt"), [])
        let found = disagreements(fixture)
        #expect(
            found.map(\.subject) == [
                "\"n_layer\" in config.json", "tensor \"transformer.wte.weight\"", "tensor \"transformer.wpe.weight\"",
                "tensor \"transformer.h.0.attn.c_attn.weight\"", "tensor \"h.0.mlp.c_fc.bias\"",
                "tensor \"transformer.h.1.ln_1.weight\"", "tensor \"extra.weight\"", "tokenizer",
            ])
        #expect(found[3].advice.hasPrefix("It is transposed"))
        #expect(found[5].found == "type F64")
        let text = ConversionError.disagreements(found).description
        #expect(found.allSatisfy { text.contains("\n  - \($0.subject): found ") })
    }

    @Test(
        arguments: [
            ("activation_function", "silu"), ("add_cross_attention", true), ("n_head", 5),
            ("n_embd", "18"), ("layer_norm_epsilon", 0), ("n_inner", 0), ("n_layer", -1),
        ] as [(String, JSONValue)])
    func refuseConfigurationsThatAreNotComputed(key: String, value: JSONValue) throws {
        var fixture = try Fixture()
        fixture[key] = value
        let found = disagreements(fixture)
        #expect(found.map(\.subject) == ["config.json"])
        #expect(found.first?.found.contains("\"\(key)\"") == true)
    }

    @Test(
        arguments: [
            ("model_type", "llama", "\"llama\""), ("quantization_config", ["quant_method": "gptq"], "\"gptq\""),
        ] as [(String, JSONValue, String)])
    func ofAnotherKindAreSaidToBeThatAndNoMore(key: String, value: JSONValue, shown: String) throws {
        var fixture = try Fixture()
        fixture[key] = value
        fixture["n_layer"] = nil
        fixture.tensors.removeAll()
        let found = disagreements(fixture)
        #expect(found.map(\.subject) == ["\"\(key)\" in config.json"])
        #expect(found.first?.found == shown)
    }

    @Test func takeASizeUnderEitherOfItsNamesButNotTwoSizes() throws {
        var fixture = try Fixture()
        let heads = fixture["n_head"]
        fixture["num_attention_heads"] = heads
        fixture["n_head"] = 1
        #expect(disagreements(fixture).map(\.found) == ["1, and \"num_attention_heads\" 3"])
        fixture["n_head"] = nil
        _ = try convert(fixture.write())
        #expect(try ConversionPlan(path: fixture.folder.path).configuration.headCount == 3)
    }

    @Test func onlyAVocabularyIsPadded() throws {
        var fixture = try Fixture()
        // 24 positions become 128 rows, as if the vocabulary's 61 were filled up.
        fixture["n_positions"] = 61
        let place = fixture.position("wpe.weight")
        fixture.tensors[place].shape[0] = 128
        fixture.tensors[place].values = [Float](repeating: 1, count: 128 * 18)
        #expect(disagreements(fixture).map(\.found) == ["[128 × 18]"])
    }

    @Test func tensorsOfATypeThatIsNotReadAreOneLine() throws {
        var fixture = try Fixture()
        for name in ["h.0.ln_1.weight", "h.0.ln_1.bias", "h.1.ln_2.bias"] {
            fixture.tensors[fixture.position(name)].type = "F64"
        }
        #expect(disagreements(fixture).map(\.subject) == ["tensor \"transformer.h.0.ln_1.weight\" and 2 others"])
    }

    @Test func reportEveryKeyAndTheTensorsAndTheTokenizerTogether() throws {
        var fixture = try Fixture()
        fixture["n_head"] = 5
        fixture["activation_function"] = "silu"
        fixture["n_positions"] = nil
        fixture["layer_norm_epsilon"] = "small"
        fixture.tensors.remove(at: fixture.position("h.0.mlp.c_fc.bias"))
        writeFile(fixture.folder.file("vocab.json"), Array("{".utf8))
        writeFile(fixture.folder.file("merges.txt"), [])
        let found = disagreements(fixture)
        #expect(
            found.map(\.subject) == .init(repeating: "config.json", count: 4) + [
                "tensor \"h.0.mlp.c_fc.bias\"", "tokenizer",
            ])
        for key in ["n_head", "activation_function", "n_ctx", "layer_norm_epsilon"] {
            #expect(found.filter { $0.found.contains("\"\(key)\"") }.count == 1, "\(key)")
        }
        #expect(Set(found.map(\.advice)).count > 3)
    }

    @Test func refuseATensorThatIsThereTwice() throws {
        var fixture = try Fixture()
        var copy = fixture.tensors[fixture.position("wpe.weight")]
        copy.name = "wpe.weight"
        fixture.tensors.append(copy)
        #expect(disagreements(fixture).map(\.subject) == ["tensor \"wpe.weight\""])
    }

    @Test func leaveOutRowsThatPadTheVocabulary() throws {
        var fixture = try Fixture()
        let index = fixture.position("wte.weight")
        let embedding = fixture.tensors[index].values
        fixture.tensors[index].shape = [64, 18]
        fixture.tensors[index].values += [Float](repeating: 9, count: 3 * 18)
        let plan = try ConversionPlan(path: fixture.write())
        #expect(plan.notes.contains { $0.contains("pad the vocabulary") })
        _ = try convert(fixture.folder.path, ConversionOptions(precision: .float32))
        let file = try ModelFile(path: output)
        #expect(try file.weights(of: try #require(file.array(named: "token_embedding"))) == embedding)
    }

    @Test func sayWhichOfSeveralWeightsInAFolderWereRead() throws {
        let fixture = try Fixture()
        let folder = fixture.write()
        let usual = try ConversionPlan(path: folder).notes
        writeFile("\(folder)/pytorch_model.bin", Array("another".utf8))
        let notes = try ConversionPlan(path: folder).notes
        #expect(notes.dropLast() == usual[...])
        let passedOver = "model.safetensors was read; pytorch_model.bin in the same folder was not"
        #expect(notes.last?.hasPrefix(passedOver) == true)
        #expect(try ConversionPlan(path: "\(folder)/model.safetensors").notes == usual)
    }

    // MARK: Failures leave nothing

    @Test func nameAWeightThatIsNotFiniteAndLeaveNothing() throws {
        var fixture = try Fixture()
        fixture.tensors[fixture.position("h.1.mlp.c_proj.weight")].values[3 * 18 + 5] = .nan
        #expect(throws: ConversionError.notFinite(tensor: "transformer.h.1.mlp.c_proj.weight", position: [3, 5])) {
            try convert(fixture.write())
        }
        fixture = try Fixture()
        fixture.tensors[fixture.position("ln_f.bias")].values[7] = -.infinity
        #expect(throws: ConversionError.notFinite(tensor: "transformer.ln_f.bias", position: [7])) {
            try convert(fixture.write())
        }
        fixture = try Fixture()
        fixture.tensors[fixture.position("wte.weight")].values[60 * 18 + 2] = 7e4
        #expect(
            throws: ConversionError.tooLargeForFloat16(tensor: "transformer.wte.weight", position: [60, 2], value: 7e4)
        ) { try convert(fixture.write(), ConversionOptions(precision: .float16)) }
        #expect(folder.contents.isEmpty)
    }

    @Test(arguments: [ConversionOptions(), ConversionOptions(activations: .int8)])
    func stopWhereverTheyAreInterruptedAndLeaveNothing(_ options: ConversionOptions) throws {
        let plan = try ConversionPlan(path: golden("checkpoints/one-head"))
        var calls = 0
        _ = try Conversion.convert(plan, to: output, options: options) { progress in
            calls += 1
            #expect((0...progress.total).contains(progress.done))
            return true
        }
        let whole = readFile(output)
        #expect(calls > 20)
        for limit in stride(from: 0, to: calls, by: max(1, calls / 60)) {
            var count = 0
            #expect(throws: ConversionError.interrupted) {
                _ = try Conversion.convert(plan, to: output, options: options) { _ in
                    count += 1
                    return count <= limit
                }
            }
            #expect(folder.contents == ["model.q8z"] && readFile(output) == whole)
        }
    }

    @Test func refuseToReplaceTheirInputOrAFolder() throws {
        let fixture = try Fixture()
        let plan = try ConversionPlan(path: fixture.write())
        for name in ["model.safetensors", "config.json"] {
            let path = fixture.folder.file(name)
            #expect(throws: ConversionError.outputIsInput(path: path)) {
                try Conversion.convert(plan, to: path, options: .init())
            }
        }
        #expect(throws: ConversionError.outputIsNotAFile(path: folder.path)) {
            try Conversion.convert(plan, to: folder.path, options: .init())
        }
        // Another checkpoint's file is no input, and is not lost either; what begins as a model file, or is empty, is replaced.
        let other = folder.file("ckpt.pt")
        writeFile(other, Array("PK\u{3}\u{4} and more".utf8))
        #expect(throws: ConversionError.outputIsAnother(path: other)) {
            try Conversion.convert(plan, to: other, options: .init())
        }
        for content in [[], ModelFile.magic] {
            writeFile(other, content)
            _ = try Conversion.convert(plan, to: other, options: .init())
        }
        let absent = folder.file("absent/model.q8z")
        for activations in [Options.Activations.int16, .int8] {
            #expect {
                try Conversion.convert(plan, to: absent, options: .init(activations: activations))
            } throws: { error in
                guard case ConversionError.file(.system("create", let path, _)) = error else { return false }
                return path == absent
            }
        }
    }

    // MARK: Real checkpoints

    @Test(arguments: ["tinygpt-shakespeare-char", "llmviz-gpt-nano-sort"], Precision.allCases)
    func ofRealCheckpointsStayWithinThePermittedError(name: String, precision: Precision) throws {
        guard let path = sharedData("checkpoints/\(name)/hf") else { return }
        let report = try convert(path, ConversionOptions(precision: precision))
        for matrix in report.matrices {
            #expect(matrix.isErrorPermitted, "\(matrix.name): \(matrix.error.relative)")
        }
        let file = try ModelFile(path: output)
        let isTiny = name.hasPrefix("tinygpt")
        #expect((file.header.tokenizer != nil) == isTiny)
        #expect((file.array(named: "tokenizer.offsets")?.rows == 68) == isTiny)
        #expect((file.array(named: "head.weight") == nil) == isTiny)
        if precision == .int8 { #expect(report.matrices.allSatisfy { $0.bitsPerWeight < 17 }) }
    }
}
