import Generation
import Inspection
import Probabilities
import StrictJSON
import Tokenizer

/// Shows a text while it is written: as it is, or in JSON, an object a line.
struct TextPrinter {
    enum Style { case text, json }

    let style: Style
    /// What texts tokens have; nil shows ids.
    private let tokenizer: Tokenizer?
    private var output: StandardOutput
    private var text = ""
    private var tokens: [Int] = []
    private var isAtStart = true

    init(_ style: Style, tokenizer: Tokenizer?, isAtLineStart: Bool = true) {
        output = StandardOutput(isAtLineStart: isAtLineStart)
        self.style = style
        self.tokenizer = tokenizer
    }

    /// Shows what the text begins with.
    mutating func begin(with prompt: Prompt) throws {
        guard style == .text, !prompt.shown.isEmpty else { return }
        try output.write(prompt.shown)
        try output.flush()
        isAtStart = false
    }

    mutating func show(_ piece: Piece) throws {
        if let token = piece.token { tokens.append(token) }
        switch style {
        case .text:
            try output.write(tokenizer != nil ? piece.text : ids(of: piece))
        case .json:
            text += piece.text
            var object: JSONObject = [
                "token": piece.token.map { .integer(Int64($0)) } ?? .null, "text": .string(piece.text),
            ]
            if let score = piece.score {
                object["logprob"] = .number(score.logProbability)
                object["top_logprobs"] = .array(score.likeliest.map { Score.json($0, TokenLabels(tokenizer)) })
            }
            try output.writeLine(JSONValue.object(object).encoded())
        }
        try output.flush()
    }

    /// Ends the text; in JSON with an object about all of it.
    mutating func end(_ run: TextRun) throws {
        switch style {
        case .text: try endLine()
        case .json:
            var object: JSONObject = [
                "text": .string(text),
                "tokens": .array(tokens.map { .integer(Int64($0)) }),
                "finish_reason": .string(run.finishReason.rawValue),
            ]
            if run.endedWithFullContext { object["context_full"] = true }
            object["statistics"] = run.statistics.json
            try output.writeLine(JSONValue.object(object).encoded())
        }
        try output.flush()
    }

    /// Ends the line that the text may have left open.
    mutating func endLine() throws {
        if style == .text, !output.isAtLineStart { try output.write("\n") }
        try output.flush()
    }

    private mutating func ids(of piece: Piece) -> String {
        guard let token = piece.token else { return "" }
        defer { isAtStart = false }
        return isAtStart ? "\(token)" : ",\(token)"
    }
}
