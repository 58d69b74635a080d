import StrictJSON
import TestSupport
import Testing

@testable import Tokenizer

/// The small vocabulary of Tests/Golden/tokenizer, and the encodings that other implementations gave with it.
enum GoldenVocabulary {
    static let vocabulary = readFile(golden("tokenizer/vocab.json"))
    static let merges = readFile(golden("tokenizer/merges.txt"))
    static let tokenizerJSON = readFile(golden("tokenizer/tokenizer.json"))

    private static let tables = Result { try TokenizerTables(tokenizerJSON: tokenizerJSON) }
    private static let shared = Result { Tokenizer(try tables.get()) }
    private static let prefixing = Result {
        let json = String(decoding: tokenizerJSON, as: UTF8.self)
            .replacing("\"add_prefix_space\":false", with: "\"add_prefix_space\":true")
        return Tokenizer(try TokenizerTables(tokenizerJSON: Array(json.utf8)))
    }

    static func tokenizerTables() throws -> TokenizerTables { try tables.get() }
    static func tokenizer() throws -> Tokenizer { try shared.get() }

    /// The same vocabulary, with a space before each text.
    static func prefixingTokenizer() throws -> Tokenizer { try prefixing.get() }
}

/// A text and what other implementations encode it to.
struct Encoding {
    let text: String
    let ids: [UInt32]
    /// With a space before the text, where that was recorded.
    let prefixed: [UInt32]?

    /// Reads a file of cases, one JSON object a line.
    static func all(_ path: String) throws -> [Encoding] {
        try jsonLines(path).map { line in
            Encoding(
                text: try #require(line["text"]?.stringValue), ids: try #require(ids(line["ids"])),
                prefixed: ids(line["prefixed"]))
        }
    }

    private static func ids(_ value: JSONValue?) -> [UInt32]? {
        value?.arrayValue?.compactMap { $0.intValue.flatMap { UInt32(exactly: $0) } }
    }
}

func jsonLines(_ path: String) throws -> [JSONValue] {
    try readFile(path).split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
}

extension Tokenizer {
    /// The tokens of any bytes.
    func encode(bytes: [UInt8]) throws(TokenizerError) -> [UInt32] {
        var ids: [UInt32] = []
        try unsafe bytes.withUnsafeBufferPointer { bytes throws(TokenizerError) in
            try unsafe encode(bytes, into: &ids)
        }
        return ids
    }
}

extension SeededGenerator {
    /// Bytes that are mostly ASCII words and spaces, sometimes pieces of UTF-8, sometimes anything.
    mutating func text(byteCount: Int) -> [UInt8] {
        let common: [UInt8] = Array("   \n\t'aeinostrz019.!sdtmrevl".utf8)
        return (0..<byteCount).map { _ in
            switch UInt8.random(in: 0..<10, using: &self) {
            case 0: UInt8.random(in: 0...255, using: &self)
            case 1: [0xC3, 0xA9, 0xE2, 0x80, 0x83, 0xF0, 0x9F, 0x98, 0x80].randomElement(using: &self) ?? 0
            default: common.randomElement(using: &self) ?? 0
            }
        }
    }
}
