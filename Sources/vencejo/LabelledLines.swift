import GPT2
import Generation
import StrictJSON

/// Texts in JSON, a line each, labelled a few at a time and written in their order.
struct LabelledLines {
    private let model: OpenModel
    private let classifier: ClassifierConfiguration
    private let sessions: [Session]
    private let parsesSpecials: Bool
    private let fitted: ([Int]) -> [Int]

    /// A line that was read and not labelled yet.
    private struct Line {
        let number: Int
        let text: Result<[Int], Failure>
        let label: String?
    }

    private var waiting: [Line] = []
    private var lineCount = 0
    /// Lines that could not be labelled, and the first of them.
    private var (failureCount, firstFailure) = (0, "")
    /// Lines that say their label, and those of them that were given it.
    private var (statedCount, rightCount) = (0, 0)

    /// - Parameters:
    ///   - model: whose classifier it is.
    ///   - classifier: its labels.
    ///   - sessions: companions, as many as texts are read together.
    ///   - parsesSpecials: whether names of special tokens are those tokens.
    ///   - fitted: cuts a text where that is wanted.
    init(
        model: OpenModel, classifier: ClassifierConfiguration, sessions: [Session], parsesSpecials: Bool,
        fitted: @escaping ([Int]) -> [Int]
    ) {
        (self.model, self.classifier, self.sessions) = (model, classifier, sessions)
        (self.parsesSpecials, self.fitted) = (parsesSpecials, fitted)
    }

    /// Labels every line of the input. What is done is shown before more input is waited for, so that another program can talk
    /// to this one.
    mutating func run(from input: consuming Input, to output: inout StandardOutput) throws {
        let name = input.name
        var number = 0
        var (state, done) = (self, output)
        defer { (self, output) = (state, done) }
        while var line = try input.readLine(beforeWaiting: { try state.finish(&done) }) {
            try Interrupt.check()
            number += 1
            if number == 1, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }  // a byte order mark
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) { continue }
            state.waiting.append(state.parsed(line, number))
            if state.waiting.count == sessions.count { try state.label(&done) }
        }
        try state.finish(&done)
        if state.statedCount > 0 {
            let share = 100 * Double(state.rightCount) / Double(state.statedCount)
            Diagnostics.remark(
                "[\(state.rightCount) of \(state.statedCount) labels are right, \(share.fixed(2)) %]")
        }
        guard state.failureCount == 0 else {
            throw Failure(
                .badData,
                "\(state.failureCount) of \(state.lineCount) texts could not be labelled; first \(state.firstFailure) of \(name)"
            )
        }
    }

    private mutating func finish(_ output: inout StandardOutput) throws {
        try label(&output)
        try output.flush()
    }

    /// Labels the lines that wait.
    private mutating func label(_ output: inout StandardOutput) throws {
        let texts = waiting.map { (try? $0.text.get()) ?? [] }
        let found = try Session.classify(texts, by: sessions)
        for (line, found) in zip(waiting, found) {
            lineCount += 1
            switch line.text.flatMap({ _ in found.mapError { Failure($0) } }) {
            case .success(let found):
                try output.writeLine(Classify.object(found, classifier).encoded())
                guard let label = line.label else { continue }
                statedCount += 1
                rightCount += label == classifier.labels[found.best] ? 1 : 0
            case .failure(let failure):
                if failureCount == 0 { firstFailure = "line \(line.number): \(failure.message)" }
                failureCount += 1
                try output.writeLine(
                    JSONValue.object(["line": .integer(Int64(line.number)), "error": .string(failure.message)])
                        .encoded())
            }
        }
        waiting.removeAll(keepingCapacity: true)
    }

    private func parsed(_ line: [UInt8], _ number: Int) -> Line {
        do {
            let json: JSONValue
            do { json = try JSONValue(parsing: line) } catch {
                throw Failure(.badData, "this is no JSON: \(Failure(error).message)")
            }
            return Line(number: number, text: .success(fitted(try tokens(of: json))), label: try label(of: json))
        } catch {
            return Line(number: number, text: .failure(Failure(error)), label: nil)
        }
    }

    private func tokens(of json: JSONValue) throws -> [Int] {
        switch (json["text"], json["ids"]) {
        case (let text?, nil):
            guard let text = text.stringValue else { throw Failure(.badData, #""text" is not a string"#) }
            return try text.isEmpty ? [] : model.text.tokens(of: text, parsingSpecials: parsesSpecials)
        case (nil, let ids?):
            let numbers = ids.arrayValue?.compactMap(\.intValue)
            guard let numbers, numbers.count == ids.arrayValue?.count else {
                throw Failure(.badData, #""ids" is not a list of token ids, such as [1, 2]"#)
            }
            return numbers
        case (nil, nil):
            throw Failure(.badData, #"expected an object with a text, {"text": "…"}, or token ids, {"ids": [1, 2]}"#)
        default: throw Failure(.badData, #"the text is given by "text" and "ids"; give it once"#)
        }
    }

    /// The label that the line says is right, where one label holds.
    private func label(of json: JSONValue) throws -> String? {
        guard classifier.problem == .singleLabel, let label = json["label"], !label.isNull else { return nil }
        guard let name = label.stringValue, classifier.labels.contains(name) else {
            let names = classifier.labels.prefix(20).map { JSONValue.string($0).encoded() }.joined(separator: ", ")
            throw Failure(.badData, "the label \(label.encoded()) is none of the model's, which are \(names)")
        }
        return name
    }
}
