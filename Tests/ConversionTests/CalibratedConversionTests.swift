import GPT2
import Kernels
import ModelFile
import Quantization
import StrictJSON
import TestSupport
import Testing

@testable import Conversion

@Suite struct CalibratedConversions {
    private let folder = TemporaryDirectory()
    private var output: String { folder.file("model.q8z") }

    private func convert(_ path: String, _ goal: QuantizationGoal, _ source: CalibrationSource = .written) throws
        -> ConversionReport
    {
        try Conversion.convert(
            ConversionPlan(path: path), to: output,
            options: ConversionOptions(calibration: CalibrationOptions(goal: goal, source: source)))
    }

    @Test(arguments: ["base", "untied", "inner", "one-head"])
    func giveTheSameBytesWithAnyNumberOfThreads(variant: String) throws {
        var files: [[UInt8]] = []
        for threadCount in [1, 2, 3] {
            let model = try CalibratedModel(
                ConversionPlan(path: golden("checkpoints/\(variant)")), beside: output, source: .written,
                pool: WorkerPool(threadCount: threadCount), onProgress: { _ in true })
            _ = try model.write(QuantizationSettings(fineness: -8), to: output)
            files.append(readFile(output))
        }
        #expect(files[0] == files[1] && files[0] == files[2])
        #expect(folder.contents == ["model.q8z"])
    }

    /// Texts that say next to nothing leave covariances that float32 cannot tell from singular ones.
    @Test(arguments: [[7], [3, 9], [1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9]]) func succeedOnTextsThatSayLittle(ids: [UInt8])
        throws
    {
        let path = folder.file("ids")
        writeFile(path, (0..<1000).flatMap { [ids[$0 % ids.count], 0] })
        for variant in ["base", "untied"] {
            let report = try convert(golden("checkpoints/\(variant)"), .bits(6), .ids(path: path))
            #expect(report.matrices.count > 5 && report.bitsPerWeight <= 6)
        }
        #expect(folder.contents == ["ids", "model.q8z"])
    }

    @Test func refuseHalfAnID() throws {
        let path = folder.file("ids")
        writeFile(path, [UInt8](repeating: 1, count: 1201))
        #expect(
            throws: ConversionError.cannotCalibrate(
                reason: "\(path) has 1201 bytes; expected 16-bit little-endian ids, two bytes each")
        ) { try convert(golden("checkpoints/base"), .bits(6), .ids(path: path)) }
        #expect(folder.contents == ["ids"])
    }

    /// To second order half the cost is the divergence: where steps are fine the two agree.
    @Test(arguments: ["base", "untied"], [-9.0, -8])
    func divergeAsMuchAsTheirDialSays(variant: String, fineness: Double) throws {
        let plan = try ConversionPlan(path: golden("checkpoints/\(variant)"))
        let model = try CalibratedModel(plan, beside: output, source: .written, onProgress: { _ in true })
        let report = try model.write(QuantizationSettings(fineness: fineness), to: output)
        let weightCount = Double(report.matrices.reduce(0) { $0 + $1.rows * $1.columns })
        let expected = weightCount / 24 * Double(sign: .plus, exponent: Int(2 * fineness), significand: 1)
        let found = try model.divergence(ofModelAt: output)
        #expect(found > expected / 2 && found < expected * 2, "\(found) beside \(expected)")
    }

    @Test func reachTheirGoalsOnShakespeare() throws {
        guard let checkpoint = sharedData("checkpoints/tinygpt-shakespeare-char/hf"),
            let ids = sharedData("checkpoints/tinygpt-shakespeare-char/eval_ids_u16le.bin")
        else { return }
        try checkGoals(checkpoint, .ids(path: ids), bits: 4, byteCount: 450_000)
    }

    @Test(.enabled(if: isLong)) func reachTheirGoalsOnTheDemoModel() throws {
        try checkGoals("\(packageRoot)/models/demo", .written, bits: 5, byteCount: 3_500_000)
    }

    private func checkGoals(_ checkpoint: String, _ source: CalibrationSource, bits: Double, byteCount: Int) throws {
        let plan = try ConversionPlan(path: checkpoint)
        let model = try CalibratedModel(plan, beside: output, source: source, onProgress: { _ in true })
        func reach(_ goal: QuantizationGoal) throws -> ConversionReport {
            let report = try model.convert(to: output, options: ConversionOptions(), goal: goal)
            let reached = try #require(report.calibration)
            #expect(report.byteCount == readFile(output).count)
            #expect(try model.divergence(ofModelAt: output) == reached.divergence)
            let said = try ModelFile(path: output).header.quantization
            #expect(said["divergence"]?.doubleValue == reached.divergence)
            #expect(said["calibration_tokens"]?.intValue == reached.tokenCount)
            return report
        }
        let byBits = try reach(.bits(bits)).bitsPerWeight
        #expect(byBits <= bits && byBits >= 0.99 * bits)
        let bySize = try reach(.byteCount(byteCount)).byteCount
        #expect(bySize <= byteCount && bySize >= byteCount / 100 * 99)
        for divergence in [3e-4, 1e-3] {
            let reached = try #require(reach(.divergence(divergence)).calibration?.divergence)
            #expect(reached <= divergence && reached >= 0.9 * divergence)
        }
    }

    @Test func sayWhereTheyComeFrom() throws {
        writeFile(folder.file("ids"), (0..<4096).flatMap { [UInt8($0 * 7 % 61), 0] })
        let report = try convert(golden("checkpoints/base"), .bits(6), .ids(path: folder.file("ids")))
        #expect(report.calibration?.file == "ids")
        let header = try ModelFile(path: output).header
        #expect(header.provenance["options"]?["bits"] == .number(6))
        #expect(header.provenance["sources"]?.arrayValue?.last?["name"] == "ids")
        #expect(header.quantization["calibration"] == "ids")
        #expect(folder.contents == ["ids", "model.q8z"])
    }

    // MARK: Refusals

    @Test func refuseGoalsOutOfReachAndLeaveNothing() {
        #expect(throws: ConversionError.unreachable(goal: .byteCount(5000), fewest: nil)) {
            try convert(golden("checkpoints/base"), .byteCount(5000))
        }
        #expect(folder.contents.isEmpty)
    }

    @Test func refuseTextsThatAreNotTheModels() {
        writeFile(folder.file("ids"), [UInt8](repeating: 200, count: 4096))
        writeFile(folder.file("few"), [0, 0])
        for (source, fragment) in [
            (CalibrationSource.ids(path: folder.file("ids")), "hold 51400, but the model's vocabulary ends at 60"),
            (.ids(path: folder.file("few")), "has 1 tokens"),
            (.ids(path: folder.file("nothing")), "nothing"),
            (.text(path: folder.file("ids")), "tokenizer"),
        ] {
            do {
                _ = try convert(golden("checkpoints/base"), .bits(6), source)
                Issue.record("\(source) was taken")
            } catch { #expect("\(error)".contains(fragment), "said: \(error)") }
        }
        #expect(folder.contents == ["few", "ids"])
    }

    @Test func refuseToReplaceTheirText() {
        writeFile(output, [UInt8](repeating: 0, count: 4096))
        #expect(throws: ConversionError.outputIsInput(path: output)) {
            try convert(golden("checkpoints/base"), .bits(6), .ids(path: output))
        }
    }

    @Test func canBeInterruptedAndLeaveNothing() throws {
        var calls = 0
        #expect(throws: ConversionError.interrupted) {
            try Conversion.convert(
                ConversionPlan(path: golden("checkpoints/base")), to: output,
                options: ConversionOptions(calibration: CalibrationOptions(goal: .bits(6)))
            ) { progress in
                calls += progress.stage == "calibrating" ? 1 : 0
                return calls < 3
            }
        }
        #expect(folder.contents.isEmpty)
    }
}
