/// Everything that comes before the weights of a GGUF file, checked against the file's length.
struct GGUFHeader {
    /// The most pairs of metadata, and the most tensors.
    static let countLimit = Tensor.countLimit
    /// The longest tables that are read, in bytes. GPT-2's have 2 million, nearly all of them the tokenizer's.
    static let byteLimit = 100_000_000
    static let alignmentLimit = 65_536
    static let tensorNameLimit = 64
    static let dimensionLimit: UInt32 = 4

    let metadata: [ByteString: GGUFValue]
    /// In the order of the file.
    let tensors: [Tensor]

    init(path: String, bytes: RawSpan) throws(CheckpointError) {
        var walk = GGUFWalk(path: path)
        _ = try walk.word("the magic number", bytes, as: UInt32.self)  // looked at by whoever chose this reader
        let version = try walk.word("the version", bytes, as: UInt32.self)
        guard version & 0xFFFF != 0 || version == 0 else { throw walk.failure(.bigEndian) }
        guard version == 2 || version == 3 else { throw walk.failure(.unknownVersion(version)) }
        let tensorCount = try walk.count("the number of tensors", limit: Self.countLimit, bytes)
        let pairCount = try walk.count("the number of pairs of metadata", limit: Self.countLimit, bytes)

        var metadata: [ByteString: GGUFValue] = [:]
        for _ in 0..<pairCount {
            let key = try walk.string("a key", bytes)
            guard !key.isEmpty else { throw walk.failure(.emptyKey) }
            let number = try walk.word("the type of \(quoted(key))", bytes, as: UInt32.self)
            guard let type = GGUFValueType(rawValue: number) else {
                throw walk.failure(.unknownValueType(key: key, type: number))
            }
            let value = try walk.value(type, key: key, bytes)
            guard metadata.updateValue(value, forKey: ByteString(key)) == nil else {
                throw walk.failure(.duplicateKey(key))
            }
        }
        let alignment = try Self.alignment(metadata[ByteString("general.alignment")], walk)

        var entries: [GGUFTensor] = []
        var names: Set<ByteString> = []
        for _ in 0..<tensorCount {
            let entry = try GGUFTensor(&walk, bytes)
            guard names.insert(ByteString(entry.name)).inserted else {
                throw walk.failure(.duplicateTensor(entry.name))
            }
            entries.append(entry)
        }
        let dataStart = (walk.offset + alignment - 1) / alignment * alignment
        self.metadata = metadata
        tensors = try Self.placed(
            entries, from: dataStart, alignment: alignment, path: path, fileByteCount: bytes.byteCount)
    }

    private static func alignment(_ value: GGUFValue?, _ walk: GGUFWalk) throws(CheckpointError) -> Int {
        switch value {
        case nil: return 32
        case .integer(let alignment)
        where alignment > 0 && alignment <= alignmentLimit && alignment & (alignment - 1) == 0:
            return Int(alignment)
        case let value?: throw walk.failure(.badAlignment(found: value.description))
        }
    }

    /// The tensors at their places in the file: one behind the other, each padded to the alignment.
    private static func placed(
        _ entries: [GGUFTensor], from dataStart: Int, alignment: Int, path: String, fileByteCount: Int
    ) throws(CheckpointError) -> [Tensor] {
        var tensors: [Tensor] = []
        var start = dataStart  // at most 100 million; every tensor is checked to end inside the file
        var end = dataStart
        for entry in entries {
            guard entry.offset == UInt64(start - dataStart) else {
                throw .gguf(
                    path: path,
                    .wrongOffset(tensor: entry.name, expected: start - dataStart, found: entry.offset))
            }
            guard start <= fileByteCount, entry.byteCount <= fileByteCount - start else {
                let end = start.addingReportingOverflow(entry.byteCount)
                throw .gguf(
                    path: path,
                    .tensorBeyondFile(
                        tensor: entry.name, end: end.overflow ? .max : end.partialValue, fileByteCount: fileByteCount))
            }
            end = start + entry.byteCount
            tensors.append(
                Tensor(name: entry.name, shape: entry.shape, type: entry.type, bytes: start..<end, shard: 0))
            start = (end + alignment - 1) / alignment * alignment
        }
        // The padding behind the last tensor may be left out.
        guard entries.isEmpty || fileByteCount <= start else {
            throw .gguf(path: path, .appended(expected: start, found: fileByteCount))
        }
        return tensors
    }
}

/// One line of the table of tensors, its numbers in range but not yet compared with its neighbours'.
private struct GGUFTensor {
    let name: String
    /// From the slowest dimension to the fastest, the other way than in the file.
    let shape: [Int]
    let type: TensorType
    let offset: UInt64
    let byteCount: Int

    init(_ walk: inout GGUFWalk, _ bytes: RawSpan) throws(CheckpointError) {
        let name = try walk.string("a tensor's name", bytes)
        guard (1...GGUFHeader.tensorNameLimit).contains(name.utf8.count) else {
            throw walk.failure(.badTensorName(byteCount: name.utf8.count))
        }
        let field = "the entry of tensor \(quoted(name))"
        let dimensionCount = try walk.word(field, bytes, as: UInt32.self)
        guard (1...GGUFHeader.dimensionLimit).contains(dimensionCount) else {
            throw walk.failure(.dimensionCount(tensor: name, found: dimensionCount))
        }
        var sizes: [Int] = []
        for _ in 0..<dimensionCount {
            let size = try walk.word(field, bytes, as: UInt64.self)
            guard (1...(1 << 48 - 1)).contains(size) else {
                throw walk.failure(.dimension(tensor: name, found: size))
            }
            sizes.append(Int(size))
        }
        let number = try walk.word(field, bytes, as: UInt32.self)
        guard let type = TensorType(gguf: number) else {
            throw walk.failure(.unreadType(tensor: name, type: TensorType.name(gguf: number)))
        }
        offset = try walk.word(field, bytes, as: UInt64.self)
        guard sizes[0] % type.blockLength == 0 else {
            throw walk.failure(.partialBlock(tensor: name, columnCount: sizes[0], type: type))
        }
        var byteCount = type.blockBitCount / 8
        for size in [sizes[0] / type.blockLength] + sizes.dropFirst() {
            let (product, overflows) = byteCount.multipliedReportingOverflow(by: size)
            guard !overflows else { throw walk.failure(.shapeOverflows(tensor: name)) }
            byteCount = product
        }
        self.name = name
        self.type = type
        self.byteCount = byteCount
        shape = sizes.reversed()
    }
}
