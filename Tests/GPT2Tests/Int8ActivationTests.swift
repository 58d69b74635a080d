import Checkpoints
import Conversion
import GPT2
import StrictJSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What rounding activations costs, on a trained model: against the same weights with activations as they are.
@Suite struct Int8ActivationTests {
    /// The mean divergence Σ p (ln p − ln q) in nats over windows of 128 tokens.
    private func divergence(of model: GPT2, from yardstick: GPT2, _ ids: [Int], windows: Int) throws -> Double {
        let size = model.configuration.vocabularySize
        var (sum, count) = (0.0, 0)
        for start in stride(from: 0, to: windows * 128, by: 128) {
            let tokens = Array(ids[start..<start + 128])
            let (p, q) = (try yardstick.allLogits(tokens), try model.allLogits(tokens))
            for row in stride(from: 0, to: p.count, by: size) {
                sum += Self.divergence(p[row..<row + size], q[row..<row + size])
                count += 1
            }
        }
        return sum / Double(count)
    }

    private static func divergence(_ p: ArraySlice<Float>, _ q: ArraySlice<Float>) -> Double {
        func logarithm(_ logits: ArraySlice<Float>) -> [Double] {
            let best = Double(logits.max() ?? 0)
            let total = logits.reduce(0) { $0 + exp(Double($1) - best) }
            return logits.map { Double($0) - best - log(total) }
        }
        return zip(logarithm(p), logarithm(q)).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    }

    @Test func aFileMadeForInt8DivergesLessThanItsWeightsDo() throws {
        let folder = "checkpoints/tinygpt-shakespeare-char/"
        guard let path = sharedData(folder + "eval_ids_u16le.bin"), let config = sharedData(folder + "hf/config.json")
        else { return }
        let checkpoint = String(config.dropLast("/config.json".count))
        let bytes = readFile(path)
        let ids = stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8 }
        let plain = try Converted(checkpoint, ConversionOptions(precision: .int8))
        let made = try Converted(checkpoint, ConversionOptions(precision: .int8, activations: .int8))
        func measured(_ file: Converted, _ activations: Options.Activations?) throws -> Double {
            let model = try file.open(Options(activations: activations, cacheType: .float32))
            let yardstick = try file.open(Options(activations: .float32, cacheType: .float32))
            return try divergence(of: model, from: yardstick, ids, windows: 24)
        }
        #expect(try plain.open(Options()).activations == .int16)
        #expect(try made.open(Options()).activations == .int8)
        #expect(try measured(plain, .int16) < 1e-6)
        #expect(try measured(made, .int16) < 1e-6)
        let asTheFileSays = try measured(made, nil)
        #expect(asTheFileSays < 2.6e-4, "\(asTheFileSays)")
        #expect(try measured(plain, .int8) > 5 * asTheFileSays)
        // The means went into the biases; the model is the same but for what int8 weights lose of them.
        let moved = try divergence(
            of: made.open(Options(activations: .float32)), from: plain.open(Options(activations: .float32)), ids,
            windows: 4)
        #expect(moved < 5e-4, "\(moved)")
    }

    @Test func theSameCheckpointGivesTheSameBytes() throws {
        let options = ConversionOptions(precision: .int8, activations: .int8)
        for checkpoint in ["checkpoints/base", "sorter"] {
            let files = try (0..<2).map { _ in try Converted(golden(checkpoint), options) }
            #expect(readFile(files[0].path) == readFile(files[1].path))
        }
    }
}
