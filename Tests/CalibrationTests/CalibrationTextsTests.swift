import TestSupport
import Testing

@testable import Calibration

@Suite struct Texts {
    @Test func comeFromAllOverALongTextAndAreTheWholeContextLong() throws {
        let ids = (0..<1_000_000).map { $0 % 5000 }
        let texts = try CalibrationTexts(from: ids, contextLength: 512, vocabularySize: 5000)
        #expect(texts.tokenCount == 16_384 && texts.heldOut.count * 3 == texts.statistics.count)
        #expect((texts.statistics + texts.heldOut).allSatisfy { $0.count == 512 })
        #expect(texts.heldOut.contains { $0[0] != 0 })
    }

    @Test(arguments: [512, 600, 2000, 4096]) func areShorterWhereThereIsLittle(count: Int) throws {
        let texts = try CalibrationTexts(
            from: [Int](repeating: 1, count: count), contextLength: 1024, vocabularySize: 2)
        #expect(!texts.heldOut.isEmpty && !texts.statistics.isEmpty)
        #expect(texts.tokenCount > count / 2 && texts.tokenCount <= count)
    }

    @Test func refuseTooLittleAndWhatIsNoToken() {
        #expect(throws: CalibrationError.self) {
            try CalibrationTexts(from: [Int](repeating: 1, count: 511), contextLength: 64, vocabularySize: 2)
        }
        #expect(throws: CalibrationError.self) {
            try CalibrationTexts(from: [Int](repeating: 2, count: 1000), contextLength: 64, vocabularySize: 2)
        }
    }
}
