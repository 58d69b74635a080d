import Quantization
import Testing

@testable import Conversion

@Suite struct GoalSearches {
    /// Trials until nothing better is to be found, the excess being what `curve` gives.
    private func run(_ search: GoalSearch, first: Double, _ curve: (Double) -> Double) -> GoalSearch {
        var search = search
        while let dial = search.next(first: first) { search.add(fineness: dial, excess: curve(dial)) }
        return search
    }

    @Test(arguments: [-20.0, -15.3, -14, -10, -4], [0.5, 1, 2, 3])
    func reachADivergenceWithinTenPercentInAFewTrials(first: Double, slope: Double) throws {
        let search = run(GoalSearch(least: -0.152, slope: 2), first: first) { dial in
            slope * (dial + 13) + 0.05 * ((dial * 7).truncatingRemainder(dividingBy: 1) - 0.5)
        }
        let best = try #require(search.best)
        #expect(best.excess <= 0 && best.excess >= -0.152 && search.trials.count <= 8)
    }

    @Test(arguments: [-20.0, -15.3, -12, -9], [3.0, 5, 7])
    func reachASizeWithinOnePercentInAFewTrials(first: Double, bits: Double) throws {
        // A bit an octave, fewer where there are few, and some that no dial turns.
        let search = run(GoalSearch(least: -0.0145, slope: -1 / bits), first: first) { dial in
            let size = 0.4 + binaryLogarithm(1 + Double(sign: .plus, exponent: Int(-dial - 9), significand: 1))
            let fraction = (-dial - 9) - (-dial - 9).rounded(.towardZero)
            return binaryLogarithm((size + 0.9 * fraction) / bits)
        }
        let best = try #require(search.best)
        #expect(best.excess <= 0 && best.excess >= -0.0145, "\(search.trials)")
    }

    @Test func giveUpWhereNothingIsEnough() {
        let search = run(GoalSearch(least: -0.0145, slope: -0.2), first: -14) { _ in 1 }
        #expect(search.best == nil && search.trials.count <= 16)
    }

    @Test func takeTheBestWhereTheGridIsTooCoarse() throws {
        let search = run(GoalSearch(least: -0.001, slope: 2), first: -14) { $0 < -13.5 ? -0.5 : 0.5 }
        #expect(try #require(search.best).excess == -0.5)
    }

    /// Bits in memory: whole ones a matrix, and no fewer than those that are never packed.
    @Test(arguments: [-20.0, -15.3, -12, -9], [4.6, 6, 7, 8])
    func findTheFinestDialWhereTheExcessLeaps(first: Double, bits: Double) throws {
        func size(_ dial: Double) -> Double { dial < -15 ? 8 : dial < -13.2 ? 6.93 : dial < -12 ? 5 : 4.5 }
        let search = run(.byLeaps, first: first) { binaryLogarithm(size($0) / bits) }
        let best = try #require(search.best)
        #expect(best.excess <= 0 && search.trials.count <= 14)
        // Finer by more than a sixteenth of an octave would be too many bits, or farther than is looked.
        #expect(size(best.fineness - 0.07) > bits || best.fineness == first - 12, "\(search.trials)")
    }
}
