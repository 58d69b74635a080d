import GPT2

/// Something to measure: tokens that are read after `depth` others.
struct BenchmarkTest: Equatable {
    enum Kind {
        /// All at once, as a prompt is.
        case prompt
        /// One at a time, as a text is written.
        case generation
    }

    let kind: Kind
    let tokenCount: Int
    let depth: Int
    /// Texts that are written together; each has `tokenCount` tokens.
    var textCount = 1

    /// The name that llama-bench made common: pp512, tg128@d512.
    var name: String {
        "\(kind == .prompt ? "pp" : "tg")\(tokenCount)" + (textCount == 1 ? "" : "x\(textCount)")
            + (depth == 0 ? "" : "@d\(depth)")
    }

    /// The bytes that one of its tokens draws from memory.
    func bytesPerToken(of traffic: Traffic) -> Int {
        switch kind {
        case .prompt: traffic.perToken(reading: tokenCount)
        case .generation: traffic.perToken(generating: tokenCount, after: depth, together: textCount)
        }
    }

    /// The time its tokens take.
    ///
    /// - Parameters:
    ///   - sessions: one for each text, which have read `depth` tokens.
    ///   - text: a token for every position.
    func measure(_ sessions: [Session], _ text: [Int]) throws -> Duration {
        let tokens = Array(text[depth..<depth + tokenCount])
        return try ContinuousClock().measure {
            switch kind {
            case .prompt: try sessions[0].read(tokens)
            case .generation:
                for token in tokens {
                    try Session.read(Array(repeating: token, count: sessions.count), by: sessions)
                    try Interrupt.check()
                }
            }
        }
    }
}

extension BenchmarkTest {
    /// What is measured where nothing is asked for, as far as the context goes.
    static let usualCounts = (prompt: [512], generation: [128])

    /// Every test of these lists, depth by depth.
    ///
    /// - Parameters:
    ///   - prompts: tokens of prompts, 0 for none; nil takes the usual count or what is left of the context.
    ///   - generations: the same for texts.
    ///   - textCounts: how many texts are written together.
    static func all(
        prompts: [Int]?, generations: [Int]?, depths: [Int], textCounts: [Int], contextLength: Int
    ) throws(Failure) -> [BenchmarkTest] {
        var tests: [BenchmarkTest] = []
        for depth in depths {
            guard depth < contextLength else {
                throw Failure(
                    .usage, "-d is \(depth) and the model's context holds \(contextLength); nothing fits behind that")
            }
            func usual(_ counts: [Int]) -> [Int] { counts.map { min($0, contextLength - depth) } }
            let prompts = prompts ?? usual(usualCounts.prompt)
            let generations = generations ?? usual(usualCounts.generation)
            tests += prompts.map { BenchmarkTest(kind: .prompt, tokenCount: $0, depth: depth) }
            for textCount in textCounts {
                tests += generations.map {
                    BenchmarkTest(kind: .generation, tokenCount: $0, depth: depth, textCount: textCount)
                }
            }
        }
        tests.removeAll { $0.tokenCount == 0 }
        for test in tests where test.depth + test.tokenCount > contextLength {
            throw Failure(
                .usage,
                """
                \(test.name) takes \(test.depth + test.tokenCount) positions and the model's context holds \
                \(contextLength); lower \(test.kind == .prompt ? "-p" : "-n")\(test.depth == 0 ? "" : " or -d")
                """)
        }
        return tests
    }
}
