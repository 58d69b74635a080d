import GPT2
import Pages
import StrictJSON

extension AttentionReport {
    /// One page to explore every layer and head; it fetches nothing.
    ///
    /// - Throws: what running the model throws: the page also shows what each layer would say next, and what values say.
    public func html() throws(InspectionError) -> String {
        let data = try data().encoded().split(separator: "<", omittingEmptySubsequences: false).joined(
            separator: "\\u003c")
        let sentence = texts.joined(trace.tokens)
        let withoutScript =
            labels.count <= Self.picturedCount
            ? " Without it, here is the mean of all heads.</p>\n\(svg(.mean(layer: nil)))" : "</p>"
        let body = """
            <main>
            <header>
            <h1>What each word looks at</h1>
            <p>As a language model reads, every word sends out a question, its <em>query</em>; every word before it, and it itself, \
            answers with a <em>key</em>. The better the two fit, the more of the other's <em>value</em> is added to what the word \
            means from then on. Here is how \(HTML.escaped(name)) read this text: choose a word, then a head.</p>
            </header>
            <noscript><p>This page needs JavaScript to be explored.\(withoutScript)</noscript>
            <section id="text" aria-labelledby="text-title" hidden>
            <h2 id="text-title" class="unseen">The text</h2>
            <div id="units" role="listbox" aria-label="Words of the text" aria-orientation="horizontal"></div>
            <p id="summary" aria-live="polite"></p>
            <p id="finds" class="views"></p>
            <p class="choices">
            <label id="joining"><input type="checkbox" id="joined" checked> whole words</label>
            <label><input type="checkbox" id="faded" checked> colour without the first word</label>
            </p>
            </section>
            <div class="columns" hidden>
            <div>
            <section aria-labelledby="heads-title">
            <h2 id="heads-title">Heads</h2>
            <div class="views" role="group" aria-label="All heads together">
            <button type="button" data-view="mean">mean of all</button>
            <button type="button" data-view="rollout">rollout</button>
            </div>
            <div class="scroll"><div id="heads" role="listbox" aria-label="Heads by layer"></div></div>
            <p id="kinds" class="quiet"></p>
            </section>
            <section aria-labelledby="map-title">
            <h2 id="map-title">Every word at once</h2>
            <p class="quiet">A row for who looks, a column for at what. Arrow keys move through it.</p>
            <div class="scroll" id="map-scroll"><canvas id="map" tabindex="0" role="application"></canvas></div>
            <p id="cell" aria-live="polite"></p>
            </section>
            </div>
            <div>
            <section aria-labelledby="detail-title">
            <h2 id="detail-title"></h2>
            <p id="explained" class="quiet"></p>
            <table id="detail"><thead></thead><tbody></tbody></table>
            <p><button type="button" id="more" hidden></button></p>
            </section>
            <section aria-labelledby="lens-title">
            <h2 id="lens-title"></h2>
            <p class="quiet">The model's head reads the residual stream before the last layer has had its say: which words it would \
            expect next, and how surely.</p>
            <table id="lens"><tbody></tbody></table>
            </section>
            </div>
            </div>
            </main>
            <script type="application/json" id="data">\(data)</script>
            """
        return HTML.page(
            title: "Attention: \(Self.excerpt(sentence))", style: Self.style, body: body, script: Self.script)
    }

    /// Tokens of the longest text that the page also has a picture of, for whoever has no JavaScript: a longer one's is megabytes.
    private static let picturedCount = 64

    private static func excerpt(_ text: String) -> String {
        text.count > 60 ? String(text.prefix(59)) + "…" : text
    }

    // MARK: Data

    /// What the script draws from. Maps are 16-bit numbers in base64, query after query, each with the keys up to its own: scores
    /// in parts of a head's largest, from which the script computes the weights as softmax does, and the rollout in parts of 1.
    /// Tokens that are predicted are ids, for which `vocabulary` has texts.
    private func data() throws(InspectionError) -> JSONValue {
        let (lens, effects) = (try lens(count: 5), try effects(count: 4))
        let shape = trace.configuration
        func number(_ value: Float) -> JSONValue { .number(Double(value.rounded(toDigits: 4)) ?? 0) }
        func numbers(_ values: [Float]) -> JSONValue { .array(values.map(number)) }
        func array<T>(_ items: [T], _ body: (T) -> JSONValue) -> JSONValue { .array(items.map(body)) }
        var vocabulary: [Int: String] = [:]
        func said(_ token: Int, _ amount: Float) -> JSONValue {
            vocabulary[token] = vocabulary[token] ?? texts.label(of: token)
            return [.integer(Int64(token)), number(amount)]
        }
        let predictions = array(lens.predictions) { rows in
            array(rows) { array($0) { said($0.token, Float($0.probability)) } }
        }
        let pushes = array(effects.pushes) { layer in
            array(layer) { head in array(head) { array($0) { said($0.token, $0.amount) } } }
        }
        return .object([
            "name": .string(name),
            "tokens": array(labels) { .string($0) },
            "ids": array(trace.tokens) { .integer(Int64($0)) },
            "words": array(words) {
                [.integer(Int64($0.lowerBound)), .integer(Int64($0.upperBound)), .string(word($0))]
            },
            "layers": .integer(Int64(shape.layerCount)),
            "heads": .integer(Int64(shape.headCount)),
            "headSize": .integer(Int64(shape.headSize)),
            "scales": numbers((0..<shape.layerCount).map(shape.attentionScale)),
            "scores": array(trace.heads) {
                array($0) { head in
                    let unit =
                        max(head.scores.values.reduce(0) { max($0, abs($1)) }, .leastNormalMagnitude * 0x1p40) / 32_767
                    return [
                        .number(Double(unit)),
                        .string(base64(head.scores.values.map { Int16(exactly: ($0 / unit).rounded()) ?? 0 })),
                    ]
                }
            },
            "rollout": .string(
                base64(
                    trace.rollout().values.map { Int16(bitPattern: UInt16(exactly: ($0 * 65_535).rounded()) ?? 0) })),
            "kinds": array(patterns) {
                [.integer(Int64($0.layer)), .integer(Int64($0.head)), .string($0.kind.rawValue), .number($0.share)]
            },
            "lens": predictions,
            "pushes": pushes,
            "vocabulary": .object(
                JSONObject(vocabulary.sorted { $0.key < $1.key }.map { ("\($0.key)", .string($0.value)) })),
            "lengths": array(effects.lengths) { array($0, numbers) },
            "deviations": array(effects.deviations, numbers),
            "streamLengths": array(effects.streamLengths, numbers),
        ])
    }
}

extension Float {
    /// As text, with so many significant digits.
    fileprivate func rounded(toDigits digits: Int) -> String {
        guard isFinite, self != 0 else { return "0" }
        var scale = 1.0
        let limit = (0..<digits).reduce(1.0) { power, _ in power * 10 }
        let size = Double(magnitude)
        while size * scale < limit / 10, scale < 1e12 { scale *= 10 }
        while size * scale >= limit, scale > 1e-12 { scale /= 10 }
        return "\((Double(self) * scale).rounded() / scale)"
    }
}

/// Little-endian 16-bit numbers in base64 (RFC 4648).
func base64(_ values: [Int16]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * values.count + 2)
    for value in values {
        bytes.append(UInt8(truncatingIfNeeded: value))
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    }
    let padding = (3 - bytes.count % 3) % 3
    bytes += repeatElement(0, count: padding)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count / 3 * 4)
    for index in stride(from: 0, to: bytes.count, by: 3) {
        let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
        for shift in stride(from: 18, through: 0, by: -6) { text.append(alphabet[Int(group >> UInt32(shift) & 63)]) }
    }
    for index in 0..<padding { text[text.count - 1 - index] = UInt8(ascii: "=") }
    return String(decoding: text, as: UTF8.self)
}
