import Testing

@testable import Generation

@Suite struct RandomSourceTests {
    /// The first numbers of SplitMix64 from seed 1234567, as its authors' C code gives them.
    @Test func givesSplitMix64sPublishedNumbers() {
        var source = RandomSource(seed: 1_234_567)
        let first = (0..<5).map { _ in source.next() }
        #expect(
            first == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test func uniformNumbersStayBelowOneAndSpreadEvenly() {
        var source = RandomSource(seed: 3)
        let numbers = (0..<20_000).map { _ in source.uniform() }
        #expect(numbers.allSatisfy { (0..<1).contains($0) })
        #expect(abs(numbers.reduce(0, +) / 20_000 - 0.5) < 0.01)
    }
}
