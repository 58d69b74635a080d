import StrictJSON
import Tokenizer

/// Texts and ids as JSON, a line each.
struct TokenLines {
    let tokenizer: Tokenizer
    let decodes: Bool
    let parsesSpecials: Bool
    private var lineNumber = 0

    init(tokenizer: Tokenizer, decodes: Bool, parsesSpecials: Bool) {
        self.tokenizer = tokenizer
        self.decodes = decodes
        self.parsesSpecials = parsesSpecials
    }

    /// Turns every line of the input over. What is done is shown before more input is waited for, so that another
    /// program can talk to this one.
    mutating func run(from input: consuming Input, to output: inout StandardOutput) throws {
        var done = output
        defer { output = done }
        while let line = try input.readLine(beforeWaiting: { try done.flush() }) {
            lineNumber += 1
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) { continue }
            do { try done.writeLine(turned(line)) } catch {
                try done.flush()
                throw Failure(.badData, "line \(lineNumber) of standard input: \(Failure(error).message)")
            }
        }
        try done.flush()
    }

    private func turned(_ line: [UInt8]) throws -> String {
        let json = try JSONValue(parsing: line)
        if decodes {
            let text = String(decoding: try tokenizer.decode(Self.ids(json)), as: UTF8.self)
            return JSONValue.object(["text": .string(text)]).encoded()
        }
        guard let text = json["text"]?.stringValue else {
            throw Failure(.badData, #"expected an object with a string, {"text": "…"}"#)
        }
        let ids = try tokenizer.encode(text, parsingSpecials: parsesSpecials)
        return JSONValue.object(["ids": .array(ids.map { .integer(Int64($0)) })]).encoded()
    }

    private static func ids(_ json: JSONValue) throws(Failure) -> [UInt32] {
        let numbers = json["ids"]?.arrayValue ?? []
        let ids = numbers.compactMap(\.intValue).compactMap(UInt32.init(exactly:))
        guard json["ids"]?.arrayValue != nil, ids.count == numbers.count else {
            throw Failure(.badData, #"expected an object with token ids, {"ids": [1, 2, 3]}"#)
        }
        return ids
    }
}
