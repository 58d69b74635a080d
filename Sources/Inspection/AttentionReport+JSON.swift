import StrictJSON

extension AttentionReport {
    /// One JSON object: `tokens` (their texts), `bytes` (null, or a token's bytes where its text is no UTF-8), `labels` (tokens as
    /// they are shown), `ids`, `attention` `[layer][head][query][key]`, `rollout` `[query][key]`, `heads` of a kind. A key of a
    /// query's future has 0.
    public var json: String {
        func list(_ values: [JSONValue]) -> String { JSONValue.array(values).encoded() }
        let attention = trace.heads.map { heads in
            "[" + heads.map { Self.matrix($0.weights) }.joined(separator: ",\n") + "]"
        }
        let kinds = patterns.map { pattern in
            JSONValue.object([
                "layer": .integer(Int64(pattern.layer)), "head": .integer(Int64(pattern.head)),
                "kind": .string(pattern.kind.rawValue), "share": .number(pattern.share),
            ])
        }
        let exact = trace.tokens.map(texts.exactText)
        let bytes = exact.map { text in
            text.bytes.map { JSONValue.array($0.map { .integer(Int64($0)) }) } ?? .null
        }
        return """
            {"tokens": \(list(exact.map { .string($0.text) })),
            "bytes": \(list(bytes)),
            "labels": \(list(labels.map { .string($0) })),
            "ids": \(list(trace.tokens.map { .integer(Int64($0)) })),
            "attention": [\(attention.joined(separator: ",\n"))],
            "rollout": \(Self.matrix(trace.rollout())),
            "heads": \(list(kinds))}
            """
    }

    /// Rows of `[query][key]`, each number with the digits that give its float32 back.
    private static func matrix(_ map: AttentionMap) -> String {
        let rows = (0..<map.tokenCount).map { query in
            let future = repeatElement("0", count: map.tokenCount - query - 1)
            return "[" + (map.row(query).map { "\($0)" } + future).joined(separator: ",") + "]"
        }
        return "[" + rows.joined(separator: ",\n") + "]"
    }
}
