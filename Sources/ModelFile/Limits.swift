/// The limits of format version 1, each with its reason. Together they make every product of sizes fit 63 bits.
enum Limits {
    /// A header is read for people; 16 MiB holds any configuration and provenance.
    static let headerByteCount = 1...16 << 20
    /// GPT-2 XL has under 1200 arrays. 65 536 records are 6 MiB.
    static let arrayCount = 0...1 << 16
    /// GPT-2 XL in float32 has about 30 000 chunks. 2²⁰ records are 24 MiB.
    static let chunkCount = 0...1 << 20
    /// One array has less than 2³¹ rows, so that a row number fits a signed 32-bit integer.
    static let rows = 1...(1 << 31) - 1
    /// A product of int8 numbers summed over 65 536 columns fits a signed 32-bit integer.
    static let columns = 1...1 << 16
    /// A float32 panel of 65 536 columns. What a reader sets aside to decode a chunk.
    static let chunkByteCount = 1...4 << 20
    /// Escapes are for outliers: if more than one element in 2000 needs one, the step is wrong. A small matrix may
    /// have 16 all the same.
    static func escapeCount(elementCount: Int) -> Int { max(16, elementCount / 2000) }
    /// Outliers of packed symbols cost time: with more than one in 200, another bit is cheaper.
    static func outlierCount(elementCount: Int) -> Int { max(16, elementCount / 200) }
    /// A name has at most 63 bytes, so that its field of 64 always ends in a zero.
    static let nameByteCount = 1...63
    /// The columns that may share a scale; 0 stands for the whole row.
    static let blockLengths: Set<Int> = [0, 64, 128, 256]
    /// What a writer aims at: a chunk is decoded into the cache next to a core and multiplied there.
    static let preferredChunkByteCount = 256 << 10
}
