import Conversion
import GPT2
import Generation
import Kernels
import TestSupport
import Testing
import Tokenizer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

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
            var text = SavedText()
            (text.unread, text.earlier, text.unfinished) = (unread, [60, 0, 7], [0xE3, 0x81])
            (text.seed, text.drawCount) = (1 << 63, 99)
            try session.save(to: saved, as: text)
            let other = try open(cache).model  // another process, as far as bits go
            let resumed = try other.resumeSession(from: saved)
            #expect(resumed.session.tokens == read && resumed.text == text)
            try session.read(unread + [20, 21])
            try resumed.session.read(unread + [20, 21])
            #expect(bits(session) == bits(resumed.session))
        }
    }

    /// Nothing of a text that was taken back lies in the file, and the session goes on as before.
    @Test(arguments: Options.CacheType.allCases, [1, 5, 15, 16, 17])
    func whatWasTakenBackIsNotSaved(cache: Options.CacheType, kept: Int) throws {
        let tokens = Array(1...20)
        let session = try open(cache).model.makeSession()
        try session.read(tokens)
        session.rewind(to: kept)
        try session.save(to: saved)
        let other = try open(cache).model.makeSession()
        try other.read(Array(tokens[..<kept]))
        try other.save(to: folder.file("other.q8s"))
        #expect(readFile(saved) == readFile(folder.file("other.q8s")))
        try session.read([9])
        try other.read([9])
        #expect(bits(session) == bits(other))
    }

    @Test(arguments: [false, true]) func aTextGoesOnAsIfItHadNeverStopped(looksUp: Bool) throws {
        let text = try open()
        func options(_ count: Int) -> GenerationOptions { self.options(count) { $0.looksUp = looksUp } }
        var whole = try TextGenerator(text, prompt: [1, 2, 1, 2, 1], options: options(16))
        while try whole.next() != nil {}
        var first = try TextGenerator(text, prompt: [1, 2, 1, 2, 1], options: options(6))
        while try first.next() != nil {}
        try first.save(to: saved)
        var others = options(10)
        others.sampling.seed = 0
        var second = try TextGenerator(text, resuming: text.model.resumeSession(from: saved), options: others)
        while try second.next() != nil {}
        #expect(second.seed == 7 && second.tokens == whole.tokens)
        #expect(second.readCount < 12)
        // Other random numbers for whoever wants them.
        func restarted() throws -> [Int] {
            var text = try TextGenerator(
                text, resuming: text.model.resumeSession(from: saved), options: options(10),
                restartsRandomNumbers: true)
            while try text.next() != nil {}
            return text.tokens
        }
        #expect(try restarted() == restarted())
        #expect(try restarted() != whole.tokens)
    }

    /// Penalties remember what has slid out of the context.
    @Test(arguments: [1, 11, 12, 13, 24, 30, 47]) func aTextThatSlidGoesOnAsIfItHadNeverStopped(written: Int) throws {
        let text = try open()
        func write(_ count: Int, _ generator: inout TextGenerator) throws {
            for _ in 0..<count { _ = try generator.next() }
        }
        let options = self.options(64) {
            $0.slides = true
            ($0.sampling.repeatPenalty, $0.sampling.frequencyPenalty) = (1.3, 0.5)
        }
        var whole = try TextGenerator(text, prompt: [1, 2, 3], options: options)
        try write(60, &whole)
        var first = try TextGenerator(text, prompt: [1, 2, 3], options: options)
        try write(written, &first)
        try first.save(to: saved)
        let tokens = first.tokens
        var second = try TextGenerator(text, resuming: text.model.resumeSession(from: saved), options: options)
        #expect(second.tokens == tokens)
        try write(60 - written, &second)
        #expect(second.tokens == whole.tokens)
        // Saving does not disturb who goes on.
        try write(60 - written, &first)
        #expect(first.tokens == whole.tokens)
    }

    @Test func guessesThatWereNotUsedAreForgotten() throws {
        let text = try open()
        let options = self.options(24) {
            ($0.looksUp, $0.sampling.logitBias, $0.slides) = (true, [5: 1e4], true)
        }
        var whole = try TextGenerator(text, prompt: [5, 5, 5, 5, 5], options: options)
        for count in 1...20 {
            _ = try whole.next()
            try whole.save(to: saved)
            let resumed = try text.model.resumeSession(from: saved)
            #expect(resumed.text.earlier + resumed.session.tokens + resumed.text.unread == whole.tokens, "\(count)")
        }
    }

    @Test func aFullContextIsSaid() throws {
        let text = try open(context: 8)
        var full = try TextGenerator(text, prompt: [1, 2, 3], options: options(20))
        while try full.next() != nil {}
        #expect(full.endedWithFullContext)
        try full.save(to: saved)
        let resumed = try text.model.resumeSession(from: saved)
        #expect(throws: GenerationError.sessionFull(tokens: 9, added: 0, contextLength: 8)) {
            _ = try TextGenerator(text, resuming: resumed)
        }
        var slid = try TextGenerator(text, resuming: resumed, options: options(4) { $0.slides = true })
        while try slid.next() != nil {}
        #expect(slid.tokens.starts(with: full.tokens) && slid.writtenCount == 4)
    }

    /// What a stop string ended goes on where it was shown to end.
    @Test func whatIsSavedIsWhatWasShown() throws {
        let text = try TextModel(
            contentsOf: "\(packageRoot)/models/demo.q8z", options: Options(pool: WorkerPool(threadCount: 1)))
        let prompt = try text.tokens(of: "Había una vez")
        var options = GenerationOptions(maxTokens: 24, temperature: 0)
        var whole = try TextGenerator(text, prompt: prompt, options: options)
        var written = ""
        while let piece = try whole.next() { written += piece.text }
        let characters = Array(written)
        for start in stride(from: 0, to: characters.count - 3, by: 2) {
            options.stops = [String(characters[start..<start + 3])]
            var cut = try TextGenerator(text, prompt: prompt, options: options)
            var shown = ""
            while let piece = try cut.next() { shown += piece.text }
            #expect(cut.finishReason == .stop)
            try cut.save(to: saved)
            let resumed = try text.model.resumeSession(from: saved)
            let kept = (resumed.session.tokens + resumed.text.unread).map { UInt32($0) }
            let bytes = try #require(text.tokenizer).decode(kept)
            #expect(String(decoding: bytes, as: UTF8.self) == "Había una vez" + shown)
            #expect(resumed.text.unfinished.isEmpty)
            // The keys and values are those of these tokens.
            var rest = try TextGenerator(
                text, resuming: resumed, options: GenerationOptions(maxTokens: 3, temperature: 0))
            var fresh = try TextGenerator(
                text, prompt: kept.map(Int.init), options: GenerationOptions(maxTokens: 3, temperature: 0))
            while try rest.next() != nil {}
            while try fresh.next() != nil {}
            #expect(rest.tokens == fresh.tokens)
        }
    }

    @Test func aCharacterMayLieInTwoRuns() throws {
        let text = try TextModel(
            contentsOf: "\(packageRoot)/models/demo.q8z", options: Options(pool: WorkerPool(threadCount: 1)))
        let parts = try text.tokens(of: "日")
        #expect(parts.count == 3)
        func options(_ token: Int) -> GenerationOptions {
            var options = GenerationOptions(maxTokens: 1, temperature: 0)
            (options.sampling.logitBias, options.isToBeContinued) = ([token: 1e4], true)
            return options
        }
        var shown: [String] = []
        for part in parts {
            var generator =
                shown.isEmpty
                ? try TextGenerator(text, prompt: [5], options: options(part))
                : try TextGenerator(text, resuming: text.model.resumeSession(from: saved), options: options(part))
            var piece = ""
            while let next = try generator.next() { piece += next.text }
            shown.append(piece)
            try generator.save(to: saved)
        }
        #expect(shown == ["", "", "日"])
    }

    @Test func newFilesAreTheirOwnersAloneAndOldOnesKeepTheirPermissions() throws {
        let session = try open().model.makeSession()
        try session.read([1, 2, 3])
        try session.save(to: saved)
        #expect(permissions(saved) == 0o600)
        unsafe chmod(saved, 0o640)
        try session.save(to: saved)
        #expect(permissions(saved) == 0o640)
    }

    private func permissions(_ path: String) -> UInt32 {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return 0 }
        return UInt32(status.st_mode & 0o777)
    }

    @Test func aPlaceBelongsToOneAtATime() throws {
        let session = try open().model.makeSession()
        try session.read([1, 2, 3])
        do {
            let lock = try SessionLock(saved)
            #expect(lock.isEmpty && folder.contents.contains("text.q8s"))
            #expect(throws: GPT2Error.session(.inUse(path: saved))) { _ = try SessionLock(saved) }
            withExtendedLifetime(lock) {}
        }
        #expect(!folder.contents.contains("text.q8s"), "nothing was saved")
        do {
            let lock = try SessionLock(saved)
            try session.save(to: saved)
            withExtendedLifetime(lock) {}
        }
        #expect(folder.contents.contains("text.q8s"))
        let lock = try SessionLock(saved)
        #expect(!lock.isEmpty)
        writeFile(folder.file("empty"), [])
        #expect(try SessionLock(folder.file("empty")).isEmpty)
        for path in ["/nowhere/a.q8s", "", "/dev/null", folder.path] {
            #expect(throws: GPT2Error.self, "\(path)") { _ = try SessionLock(path) }
        }
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
        var text = SavedText()
        (text.unread, text.earlier, text.drawCount) = ([4], [9], 1)
        try session.save(to: saved, as: text)
        let bytes = readFile(saved)
        let step = max(1, bytes.count / 400)
        for index in Array(0..<100) + Array(stride(from: 100, to: bytes.count, by: step)) {
            var broken = bytes
            broken[index] ^= 1 << UInt8(index % 8)
            writeFile(saved, broken)
            #expect(throws: GPT2Error.self, "byte \(index)") { try model.resumeSession(from: saved) }
        }
        for count in Array(0..<100) + [bytes.count - 1] {
            writeFile(saved, Array(bytes.prefix(count)))
            #expect(throws: GPT2Error.self, "\(count) bytes") { try model.resumeSession(from: saved) }
        }
        writeFile(saved, bytes + [0])
        #expect(throws: GPT2Error.self) { try model.resumeSession(from: saved) }
        writeFile(saved, bytes)
        #expect(try model.resumeSession(from: saved).text == text)
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
