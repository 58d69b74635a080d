import Conversion
import GPT2
import ModelFile
import Quantization
import TestSupport
import Testing

@testable import Calibration

@Suite struct Statistics {
    private let folder = TemporaryDirectory()

    private func statistics(mostCorrelatedRows: Int) throws -> GradientStatistics {
        let path = folder.file("model.q8z")
        _ = try convert(
            ConversionPlan(path: golden("checkpoints/base")), to: path,
            options: ConversionOptions(precision: .float32, storage: .raw))
        let model = try GPT2(contentsOf: path, options: Options(activations: .float32, cacheType: .float32))
        let statistics = try GradientStatistics(model, mostCorrelatedRows: mostCorrelatedRows)
        for text in 0..<8 { try statistics.read((0..<24).map { ($0 * 11 + text * 7) % 61 }) }
        return statistics
    }

    @Test func ofTallMatricesAreVariancesOnly() throws {
        let (all, few) = (try statistics(mostCorrelatedRows: 4096), try statistics(mostCorrelatedRows: 60))
        for (name, isTall) in [("block.0.attention.qkv.weight", false), ("block.1.mlp.up.weight", true)] {
            let (with, without) = (try all.takeSensitivity(of: name), try few.takeSensitivity(of: name))
            #expect(with.rows != nil && (without.rows == nil) == isTall)
            #expect(with.mean == without.mean && with.columns.weights == without.columns.weights)
            // What a row still costs when those behind it correct it is less than its variance, damping aside.
            let mean = without.rowWeights.reduce(0, +) / Double(without.rowWeights.count)
            #expect(zip(with.rowWeights, without.rowWeights).allSatisfy { $0 <= $1 * 1.0001 + 0.1 * mean + 1e-12 })
        }
    }

    /// A token's row is worth what the head and the embedding ask for it, and none is worth nothing.
    @Test func ofTheEmbeddingAreOfItsTwoRoles() throws {
        let sensitivity = try statistics(mostCorrelatedRows: 4096).takeSensitivity(of: ArrayName.tokenEmbedding)
        #expect(sensitivity.rows == nil && sensitivity.rowWeights.count == 61 && sensitivity.mean.isEmpty)
        #expect(sensitivity.rowWeights.allSatisfy { $0 > 0 })
    }
}
