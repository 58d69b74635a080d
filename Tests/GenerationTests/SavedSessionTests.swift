import Conversion
import GPT2
import Generation
import Kernels
import TestSupport
import Testing

/// Texts that stop and go on, and texts that part.
@Suite struct SavedSessions {
    private let folder = TemporaryDirectory()
    private let path: String
    private var saved: String { folder.file("text.q8s") }

    init() throws {
        path = folder.file("base.q8z")
        _ = try convert(ConversionPlan(path: golden("checkpoints/base")), to: path, options: ConversionOptions())
    }

    private func open(_ cache: Options.CacheType = .float16, context: Int? = nil) throws -> TextModel {
        try TextModel(
            contentsOf: path,
            options: Options(cacheType: cache, pool: WorkerPool(threadCount: 1), contextLength: context))
    }

    private func options(_ count: Int, _ change: (inout GenerationOptions) -> Void = { _ in }) -> GenerationOptions {
        var options = GenerationOptions(maxTokens: count, temperature: 1.5, seed: 7)
        options.ignoresEndOfText = true
        change(&options)
        return options
    }

    private func bits(_ session: Session) -> [UInt32] {
        session.withLogits { logits in logits.span.indices.map { logits[$0].bitPattern } }
    }

    @Test(arguments: Options.CacheType.allCases) func goOnWithTheSameBits(cache: Options.CacheType) throws {
        for (read, unread) in [
            ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17], [18]), ([5], []), ([], [4, 5]),
        ] {
            let model = try open(cache).model
            let session = try model.makeSession()
            if !read.isEmpty { try session.read(read) }
            try session.save(to: saved, unread: unread, drawCount: 99)
            let other = try open(cache).model  // another process, as far as bits go
            let resumed = try other.resumeSession(from: saved)
            #expect(resumed.session.tokens == read && resumed.unread == unread && resumed.drawCount == 99)
            try session.read(unread + [20, 21])
            try resumed.session.read(unread + [20, 21])
            #expect(bits(session) == bits(resumed.session))
        }
    }

    @Test(arguments: [false, true]) func aTextGoesOnAsIfItHadNeverStopped(looksUp: Bool) throws {
        let text = try open()
        func options(_ count: Int) -> GenerationOptions { self.options(count) { $0.looksUp = looksUp } }
        var whole = try TextGenerator(text, prompt: [1, 2, 1, 2, 1], options: options(16))
        while try whole.next() != nil {}
        var first = try TextGenerator(text, prompt: [1, 2, 1, 2, 1], options: options(6))
        while try first.next() != nil {}
        try first.save(to: saved)
        var second = try TextGenerator(text, resuming: text.model.resumeSession(from: saved), options: options(10))
        while try second.next() != nil {}
        #expect(second.tokens == whole.tokens)
        #expect(second.readCount < 12)
    }

    @Test func aForkGoesItsOwnWay() throws {
        let model = try open().model
        let session = try model.makeSession()
        try session.read([1, 2, 3, 4])
        let fork = try session.fork()
        try fork.read([9, 9])
        try session.read([5])
        let fresh = try model.makeSession()
        try fresh.read([1, 2, 3, 4, 5])
        #expect(bits(session) == bits(fresh))
        let other = try model.makeSession()
        try other.read([1, 2, 3, 4, 9, 9])
        #expect(bits(fork) == bits(other))
    }

    @Test func everyFlippedBitAndEveryTruncationIsRefused() throws {
        let model = try open().model
        let session = try model.makeSession()
        try session.read([1, 2, 3])
        try session.save(to: saved, unread: [4], drawCount: 1)
        let bytes = readFile(saved)
        let step = max(1, bytes.count / 400)
        for index in Array(0..<80) + Array(stride(from: 80, to: bytes.count, by: step)) {
            var broken = bytes
            broken[index] ^= 1 << UInt8(index % 8)
            writeFile(saved, broken)
            #expect(throws: GPT2Error.self, "byte \(index)") { try model.resumeSession(from: saved) }
        }
        for count in Array(0..<80) + [bytes.count - 1] {
            writeFile(saved, Array(bytes.prefix(count)))
            #expect(throws: GPT2Error.self, "\(count) bytes") { try model.resumeSession(from: saved) }
        }
        writeFile(saved, bytes + [0])
        #expect(throws: GPT2Error.self) { try model.resumeSession(from: saved) }
        writeFile(saved, bytes)
        #expect(try model.resumeSession(from: saved).unread == [4])
    }

    @Test func anotherModelOrAnotherTypeIsRefused() throws {
        let session = try open().model.makeSession()
        try session.read([1, 2, 3])
        try session.save(to: saved)
        #expect(throws: GPT2Error.session(.otherOption(path: saved, option: "kv-cache", saved: "f16", now: "int8"))) {
            try open(.int8).model.resumeSession(from: saved)
        }
        #expect(throws: GPT2Error.session(.tooLong(path: saved, tokens: 3, contextLength: 2))) {
            try open(context: 2).model.resumeSession(from: saved)
        }
        let other = folder.file("other.q8z")
        _ = try convert(ConversionPlan(path: golden("checkpoints/untied")), to: other, options: ConversionOptions())
        #expect(throws: GPT2Error.session(.otherModel(path: saved))) {
            try GPT2(contentsOf: other).resumeSession(from: saved)
        }
        #expect(throws: GPT2Error.session(.notASession(path: path))) { try open().model.resumeSession(from: path) }
        #expect(throws: GPT2Error.session(.system(operation: "open", path: "/nowhere", errorNumber: 2))) {
            try open().model.resumeSession(from: "/nowhere")
        }
        #expect(throws: GPT2Error.session(.notASession(path: "/dev/zero"))) {
            try open().model.resumeSession(from: "/dev/zero")
        }
    }
}

/// Text as an asynchronous sequence.
@Suite struct TextStreams {
    private func open() throws -> (TemporaryDirectory, TextModel) {
        let folder = TemporaryDirectory()
        let path = folder.file("base.q8z")
        _ = try convert(ConversionPlan(path: golden("checkpoints/base")), to: path, options: ConversionOptions())
        return (folder, try TextModel(contentsOf: path, options: Options(pool: WorkerPool(threadCount: 1))))
    }

    private var options: GenerationOptions {
        var options = GenerationOptions(maxTokens: 12, seed: 3)
        options.ignoresEndOfText = true
        return options
    }

    @Test func areTheGeneratorsPieces() async throws {
        let (folder, text) = try open()
        var generator = try TextGenerator(text, prompt: [1, 2, 3], options: options)
        var expected: [Piece] = []
        while let piece = try generator.next() { expected.append(piece) }
        let stream = text.generate(tokens: [1, 2, 3], options)
        for _ in 0..<2 {  // every iterator begins anew
            var pieces: [Piece] = []
            for try await piece in stream { pieces.append(piece) }
            #expect(pieces == expected)
        }
        _ = folder
    }

    @Test func endWithTheirTask() async throws {
        let (folder, text) = try open()
        var endless = options
        (endless.maxTokens, endless.slides) = (nil, true)
        let stream = text.generate(tokens: [1], endless)
        let (begun, signal) = AsyncStream<Void>.makeStream()
        let task = Task {
            var count = 0
            for try await _ in stream {
                count += 1
                if count == 5 { signal.finish() }
            }
            return count
        }
        for await _ in begun {}
        task.cancel()
        #expect(try await task.value >= 5)
        _ = folder
    }

    @Test func throwWhatIsWrongWhenTheyAreAsked() async throws {
        let (folder, text) = try open()
        await #expect(throws: GenerationError.noTokenizer) { for try await _ in text.generate("a") {} }
        await #expect(throws: GenerationError.self) { for try await _ in text.generate(tokens: [99]) {} }
        _ = folder
    }
}
