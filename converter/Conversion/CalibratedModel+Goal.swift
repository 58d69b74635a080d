import Calibration
import GPT2
import ModelFile
import Quantization
import StrictJSON

/// How a calibrated conversion was made and what it reached.
public struct CalibrationReport: Sendable, Equatable {
    /// The name of the calibration text's file, or nil where the model wrote it.
    public let file: String?
    /// Tokens that statistics were made of.
    public let tokenCount: Int
    /// Tokens that the result was measured on.
    public let heldOutCount: Int
    /// Mean divergence from the float32 model on them, in nats.
    public let divergence: Double
    /// The dial: log₂ of what rounding a weight costs.
    public let fineness: Double
    /// Bits of a symbol in memory, on average, packed where a matrix fits; scales and outliers come on top.
    public let bitsInMemory: Double
    /// Files that were written to find it.
    public let trialCount: Int
}

extension CalibratedModel {
    /// Bytes by which a header may grow when it says what was reached.
    private static let headerReserve = 256

    /// Rounds until the goal is reached, and writes the file.
    func convert(to path: String, options: ConversionOptions, goal: QuantizationGoal) throws(ConversionError)
        -> ConversionReport
    {
        let weightCount = Double(plan.sources.reduce(0) { $0 + $1.array.rows * $1.array.columns })
        // To second order the divergence is θ²/24 for a weight; where bits are asked for, some divergence is a beginning.
        func fineness(_ divergence: Double) -> Double { binaryLogarithm(24 * divergence / weightCount) / 2 }
        let trial = try TemporaryModel(beside: path)
        var kept: (matrices: QuantizedMatrices, divergence: Double?)?
        var search: GoalSearch
        let first: Double
        var fewest: Double?
        switch goal {
        case .divergence(let most):
            search = GoalSearch(least: binaryLogarithm(0.9), slope: 2)
            first = fineness(0.95 * most)
        case .bits(let bits):
            search = GoalSearch(least: binaryLogarithm(0.99), slope: -1 / bits)
            first = fineness(0.003)
        case .bitsInMemory:
            search = .byLeaps
            first = fineness(0.003)
        case .byteCount(let byteCount):
            search = GoalSearch(
                least: binaryLogarithm(0.99), slope: -weightCount / 8 / Double(byteCount))
            first = fineness(0.003)
        }
        while let dial = search.next(first: first) {
            var settings = QuantizationSettings(fineness: dial)
            if case .bitsInMemory = goal { settings.packs = true }
            let matrices = try quantize(settings)
            var conversion = conversion(options, matrices)
            let report = try trial.run(&conversion)
            var divergence: Double?
            let excess: Double
            switch goal {
            case .divergence(let most):
                let measured = try self.divergence(ofModelAt: trial.path)
                excess = binaryLogarithm(max(measured, 1e-12) / most)
                divergence = measured
            case .bits(let most): excess = binaryLogarithm(report.bitsPerWeight / most)
            case .bitsInMemory(let most):
                let bits = matrices.bitsInMemory
                excess = binaryLogarithm(bits / most)
                fewest = min(fewest ?? .infinity, bits)
            case .byteCount(let most):
                excess = binaryLogarithm(Double(report.byteCount + Self.headerReserve) / Double(most))
            }
            search.add(fineness: dial, excess: excess)
            if search.best?.fineness == dial { kept = (matrices, divergence) }
        }
        guard let best = search.best, let kept else { throw .unreachable(goal: goal, fewest: fewest) }
        let divergence: Double
        if let known = kept.divergence {
            divergence = known
        } else {
            divergence = try measure(kept.matrices, at: trial, options)
        }
        let reached = CalibrationReport(
            file: source.path == nil ? nil : files.last?.name,
            tokenCount: texts.statistics.reduce(0) { $0 + $1.count },
            heldOutCount: texts.heldOut.reduce(0) { $0 + $1.count },
            divergence: divergence, fineness: best.fineness, bitsInMemory: kept.matrices.bitsInMemory,
            trialCount: search.trials.count)
        var matrices = kept.matrices
        matrices.description = reached.quantization
        var conversion = conversion(options, matrices)
        var report = try conversion.run(path: path)
        report.calibration = reached
        return report
    }

    private func conversion(_ options: ConversionOptions, _ matrices: QuantizedMatrices) -> ConversionRun {
        ConversionRun(plan: plan, options: options, quantized: matrices, files: files, onProgress: onProgress)
    }

    /// The divergence of matrices that were not measured while their file was there.
    private func measure(
        _ matrices: QuantizedMatrices, at trial: borrowing TemporaryModel, _ options: ConversionOptions
    ) throws(ConversionError) -> Double {
        var conversion = conversion(options, matrices)
        _ = try trial.run(&conversion)
        return try divergence(ofModelAt: trial.path)
    }
}

extension CalibrationReport {
    /// For the header's "quantization".
    var quantization: JSONObject {
        [
            "precision": "int8",
            "method": "error feedback by Fisher information",
            "scale": "row",
            "fineness": .number(fineness),
            "calibration": file.map { .string($0) } ?? "written by the model",
            "calibration_tokens": .integer(Int64(tokenCount)),
            "divergence": .number(divergence),
            "divergence_tokens": .integer(Int64(heldOutCount)),
        ]
    }

    /// For the report.
    var json: JSONValue {
        [
            "file": file.map { .string($0) } ?? nil,
            "tokens": .integer(Int64(tokenCount)),
            "held_out_tokens": .integer(Int64(heldOutCount)),
            "divergence": .number(divergence),
            "fineness": .number(fineness),
            "bits_in_memory": .number(bitsInMemory),
            "trials": .integer(Int64(trialCount)),
        ]
    }
}
