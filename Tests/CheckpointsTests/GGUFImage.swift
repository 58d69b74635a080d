/// A GGUF file made by hand, a rule at a time.
struct GGUFImage {
    /// A line of the table of tensors: sizes from the fastest dimension to the slowest.
    struct Entry {
        var name = "t"
        var sizes: [UInt64] = [32]
        var type: UInt32 = 0
        var offset: UInt64 = 0
    }

    var magic = Array("GGUF".utf8)
    var version: UInt32 = 3
    /// Stated instead of the true numbers.
    var tensorCount: UInt64?
    var pairCount: UInt64?
    var pairs: [[UInt8]] = []
    var entries: [Entry] = []
    var data: [UInt8] = []
    var alignment = 32

    var bytes: [UInt8] {
        var bytes = magic + Self.word(version) + Self.word(tensorCount ?? UInt64(entries.count))
        bytes += Self.word(pairCount ?? UInt64(pairs.count)) + pairs.flatMap { $0 }
        for entry in entries {
            bytes += Self.string(entry.name) + Self.word(UInt32(entry.sizes.count))
            bytes += entry.sizes.flatMap { Self.word($0) } + Self.word(entry.type) + Self.word(entry.offset)
        }
        bytes += [UInt8](repeating: 0, count: (alignment - bytes.count % alignment) % alignment)
        return bytes + data
    }

    static func word<Word: FixedWidthInteger>(_ value: Word) -> [UInt8] {
        (0..<Word.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Word(8 * $0)) }
    }

    static func string(_ text: String) -> [UInt8] { word(UInt64(text.utf8.count)) + Array(text.utf8) }

    static func pair(_ key: String, type: UInt32, _ value: [UInt8]) -> [UInt8] { string(key) + word(type) + value }

    static func list(_ key: String, type: UInt32, count: Int, _ values: [UInt8]) -> [UInt8] {
        pair(key, type: 9, word(type) + word(UInt64(count)) + values)
    }

    static func text(_ key: String, _ value: String) -> [UInt8] { pair(key, type: 8, string(value)) }
    static func number(_ key: String, _ value: UInt32) -> [UInt8] { pair(key, type: 4, word(value)) }
    static func texts(_ key: String, _ values: [String]) -> [UInt8] {
        list(key, type: 8, count: values.count, values.flatMap { string($0) })
    }

    /// The metadata of a small model.
    static let hyperparameters: [[UInt8]] = [
        text("general.architecture", "gpt2"), number("gpt2.block_count", 1), number("gpt2.context_length", 8),
        number("gpt2.embedding_length", 4), number("gpt2.feed_forward_length", 4),
        number("gpt2.attention.head_count", 1),
        pair("gpt2.attention.layer_norm_epsilon", type: 6, word(Float(1e-5).bitPattern)),
    ]

    static let tokenizer: [[UInt8]] = [
        text("tokenizer.ggml.model", "gpt2"), texts("tokenizer.ggml.tokens", ["a", "b"]),
        texts("tokenizer.ggml.merges", []),
    ]
}
