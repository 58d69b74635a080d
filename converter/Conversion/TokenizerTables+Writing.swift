import Checkpoints
import ModelFile
import StrictJSON
import Tokenizer

extension TokenizerTables {
    /// Writes the tables as arrays that a tokenizer uses in place. An empty one is left out.
    func write(to writer: inout ModelFileWriter) throws(ModelFileError) {
        try writer.write("tokenizer.bytes", bytes: bytes)
        try writer.write("tokenizer.offsets", words: offsets, rows: offsets.count, columns: 1)
        if !merges.isEmpty {
            try writer.write("tokenizer.merges", words: merges, rows: merges.count / 3, columns: 3)
        }
        try writer.write("tokenizer.merge_index", words: mergeIndex, rows: mergeIndex.count, columns: 1)
        try writer.write("tokenizer.byte_ids", words: byteIDs, rows: byteIDs.count, columns: 1)
        if !specials.isEmpty {
            try writer.write("tokenizer.specials", words: specials, rows: specials.count, columns: 1)
        }
    }

    /// What the header says about the tokenizer.
    var header: JSONObject {
        [
            "type": "byte-level-bpe",
            "add_prefix_space": .bool(addsPrefixSpace),
            "end_of_text": endOfText.map { .integer(Int64($0)) } ?? nil,
        ]
    }
}

extension TokenizerFiles {
    /// The tables of what is stored.
    func tables() throws(TokenizerError) -> TokenizerTables {
        switch self {
        case .vocabularyAndMerges(let vocabulary, let merges, let added, let decoder, let addsPrefixSpace):
            try TokenizerTables(
                vocabulary: vocabulary, merges: merges, added: added, decoder: decoder,
                addsPrefixSpace: addsPrefixSpace ?? false)
        case .tokenizerJSON(let json, let addsPrefixSpace):
            try TokenizerTables(tokenizerJSON: json, addsPrefixSpace: addsPrefixSpace)
        case .lists(let tokens, let types, let merges):
            try TokenizerTables(tokens: tokens, types: types, merges: merges)
        }
    }
}
