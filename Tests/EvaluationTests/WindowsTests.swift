import Testing

@testable import Evaluation

@Suite struct TheWindowsOfAText {
    private func windows(
        _ rules: EvaluationProtocol, context: Int, stride: Int? = nil, tokenCount: Int
    ) throws -> [Window] {
        let windows = try Windows(rules, context: context, stride: stride, tokenCount: tokenCount)
        return (0..<windows.count).map { windows[$0] }
    }

    @Test func overlapAndScoreWhatIsNewByHuggingFacesRules() throws {
        #expect(
            try windows(.huggingFace, context: 4, stride: 2, tokenCount: 9) == [
                Window(index: 0, tokens: 0..<4, scored: 1..<4, weight: 1),
                Window(index: 1, tokens: 2..<6, scored: 4..<6, weight: 0.5),
                Window(index: 2, tokens: 4..<8, scored: 6..<8, weight: 0.5),
                Window(index: 3, tokens: 6..<9, scored: 8..<9, weight: 0),
            ])
        #expect(
            try windows(.huggingFace, context: 4, tokenCount: 3) == [
                Window(index: 0, tokens: 0..<3, scored: 1..<3, weight: 1)
            ])
    }

    @Test func leaveOutTheirFirstTokenWhereTheyStandSideBySide() throws {
        #expect(
            try windows(.huggingFace, context: 4, stride: 4, tokenCount: 9) == [
                Window(index: 0, tokens: 0..<4, scored: 1..<4, weight: 1),
                Window(index: 1, tokens: 4..<8, scored: 5..<8, weight: 1),
                Window(index: 2, tokens: 8..<9, scored: 9..<9, weight: 0),
            ])
    }

    @Test func scoreTheirSecondHalfByTheRulesOfLlamaCpp() throws {
        #expect(
            try windows(.llamaCpp, context: 5, tokenCount: 14) == [
                Window(index: 0, tokens: 0..<5, scored: 3..<5, weight: 1),
                Window(index: 1, tokens: 5..<10, scored: 8..<10, weight: 1),
            ])
        #expect(try windows(.llamaCpp, context: 512, tokenCount: 1024).map(\.scored) == [257..<512, 769..<1024])
    }

    @Test func scoreEveryTokenOnceAsTheLoopOfTheDocumentationDoes() throws {
        for (context, stride) in [(2, 2), (3, 2), (3, 3), (5, 3), (8, 5), (8, 8)] {
            for tokenCount in 2...40 {
                var expected: [Window] = []
                var previousEnd = 0
                for begin in Swift.stride(from: 0, to: tokenCount, by: stride) {
                    let end = min(begin + context, tokenCount)
                    let scored = (previousEnd..<end).filter { $0 > begin }
                    let weight = scored.isEmpty ? 0 : Double(end - previousEnd - 1) / Double(scored.count)
                    expected.append(
                        Window(
                            index: expected.count, tokens: begin..<end,
                            scored: (scored.first ?? end)..<end, weight: weight))
                    previousEnd = end
                    if end == tokenCount { break }
                }
                #expect(
                    try windows(.huggingFace, context: context, stride: stride, tokenCount: tokenCount) == expected)
            }
        }
    }

    @Test func areAsLongAsTheProtocolSaysWhereNothingElseIsAskedFor() {
        #expect(EvaluationProtocol.huggingFace.usualContext(of: 1024) == 1024)
        #expect(EvaluationProtocol.huggingFace.usualStride(context: 1024) == 512)
        #expect(EvaluationProtocol.llamaCpp.usualContext(of: 1024) == 512)
        #expect(EvaluationProtocol.llamaCpp.usualContext(of: 128) == 128)
    }

    @Test(
        arguments: [
            (EvaluationProtocol.huggingFace, 1, nil, 9, EvaluationError.contextTooShort(1, least: 2)),
            (.llamaCpp, 2, nil, 9, .contextTooShort(2, least: 3)),
            (.huggingFace, 4, 0, 9, .stride(0, context: 4)),
            (.huggingFace, 4, 5, 9, .stride(5, context: 4)),
            (.llamaCpp, 4, 2, 9, .fixedStride(2, .llamaCpp)),
            (.huggingFace, 4, 2, 1, .textTooShort(tokens: 1, least: 2, .huggingFace)),
            (.llamaCpp, 4, nil, 7, .textTooShort(tokens: 7, least: 8, .llamaCpp)),
        ] as [(EvaluationProtocol, Int, Int?, Int, EvaluationError)])
    func areRefusedWhereTheyMakeNoSense(
        _ rules: EvaluationProtocol, context: Int, stride: Int?, tokenCount: Int, error: EvaluationError
    ) {
        #expect(throws: error) { try Windows(rules, context: context, stride: stride, tokenCount: tokenCount) }
    }

    @Test func areSharedOutEvenlyAndCompletely() throws {
        for count in [1, 2, 7, 16, 100, 561] {
            for shards in [1, 2, 3, 7, 16, 101] {
                var next = 0
                for number in 1...shards {
                    let windows = try #require(Shard(number, of: shards)).windows(of: count)
                    #expect(windows.lowerBound == next)
                    #expect((count / shards...(count + shards - 1) / shards).contains(windows.count))
                    next = windows.upperBound
                }
                #expect(next == count)
            }
        }
    }

    @Test(arguments: ["0/4", "5/4", "1/0", "-1/4", "1", "1/", "/4", "a/b", "1/2/3", "1/1000001", ""])
    func areNotSharedOutByNonsense(_ text: String) { #expect(Shard(text) == nil) }
}
