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

    private func sensitivity(of name: String, in matrices: [MatrixStatistics]) throws -> MatrixSensitivity {
        try #require(matrices.first { $0.name == name }).sensitivity()
    }

    @Test func ofTallMatricesAreVariancesOnly() throws {
        let all = try statistics(mostCorrelatedRows: 4096).takeMatrices()
        let few = try statistics(mostCorrelatedRows: 60).takeMatrices()
        for (name, isTall) in [("block.0.attention.qkv.weight", false), ("block.1.mlp.up.weight", true)] {
            let (with, without) = try (sensitivity(of: name, in: all), sensitivity(of: name, in: few))
            #expect(with.rows != nil && (without.rows == nil) == isTall)
            #expect(with.mean == without.mean && with.columns.weights == without.columns.weights)
            // What a row still costs when those behind it correct it is less than its variance, damping aside.
            let mean = without.rowWeights.reduce(0, +) / Double(without.rowWeights.count)
            #expect(zip(with.rowWeights, without.rowWeights).allSatisfy { $0 <= $1 * 1.0001 + 0.1 * mean + 1e-12 })
        }
    }

    /// A token's row is worth what the head and the embedding ask for it, and none is worth nothing.
    @Test func ofTheEmbeddingAreOfItsTwoRoles() throws {
        let all = try statistics(mostCorrelatedRows: 4096).takeMatrices()
        let sensitivity = try sensitivity(of: ArrayName.tokenEmbedding, in: all)
        #expect(sensitivity.rows == nil && sensitivity.rowWeights.count == 61 && sensitivity.mean.isEmpty)
        #expect(sensitivity.rowWeights.allSatisfy { $0 > 0 })
    }
}
