import Conversion
import GPT2
import Generation
import Inspection
import Probabilities
import StrictJSON
import TestSupport
import Testing
import Tokenizer

/// What is made of attention, on a text small enough to follow.
@Suite struct AttentionReports {
    private static let tokens = [7, 0, 60, 12, 12, 33, 5]

    private func report() throws -> AttentionReport {
        try AttentionReport(
            Self.tokens, model: Converted(golden("checkpoints/base")).open(), tokenizer: nil, tokenCount: 61,
            name: "a <b>&\"name\"")
    }

    @Test func meansAndRolloutAreThoseOfTheirDefinitions() throws {
        let report = try report()
        let (trace, count) = (report.trace, Self.tokens.count)
        var rollout = (0..<count).map { i in (0..<count).map { $0 == i ? 1.0 : 0 } }
        for heads in trace.heads {
            let step = (0..<count).map { q in
                (0..<count).map { k in
                    0.5 * heads.reduce(0) { $0 + Double($1.weights[q, k]) } / Double(heads.count) + (q == k ? 0.5 : 0)
                }
            }
            rollout = (0..<count).map { q in
                (0..<count).map { k in (0..<count).reduce(0) { $0 + step[q][$1] * rollout[$1][k] } }
            }
        }
        let (ours, mean) = (trace.rollout(), trace.meanWeights())
        for query in 0..<count {
            #expect(abs(ours.row(query).reduce(0, +) - 1) < 1e-5)
            for key in 0..<count {
                #expect(abs(Double(ours[query, key]) - rollout[query][key]) < 1e-6)
                let expected = trace.heads.flatMap { $0 }.reduce(0) { $0 + $1.weights[query, key] } / 6
                #expect(abs(mean[query, key] - expected) < 1e-6)
            }
        }
        for layer in trace.heads.indices {
            let weights = trace.heads[layer].reduce(0) { $0 + $1.weights[3, 1] } / 3
            #expect(abs(report.map(.mean(layer: layer))[3, 1] - weights) < 1e-6)
        }
    }

    @Test func weightsAreTheSoftmaxOfTheScores() throws {
        for head in try report().trace.heads.joined() {
            for query in Self.tokens.indices {
                let scores = head.scores.row(query).map { Double($0) }
                let powers = scores.map { exponential($0) }
                for (weight, power) in zip(head.weights.row(query), powers) {
                    #expect(abs(Double(weight) - power / powers.reduce(0, +)) < 1e-6)
                }
            }
        }
    }

    @Test func jsonHasEveryHeadAndNothingOfTheFuture() throws {
        let report = try report()
        let json = try JSONValue(parsing: Array(report.json.utf8))
        #expect(json["ids"] == .array(Self.tokens.map { .integer(Int64($0)) }))
        #expect(json["labels"] == .array(Self.tokens.map { .string("\($0)") }))
        #expect(json["tokens"] == .array(Self.tokens.map { _ in "" }))
        #expect(json["bytes"] == .array(Self.tokens.map { _ in nil }))
        let layers = try #require(json["attention"]?.arrayValue)
        #expect(layers.count == 2)
        for (layer, heads) in layers.enumerated() {
            for (head, rows) in (heads.arrayValue ?? []).enumerated() {
                for (query, row) in (rows.arrayValue ?? []).enumerated() {
                    let numbers = (row.arrayValue ?? []).compactMap(\.doubleValue).map { Float($0) }
                    let ours = report.trace.heads[layer][head].weights
                    #expect(numbers == Self.tokens.indices.map { ours[query, $0] })
                }
            }
        }
    }

    @Test func pagesAndPicturesAreWholeAndFetchNothing() throws {
        let report = try report()
        let (page, picture) = (try report.html(), report.svg(.rollout))
        for text in [page, picture] {
            #expect(!text.contains("<b>&"))
            #expect(text.contains("a &lt;b&gt;&amp;&quot;name&quot;"))
            for word in ["src=", "href=", "url(", "@import", "fetch("] { #expect(!text.contains(word)) }
        }
        for element in ["main", "section", "table", "script", "style", "svg", "button", "div"] {
            #expect(parts(page, "<\(element)") == parts(page, "</\(element)>"), "\(element)")
        }
        // Data cannot end its element.
        let data = try #require(page.split(separator: "id=\"data\">").last)
        #expect(!data.prefix { $0 != "\n" }.dropLast("</script>".count).contains("<"))
    }

    /// The page's weights are the softmax of its scores, which have 16 bits.
    @Test func pagesHaveTheModelsNumbers() throws {
        let report = try report()
        let text = try #require(try report.html().split(separator: "id=\"data\">").last).prefix { $0 != "\n" }
        let data = try JSONValue(parsing: Array(text.dropLast("</script>".count).utf8))
        for (layer, heads) in (data["scores"]?.arrayValue ?? []).enumerated() {
            for (head, parts) in (heads.arrayValue ?? []).enumerated() {
                let unit = try #require(parts.arrayValue?.first?.doubleValue)
                let scores = try words(parts.arrayValue?.last).map { unit * Double(Int16(bitPattern: $0)) }
                let ours = report.trace.heads[layer][head]
                #expect(scores.count == ours.scores.values.count)
                for (score, expected) in zip(scores, ours.scores.values) {
                    #expect(abs(score - Double(expected)) <= unit * 0.51)
                }
            }
        }
        let rollout = try words(data["rollout"]).map { Double($0) / 65_535 }
        for (share, expected) in zip(rollout, report.trace.rollout().values) {
            #expect(abs(share - Double(expected)) < 1e-5)
        }
        #expect(data["scores"]?.arrayValue?.count == 2 && rollout.count == 28)
    }

    /// Little-endian 16-bit words of base64.
    private func words(_ json: JSONValue?) throws -> [UInt16] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var (bytes, bits, count) = ([UInt8](), UInt32(0), 0)
        for letter in try #require(json?.stringValue).utf8 where letter != UInt8(ascii: "=") {
            bits = bits << 6 | UInt32(try #require(alphabet.firstIndex(of: letter)))
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
    }

    @Test func blocksFitTheWidthAndColourIsLeftOutWhereNotWanted() throws {
        let report = try report()
        for width in [20, 24, 30, 80] {
            for colour in [false, true] {
                let text = report.text(.mean(layer: nil), style: TextStyle(width: width, usesColor: colour))
                #expect(text.contains("\u{1B}") == colour)
                guard !colour else { continue }
                for line in text.split(separator: "\n") { #expect(line.count <= width, "\(line)") }
                let bars = report.text(
                    of: 3..<4, among: (0...3).map { $0..<$0 + 1 }, .head(layer: 0, head: 1),
                    style: TextStyle(width: width, usesColor: colour))
                for line in bars.split(separator: "\n") { #expect(line.count <= width, "\(line)") }
            }
        }
        let bars = report.text(
            of: 3..<4, among: (0...3).map { $0..<$0 + 1 }, .head(layer: 0, head: 1),
            style: TextStyle(width: 60, usesColor: false))
        #expect(bars.split(separator: "\n").count == 5)
    }

    @Test func aTextTooLongToWatchIsRefused() throws {
        let model = try Converted(golden("checkpoints/base")).open()
        #expect(ForwardTrace.tokenLimit(model) == 24)
        #expect(throws: InspectionError.textTooLong(tokens: 25, limit: 24)) {
            _ = try ForwardTrace(Array(repeating: 1, count: 25), by: model.makeSession())
        }
    }

    private func parts(_ text: String, _ part: String) -> Int {
        text.split(separator: part, omittingEmptySubsequences: false).count - 1
    }
}

/// What single parts of the model say to a vector.
@Suite struct Lenses {
    @Test func theLastPredictionsAreTheModels() throws {
        let model = try Converted(golden("checkpoints/base")).open()
        let session = try model.makeSession()
        var rows: [[Float]] = []
        let trace = try ForwardTrace([7, 0, 60, 12], by: session) { row in rows.append(row.indices.map { row[$0] }) }
        #expect(try session.logits(ofResidual: trace.residual[2]) == rows.flatMap { $0 })
        let lens = try LogitLens(trace, by: session, count: 3, tokenCount: 61)
        for (row, predictions) in zip(rows, lens.predictions[2]) {
            let order = row.indices.sorted { row[$0] > row[$1] }
            #expect(predictions.map(\.token) == Array(order.prefix(3)))
            let total = row.reduce(0) { $0 + exponential(Double($1)) }
            for prediction in predictions {
                #expect(abs(prediction.probability - exponential(Double(row[prediction.token])) / total) < 1e-9)
            }
        }
    }

    /// Attention's contribution, head by head and key by key, adds up to what the block adds.
    @Test func valuesTimesWeightsMakeWhatAttentionAdds() throws {
        let model = try Converted(golden("checkpoints/base")).open()
        let session = try model.makeSession()
        let trace = try ForwardTrace([7, 0, 60, 12, 3], by: session)
        let effects = try ValueEffects(trace, by: session, count: 61, tokenCount: 61)
        let (size, query, layer) = (18, 4, 1)
        // Pushes are linear: their weighted sum is the push of the sum. So is what the lens sees of the difference.
        var sums = [Float](repeating: 0, count: 61)
        for head in 0..<3 {
            for key in 0...query {
                for push in effects.pushes[layer][head][key] {
                    sums[push.token] += trace.heads[layer][head].weights[query, key] * push.amount
                }
            }
        }
        let bias = try session.attentionOutput(ofMixed: [Float](repeating: 0, count: size), layer: layer)
        let added = (0..<size).map { index in
            trace.residualAfterAttention[layer][query * size + index] - trace.residual[layer][query * size + index]
                - bias[index]
        }
        let silence = try session.logits(ofResidual: [Float](repeating: 0, count: size))
        let logits = try session.logits(ofResidual: added)
        let mean = added.reduce(0, +) / Float(size)
        let deviation = (added.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(size) + 1e-5).squareRoot()
        for token in 0..<61 {
            #expect(abs(sums[token] - (logits[token] - silence[token]) * deviation) < 1e-3)
        }
    }

    /// Tiny Shakespeare's model has one clear head: in the first block, the character before.
    @Test func headsOfAKindAreFound() throws {
        guard let folder = Models.checkpoint("shakespeare") else { return }
        let model = try Converted(folder).open()
        let found = try HeadPattern.find(by: model.makeSession(), tokenCount: 67)
        let previous = try #require(found.first { $0.kind == .previousToken })
        #expect(previous.layer == 0 && previous.head == 0 && previous.share > 0.5)
        #expect(try HeadPattern.find(by: model.makeSession(), tokenCount: 67) == found)
        #expect(!found.contains { $0.kind == .induction })
    }
}

@Suite struct Labels {
    @Test func wordsBeginWithSpacesAndAtSigns() throws {
        let text = try TextModel(contentsOf: "\(packageRoot)/models/demo.q8z")
        let labels = TokenLabels(text.tokenizer)
        let tokens = try text.tokens(of: "Me encanta el «gato», ¿así? 12 pt.")
        let words = labels.words(of: tokens).map { range in
            tokens[range].compactMap { try? text.tokenizer?.bytes(of: UInt32($0)) }.flatMap { $0 }
        }
        #expect(
            words.map { String(decoding: $0, as: UTF8.self) } == [
                "Me", " encanta", " el", " «gato»,", " ¿así", "?", " 12", " pt", ".",
            ])
        #expect(TokenLabels(nil).words(of: [5, 6]) == [0..<1, 1..<2])
        let more = try text.tokens(of: "I don't 'know' rock'n'roll, 日本 😀!")
        #expect(
            labels.words(of: more).map { labels.joined(more[$0]) } == [
                "I", " don't", " '", "know", "'", " rock'n'roll", ",", " 日本", " 😀", "!",
            ])
    }

    @Test func halvesOfCharactersAreShownAsBytes() throws {
        let text = try TextModel(contentsOf: "\(packageRoot)/models/demo.q8z")
        let labels = TokenLabels(text.tokenizer)
        let tokens = try text.tokens(of: "日")
        #expect(tokens.count > 1)
        #expect(tokens.map(labels.label).joined() == "‹E6›‹97›‹A5›")
        #expect(labels.labels(of: tokens) == ["日₁", "日₂", "日₃"] && labels.joined(tokens) == "日")
        #expect(labels.labels(of: tokens.dropLast() + [99_999]) == ["‹E6›", "‹97›", "99999"])
        #expect(labels.exactText(of: tokens[0]).bytes == [0xE6] && labels.exactText(of: tokens[0]).text == "\u{FFFD}")
        #expect(labels.label(of: 99_999) == "99999")
        // What would command a terminal is shown, not sent.
        let escape = try text.tokens(of: "\u{1B}[31m\u{9B}5m")
        #expect(labels.labels(of: escape).joined() == "‹1B›[31m‹C2›‹9B›5m")
        #expect(escape.map { labels.exactText(of: $0).text }.first == "\u{1B}")
    }
}
