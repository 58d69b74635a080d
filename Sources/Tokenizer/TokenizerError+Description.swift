extension TokenizerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .json(let part, let error):
            "\(part): \(error)"
        case .malformed(let part, let expected):
            "\(part): expected \(expected)"
        case .unsupported(let key, let found, let supported):
            "\(key) is \(found), which is not implemented; supported: \(supported)"
        case .several(let problems, let count):
            "\(count) problems:" + problems.map { "\n  \($0)" }.joined()
                + (count > problems.count ? "\n  and \(count - problems.count) more" : "")
        case .idNotInteger(let token):
            "the id of token \(quoted(token)) is not a whole number"
        case .negativeID(let token, let id):
            "token \(quoted(token)) has the id \(id); ids count from 0"
        case .idTooLarge(let token, let id):
            "token \(quoted(token)) has the id \(id); ids are less than \(Int32.max)"
        case .duplicateID(let id, let first, let second):
            "the tokens \(quoted(first)) and \(quoted(second)) share the id \(id)"
        case .duplicateToken(let token, let first, let second):
            "token \(quoted(token)) has two ids, \(first) and \(second)"
        case .vocabularyGap(let first, let last):
            first == last ? "no token has the id \(first)" : "no token has an id from \(first) to \(last)"
        case .malformedMerge(let line):
            "line \(line) of the merges is not two tokens with one space between them"
        case .unknownMergeToken(let rank, let token):
            "merge \(rank) needs the token \(quoted(token)), which the vocabulary lacks; do the two belong together?"
        case .duplicateMerge(let rank):
            "merge \(rank) joins a pair that an earlier merge joins already"
        case .tokensWithoutMerge(let count, let size, let example):
            "\(count) of the \(size) tokens come out of no merge, \(quoted(example)) for one; "
                + "the list of merges is cut off or another vocabulary's"
        case .notSpecial(let token):
            "the added token \(quoted(token)) is not special, and only special ones are implemented "
                + "(tokenizer.add_special_tokens adds such, which --special finds in a text)"
        case .tooMany(let part, let count, let limit):
            "\(part) has \(count) entries; at most \(limit) are read, which is twenty times what GPT-2 has"
        case .mergesCollide:
            "the ids of the merges' tokens are such that merges cannot be found quickly; no real vocabulary has such ids: fetch "
                + "it again, from where you trust"
        case .emptyVocabulary:
            "the vocabulary has no tokens"
        case .vocabularyTooLarge(let count):
            "the vocabulary has \(count) tokens; there must be fewer than \(Int32.max)"
        case .emptyToken(let id):
            "token \(id) has no bytes"
        case .tokenTooLong(let id, let byteCount, let limit):
            "token \(id) has \(byteCount) bytes; at most \(limit) are allowed"
        case .arrayLength(let array, let found, let expected):
            "the tokenizer's \(array) array has \(found) elements; expected \(expected)"
        case .offsetOutOfOrder(let id):
            "the tokenizer's offsets do not ascend from 0 at token \(id)"
        case .specialOutOfRange(let id, let size):
            "special token \(id) is not in the vocabulary of \(size) tokens"
        case .mergeOutOfRange(let rank, let id, let size):
            "merge \(rank) names token \(id), which is not in the vocabulary of \(size) tokens"
        case .mergeMismatch(let rank):
            "the bytes of what merge \(rank) makes are not those of its two halves"
        case .mergeIndexEntry(let slot, let entry):
            "slot \(slot) of the merge index holds \(entry), which cannot stand there"
        case .mergeIndexIncomplete(let found, let expected):
            "the merge index holds \(found) of \(expected) merges"
        case .byteTokenMismatch(let byte, let id):
            "token \(id) stands for the byte \(byte), but its bytes are others"
        case .byteWithoutToken(let byte, let offset):
            "the vocabulary has no token for the byte \(byte), at offset \(offset) of the text; remove it from the text"
        case .textTooLong(let byteCount, let limit):
            "the text has \(byteCount) bytes; one call encodes at most \(limit), so cut it"
        case .idOutOfRange(let id, let size):
            "token \(id) is not in the vocabulary of \(size) tokens"
        }
    }

    /// A token in quotation marks, cut where it is long, with nothing in it that moves a terminal's cursor.
    private func quoted(_ token: String) -> String {
        var shown = "\""
        for scalar in token.unicodeScalars.prefix(60) {
            switch scalar.properties.generalCategory {
            case .control, .format: shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown + (token.unicodeScalars.dropFirst(60).isEmpty ? "\"" : "…\"")
    }
}
