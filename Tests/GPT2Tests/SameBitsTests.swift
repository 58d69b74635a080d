import Conversion
import GPT2
import Kernels
import ModelFile
import TestSupport
import Testing

/// The same file and tokens give the same bits however they are computed. Compared with `==`, not within a tolerance.
@Suite struct SameBitsTests {
    /// Three models of different shapes: a trained one with 16-number heads, a random one at sizes where nothing is a
    /// multiple of a vector, and the demo model.
    static let models: [(name: String, source: String, tokens: [Int])] = [
        ("sorter", "sorter", [0, 2, 1, 1, 0, 2, 0, 0, 1, 1, 2]),
        ("inner", "checkpoints/inner", (0..<24).map { $0 * 7 % 61 }),
        ("inverse-layer", "checkpoints/inverse-layer", (0..<24).map { $0 * 11 % 61 }),
    ]
    static let caches = Options.CacheType.allCases
    static let activations = Options.Activations.allCases

    private func logits(
        _ path: String, _ tokens: [Int], kernels: String? = nil, threads: Int = 1, parts: [Int] = [],
        _ activations: Options.Activations, _ cache: Options.CacheType
    ) throws -> [UInt32] {
        let options = Options(
            activations: activations, cacheType: cache, kernels: kernels, pool: WorkerPool(threadCount: threads))
        return try GPT2(contentsOf: path, options: options).allLogits(tokens, parts: parts).map(\.bitPattern)
    }

    @Test(arguments: models.indices, activations)
    func everyKernelRowThreadCountAndSplitAgrees(index: Int, activations: Options.Activations) throws {
        let (_, source, tokens) = Self.models[index]
        let file = try Converted(golden(source), ConversionOptions(precision: .int8))
        for cache in Self.caches {
            let expected = try logits(file.path, tokens, kernels: "reference", activations, cache)
            #expect(Set(expected).count > tokens.count, "logits must differ from each other")
            for row in KernelSet.runnable {
                #expect(try logits(file.path, tokens, kernels: row.name, activations, cache) == expected, "\(row.name)")
            }
            for threads in 2...4 {
                #expect(try logits(file.path, tokens, threads: threads, activations, cache) == expected, "\(threads)")
            }
            for parts in [[Int](repeating: 1, count: tokens.count), [1, 5, 3], [7], [tokens.count - 1]] {
                #expect(try logits(file.path, tokens, parts: parts, activations, cache) == expected, "\(parts)")
            }
        }
    }

    @Test(arguments: models.indices) func mappedResidentAndReadWeightsAgree(index: Int) throws {
        let (_, source, tokens) = Self.models[index]
        for precision in Precision.allCases {
            for blockLength in precision == .int8 ? [0, 64, 128, 256] : [0] {
                let raw = try Converted(
                    golden(source), ConversionOptions(precision: precision, storage: .raw, blockLength: blockLength))
                let zstd = try Converted(
                    golden(source), ConversionOptions(precision: precision, storage: .zstd, blockLength: blockLength))
                let mapped = try raw.open(Options()).allLogits(tokens).map(\.bitPattern)
                #expect(try zstd.open(Options()).allLogits(tokens).map(\.bitPattern) == mapped)
                let read = try raw.open(Options(mapsFile: false)).allLogits(tokens).map(\.bitPattern)
                #expect(read == mapped)
            }
        }
    }

    @Test func aRewoundSessionGivesTheSameAsANewOne() throws {
        let file = try Converted(golden("checkpoints/base"))
        let model = try file.open(Options())
        let session = try model.makeSession()
        func bits(_ session: Session) -> [UInt32] {
            session.withLogits { logits in logits.span.indices.map { logits[$0].bitPattern } }
        }
        try session.read([1, 2, 3, 4, 5, 6, 7])
        session.rewind(to: 3)
        try session.read([9, 8])
        let fresh = try model.makeSession()
        try fresh.read([1, 2, 3, 9, 8])
        #expect(bits(session) == bits(fresh))
    }
}
