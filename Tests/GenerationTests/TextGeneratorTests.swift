import Checkpoints
import Conversion
import GPT2
import Generation
import Kernels
import TestSupport
import Testing

/// Generation on a tiny model without a tokenizer, 24 positions and 61 tokens.
@Suite struct TextGeneratorTests {
    private let folder = TemporaryDirectory()
    private let text: TextModel

    init() throws {
        let path = folder.file("base.q8z")
        _ = try convert(ConversionPlan(path: golden("checkpoints/base")), to: path, options: ConversionOptions())
        text = try TextModel(contentsOf: path, options: Options(pool: WorkerPool(threadCount: 1)))
    }

    private func options(_ change: (inout GenerationOptions) -> Void) -> GenerationOptions {
        var options = GenerationOptions()
        options.sampling = .greedy
        options.ignoresEndOfText = true
        change(&options)
        return options
    }

    private func run(_ prompt: [Int], _ options: GenerationOptions) throws -> TextGenerator {
        var generator = try TextGenerator(text, prompt: prompt, options: options)
        while try generator.next() != nil {}
        return generator
    }

    @Test func writesAsManyTokensAsAskedFor() throws {
        for count in [0, 1, 5] {
            let generator = try run([1, 2, 3], options { $0.maxTokens = count })
            #expect(generator.writtenCount == count && generator.tokens.count == 3 + count)
            #expect(generator.finishReason == .length && !generator.endedWithFullContext)
        }
    }

    @Test func aFullContextEndsTheText() throws {
        let generator = try run([1, 2, 3], options { $0.maxTokens = nil })
        #expect(generator.tokens.count == 25)  // 24 read, and what they predict
        #expect(generator.readCount == 24)
        #expect(generator.finishReason == .length && generator.endedWithFullContext)
    }

    @Test func slidingReadsTheLastHalfAgainAndGoesOn() throws {
        let generator = try run(
            [1, 2, 3],
            options {
                $0.maxTokens = 60
                $0.slides = true
            })
        #expect(generator.tokens.count == 63)
        // Where the context was full, the next token is what the last half alone predicts.
        let session = try text.model.makeSession()
        try session.read(Array(generator.tokens[13..<25]))
        let next = session.withLogits { logits in logits.span.indices.max { logits[$0] < logits[$1] } }
        #expect(generator.tokens[25] == next)
    }

    @Test func aPromptLongerThanTheContextIsRefusedOrSlidIn() throws {
        let prompt = (0..<30).map { $0 }
        #expect(throws: GenerationError.promptTooLong(tokens: 30, contextLength: 24)) {
            try TextGenerator(text, prompt: prompt, options: options { _ in })
        }
        let slid = try run(
            prompt,
            options {
                $0.maxTokens = 1
                $0.slides = true
            })
        let direct = try run(Array(prompt.suffix(12)), options { $0.maxTokens = 1 })
        #expect(slid.tokens.last == direct.tokens.last)
        #expect(slid.readCount == 12)
    }

    @Test func anEmptyPromptStartsFromTheEndOfText() throws {
        let generator = try run([], options { $0.maxTokens = 2 })
        let same = try run([0], options { $0.maxTokens = 2 })
        #expect(generator.tokens == same.tokens && generator.tokens.first == 0)
    }

    @Test func theEndOfTextEndsTheTextUnlessIgnored() throws {
        var wanted = options { $0.maxTokens = 4 }
        wanted.sampling.logitBias = [0: 1000]
        #expect(try run([5], wanted).tokens == [5, 0, 0, 0, 0])
        wanted.ignoresEndOfText = false
        let ended = try run([5], wanted)
        #expect(ended.tokens == [5] && ended.finishReason == .endOfText)
    }

    @Test func theSameSeedWritesTheSameText() throws {
        var wanted = options { $0.maxTokens = 15 }
        wanted.sampling = SamplingOptions()
        wanted.sampling.seed = 4
        let first = try run([9], wanted).tokens
        #expect(try run([9], wanted).tokens == first)
        wanted.sampling.seed = 5
        #expect(try run([9], wanted).tokens != first)
    }

    @Test func aNegativeNumberOfTokensIsRefused() {
        #expect(throws: GenerationError.badOption(name: "n-predict", value: "-3", expected: "0 or more tokens")) {
            try TextGenerator(text, prompt: [1], options: options { $0.maxTokens = -3 })
        }
    }
}

/// Sessions used again, and texts that the caller ends.
extension TextGeneratorTests {
    @Test func aSessionThatKnowsTheBeginningGivesTheSameText() throws {
        let wanted = options { $0.maxTokens = 4 }
        let session = try text.model.makeSession()
        for prompt in [[1, 2, 3], [1, 2, 3, 4, 5], [1, 2, 3], [1, 9], [1, 9, 9, 9], [7]] {
            var generator = try TextGenerator(text, prompt: prompt, options: wanted, session: session)
            while try generator.next() != nil {}
            #expect(try generator.tokens == run(prompt, wanted).tokens, "\(prompt)")
        }
    }

    @Test func whatASessionKnowsIsNotReadAgain() throws {
        let session = try text.model.makeSession()
        let wanted = options { $0.maxTokens = 1 }
        for (prompt, count) in [([1, 2, 3], 3), ([1, 2, 3, 4, 5], 2), ([1, 2, 3, 4, 5], 1), ([1, 9], 1)] {
            var generator = try TextGenerator(text, prompt: prompt, options: wanted, session: session)
            while try generator.next() != nil {}
            #expect(generator.readCount == count, "\(prompt)")
        }
    }

    @Test func anInterruptedTextSaysSoAndStaysEnded() throws {
        var generator = try TextGenerator(text, prompt: [1, 2], options: options { $0.maxTokens = 10 })
        _ = try generator.next()
        #expect(generator.interrupt() == nil)  // without a tokenizer nothing is held back
        #expect(generator.finishReason == .interrupted)
        #expect(try generator.next() == nil && generator.writtenCount == 1)
    }
}
