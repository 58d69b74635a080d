import Generation
import Kernels
import TestSupport
import Testing

/// A sampler over the kernel table's definition, with the options changed by `change`.
private func sampler(_ change: (inout SamplingOptions) -> Void) throws -> Sampler {
    var options = SamplingOptions()
    options.repeatPenalty = 1
    options.minP = 0
    options.topP = 1
    options.topK = 0
    options.temperature = 1
    change(&options)
    return Sampler(try options.validated(vocabularySize: 1000), kernels: try KernelSet.named("reference"))
}

extension Sampler {
    fileprivate mutating func choose(_ logits: [Float], history: [Int] = []) throws -> Int {
        var copy = logits
        var span = copy.mutableSpan
        return try choose(&span, history: history)
    }

    /// How often each token is chosen in `count` draws.
    fileprivate mutating func frequencies(_ logits: [Float], history: [Int] = [], count: Int = 4000) throws -> [Double]
    {
        var result = [Double](repeating: 0, count: logits.count)
        for _ in 0..<count { result[try choose(logits, history: history)] += 1 / Double(count) }
        return result
    }
}

@Suite struct SamplerTests {
    @Test func temperatureZeroTakesTheLikeliestAndTheFirstOfEquals() throws {
        var greedy = try sampler { $0.temperature = 0 }
        #expect(try greedy.choose([0, 3, 1, 3]) == 1)
        #expect(try greedy.choose([-5, -3, -.infinity]) == 1)
    }

    @Test func temperatureZeroIsPenalizedOnlyWhenAsked() throws {
        var plain = try sampler {
            $0.temperature = 0
            $0.repeatPenalty = nil
        }
        #expect(try plain.choose([3, 2.9, 0], history: [0]) == 0)
        var penalized = try sampler {
            $0.temperature = 0
            $0.repeatPenalty = SamplingOptions.defaultRepeatPenalty
        }
        #expect(try penalized.choose([3, 2.9, 0], history: [0]) == 1)
    }

    @Test(arguments: [0.5 as Float, 1, 2]) func drawsFollowTheSoftmax(temperature: Float) throws {
        let logits: [Float] = [0, 1, 2]
        var sampler = try sampler { $0.temperature = temperature }
        let frequencies = try sampler.frequencies(logits)
        let weights = logits.map { Double($0 / temperature) }.map { value in exponential(value) }
        let total = weights.reduce(0, +)
        // 4000 draws: a standard deviation is at most 0.008, and the seed is fixed
        for (frequency, weight) in zip(frequencies, weights) { #expect(abs(frequency - weight / total) < 0.025) }
    }

    @Test func topKLeavesTheLikeliestAndNothingElse() throws {
        var sampler = try sampler { $0.topK = 2 }
        let frequencies = try sampler.frequencies([1, 5, 4.9, 0, 2])
        #expect(frequencies[1] > 0 && frequencies[2] > 0)
        #expect(frequencies[1] + frequencies[2] > 0.9999)
    }

    @Test func topKChoosesTheSameAsAFullSortWould() throws {
        var generator = SeededGenerator(seed: 5)
        for limit in [1, 2, 3, 17, 40, 199, 200, 500] {
            let logits = (0..<200).map { _ in Float(Int.random(in: -20...20, using: &generator)) }
            let kept = Set(logits.indices.sorted { (-logits[$0], $0) < (-logits[$1], $1) }.prefix(limit))
            var sampler = try sampler {
                $0.topK = limit
                $0.temperature = 50
            }
            for _ in 0..<50 { #expect(kept.contains(try sampler.choose(logits))) }
        }
    }

    @Test func topPKeepsTheSmallestSetThatReachesTheMass() throws {
        // probabilities 0.6439, 0.2369, 0.0871, 0.0321
        let logits: [Float] = [3, 2, 1, 0]
        var two = try sampler { $0.topP = 0.7 }
        let frequencies = try two.frequencies(logits)
        #expect(frequencies[2] == 0 && frequencies[3] == 0 && frequencies[1] > 0.2)
        var one = try sampler { $0.topP = 0.6 }
        #expect(try one.frequencies(logits)[0] > 0.9999)
    }

    @Test func minPKeepsWhatIsLikelyBesideTheLikeliest() throws {
        var sampler = try sampler { $0.minP = 0.3 }  // e⁻¹ = 0.37 stays, e⁻² = 0.14 goes
        let frequencies = try sampler.frequencies([3, 2, 1, 0])
        #expect(frequencies[1] > 0.2 && frequencies[2] == 0 && frequencies[3] == 0)
    }

    @Test func repetitionPenaltyDividesPositiveAndMultipliesNegativeLogits() throws {
        var greedy = try sampler {
            $0.temperature = 0
            $0.repeatPenalty = 2
        }
        #expect(try greedy.choose([3, 2, 0], history: [0]) == 1)  // 3 / 2 < 2
        #expect(try greedy.choose([-1, -1.5, -9], history: [0]) == 1)  // -1 × 2 < -1.5
        #expect(try greedy.choose([3, 2, 0], history: [0, 1]) == 0)
    }

    @Test func presenceCountsOnceAndFrequencyEveryTime() throws {
        var presence = try sampler {
            $0.temperature = 0
            $0.presencePenalty = 1
        }
        #expect(try presence.choose([3, 2.5], history: [0, 0, 0]) == 1)
        #expect(try presence.choose([3, 1.5], history: [0, 0, 0]) == 0)
        var frequency = try sampler {
            $0.temperature = 0
            $0.frequencyPenalty = 1
        }
        #expect(try frequency.choose([3, 1.5], history: [0]) == 0)
        #expect(try frequency.choose([3, 1.5], history: [0, 0]) == 1)
    }

    @Test func penaltiesForgetWhatLiesOutsideTheWindow() throws {
        var greedy = try sampler {
            $0.temperature = 0
            $0.repeatPenalty = 2
            $0.penaltyWindow = 2
        }
        #expect(try greedy.choose([3, 2, 0], history: [0, 2, 2]) == 0)
    }

    @Test func aBiasCanForbidAndForce() throws {
        var greedy = try sampler {
            $0.temperature = 0
            $0.logitBias = [1: -.infinity, 2: 100]
        }
        #expect(try greedy.choose([0, 50, 0]) == 2)
        var none = try sampler { $0.logitBias = [0: -.infinity, 1: -.infinity] }
        #expect(throws: GenerationError.allTokensForbidden) { try none.choose([0, 0]) }
    }

    @Test(arguments: [0 as Float, 1]) func penaltiesThatOverflowAreRefused(temperature: Float) throws {
        var sampler = try sampler {
            $0.temperature = temperature
            $0.repeatPenalty = .leastNonzeroMagnitude
        }
        #expect(throws: GenerationError.logitsOverflow) { try sampler.choose([5, 1, 0], history: [0]) }
    }

    @Test func theSeedDecidesEverything() throws {
        let logits = (0..<100).map { Float($0 % 7) }
        func draw(_ seed: UInt64) throws -> [Int] {
            var sampler = try sampler { $0.seed = seed }
            return try (0..<50).map { _ in try sampler.choose(logits) }
        }
        #expect(try draw(7) == draw(7))
        #expect(try draw(7) != draw(8))
    }

    @Test func aTinyTemperatureIsGreedyAndNotNaN() throws {
        var sampler = try sampler { $0.temperature = 1e-38 }
        #expect(try sampler.choose([1, 2, 1.9999]) == 1)
    }

    /// Options that make no sense, and the name under which each is refused.
    static let nonsense: [(change: @Sendable (inout SamplingOptions) -> Void, name: String)] = [
        ({ $0.temperature = -1 }, "temp"), ({ $0.temperature = .nan }, "temp"),
        ({ $0.temperature = .infinity }, "temp"),
        ({ $0.topK = -1 }, "top-k"), ({ $0.topP = 0 }, "top-p"), ({ $0.topP = 1.5 }, "top-p"),
        ({ $0.topP = .nan }, "top-p"), ({ $0.minP = 1 }, "min-p"), ({ $0.minP = -0.1 }, "min-p"),
        ({ $0.repeatPenalty = 0 }, "repeat-penalty"), ({ $0.repeatPenalty = .nan }, "repeat-penalty"),
        ({ $0.penaltyWindow = -1 }, "repeat-last-n"), ({ $0.presencePenalty = .nan }, "presence-penalty"),
        ({ $0.frequencyPenalty = .infinity }, "frequency-penalty"), ({ $0.logitBias = [1000: 1] }, "logit-bias"),
        ({ $0.logitBias = [-1: 1] }, "logit-bias"), ({ $0.logitBias = [3: .infinity] }, "logit-bias"),
    ]

    @Test(arguments: nonsense.indices) func nonsenseIsRefusedByName(index: Int) {
        var options = SamplingOptions()
        Self.nonsense[index].change(&options)
        do {
            _ = try options.validated(vocabularySize: 1000)
            Issue.record("option \(Self.nonsense[index].name) was accepted")
        } catch {
            guard case .badOption(let name, _, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(name == Self.nonsense[index].name)
        }
    }
}

/// eˣ by its series, independent of the code under test.
private func exponential(_ x: Double) -> Double {
    var (sum, term) = (1.0, 1.0)
    for n in 1...60 {
        term *= x / Double(n)
        sum += term
    }
    return sum
}
