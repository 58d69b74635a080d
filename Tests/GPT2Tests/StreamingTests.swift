import Conversion
import Kernels
import TestSupport
import Testing

@testable import GPT2
@testable import ModelFile

/// Weights that are streamed give the bits that weights in memory give, however many of them are streamed.
@Suite struct StreamingTests {
    /// More than one batch.
    private static let tokens = (0..<70).map { $0 * 37 % 4096 }

    /// The demo's checkpoint: small, and yet of matrices that have several chunks.
    private func convert(_ options: ConversionOptions) throws -> Converted {
        try Converted("\(packageRoot)/models/demo", options)
    }

    private func open(_ path: String, limit: Int?, threads: Int = 2, mapsFile: Bool = true) throws -> GPT2 {
        let options = Options(pool: WorkerPool(threadCount: threads), mapsFile: mapsFile, memoryLimit: limit)
        return try GPT2(contentsOf: path, options: options, program: 0)
    }

    @Test(
        arguments: [
            ConversionOptions(), ConversionOptions(storage: .raw), ConversionOptions(blockLength: 64),
            ConversionOptions(precision: .float32),
        ])
    func changeNoBit(_ options: ConversionOptions) throws {
        let converted = try convert(options)
        defer { withExtendedLifetime(converted) {} }
        let path = converted.path
        let whole = try open(path, limit: nil)
        #expect(
            whole.plan.streamedByteCount == 0 && whole.plan.mode == (options.storage == .raw ? "mapped" : "resident"))
        let expected = try whole.allLogits(Self.tokens).map(\.bitPattern)
        let least = try leastLimit(path, threads: 2)
        let most = whole.plan.byteCount
        var modes: Set<String> = []
        var kept: [Int] = []
        for step in 0...5 {
            let model = try open(path, limit: least + (most - least) * step / 5)
            #expect(model.plan.byteCount <= model.plan.limit)
            modes.insert(model.plan.mode)
            kept.append(model.plan.keptByteCount)
            #expect(try model.allLogits(Self.tokens).map(\.bitPattern) == expected, "\(model.plan.mode)")
            let parts = try model.allLogits(Self.tokens, parts: [1, 1, 5]).map(\.bitPattern)
            #expect(parts == expected, "in parts, \(model.plan.mode)")
        }
        #expect(modes.count > 4, "\(modes)")
        #expect(kept == kept.sorted())
    }

    @Test(arguments: 1...4) func everyThreadCountStreams(threads: Int) throws {
        let converted = try convert(ConversionOptions())
        defer { withExtendedLifetime(converted) {} }
        let path = converted.path
        let expected = try open(path, limit: nil, threads: threads).allLogits(Self.tokens).map(\.bitPattern)
        let least = try leastLimit(path, threads: threads)
        let model = try open(path, limit: least, threads: threads)
        #expect(model.plan.streamedByteCount == model.plan.weightByteCount)
        #expect(model.plan.mode == "streamed")
        #expect(model.plan.streamedStoredByteCount > 0)
        #expect(try model.allLogits(Self.tokens).map(\.bitPattern) == expected)
        #expect(try model.plan.streamingTime(of: model.file, threadCount: threads).later > 0)
    }

    /// The smallest limit that is accepted.
    private func leastLimit(_ path: String, threads: Int) throws -> Int {
        do {
            _ = try open(path, limit: 1, threads: threads)
        } catch GPT2Error.tooLittleMemory(let needed, _, _, _, _) { return needed }
        Issue.record("a limit of one byte was accepted")
        return 0
    }

    @Test func refusesWhatDoesNotFitAndSaysWhatWould() throws {
        let converted = try convert(ConversionOptions())
        defer { withExtendedLifetime(converted) {} }
        let path = converted.path
        let least = try leastLimit(path, threads: 1)
        #expect(throws: GPT2Error.self) { try open(path, limit: least - 1, threads: 1) }
        do {
            _ = try open(path, limit: least - 100_000, threads: 1)
            Issue.record("a limit below the least was accepted")
        } catch GPT2Error.tooLittleMemory(let needed, let context, _, true, let fitting) {
            #expect(needed == least && context == 512)
            let shorter = try #require(fitting.first)
            #expect(shorter.cacheType == .float16 && shorter.contextLength < 512)
            let options = Options(
                pool: WorkerPool(threadCount: 1), memoryLimit: least - 100_000, contextLength: shorter.contextLength)
            let model = try GPT2(contentsOf: path, options: options, program: 0)
            #expect(model.contextLength == shorter.contextLength)
            #expect(throws: GPT2Error.contextFull(position: 0, tokens: 512, contextLength: shorter.contextLength)) {
                try model.makeSession().read([Int](repeating: 1, count: 512))
            }
        }
    }

    @Test func refusesAContextThatTheModelDoesNotHave() throws {
        let converted = try convert(ConversionOptions())
        defer { withExtendedLifetime(converted) {} }
        let path = converted.path
        for length in [0, -1, 513] {
            #expect(throws: GPT2Error.contextLength(length, most: 512)) {
                try GPT2(contentsOf: path, options: Options(contextLength: length))
            }
        }
    }

    @Test func noticeDamageInWhatIsStreamed() throws {
        let converted = try convert(ConversionOptions())
        defer { withExtendedLifetime(converted) {} }
        let path = converted.path
        var bytes = readFile(path)
        let source = try ModelFile(path: path)
        let array = try #require(source.array(named: "block.1.mlp.down.weight"))
        let first = source.storedRange(ofChunk: array.chunks.lowerBound)
        bytes[first.lowerBound + 9] ^= 1
        writeFile(path, bytes)
        let model = try open(path, limit: leastLimit(path, threads: 2))
        #expect(throws: GPT2Error.file(.chunkDamaged(array: array.name, chunk: 0))) {
            try model.makeSession().read([1, 2, 3])
        }
    }

    /// What lies in the file is no longer what was checked: the token fails, and not by a wrong text.
    @Test(arguments: [ConversionOptions(), ConversionOptions(storage: .raw)], [true, false])
    func noticesAFileThatIsWrittenTo(_ options: ConversionOptions, streams: Bool) throws {
        let converted = try convert(options)
        defer { withExtendedLifetime(converted) {} }
        let path = converted.path
        let model = try open(path, limit: streams ? leastLimit(path, threads: 2) : nil)
        let session = try model.makeSession()
        try session.read([1, 2, 3])
        overwriteFile(path, at: 100_000, [1, 2, 3, 4])
        if model.plan.needsFile {
            #expect(throws: GPT2Error.file(.changedWhileReading(path: path))) { try session.read([4]) }
        } else {
            try session.read([4])  // all is in memory
        }
    }
}
