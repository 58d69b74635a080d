import Conversion
import GPT2
import Kernels
import TestSupport
import Testing

/// Texts that share a reading of the weights get the same bits as texts that are read alone.
@Suite struct CompanionTests {
    private func bits(_ session: Session, at index: Int? = nil) -> [UInt32] {
        session.withLogits(at: index) { logits in logits.span.indices.map { logits[$0].bitPattern } }
    }

    /// Texts of different lengths, the longest first.
    private let texts = (0..<9).map { text in (0..<(20 - 2 * text)).map { ($0 * 7 + text * 13) % 61 } }

    @Test(arguments: [1, 2, 3], Options.CacheType.allCases)
    func readingTogetherIsReadingAlone(threads: Int, cacheType: Options.CacheType) throws {
        let file = try Converted(golden("checkpoints/inner"))
        let model = try file.open(Options(cacheType: cacheType, pool: WorkerPool(threadCount: threads)))
        for count in [1, 2, 3, 5, 9] {
            let first = try model.makeSession()
            let sessions = try [first] + (1..<count).map { _ in try first.makeCompanion() }
            for (session, text) in zip(sessions, texts) { try session.read(text) }
            for next in [[3], [17, 60]].map({ Array(repeating: $0, count: count) }) {
                for step in next[0].indices {
                    try Session.read(next.map { $0[step] }, by: sessions)
                    for (session, text) in zip(sessions, texts) {
                        let alone = try model.makeSession()
                        try alone.read(Array(session.tokens))
                        #expect(session.tokens.starts(with: text))
                        #expect(bits(session) == bits(alone), "\(count) sessions")
                    }
                }
            }
        }
    }

    @Test(arguments: Options.CacheType.allCases) func whatAnotherReadIsTakenOver(cacheType: Options.CacheType) throws {
        let model = try Converted(golden("checkpoints/inner")).open(Options(cacheType: cacheType))
        let teacher = try model.makeSession()
        try teacher.read(texts[0])
        for known in [0, 1, 15, 16, 17, 20] {
            let session = try teacher.makeCompanion()
            session.adopt(teacher, to: known)
            #expect(session.tokens == Array(texts[0][..<known]))
            try session.read([5, 6])
            let alone = try model.makeSession()
            try alone.read(texts[0][..<known] + [5, 6])
            #expect(bits(session) == bits(alone), "\(known)")
        }
    }

    @Test func theLogitsOfTheLastFewTokensAreKept() throws {
        let file = try Converted(golden("sorter"))
        let tokens = [0, 2, 1, 1, 0, 2, 0, 0, 1, 1, 2]
        var expected: [[UInt32]] = []
        let model = try file.open(Options())
        try model.makeSession().read(tokens) { logits in expected.append(logits.indices.map { logits[$0].bitPattern }) }
        for kept in 1...tokens.count {
            let session = try model.makeSession()
            try session.read(tokens.span, keptLogits: kept)
            for index in 0..<kept { #expect(bits(session, at: index) == expected[tokens.count - kept + index]) }
            #expect(bits(session) == expected.last)
        }
    }

    @Test func aCompanionWithAFullContextIsNamedAndNobodyReads() throws {
        let model = try Converted(golden("sorter")).open(Options())
        let full = try model.makeSession()
        try full.read([Int](repeating: 1, count: 11))
        let other = try full.makeCompanion()
        #expect(throws: GPT2Error.contextFull(position: 11, tokens: 1, contextLength: 11)) {
            try Session.read([0, 0], by: [other, full])
        }
        #expect(other.position == 0 && full.position == 11)
    }
}
