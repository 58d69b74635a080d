import Probabilities
import TestSupport
import Testing

@testable import Evaluation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct TheSummary {
    private let window = Window(index: 0, tokens: 0..<5, scored: 1..<5, weight: 1)

    private func scores(_ divergences: [Double]) -> WindowScores {
        var scores = WindowScores(index: 0, compares: true, capacity: 4)
        scores.surprises = [1, 2, 3, 6]
        scores.comparison?.baseSurprises = [1, 1, 3, 5]
        scores.comparison?.divergences = divergences
        scores.comparison?.agreements = [true, true, false, true]
        return scores
    }

    @Test func isTheMeanAndItsStandardError() throws {
        var summary = Summary(context: 8)
        summary.add(scores([0.1, 0.2, 0.4, 0.3]), of: window)
        let nats = try #require(summary.nats)
        #expect(nats.mean == 3)
        // Deviations −2, −1, 0, 3: √(14 / 3 / 4).
        #expect(abs(nats.standardError - (14.0 / 12).squareRoot()) < 1e-15)
        let perplexity = try #require(summary.perplexity)
        #expect(abs(perplexity.mean - exp(3)) < 1e-13)
        #expect(abs(perplexity.standardError - exp(3) * nats.standardError) < 1e-13)
        let comparison = try #require(summary.comparison)
        #expect(comparison.base.mean == 2.5)
        #expect(comparison.difference.mean == 0.5)
        #expect(comparison.agreement.mean == 0.75)
        #expect(abs(comparison.agreement.standardError - 0.25) < 1e-15)
        let changes = [0, exp(-2.0) - exp(-1), 0, exp(-6.0) - exp(-5)]
        let square = changes.reduce(0) { $0 + $1 * $1 } / 4
        #expect(abs(comparison.probabilityChange.mean - square.squareRoot()) < 1e-15)
    }

    @Test func hasQuantilesBetweenNeighbours() throws {
        var summary = Summary(context: 8)
        summary.add(scores([0.1, 0.2, 0.4, 0.3]), of: window)
        let comparison = try #require(summary.comparison)
        #expect(abs(comparison.median - 0.25) < 1e-15)
        #expect(abs(comparison.percentile99 - 0.397) < 1e-15)
        #expect(comparison.maximum == 0.4)
        #expect(abs(comparison.divergence.mean - 0.25) < 1e-15)
        #expect(Summary.quantile(0.5, of: [7]) == 7)
        #expect(Summary.quantile(0.5, of: [1, 2, 9]) == 2)
    }

    @Test func weighsWindowsAsTheirProtocolSays() throws {
        var summary = Summary(context: 8)
        var first = WindowScores(index: 0, compares: false, capacity: 2)
        first.surprises = [1, 3]
        var second = first
        second.surprises = [5, 7]
        summary.add(first, of: Window(index: 0, tokens: 0..<3, scored: 1..<3, weight: 1))
        summary.add(second, of: Window(index: 1, tokens: 2..<5, scored: 3..<5, weight: 0.5))
        #expect(summary.nats?.mean == (1 + 3 + 2.5 + 3.5) / 3)
        #expect(summary.comparison == nil)
    }

    @Test func tellsPositionsApartByEighthsOfTheContext() {
        var summary = Summary(context: 8)
        summary.add(scores([0.1, 0.2, 0.4, 0.3]), of: window)
        #expect(summary.positions.map(\.range) == [1..<2, 2..<3, 3..<4, 4..<5])
        #expect(summary.positions.map(\.surprise) == [1, 2, 3, 6])
        #expect(summary.positions.map(\.divergence) == [0.1, 0.2, 0.4, 0.3])
        #expect(summary.positions.map(\.agreement) == [1, 1, 0, 1])
        var short = Summary(context: 5)
        short.add(scores([0.1, 0.2, 0.4, 0.3]), of: window)
        #expect(short.positions.map(\.range) == [1..<2, 2..<2 + 1, 3..<4, 4..<5])
    }

    @Test func ofNothingIsNothing() {
        let summary = Summary(context: 8)
        #expect(summary.nats == nil && summary.perplexity == nil && summary.comparison == nil)
        #expect(summary.positions.isEmpty)
    }
}

@Suite struct FunctionsInFloat64 {
    @Test func exponentialsAreAccurateToTwoUlps() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<100_000 {
            let x = Double.random(in: -700...700, using: &generator)
            let expected = exp(x)
            #expect(abs(exponential(x) - expected) <= 2 * expected.ulp)
        }
        #expect(exponential(0.0) == 1)
        #expect(exponential(-1e300) < 1e-300)
    }

    @Test func logarithmsAreAccurateToTwoUlps() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<100_000 {
            let x = exp(Double.random(in: -20...20, using: &generator))
            let expected = log(x)
            #expect(abs(logarithm(x) - expected) <= 2 * max(expected.magnitude, 0.25).ulp)
        }
        #expect(logarithm(1) == 0)
    }

    @Test(arguments: [1, 2, 7, 8, 9, 15, 16, 17, 67, 1000])
    func aRowOfLogitsGivesProbabilitiesAndDivergences(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let logits = (0..<count).map { _ in Float.random(in: -30...10, using: &generator) }
        let others = logits.map { $0 + Float.random(in: -0.1...0.1, using: &generator) }
        func normalizer(_ logits: [Float]) -> Double { log(logits.reduce(0) { $0 + exp(Double($1)) }) }
        let (ours, theirs) = (normalizer(logits), normalizer(others))
        var divergence = 0.0
        for (a, b) in zip(logits, others) {
            divergence += exp(Double(a) - ours) * ((Double(a) - ours) - (Double(b) - theirs))
        }
        unsafe logits.withUnsafeBufferPointer { logits in
            unsafe others.withUnsafeBufferPointer { others in
                let row = unsafe LogitRow(logits)
                for token in 0..<count {
                    let logit = unsafe logits[token]
                    #expect(abs(row.surprise(token) - (ours - Double(logit))) < 1e-13)
                }
                #expect(unsafe logits[row.likeliest] == logits.max())
                #expect(abs(row.divergence(from: unsafe LogitRow(others)) - divergence) < 1e-13)
                #expect(row.divergence(from: row) == 0)
            }
        }
    }
}
