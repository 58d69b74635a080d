import ArgumentParser
import GPT2
import Generation
import Kernels
import ModelFile
import Tokenizer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is done around the model: encoding a text, decoding a file's chunks, choosing the next token.
struct TextBenchmark {
    private let model: TextModel
    private let textName: String
    private let text: [UInt8]
    private let stopwatch: Stopwatch

    /// - Parameters:
    ///   - model: the path of a file that has a tokenizer.
    ///   - text: a path; nil takes the usual one.
    init(model: String, text: String?, _ stopwatch: Stopwatch) throws {
        self.model = try TextModel(contentsOf: model, options: Options(pool: WorkerPool(threadCount: 1)))
        let corpus = unsafe getenv("VENCEJO_DATA").map { unsafe "\(String(cString: $0))/corpora/tinyshakespeare.txt" }
        let paths = text.map { [$0] } ?? [corpus, "README.md"].compactMap(\.self)
        let found = paths.lazy.compactMap { path in File.bytes(path).map { (path, $0) } }.first
        guard let found else { throw ValidationError("cannot read \(paths.joined(separator: " or "))") }
        textName = String(found.0.split(separator: "/").last ?? "")
        self.text = found.1
        self.stopwatch = stopwatch
    }

    func table() throws -> String {
        var table = Table("around the model", words: ["what", "of"], figures: ["rate", "spread"])
        try addEncoding(to: &table)
        try addDecoding(to: &table)
        for vocabularySize in [model.model.configuration.vocabularySize, 50257] {
            try addSampling("sample, as usual", SamplingOptions(), vocabularySize, to: &table)
            try addSampling("sample, greedy", .greedy, vocabularySize, to: &table)
        }
        return table.text
    }

    private func addEncoding(to table: inout Table) throws {
        guard let tokenizer = model.tokenizer else { throw ValidationError("the model has no tokenizer") }
        var ids: [UInt32] = []
        ids.reserveCapacity(text.count)
        let timing = try stopwatch.measure {
            ids.removeAll(keepingCapacity: true)
            unsafe try text.withUnsafeBufferPointer { unsafe try tokenizer.encode($0, into: &ids) }
        }
        table.add([
            "encode", "\(textName), \((Double(text.count) / 1e6).brief) MB, \(ids.count) tokens",
            "\((Double(text.count) / timing.median / 1e6).brief) MB/s", timing.spread.percent,
        ])
    }

    /// All compressed chunks of the file, one after the other; the rate counts what comes out.
    private func addDecoding(to table: inout Table) throws {
        let file = model.model.file
        let arrays = file.arrays.filter { $0.storage == .zstd }
        let chunks = arrays.flatMap { array in array.chunks.map { ($0, array.decodedByteCount(ofChunk: $0)) } }
        guard !chunks.isEmpty else { return }
        let out = try AlignedBuffer<UInt8>(count: chunks.map(\.1).max() ?? 0)
        let decoder = try ChunkDecoder()
        let timing = try stopwatch.measure(calls: 1) {
            for (chunk, byteCount) in chunks {
                let target = unsafe UnsafeMutableRawBufferPointer(start: out.pointer, count: byteCount)
                unsafe try file.decode(chunk: chunk, into: target, with: decoder)
            }
        }
        let (stored, decoded) = (
            arrays.reduce(0) { $0 + file.storedByteCount(of: $1) }, chunks.reduce(0) { $0 + $1.1 }
        )
        table.add([
            "decode",
            "\(chunks.count) chunks, \((Double(stored) / 1e6).brief) MB to \((Double(decoded) / 1e6).brief) MB",
            "\((Double(decoded) / timing.median / 1e9).brief) GB/s", timing.spread.percent,
        ])
    }

    /// Logits as a text has them, a new set before each choice: most far below a few.
    private func addSampling(
        _ name: String, _ options: SamplingOptions, _ vocabularySize: Int, to table: inout Table
    ) throws {
        let options = try options.validated(vocabularySize: vocabularySize)
        var sampler = Sampler(options, kernels: model.model.kernels)
        var random = Xorshift()
        let history = (0..<128).map { _ in Int(random.next() % UInt64(vocabularySize)) }
        // The sum of four uniform numbers is nearly normal: deviation 2.3.
        let fresh = (0..<vocabularySize).map { _ in
            (0..<4).reduce(Float(0)) { sum, _ in sum + Float(Int32(truncatingIfNeeded: random.next())) * 0x1p-30 }
        }
        var logits = fresh
        var sum = 0  // of the choices, so that they have to be made
        let timing = try stopwatch.measure(calls: 1) {
            for index in fresh.indices { logits[index] = fresh[index] }
        } _: {
            var span = logits.mutableSpan
            sum += try sampler.choose(&span, history: history)
        }
        precondition(sum >= 0, "tokens are not negative")
        table.add([
            name, "\(vocabularySize) logits", "\((1 / timing.median).brief) tokens/s", timing.spread.percent,
        ])
    }
}
