/// The table of a TensorFlow checkpoint, `model.ckpt.index`: where each tensor lies in the files of data beside it.
///
/// The rules, each with an error of its own:
/// 1. The file has at most 16 MiB and ends with 48 bytes: where the index of blocks is, and a magic number. Every block
///    lies before them and has the checksum (CRC-32C, masked) that follows it. It is not compressed. Blocks of entries
///    ascend without overlap.
/// 2. Keys of a block ascend; nothing in it reaches beyond it. There are at most 65 536 entries.
/// 3. The entry without a name says how many files of data there are, 1 to 1000, and that they are little-endian.
/// 4. Every other is a tensor: a type, sizes from 0 to 2⁴⁸ − 1, a file, an offset and as many bytes as these need.
///    Slices of partitioned variables are not read.
///
/// The source is the table format of LevelDB and the message types of tensor_bundle.proto.
struct TensorFlowIndex {
    static let magic: [UInt8] = [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB]
    static let byteLimit = 16 << 20
    static let entryLimit = Tensor.countLimit
    private static let footerByteCount = 48

    struct Entry {
        let name: String
        let type: TensorType
        let shape: [Int]
        let shard: Int
        let offset: Int
        let byteCount: Int
        /// Of its bytes, masked.
        let checksum: UInt32
    }

    let shardCount: Int
    private(set) var entries: [Entry] = []

    init(_ bytes: [UInt8]) throws(TensorFlowError) {
        guard bytes.count >= Self.footerByteCount, bytes.suffix(8).elementsEqual(Self.magic) else { throw .noFooter }
        var footer = ByteWalk(bytes, in: bytes.count - Self.footerByteCount..<bytes.count - 8)
        guard footer.size() != nil, footer.size() != nil, let offset = footer.size(), let byteCount = footer.size()
        else {
            throw .noFooter
        }
        var records: [(key: [UInt8], value: Range<Int>)] = []
        var lastEnd = 0
        for record in try Self.block(bytes, offset: offset, byteCount: byteCount) {
            var handle = ByteWalk(bytes, in: record.value)
            guard let offset = handle.size(), let byteCount = handle.size() else { throw .badBlock(offset: offset) }
            let block = try Self.block(bytes, offset: offset, byteCount: byteCount)
            // In the order of the file, so that no byte is read twice.
            guard offset >= lastEnd else { throw .badBlock(offset: offset) }
            lastEnd = offset + byteCount
            records += block
            guard records.count <= Self.entryLimit else { throw .tooMany(limit: Self.entryLimit) }
        }
        guard let header = records.first, header.key.isEmpty else { throw .noHeader }
        shardCount = try Self.shardCount(ProtocolMessage(bytes, in: header.value))
        var last: [UInt8] = []
        for (key, value) in records.dropFirst() {
            guard last.lexicographicallyPrecedes(key) else { throw .order }
            last = key
            guard let name = String(validating: key, as: UTF8.self) else { throw .notText }
            entries.append(try Entry(name: name, ProtocolMessage(bytes, in: value), shardCount: shardCount))
        }
    }

    /// The records of a block, each with its key and the place of its value.
    private static func block(
        _ bytes: [UInt8], offset: Int, byteCount: Int
    ) throws(TensorFlowError) -> [(key: [UInt8], value: Range<Int>)] {
        let available = bytes.count - footerByteCount - 5
        guard offset <= available, byteCount <= available - offset, byteCount >= 4 else {
            throw .badBlock(offset: offset)
        }
        var tail = ByteWalk(bytes, in: offset + byteCount..<offset + byteCount + 5)
        let compression = tail.byte()
        let checksum = unsafe CyclicChecksum.castagnoli(bytes.span.bytes.extracting(offset..<offset + byteCount + 1))
        guard tail.word(as: UInt32.self) == masked(checksum) else { throw .wrongBlockChecksum(offset: offset) }
        guard compression == 0 else { throw .compressed }

        var count = ByteWalk(bytes, in: offset + byteCount - 4..<offset + byteCount)
        let restarts = 4 * Int(count.word(as: UInt32.self) ?? 0)
        guard restarts <= byteCount - 4 else { throw .badBlock(offset: offset) }
        var walk = ByteWalk(bytes, in: offset..<offset + byteCount - 4 - restarts)
        var records: [(key: [UInt8], value: Range<Int>)] = []
        var key: [UInt8] = []
        while walk.available > 0 {
            guard let shared = walk.size(), let own = walk.size(), let length = walk.size(), shared <= key.count,
                let suffix = walk.step(own), let value = walk.step(length), shared + own <= nameLimit
            else { throw .badBlock(offset: offset) }
            key = Array(key[..<shared] + bytes[suffix])
            records.append((key, value))
            guard records.count <= entryLimit else { throw .tooMany(limit: entryLimit) }
        }
        return records
    }

    /// The longest name of a tensor: names share their beginnings in the file, so a short file could have very long ones.
    private static let nameLimit = 1024

    private static func shardCount(_ header: ProtocolMessage?) throws(TensorFlowError) -> Int {
        guard let header else { throw .noHeader }
        guard header.number(2) == 0 else { throw .bigEndian }
        guard let count = header.number(1), (1...1000).contains(count) else { throw .noHeader }
        return count
    }

    /// LevelDB stores checksums turned by 15 bits and shifted by a constant.
    static func masked(_ checksum: UInt32) -> UInt32 { (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8 }
}

extension TensorFlowIndex.Entry {
    private static let integers = 0...(1 << 48 - 1)

    fileprivate init(name: String, _ message: ProtocolMessage?, shardCount: Int) throws(TensorFlowError) {
        let bad = TensorFlowError.badEntry(tensor: name)
        guard let message, let type = message.number(1), let shard = message.number(3), let offset = message.number(4),
            let byteCount = message.number(5), (0..<shardCount).contains(shard), Self.integers.contains(offset),
            Self.integers.contains(byteCount)
        else { throw bad }
        guard message.ranges(7).isEmpty else { throw .slices(tensor: name) }
        guard let element = TensorType(tensorFlow: type) else { throw .unknownType(tensor: name, type: type) }
        var shape: [Int] = []
        for range in message.ranges(2) {
            guard let list = ProtocolMessage(message.bytes, in: range), list.number(3) == 0 else { throw bad }
            for range in list.ranges(2) {
                guard let size = ProtocolMessage(message.bytes, in: range)?.number(1), Self.integers.contains(size),
                    shape.count < Tensor.dimensionLimit
                else { throw bad }
                shape.append(size)
            }
        }
        var expected = element.blockBitCount / 8
        for size in shape {
            let (product, overflows) = expected.multipliedReportingOverflow(by: size)
            guard !overflows else { throw bad }
            expected = product
        }
        guard expected == byteCount else {
            throw .wrongByteCount(tensor: name, expected: expected, found: byteCount)
        }
        (self.name, self.type, self.shape, self.shard) = (name, element, shape, shard)
        (self.offset, self.byteCount, checksum) = (offset, byteCount, message.checksum)
    }
}

/// The fields of a message in Google's protocol buffers.
private struct ProtocolMessage {
    let bytes: [UInt8]
    private var numbers: [UInt64: UInt64] = [:]
    private var parts: [(field: UInt64, range: Range<Int>)] = []
    private(set) var checksum: UInt32 = 0

    /// Nil where it is none, or nests something older than these.
    init?(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        var walk = ByteWalk(bytes, in: range)
        while walk.available > 0 {
            guard let tag = walk.varint() else { return nil }
            switch tag & 7 {
            case 0:
                guard let value = walk.varint() else { return nil }
                numbers[tag >> 3] = value
            case 1: guard walk.step(8) != nil else { return nil }
            case 2:
                guard let count = walk.size(), let range = walk.step(count) else { return nil }
                parts.append((tag >> 3, range))
            case 5:
                guard let value = walk.word(as: UInt32.self) else { return nil }
                if tag >> 3 == 6 { checksum = value }  // the only one there is
            default: return nil
            }
        }
    }

    /// A whole number; 0 where it is absent, nil where no `Int` holds it.
    func number(_ field: UInt64) -> Int? { Int(exactly: numbers[field] ?? 0) }

    /// Where the texts and messages of a field are.
    func ranges(_ field: UInt64) -> [Range<Int>] { parts.filter { $0.field == field }.map(\.range) }
}

extension TensorType {
    /// The type that TensorFlow means by a number, or nil for those that hold no numbers, or none of a checkpoint's.
    fileprivate init?(tensorFlow number: Int) {
        switch number {
        case 1: self = .float32
        case 2: self = .float64
        case 3: self = .int32
        case 4: self = .uint8
        case 5: self = .int16
        case 6: self = .int8
        case 9: self = .int64
        case 10: self = .bool
        case 14: self = .bfloat16
        case 19: self = .float16
        default: return nil
        }
    }
}
