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
        #expect(Scale.logarithmic([22.2, 57_617]).ticks.map(\.label) == ["100", "1000", "10000"])
    }

    @Test func logarithmsAreThoseOfTheNumbers() {
        for exponent in -40...40 {
            #expect(binaryLogarithm(Double(sign: .plus, exponent: exponent, significand: 1)) == Double(exponent))
        }
        #expect(abs(binaryLogarithm(10) - 3.321928094887362) < 1e-14)
        #expect(abs(binaryLogarithm(1.9999999) - 0.99999992786525) < 1e-13)
    }

    @Test func namesDoNotCoverEachOther() {
        var labels = Labels(x: 58...440, y: 18...284)
        labels.keepClear(from: (58, 170), to: (440, 140))
        let places = (1...30).map { labels.place("\($0)", beside: (430, 150)).place }
        for (index, place) in places.enumerated() {
            #expect((58...440).contains(place.x) && (18...284).contains(place.y))
            #expect(abs(place.y - (170 - 30 * (place.x - 58) / 382)) > 6, "\(place) is on the line")
            for other in places[..<index] {
                #expect(abs(place.x - other.x) >= 8 || abs(place.y - other.y) >= 12, "\(place) covers \(other)")
            }
        }
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
