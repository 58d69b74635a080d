import GPT2
import StrictJSON
import TestSupport
import Testing

@testable import Evaluation

@Suite struct TheRecord {
    private let folder = TemporaryDirectory()

    private func measurement(
        context: Int = 8, text: UInt64 = 7, fingerprint: UInt64 = 1, compares: Bool = true, program: String = "1"
    ) throws -> Measurement {
        let base = MeasuredModel(name: "base", fingerprint: 2, activations: .float32, cacheType: .float32)
        return Measurement(
            program: program,
            model: MeasuredModel(name: "model", fingerprint: fingerprint, activations: .int16, cacheType: .float16),
            base: compares ? base : nil,
            windows: try Windows(.huggingFace, context: context, stride: 3, tokenCount: 100), textFingerprint: text)
    }

    /// Scores that depend on the window only.
    private func scores(_ index: Int, _ measurement: Measurement) -> WindowScores {
        var generator = SeededGenerator(seed: UInt64(index))
        let count = measurement.windows[index].scored.count
        var scores = WindowScores(index: index, compares: measurement.base != nil, capacity: count)
        for _ in 0..<count {
            scores.surprises.append(.random(in: 0...10, using: &generator))
            scores.comparison?.baseSurprises.append(.random(in: 0...10, using: &generator))
            scores.comparison?.divergences.append(.random(in: 0...1e-3, using: &generator))
            scores.comparison?.agreements.append(.random(using: &generator))
        }
        return scores
    }

    /// Writes a shard, going on with what is there.
    @discardableResult private func write(
        _ name: String, _ measurement: Measurement, _ shard: Shard = .whole, upTo limit: Int = .max
    ) throws -> Int {
        var known = 0
        let record = try Record.open(folder.file(name), measurement, shard, resumes: true) { found in
            #expect(found == scores(found.index, measurement))
            known += 1
        }
        for index in record.windows.dropFirst(known).prefix(limit) { try record.append(scores(index, measurement)) }
        return known
    }

    private func whole(_ measurement: Measurement) -> JSONValue {
        var summary = Summary(context: measurement.windows.context)
        for index in 0..<measurement.windows.count {
            summary.add(scores(index, measurement), of: measurement.windows[index])
        }
        return summary.json(measurement, shard: nil)
    }

    @Test(arguments: [1, 2, 3, 7, 31, 40], [true, false])
    func ofShardsMergesToTheSameBits(count: Int, compares: Bool) throws {
        let measurement = try measurement(compares: compares)
        for number in 1...count { try write("\(number)", measurement, try #require(Shard(number, of: count))) }
        let paths = (1...count).shuffled().map { folder.file("\($0)") }
        let (found, summary) = try Record.merge(paths)
        #expect(found == measurement)
        #expect(summary.json(measurement, shard: nil).encoded() == whole(measurement).encoded())
    }

    @Test func goesOnWhereverItWasCut() throws {
        let measurement = try measurement()
        let shard = try #require(Shard(2, of: 5))
        try write("whole", measurement, shard)
        let bytes = readFile(folder.file("whole"))
        for cut in stride(from: 0, through: bytes.count, by: 13) {
            writeFile(folder.file("cut"), Array(bytes[..<cut]))
            let known = try write("cut", measurement, shard)
            #expect(known == max(0, bytes[..<cut].count { $0 == UInt8(ascii: "\n") } - 1))
            #expect(readFile(folder.file("cut")) == bytes)
        }
        #expect(try write("cut", measurement, shard) == shard.windows(of: measurement.windows.count).count)
    }

    @Test func isNotReplacedUnlessItIsToBeGoneOnWith() throws {
        let path = folder.file("there")
        try write("there", measurement())
        #expect(throws: EvaluationError.recordExists(path: path)) {
            _ = try Record.open(path, measurement(), .whole, resumes: false) { _ in }
        }
    }

    @Test func isWrittenByOneAtATime() throws {
        let path = folder.file("there")
        let record = try Record.open(path, measurement(), .whole, resumes: true) { _ in }
        #expect(throws: EvaluationError.recordInUse(path: path)) {
            _ = try Record.open(path, measurement(), .whole, resumes: true) { _ in }
        }
        try record.append(scores(0, measurement()))
    }

    @Test func ofSomethingElseIsRefusedByName() throws {
        let original = try measurement()
        try write("there", original)
        let others: [(Measurement, String)] = [
            (try measurement(context: 9), "context 8, not 9"), (try measurement(text: 8), "another text"),
            (try measurement(fingerprint: 3), "another model"), (try measurement(compares: false), "with a base"),
            (try measurement(program: "2"), "version 1, not 2"),
        ]
        for (other, said) in others {
            let error = #expect(throws: EvaluationError.self) { try write("there", other) }
            #expect(error?.description.contains(said) == true, "\(error?.description ?? "")")
        }
        let shard = #expect(throws: EvaluationError.self) {
            try write("there", original, try #require(Shard(1, of: 2)))
        }
        #expect(shard?.description.contains("shard 1/1, not 1/2") == true)
    }

    @Test func damagedOrForeignIsRefused() throws {
        let measurement = try measurement()
        try write("whole", measurement)
        let lines = readFile(folder.file("whole")).split(separator: UInt8(ascii: "\n")).map(Array.init)
        let newline = [UInt8(ascii: "\n")]
        func refusal(_ lines: [[UInt8]]) -> EvaluationError? {
            writeFile(folder.file("bad"), Array(lines.map { $0 + newline }.joined()))
            return #expect(throws: EvaluationError.self) { try write("bad", measurement) }
        }
        let path = folder.file("bad")
        #expect(refusal([Array("a text".utf8)]) == .notARecord(path: path))
        #expect(refusal([Array("{\"vencejo_perplexity\":2}".utf8)]) == .newerRecord(path: path, version: 2))
        for bad in [[lines[0], lines[2]], [lines[0], lines[1], lines[1]], [lines[0], Array("{}".utf8)]] {
            guard case .damagedRecord(_, bad.count, _) = refusal(bad) else {
                Issue.record("a damaged record was taken")
                continue
            }
        }
        // Numbers that no window can come to.
        let numbers = String(decoding: lines[1], as: UTF8.self)
        let place = try #require(numbers.firstRange(of: "\"nll\":[")).upperBound
        for number in ["-5,", "1e300,", "null,"] {
            let line = numbers[..<place] + number + numbers[place...].drop { $0 != "," }.dropFirst()
            guard case .damagedRecord(_, 2, _) = refusal([lines[0], Array(line.utf8)]) else {
                Issue.record("\(number) was taken")
                continue
            }
        }
        guard case .damagedRecord(_, lines.count + 1, "is one too many") = refusal(lines + [lines[1]]) else {
            Issue.record("a line too many was taken")
            return
        }
        writeFile(path, Array("{\"van".utf8))
        #expect(throws: EvaluationError.notARecord(path: path)) { try write("bad", measurement) }
    }

    @Test func mergesNothingThatDoesNotBelongTogether() throws {
        let measurement = try measurement()
        let names = try (1...4).map { number in
            try write("\(number)", measurement, try #require(Shard(number, of: 4)))
            return folder.file("\(number)")
        }
        func refusal(_ paths: [String]) -> EvaluationError? {
            #expect(throws: EvaluationError.self) { _ = try Record.merge(paths) }
        }
        #expect(refusal([]) == .noParts)
        let count = measurement.windows.count
        #expect(
            refusal([names[0], names[3]])
                == .missingWindows([count / 4..<count * 3 / 4], count: count, shards: ["2/4", "3/4"]))
        #expect(refusal(names + [names[1]]) == .overlappingParts(path: names[1], other: names[1]))
        try write("unfinished", measurement, try #require(Shard(3, of: 4)), upTo: 2)
        let path = folder.file("unfinished")
        #expect(
            refusal([names[0], names[1], path, names[3]])
                == .unfinishedPart(path: path, done: 2, windows: count * 3 / 4 - count / 2))
        try write("other", try self.measurement(text: 9), try #require(Shard(3, of: 4)))
        let other = #expect(throws: EvaluationError.self) { _ = try Record.merge([names[0], folder.file("other")]) }
        #expect(other?.description.hasPrefix("\(folder.file("other")) is not of the same measurement as") == true)
    }
}
