import GPT2
import Generation
import ModelFile
import StrictJSON
import Tokenizer

/// What is written again reads as the same.
func parseJSON(_ bytes: [UInt8]) {
    guard let value = try? JSONValue(parsing: bytes) else { return }
    for text in [value.encoded(), value.encoded(pretty: true)] {
        precondition((try? JSONValue(parsing: text)) == value, "JSON changes when it is written")
    }
}

func parseConfiguration(_ bytes: [UInt8]) {
    guard let json = try? JSONValue(parsing: bytes), let configuration = try? Configuration(json: json) else { return }
    let again = try? Configuration(json: configuration.json)
    precondition(again == configuration, "a configuration changes when it is written")
    if configuration.layerCount < 100 { _ = configuration.arrays }
}

/// vocab.json and merges.txt, with a byte 0 between them.
func parseVocabulary(_ bytes: [UInt8]) {
    let cut = bytes.firstIndex(of: 0) ?? bytes.count
    guard let tables = try? TokenizerTables(vocabulary: Array(bytes[..<cut]), merges: Array(bytes[cut...].dropFirst()))
    else { return }
    use(Tokenizer(tables), on: bytes.prefix(100) + sampleText)
}

func parseTokenizer(_ bytes: [UInt8]) {
    guard let tables = try? TokenizerTables(tokenizerJSON: bytes) else { return }
    use(Tokenizer(tables), on: bytes.prefix(100) + sampleText)
}

private let tokenizer: Tokenizer? = try? TextModel.tokenizer(in: ModelFile(path: modelPath))

func encodeText(_ bytes: [UInt8]) {
    guard let tokenizer else { preconditionFailure("\(modelPath) has no tokenizer") }
    use(tokenizer, on: bytes[...])
}

/// Letters, digits, spaces, special tokens, characters of two to four bytes, and bytes that are none.
let sampleText = Array("ab abab, the ABC's 12<s><|endoftext|> \u{E9}\u{65E5}\u{1F642}\n\n  ".utf8) + [0xFF, 0xC0, 0x80]

/// Encodes a text and decodes it: what comes out went in.
func use(_ tokenizer: Tokenizer, on text: ArraySlice<UInt8>) {
    let text = tokenizer.addsPrefixSpace && text.first != 0x20 ? [0x20] + text : Array(text)
    for parsingSpecials in [false, true] where !parsingSpecials || !tokenizer.addsPrefixSpace {
        var ids: [UInt32] = []
        let isEncoded = unsafe text.withUnsafeBufferPointer { bytes in
            (try? unsafe tokenizer.encode(bytes, into: &ids, parsingSpecials: parsingSpecials)) != nil
        }
        guard isEncoded else { continue }
        precondition((try? tokenizer.decode(ids)) == text, "a text changes when it is encoded")
        var decoder = StreamingDecoder(tokenizer)
        for id in ids { _ = try? decoder.append(id) }
        _ = decoder.finish()
    }
}
