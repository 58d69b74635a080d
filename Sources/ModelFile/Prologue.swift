/// The first 64 bytes: what the file is, and where its tables are.
struct Prologue: Equatable {
    static let byteCount = 64
    static let magic: [UInt8] = [0x89, 0x51, 0x38, 0x5A, 0x0D, 0x0A, 0x1A, 0x0A]
    /// What a copy in text mode makes of the magic: line ends became `\n`, or `\r\n` (of all, or of those that were
    /// not), or bytes lost their highest bit.
    private static let magicsChangedAsText: [[UInt8]] = [
        [0x89, 0x51, 0x38, 0x5A, 0x0A, 0x1A, 0x0A],
        [0x89, 0x51, 0x38, 0x5A, 0x0D, 0x0D, 0x0A, 0x1A],
        [0x89, 0x51, 0x38, 0x5A, 0x0D, 0x0A, 0x1A, 0x0D],
        [0x09, 0x51, 0x38, 0x5A],
    ]
    static func isChangedAsText(_ magic: [UInt8]) -> Bool { magicsChangedAsText.contains { magic.starts(with: $0) } }

    /// Where the checksum lies; it covers the bytes before it.
    static let checksumOffset = 56

    static let major = 1
    static let minor = 1

    var minor: Int
    var arrayCount: Int
    var chunkCount: Int
    var header: Range<Int>
    var directory: Range<Int>
    var chunkTable: Range<Int>

    /// The tables that follow data ending at `dataEnd`: each begins at a multiple of 64, the last ends the file.
    init(minor: Int = 0, dataEnd: Int, headerByteCount: Int, arrayCount: Int, chunkCount: Int) {
        self.minor = minor
        self.arrayCount = arrayCount
        self.chunkCount = chunkCount
        header = align(dataEnd)..<align(dataEnd) + headerByteCount
        directory = align(header.upperBound)..<align(header.upperBound) + arrayCount * Directory.recordByteCount
        chunkTable =
            align(directory.upperBound)..<align(directory.upperBound) + chunkCount * ChunkTable.recordByteCount
    }

    var fileByteCount: Int { chunkTable.upperBound }

    /// Reads the prologue of a file of `fileByteCount` bytes that begins with `bytes`, and checks rules 1 to 7.
    init(_ bytes: RawSpan, fileByteCount: Int) throws(ModelFileError) {
        guard bytes.byteCount >= Self.byteCount else { throw .tooShort(byteCount: fileByteCount) }
        let magic = (0..<8).map { bytes.uint8(at: $0) }
        guard magic == Self.magic else { throw .notAModelFile(magic: magic) }
        let (major, minor) = (Int(bytes.uint16(at: 8)), Int(bytes.uint16(at: 10)))
        guard major == Self.major else { throw .unsupportedVersion(major: major, minor: minor) }
        guard let stated = Int(exactly: bytes.uint64(at: 48)), stated == fileByteCount else {
            throw .wrongLength(stated: bytes.uint64(at: 48), actual: fileByteCount)
        }
        let headerByteCount = Int(bytes.uint32(at: 24))
        guard let headerOffset = Int(exactly: bytes.uint64(at: 16)), headerOffset >= Self.byteCount,
            headerOffset <= fileByteCount, headerByteCount <= fileByteCount - headerOffset,
            headerOffset % alignment == 0
        else { throw .headerOutOfBounds(offset: bytes.uint64(at: 16), byteCount: headerByteCount) }

        let (arrayCount, chunkCount) = (Int(bytes.uint32(at: 12)), Int(bytes.uint32(at: 28)))
        for (field, value, allowed) in [
            ("header byte count", headerByteCount, Limits.headerByteCount),
            ("array count", arrayCount, Limits.arrayCount), ("chunk count", chunkCount, Limits.chunkCount),
        ] where !allowed.contains(value) {
            throw .limitExceeded(field: field, value: value, allowed: allowed)
        }
        self.init(
            minor: minor, dataEnd: headerOffset, headerByteCount: headerByteCount, arrayCount: arrayCount,
            chunkCount: chunkCount)
        for (table, offset, expected) in [
            ("directory", bytes.uint64(at: 32), directory.lowerBound),
            ("chunk table", bytes.uint64(at: 40), chunkTable.lowerBound),
            ("end of the file", bytes.uint64(at: 48), self.fileByteCount),
        ] where offset != UInt64(expected) {
            throw .tableMisplaced(table: table, offset: offset, expected: expected)
        }
    }

    /// The bytes of the prologue, sealed with the checksum over itself and `tables`: the file from the header on.
    func encoded(sealing tables: [UInt8]) -> [UInt8] {
        var bytes = Self.magic
        bytes.append(littleEndian: UInt16(Self.major))
        bytes.append(littleEndian: UInt16(minor))
        bytes.append(littleEndian: UInt32(arrayCount))
        bytes.append(littleEndian: UInt64(header.lowerBound))
        bytes.append(littleEndian: UInt32(header.count))
        bytes.append(littleEndian: UInt32(chunkCount))
        bytes.append(littleEndian: UInt64(directory.lowerBound))
        bytes.append(littleEndian: UInt64(chunkTable.lowerBound))
        bytes.append(littleEndian: UInt64(fileByteCount))
        bytes.append(littleEndian: Self.checksum(prologue: bytes, tables: tables))
        return bytes
    }

    /// XXH64 over the prologue up to the checksum, followed by everything from the header on.
    static func checksum(prologue: [UInt8], tables: [UInt8]) -> UInt64 {
        let sealed = prologue.prefix(checksumOffset) + tables
        return unsafe xxh64(sealed.span.bytes)
    }
}
