import GPT2
import ModelFile
import StrictJSON
import Tokenizer

extension TextModel {
    /// The tokenizer of a model file, used where it lies, or nil if the file has none.
    public static func tokenizer(in file: ModelFile) throws(GenerationError) -> Tokenizer? {
        guard let header = file.header.tokenizer else { return nil }
        let arrays: TokenizerArrays
        do {
            unsafe arrays = TokenizerArrays(
                bytes: try bytes(file, "tokenizer.bytes"), offsets: try words(file, "tokenizer.offsets"),
                merges: try words(file, "tokenizer.merges", columns: 3, isOptional: true),
                mergeIndex: try words(file, "tokenizer.merge_index"), byteIDs: try words(file, "tokenizer.byte_ids"),
                specials: try words(file, "tokenizer.specials", isOptional: true))
        } catch { throw .model(.file(error)) }
        guard header["type"] == .string("byte-level-bpe"), let addsPrefixSpace = header["add_prefix_space"]?.boolValue
        else {
            throw .model(
                .file(.invalidHeaderMember(key: "tokenizer", expected: "a byte-level-bpe with add_prefix_space")))
        }
        var endOfText: UInt32?
        if let member = header["end_of_text"], !member.isNull {
            endOfText = member.intValue.flatMap { UInt32(exactly: $0) }
            guard endOfText != nil else {
                throw .model(
                    .file(
                        .invalidHeaderMember(key: "tokenizer", expected: "an end_of_text that is a token's id or null")
                    ))
            }
        }
        do {
            return try unsafe Tokenizer(
                inPlace: arrays, addsPrefixSpace: addsPrefixSpace, endOfText: endOfText, owner: file)
        } catch { throw .tokenizer(error) }
    }

    private static func bytes(_ file: ModelFile, _ name: String) throws(ModelFileError) -> UnsafeBufferPointer<UInt8> {
        let array = try file.require(name, types: [.uint8], layout: .plain, rows: nil, columns: 1)
        try file.verify(array)
        return unsafe try file.rawBytes(of: array).bindMemory(to: UInt8.self)
    }

    private static func words(
        _ file: ModelFile, _ name: String, columns: Int = 1, isOptional: Bool = false
    ) throws(ModelFileError) -> UnsafeBufferPointer<UInt32> {
        if isOptional, file.array(named: name) == nil { return unsafe UnsafeBufferPointer(start: nil, count: 0) }
        let array = try file.require(name, types: [.uint32], layout: .plain, rows: nil, columns: columns)
        try file.verify(array)
        return unsafe try file.rawBytes(of: array).bindMemory(to: UInt32.self)
    }
}
