public import GPT2

/// What a head looks at, where that follows a pattern.
public enum HeadKind: String, Sendable, CaseIterable {
    /// The token before.
    case previousToken = "previous-token"
    /// The first token of the text, where a head looks that has nothing to say.
    case firstToken = "first-token"
    /// The same token: itself, and where it stood before.
    case sameToken = "same-token"
    /// What followed the same token before: how a model copies (Olsson et al., "In-context Learning and Induction Heads", 2022).
    case induction

    /// Whether a query of this kind of head would look at a key.
    func matches(_ tokens: [Int], query: Int, key: Int) -> Bool {
        switch self {
        case .previousToken: key == query - 1
        case .firstToken: key == 0
        case .sameToken: tokens[key] == tokens[query]
        case .induction: key > 0 && tokens[key - 1] == tokens[query]
        }
    }
}

/// How far a head is of a kind.
public struct HeadPattern: Sendable, Equatable {
    /// The layer, from 0.
    public let layer: Int
    /// The head in it, from 0.
    public let head: Int
    /// What it looks at.
    public let kind: HeadKind
    /// The share of its attention that goes where such a head looks, in the mean over the second half of the probe.
    public let share: Double

    /// From this share on a head counts as one of a kind, if it also is ``leastLift`` times what even attention would give.
    /// Chance gives the token before 1.4 % of a whole probe.
    public static let leastShare = 0.15
    /// See ``leastShare``.
    public static let leastLift = 4.0
    /// Different tokens of a probe, at most; with fewer, chance plays a part.
    private static let probeLength = 48

    /// The heads that are of a kind, by kind, the clearest first.
    ///
    /// They are looked for in a probe, not in anybody's text: random tokens, each once, and then the same again, where nothing but
    /// position and repetition can guide a head. The probe is the same for a model every time.
    ///
    /// - Parameters:
    ///   - session: one of the model's; what it has read is forgotten.
    ///   - tokenCount: tokens that texts may have, from 0 on.
    public static func find(by session: Session, tokenCount: Int) throws(InspectionError) -> [HeadPattern] {
        let probe = probe(session.model, tokenCount: tokenCount)
        guard probe.count >= 4 else { return [] }
        let trace = try ForwardTrace(probe, by: session)
        var found: [HeadPattern] = []
        for kind in HeadKind.allCases {
            var ofKind: [HeadPattern] = []
            let chance = share(of: kind, .even(probe.count), probe)
            for (layer, heads) in trace.heads.enumerated() {
                for (head, maps) in heads.enumerated() {
                    let share = share(of: kind, maps.weights, probe)
                    if share >= max(leastShare, leastLift * chance) {
                        ofKind.append(HeadPattern(layer: layer, head: head, kind: kind, share: share))
                    }
                }
            }
            found += ofKind.sorted { ($1.share, $0.layer, $0.head) < ($0.share, $1.layer, $1.head) }
        }
        return found
    }

    private static func share(of kind: HeadKind, _ weights: AttentionMap, _ tokens: [Int]) -> Double {
        let queries = tokens.count / 2..<tokens.count
        var sum = 0.0
        for query in queries {
            for (key, weight) in weights.row(query).enumerated() where kind.matches(tokens, query: query, key: key) {
                sum += Double(weight)
            }
        }
        return sum / Double(queries.count)
    }

    /// Different tokens in a random order (Fisher and Yates, on a linear congruential generator), twice.
    private static func probe(_ model: GPT2, tokenCount: Int) -> [Int] {
        let limit = ForwardTrace.tokenLimit(model) / 2
        var (tokens, state) = (Array(0..<tokenCount), UInt64(2026))
        let length = min(probeLength, limit, tokenCount)
        for index in 0..<length {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            tokens.swapAt(index, index + Int((state >> 33) % UInt64(tokenCount - index)))
        }
        let half = Array(tokens[..<length])
        return half + half
    }
}
