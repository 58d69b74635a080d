/// Where a chunk lies, and its checksum.
struct Chunk: Sendable, Equatable {
    /// The array it belongs to, by position in the directory.
    var arrayIndex: Int
    /// The bytes as stored.
    var stored: Range<Int>
    var decodedByteCount: Int
    /// XXH64 of the stored bytes.
    var checksum: UInt64

    /// The seed binds a chunk to its place: two chunks exchanged are two checksums wrong.
    static func seed(arrayIndex: Int, chunkInArray: Int) -> UInt64 {
        UInt64(arrayIndex) << 32 | UInt64(chunkInArray)
    }
}

/// The chunk table: one record of 24 bytes for each chunk, in file order.
enum ChunkTable {
    static let recordByteCount = 24

    /// Reads the records of `arrays` and checks rules 19 to 22. `bytes` hold exactly as many as the arrays have chunks.
    ///
    /// - Parameter headerOffset: where the data must end, padding included.
    static func decoded(
        _ bytes: RawSpan, arrays: [ArrayDescription], headerOffset: Int
    ) throws(ModelFileError) -> [Chunk] {
        var chunks: [Chunk] = []
        chunks.reserveCapacity(bytes.byteCount / recordByteCount)
        var end = Prologue.byteCount
        for array in arrays {
            end = align(end)
            for number in array.chunks {
                let chunkInArray = number - array.chunks.lowerBound
                let start = number * recordByteCount
                let offset = bytes.uint64(at: start)
                let (stored, decoded) = (Int(bytes.uint32(at: start + 8)), Int(bytes.uint32(at: start + 12)))
                let expected = array.decodedByteCount(ofChunk: number)
                guard decoded == expected else {
                    throw .wrongDecodedByteCount(
                        array: array.name, chunk: chunkInArray, stated: decoded, expected: expected)
                }
                guard array.storage == .zstd || stored == decoded else {
                    throw .wrongStoredByteCount(
                        array: array.name, chunk: chunkInArray, stated: stored, expected: decoded)
                }
                guard offset == UInt64(end), stored <= headerOffset - end else {
                    throw .chunkMisplaced(array: array.name, chunk: chunkInArray, offset: offset, expected: end)
                }
                chunks.append(
                    Chunk(
                        arrayIndex: array.index, stored: end..<end + stored, decodedByteCount: decoded,
                        checksum: bytes.uint64(at: start + 16)))
                end += stored
            }
        }
        guard align(end) == headerOffset else { throw .headerMisplaced(offset: headerOffset, expected: align(end)) }
        return chunks
    }

    static func encoded(_ chunks: [Chunk]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(chunks.count * recordByteCount)
        for chunk in chunks {
            bytes.append(littleEndian: UInt64(chunk.stored.lowerBound))
            bytes.append(littleEndian: UInt32(chunk.stored.count))
            bytes.append(littleEndian: UInt32(chunk.decodedByteCount))
            bytes.append(littleEndian: chunk.checksum)
        }
        return bytes
    }
}
