public import StrictJSON

extension TokenizerTables {
    /// Reads OpenAI's pair of files: vocab.json, an object from entries to ids, and merges.txt, a pair of entries a
    /// line.
    ///
    /// The first line of the merges may be `#version: …`. Lines may end in CR LF. Every token that neither stands for a
    /// byte nor comes out of a merge is special, `<|endoftext|>` foremost: no text is encoded to it. A vocabulary need
    /// not have all 256 bytes.
    /// - Parameters:
    ///   - vocabulary: vocab.json's bytes.
    ///   - merges: merges.txt's bytes.
    ///   - added: transformers' added_tokens.json, an object from texts to ids; these are special, too.
    ///   - decoder: `added_tokens_decoder` of tokenizer_config.json, which says more of the same tokens and goes before.
    ///   - addsPrefixSpace: `add_prefix_space` of tokenizer_config.json.
    /// - Throws: everything that is wrong with them, at once.
    public init(
        vocabulary: [UInt8], merges: [UInt8], added: [UInt8]? = nil, decoder: JSONValue? = nil,
        addsPrefixSpace: Bool = false
    ) throws(TokenizerError) {
        let part = "vocab.json"
        let json = try Self.json(vocabulary, part: part)
        var source = Source()
        source.addsPrefixSpace = addsPrefixSpace
        try source.read(vocabulary: json, part: part)
        try source.read(merges: merges)
        if let decoder {
            try source.read(addedTokensDecoder: decoder)
        } else if let added {
            try source.read(addedTokens: added)
        }
        try self.init(source)
    }

    /// The JSON of a file, which an error names.
    static func json(_ bytes: [UInt8], part: String) throws(TokenizerError) -> JSONValue {
        do { return try JSONValue(parsing: bytes) } catch { throw .json(part: part, error) }
    }
}

extension TokenizerTables.Source {
    /// Takes the entries of a vocabulary: an object from entries to ids.
    mutating func read(vocabulary: JSONValue?, part: String) throws(TokenizerError) {
        guard let object = vocabulary?.objectValue else {
            throw .malformed(part: part, expected: "an object from tokens to ids")
        }
        try TokenizerTables.check(part, count: object.count)
        entries.reserveCapacity(object.count)
        for (text, id) in object {
            if let id = id.intValue {
                entries.append((text, id))
            } else {
                problems.append(.idNotInteger(token: text))
            }
        }
    }

    /// Takes the tokens of added_tokens.json: texts, and ids.
    fileprivate mutating func read(addedTokens file: [UInt8]) throws(TokenizerError) {
        let part = "added_tokens.json"
        let json = try TokenizerTables.json(file, part: part)
        var tokens = Self()
        try tokens.read(vocabulary: json, part: part)
        if let error = tokens.problems.error { throw error }
        (added, findsSpecials) = (tokens.entries, true)
    }

    /// Takes `added_tokens_decoder` of tokenizer_config.json: by id, what tokenizer.json has in a list.
    fileprivate mutating func read(addedTokensDecoder json: JSONValue) throws(TokenizerError) {
        let key = "added_tokens_decoder"
        guard let object = json.objectValue else {
            throw .malformed(part: "tokenizer_config.json: \(key)", expected: "an object from ids to tokens")
        }
        let list = object.map { id, token -> JSONValue in
            var members = token.objectValue ?? [:]
            members["id"] = Int64(id).map { .integer($0) } ?? .null
            return .object(members)
        }
        try read(addedTokens: .array(list), part: "tokenizer_config.json: \(key)", key: key)
        findsSpecials = true
    }

    /// Takes the lines of merges.txt. A byte order mark, which some editors put before them, is passed over.
    mutating func read(merges file: [UInt8]) throws(TokenizerError) {
        let (mark, newline): ([UInt8], UInt8) = ([0xEF, 0xBB, 0xBF], UInt8(ascii: "\n"))
        // Beside the line of the version.
        try TokenizerTables.check("merges.txt", count: file.reduce(-1) { $0 + ($1 == newline ? 1 : 0) })
        var lines = file.dropFirst(file.starts(with: mark) ? mark.count : 0)
            .split(separator: newline, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for (index, var line) in lines.enumerated() {
            if index == 0 && line.starts(with: "#version".utf8) { continue }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            guard let text = String(validating: line, as: UTF8.self), readMerge(text) else {
                problems.append(.malformedMerge(line: index + 1))
                continue
            }
        }
    }

    /// Takes one merge, "left right"; returns whether it is that.
    mutating func readMerge(_ text: String) -> Bool {
        let halves = text.utf8.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty else { return false }
        merges.append((String(Substring(halves[0])), String(Substring(halves[1]))))
        return true
    }
}
