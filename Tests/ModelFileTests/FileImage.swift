import TestSupport

@testable import ModelFile

/// A model file taken apart, so that a test can break one thing and put it together again, sealed as if it were right.
struct FileImage {
    var header: String
    /// 96 bytes each.
    var records: [[UInt8]]
    /// The chunks of each array, as stored.
    var chunks: [[StoredChunk]]

    struct StoredChunk {
        var bytes: [UInt8]
        var decodedByteCount: Int
    }

    init(_ bytes: [UInt8]) {
        let span = unsafe bytes.span.bytes
        let (arrayCount, directory) = (Int(span.uint32(at: 12)), Int(span.uint64(at: 32)))
        let (headerOffset, table) = (Int(span.uint64(at: 16)), Int(span.uint64(at: 40)))
        let headerEnd = headerOffset + Int(span.uint32(at: 24))
        header = String(decoding: bytes[headerOffset..<headerEnd], as: UTF8.self)
        records = (0..<arrayCount).map { Array(bytes[directory + $0 * 96..<directory + $0 * 96 + 96]) }
        chunks = records.map { record in
            let record = unsafe record.span.bytes
            let first = Int(record.uint32(at: 80))
            return (first..<first + Int(record.uint32(at: 84))).map { chunk in
                let offset = Int(span.uint64(at: table + chunk * 24))
                let count = Int(span.uint32(at: table + chunk * 24 + 8))
                return StoredChunk(
                    bytes: Array(bytes[offset..<offset + count]),
                    decodedByteCount: Int(span.uint32(at: table + chunk * 24 + 12)))
            }
        }
    }

    /// The index of the array called `name`.
    func index(_ name: String) -> Int {
        records.firstIndex { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) == name } ?? -1
    }

    /// Overwrites a field of an array's record.
    mutating func set(_ name: String, at offset: Int, _ value: [UInt8]) {
        records[index(name)].replaceSubrange(offset..<offset + value.count, with: value)
    }

    /// Overwrites bytes of a raw array's contents.
    mutating func fill(_ name: String, at offset: Int, _ value: [UInt8]) {
        chunks[index(name)][0].bytes.replaceSubrange(offset..<offset + value.count, with: value)
    }

    /// The file's bytes.
    ///
    /// - Parameter alteration: what to do to the finished bytes before the tables are sealed.
    func assembled(_ alteration: (inout [UInt8]) -> Void = { _ in }) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        var table: [UInt8] = []
        for (array, stored) in chunks.enumerated() {
            bytes.pad()
            for (index, chunk) in stored.enumerated() {
                table += littleEndian(UInt64(bytes.count)) + littleEndian(UInt32(chunk.bytes.count))
                table += littleEndian(UInt32(chunk.decodedByteCount))
                table += littleEndian(unsafe xxh64(chunk.bytes.span.bytes, seed: UInt64(array) << 32 | UInt64(index)))
                bytes += chunk.bytes
            }
        }
        let prologue = Prologue(
            dataEnd: bytes.count, headerByteCount: header.utf8.count, arrayCount: records.count,
            chunkCount: table.count / 24)
        bytes.pad()
        bytes += Array(header.utf8)
        bytes.pad()
        bytes += records.flatMap { $0 }
        bytes.pad()
        bytes += table
        bytes.replaceSubrange(0..<64, with: prologue.encoded(sealing: []))
        alteration(&bytes)
        return Self.sealed(bytes)
    }

    /// The bytes with the checksum of the tables made right, where the header's offset makes sense.
    static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        let span = unsafe bytes.span.bytes
        guard let start = Int(exactly: span.uint64(at: 16)), start <= bytes.count else { return bytes }
        var sealed = bytes
        let covered = bytes[..<56] + bytes[start...]
        sealed.replaceSubrange(56..<64, with: littleEndian(unsafe xxh64(covered.span.bytes)))
        return sealed
    }
}

/// zstd frames put together by hand, after RFC 8878.
enum Frame {
    /// A block of one byte repeated.
    static func run(_ byte: UInt8 = 0, count: Int, isLast: Bool = true) -> [UInt8] {
        littleEndian(UInt32((isLast ? 1 : 0) | 1 << 1 | count << 3)).dropLast() + [byte]
    }

    /// A frame of one segment that states its content size in 4 bytes.
    static func single(_ stated: Int, _ blocks: [UInt8]) -> [UInt8] {
        magic + [0b1010_0000] + littleEndian(UInt32(stated)) + blocks
    }

    static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
}
