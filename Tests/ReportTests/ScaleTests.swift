import Pages
import Testing

@testable import Report

@Suite struct Scales {
    @Test(arguments: [[3.1, 9.8], [0.5, 0.52], [5, 5], [0.001, 812.0], [2.7339, 2.7335]])
    func holdTheirValues(_ values: [Double]) {
        for scale in [Scale.linear(values) { $0.fixed($1) }, Scale.logarithmic(values)] {
            #expect(values.allSatisfy { (0...1).contains(scale($0)) })
            #expect(scale.ticks.count >= 2 && scale.ticks.count <= 12, "\(scale.ticks)")
            #expect(Set(scale.ticks.map(\.label)).count == scale.ticks.count, "\(scale.ticks)")
            #expect(scale.ticks.map(\.place) == scale.ticks.map(\.place).sorted())
        }
    }

    @Test func labelRoundNumbers() {
        #expect(Scale.linear([3.1, 9.8]) { $0.fixed($1) }.ticks.map(\.label) == ["2", "4", "6", "8", "10"])
        #expect(Scale.logarithmic([2e-5, 3e-2]).ticks.map(\.label) == ["1e-4", "1e-3", "1e-2"])
    }

    @Test func logarithmsAreThoseOfTheNumbers() {
        for exponent in -40...40 {
            #expect(binaryLogarithm(Double(sign: .plus, exponent: exponent, significand: 1)) == Double(exponent))
        }
        #expect(abs(binaryLogarithm(10) - 3.321928094887362) < 1e-14)
        #expect(abs(binaryLogarithm(1.9999999) - 0.99999992786525) < 1e-13)
    }

    @Test func namesDoNotCoverEachOther() {
        var labels = Labels(width: 440, top: 18, bottom: 284, left: 58)
        let places = (0..<30).map { _ in labels.place("model.q8z", beside: 200, 150) }
        #expect(places.compactMap { $0 }.count < 30)
        #expect(Set(places.compactMap { $0.map { "\($0.x) \($0.y)" } }).count == places.compactMap { $0 }.count)
    }

    @Test func numbersAreAsPeopleReadThem() {
        #expect([2.4e-4, 9.96e-5, 0, 12.3].map(\.scientific) == ["2.4e-4", "1.0e-4", "0", "1.2e1"])
        #expect([0.0123, 0.5, 5.934, 127.84, 0].map(\.brief) == ["0.012", "0.500", "5.93", "128", "0.00"])
    }

    @Test func entropyIsThatOfTheFrequencies() {
        var symbols = SymbolCounts()
        #expect(symbols.range == nil)
        for symbol in 0..<8 { symbols.counts[120 + symbol] = 3 }
        #expect(symbols.entropy == 3 && symbols.range == -8 ... -1)
    }
}
