/// The directory: one record of 96 bytes for each array, in file order.
enum Directory {
    static let recordByteCount = 96
    private static let nameFieldByteCount = 64

    /// Reads the records that `bytes` hold, whole, and checks rules 10 to 18.
    static func decoded(_ bytes: RawSpan, chunkCount: Int) throws(ModelFileError) -> [ArrayDescription] {
        var arrays: [ArrayDescription] = []
        var names: Set<String> = []
        var usedChunks = 0
        for index in 0..<bytes.byteCount / recordByteCount {
            let start = index * recordByteCount
            let array = try record(bytes, at: start, index: index, firstChunk: usedChunks)
            guard names.insert(array.name).inserted else { throw .duplicateName(array: array.name) }
            usedChunks = array.chunks.upperBound
            arrays.append(array)
        }
        guard usedChunks == chunkCount else { throw .wrongChunkCount(stated: chunkCount, used: usedChunks) }
        return arrays
    }

    private static func record(
        _ bytes: RawSpan, at start: Int, index: Int, firstChunk: Int
    ) throws(ModelFileError) -> ArrayDescription {
        let field = (start..<start + nameFieldByteCount).map { bytes.uint8(at: $0) }
        let letters = field.prefix { $0 != 0 }
        guard field[letters.count...].allSatisfy({ $0 == 0 }), letters.allSatisfy({ $0 < 0x80 }) else {
            throw .invalidName(index: index)
        }
        let name = String(decoding: letters, as: UTF8.self)

        let codes = (64...67).map { bytes.uint8(at: start + $0) }
        guard let elementType = ElementType(rawValue: codes[0]) else {
            throw .unknownCode(array: name, field: "element type", value: Int(codes[0]))
        }
        guard let layout = Layout(rawValue: codes[1]) else {
            throw .unknownCode(array: name, field: "layout", value: Int(codes[1]))
        }
        guard let storage = Storage(rawValue: codes[2]) else {
            throw .unknownCode(array: name, field: "storage", value: Int(codes[2]))
        }
        let reserved = Int(codes[3]) + Int(bytes.uint32(at: start + 92))
        guard reserved == 0 else { throw .unknownCode(array: name, field: "reserved field", value: reserved) }

        let array = try ArrayDescription(
            index: index, name: name, elementType: elementType, layout: layout, storage: storage,
            blockLength: Int(bytes.uint32(at: start + 68)), rows: Int(bytes.uint32(at: start + 72)),
            columns: Int(bytes.uint32(at: start + 76)), firstChunk: firstChunk,
            rowsPerChunk: Int(bytes.uint32(at: start + 88)))
        let (statedFirst, statedCount) = (Int(bytes.uint32(at: start + 80)), Int(bytes.uint32(at: start + 84)))
        guard statedFirst == array.chunks.lowerBound, statedCount == array.chunks.count else {
            throw .wrongChunkRange(array: name, first: statedFirst, count: statedCount, expected: array.chunks)
        }
        return array
    }

    static func encoded(_ arrays: [ArrayDescription]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(arrays.count * recordByteCount)
        for array in arrays {
            bytes += array.name.utf8
            bytes += repeatElement(0, count: nameFieldByteCount - array.name.utf8.count)
            bytes += [array.elementType.rawValue, array.layout.rawValue, array.storage.rawValue, 0]
            for field in [
                array.blockLength, array.rows, array.columns, array.chunks.lowerBound, array.chunks.count,
                array.rowsPerChunk, 0,
            ] {
                bytes.append(littleEndian: UInt32(field))
            }
        }
        return bytes
    }
}
