import Checkpoints
import Conversion
import GPT2
import Generation
import Kernels
import TestSupport
import Testing

/// Guesses and shared readings change when things are computed, never what: every text is the one written plainly.
@Suite struct TogetherTests {
    private let folder = TemporaryDirectory()
    private let text: TextModel

    init() throws {
        let path = folder.file("base.q8z")
        _ = try convert(ConversionPlan(path: golden("checkpoints/base")), to: path, options: ConversionOptions())
        text = try TextModel(contentsOf: path, options: Options(pool: WorkerPool(threadCount: 2)))
    }

    /// Greedy texts soon repeat themselves; sampled ones hardly ever do.
    private func options(temperature: Float, seed: UInt64, tokens: Int?, slides: Bool) -> GenerationOptions {
        var options = GenerationOptions()
        options.sampling.temperature = temperature
        options.sampling.seed = seed
        options.maxTokens = tokens
        options.slides = slides
        return options
    }

    private static let prompts = [[1, 2, 3], [1, 2, 3, 1, 2, 3, 1, 2], [60], [4, 4, 4, 4, 4], [1, 2, 3, 9]]

    private var variants: [GenerationOptions] {
        [
            options(temperature: 0, seed: 1, tokens: 100, slides: true),
            options(temperature: 0, seed: 1, tokens: nil, slides: false),
            options(temperature: 0, seed: 1, tokens: 7, slides: false),
            options(temperature: 0.3, seed: 2, tokens: 60, slides: true),
            options(temperature: 1, seed: 3, tokens: nil, slides: false),
        ]
    }

    private func write(_ prompt: [Int], _ options: GenerationOptions) throws -> TextGenerator {
        var generator = try TextGenerator(text, prompt: prompt, options: options)
        while try generator.next() != nil {}
        return generator
    }

    @Test func guessesNeverChangeATextAndSomeComeTrue() throws {
        var confirmed = 0
        for options in variants {
            for prompt in Self.prompts {
                let plain = try write(prompt, options)
                var guessing = options
                guessing.looksUp = true
                let looked = try write(prompt, guessing)
                #expect(looked.tokens == plain.tokens)
                #expect(looked.finishReason == plain.finishReason)
                #expect(looked.endedWithFullContext == plain.endedWithFullContext)
                #expect(looked.confirmedCount <= looked.guessCount && plain.guessCount == 0)
                confirmed += looked.confirmedCount
            }
        }
        #expect(confirmed > 50)
    }

    @Test func textsWrittenTogetherAreThoseWrittenAlone() throws {
        for options in variants {
            var together = try ParallelGenerator(text, texts: Self.prompts.map { ($0, options) })
            var pieces = Self.prompts.map { _ in [Int]() }
            while try together.advance({ index, piece in pieces[index] += piece.token.map { [$0] } ?? [] }) {}
            for (index, prompt) in Self.prompts.enumerated() {
                let alone = try write(prompt, options)
                #expect(together.generators[index].tokens == alone.tokens)
                #expect(together.generators[index].finishReason == alone.finishReason)
                #expect(prompt + pieces[index] == alone.tokens)
            }
        }
    }

    /// The first text reads its prompt; the others take over what they share with it and read the rest.
    @Test func aSharedBeginningIsReadOnce() throws {
        let prompts = [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], [1, 2, 3, 9]]
        let wanted = options(temperature: 0, seed: 1, tokens: 1, slides: false)
        var together = try ParallelGenerator(text, texts: prompts.map { ($0, wanted) })
        while try together.advance({ _, _ in }) {}
        #expect(together.generators.map(\.readCount) == [6, 1, 1])
    }
}
