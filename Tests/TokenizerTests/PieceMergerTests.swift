import TestSupport
import Testing

@testable import Tokenizer

@Suite struct PieceMergerTests {
    @Test func queueAndScanMakeTheSameMerges() throws {
        let tokenizer = try GoldenVocabulary.tokenizer()
        var generator = SeededGenerator(seed: 5)
        for round in 0..<400 {
            let letters: [UInt8] = round % 2 == 0 ? Array("aeinostrvcj ".utf8) : Array(0...255)
            let byteCount = 1 + round % PieceMerger.scanLimit
            let piece = (0..<byteCount).map { _ in letters.randomElement(using: &generator) ?? 0 }
            var scanned: [UInt32] = []
            var queued: [UInt32] = []
            var merger = PieceMerger(tokenizer.arrays)
            var queue = MergeQueue(tokenizer.arrays)
            try unsafe piece.withUnsafeBufferPointer {
                try unsafe merger.append($0, 0, byteCount, to: &scanned)
                try unsafe queue.append($0, 0, byteCount, to: &queued)
            }
            #expect(scanned == queued)
        }
        withExtendedLifetime(tokenizer) {}
    }

    @Test func heapGivesTheLeastFirst() {
        var generator = SeededGenerator(seed: 6)
        for count in 0..<100 {
            let elements = (0..<count).map { _ in UInt64.random(in: 0..<50, using: &generator) }
            var heap = BinaryHeap()
            for element in elements { heap.insert(element) }
            #expect((0..<count).compactMap { _ in heap.popFirst() } == elements.sorted())
            #expect(heap.popFirst() == nil)
        }
    }

    /// A quadratic step anywhere would run into the limit, at the latest in the long tier.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [" ", "a", "\n", "swift", "é", "'", "  x", "\u{3000}", "0", "'re", "<|end|", "\u{301}", "\u{FFFD}"])
    func takesLongTextsWithoutABreak(_ unit: String) throws {
        let tokenizer = try GoldenVocabulary.tokenizer()
        let byteCount = isLong ? 500_000 : 60_000
        let text = String(repeating: unit, count: byteCount / unit.utf8.count)
        let ids = try tokenizer.encode(text, parsingSpecials: true)
        #expect(try tokenizer.decode(ids) == Array(text.utf8))
    }
}
