import StrictJSON

/// The table of tensors at the start of a safetensors file, checked against the file's length.
struct SafetensorsHeader {
    /// In the order of their bytes, which are counted from the start of the file.
    let tensors: [Tensor]

    init(path: String, bytes: RawSpan) throws(CheckpointError) {
        let headerByteCount = try Self.headerByteCount(path: path, bytes: bytes)
        let dataStart = 8 + headerByteCount
        let text = unsafe bytes.extracting(8..<dataStart).withUnsafeBytes { unsafe Array($0) }
        guard text.first == UInt8(ascii: "{") else { throw .headerIsNotAnObject(path: path) }
        let json: JSONValue
        do {
            json = try JSONValue(parsing: text)
        } catch {
            throw .badJSON(path: path, reason: error)
        }
        guard let members = json.objectValue else { throw .headerIsNotAnObject(path: path) }

        var entries: [Entry] = []
        for (name, value) in members {
            if name == "__metadata__" {
                guard let strings = value.objectValue, strings.allSatisfy({ $0.value.stringValue != nil }) else {
                    throw .badMetadata(path: path)
                }
            } else {
                entries.append(try Entry(path: path, name: name, value: value))
            }
        }
        entries.sort { ($0.start, $0.end) < ($1.start, $1.end) }

        var end = 0
        for entry in entries {
            guard entry.start <= end else {
                throw .hole(path: path, tensor: entry.name, expected: end, found: entry.start)
            }
            guard entry.start >= end else {
                throw .overlap(path: path, tensor: entry.name, expected: end, found: entry.start)
            }
            try entry.checkByteCount(path: path)
            end = entry.end
        }
        guard end == bytes.byteCount - dataStart else {
            throw .wrongFileSize(path: path, expected: dataStart + end, found: bytes.byteCount)
        }
        tensors = entries.map { entry in
            Tensor(
                name: entry.name, shape: entry.shape, type: entry.type,
                bytes: dataStart + entry.start..<dataStart + entry.end, shard: 0)
        }
    }

    private static func headerByteCount(path: String, bytes: RawSpan) throws(CheckpointError) -> Int {
        guard bytes.byteCount >= 8 else { throw .fileTooSmall(path: path, byteCount: bytes.byteCount) }
        let count = UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(as: UInt64.self))
        guard count <= SafetensorsFile.headerLimit else { throw .headerTooLarge(path: path, byteCount: count) }
        guard count <= bytes.byteCount - 8 else {
            throw .headerBeyondFile(path: path, byteCount: count, fileByteCount: bytes.byteCount)
        }
        return Int(count)
    }
}

/// One member of the header, its numbers in range but not yet compared with its neighbours'.
private struct Entry {
    /// The largest integer of the format, 2⁴⁸ − 1. Sums and differences of two of these cannot overflow.
    static let integers = 0...(1 << 48 - 1)

    let name: String
    let type: TensorType
    let shape: [Int]
    let start: Int
    let end: Int

    init(path: String, name: String, value: JSONValue) throws(CheckpointError) {
        func refused(_ field: String) -> CheckpointError { .badTensorEntry(path: path, tensor: name, field: field) }
        func integers(_ key: String) throws(CheckpointError) -> [Int] {
            guard let values = value[key]?.arrayValue else { throw refused(key) }
            let integers = values.compactMap(\.intValue).filter(Self.integers.contains)
            guard integers.count == values.count else { throw refused(key) }
            return integers
        }

        guard let members = value.objectValue else { throw refused("entry") }
        guard members.count == 3 else { throw refused("entry") }
        guard let typeName = value["dtype"]?.stringValue else { throw refused("dtype") }
        guard let type = TensorType(rawValue: typeName), type.blockLength == 1 else {
            throw .unknownType(path: path, tensor: name, type: typeName)
        }
        let offsets = try integers("data_offsets")
        guard let start = offsets.first, let end = offsets.last, offsets.count == 2 else {
            throw refused("data_offsets")
        }
        guard start <= end else { throw .reversedOffsets(path: path, tensor: name, start: start, end: end) }
        self.name = name
        self.type = type
        shape = try integers("shape")
        guard shape.count <= Tensor.dimensionLimit else { throw refused("shape") }
        self.start = start
        self.end = end
    }

    func checkByteCount(path: String) throws(CheckpointError) {
        var bitCount = type.blockBitCount
        for size in shape {
            let (product, overflows) = bitCount.multipliedReportingOverflow(by: size)
            guard !overflows else { throw .shapeOverflows(path: path, tensor: name) }
            bitCount = product
        }
        guard bitCount % 8 == 0 else { throw .partialByte(path: path, tensor: name) }
        guard bitCount / 8 == end - start else {
            throw .wrongByteCount(path: path, tensor: name, expected: bitCount / 8, found: end - start)
        }
    }
}
