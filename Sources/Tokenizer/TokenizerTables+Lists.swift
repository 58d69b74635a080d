extension TokenizerTables {
    /// Reads the lists of a GGUF file: every token in the byte alphabet, in the order of ids, and merges as "left right".
    ///
    /// Types are GGUF's: 1 a token of the vocabulary, 3 a special one, 5 one that pads the vocabulary and that no text is
    /// encoded to either. Others are refused by name: 4, a token that texts are searched for before they are cut into words,
    /// and the two that only other tokenizers have. Without types, or where none is special, special tokens are those that
    /// neither stand for a byte nor come out of a merge.
    /// - Throws: everything that is wrong, at once.
    public init(tokens: [String], types: [Int]?, merges: [String]) throws(TokenizerError) {
        let key = "tokenizer.ggml.token_type"
        if let types, types.count != tokens.count {
            throw .malformed(part: key, expected: "\(tokens.count) types, one for each token")
        }
        try Self.check("tokenizer.ggml.tokens", count: tokens.count)
        try Self.check("tokenizer.ggml.merges", count: merges.count)
        var source = Source()
        var (first, added): ([[UInt8]: Int], [(text: String, id: Int)]) = ([:], [])
        for (id, text) in tokens.enumerated() {
            if let other = first.updateValue(id, forKey: Array(text.utf8)) {
                source.problems.append(.duplicateToken(token: text, first: other, second: id))
            }
            switch types?[id] ?? 1 {
            case 1: source.entries.append((text, id))
            case 3, 5: added.append((text, id))
            case let type:
                source.problems.append(
                    .unsupported(key: "\(key)[\(id)]", found: "\(type)", supported: "1, 3 and 5"))
            }
        }
        if !added.isEmpty { source.added = added }
        for (rank, merge) in merges.enumerated() where !source.readMerge(merge) {
            source.problems.append(.malformed(part: "tokenizer.ggml.merges[\(rank)]", expected: "\"left right\""))
        }
        try self.init(source)
    }
}
