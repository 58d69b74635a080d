/// The directory of a ZIP archive as PyTorch writes it: what is in it lies there as it is, and can be read in place.
///
/// The rules, each with an error of its own:
/// 1. The archive ends with the record of its end, without a comment. Where there is one for 64-bit sizes, it stands right
///    before its locator; both records agree, and where the locator is named by a saturated field, it is there.
/// 2. The directory ends where those records begin, has at most 16 MiB and 65 536 entries, exactly as many as stated, and
///    nothing else in it. The archive is one file: no other disks.
/// 3. An entry is neither compressed nor encrypted; its two sizes are one. Names are UTF-8, differ, and do not walk away.
/// 4. An entry's own header says what the directory says. Its bytes lie before the directory and in no other entry.
///
/// The source is PKWARE's APPNOTE. Checksums are compared when an entry is used: ``checkedRange(of:in:)``.
struct ZipArchive {
    static let magic: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
    static let entryLimit = 65_536
    static let directoryLimit = 16 << 20

    struct Entry {
        let name: String
        let checksum: UInt32
        /// Where its bytes lie in the file.
        let range: Range<Int>
    }

    let path: String
    let entries: [Entry]
    private let indices: [String: Int]

    init(path: String, file: borrowing MappedFile) throws(CheckpointError) {
        func failure(_ error: ZipError) -> CheckpointError { .zip(path: path, error) }
        let end = try ZipEnd(path: path, file: file)
        guard let bytes = file.bytes(end.directory) else { throw failure(.directoryOutside) }
        var walk = ByteWalk(bytes)
        var entries: [(header: Int, entry: Entry)] = []
        for _ in 0..<end.entryCount {
            guard let record = ZipRecord(&walk) else { throw failure(.badDirectory) }
            let name = try record.checkedName().mapError(failure).get()
            let range = try record.range(name: name, path: path, file: file, directoryStart: end.directory.lowerBound)
            entries.append((record.headerOffset, Entry(name: name, checksum: record.checksum, range: range)))
        }
        guard walk.available == 0 else { throw failure(.badDirectory) }
        entries.sort { $0.header < $1.header }
        for (first, second) in zip(entries, entries.dropFirst()) where first.entry.range.upperBound > second.header {
            throw failure(.overlap(first: first.entry.name, second: second.entry.name))
        }
        self.path = path
        self.entries = entries.map(\.entry)
        var indices: [String: Int] = [:]
        for (index, entry) in self.entries.enumerated() {
            guard indices.updateValue(index, forKey: entry.name) == nil else { throw failure(.duplicate(entry.name)) }
        }
        self.indices = indices
    }

    subscript(name: String) -> Entry? { indices[name].map { entries[$0] } }

    /// Where an entry's bytes are, once their checksum was found right.
    func checkedRange(of entry: Entry, in file: borrowing MappedFile) throws(CheckpointError) -> Range<Int> {
        let checksum = file.checksum(entry.range, .zip)
        guard checksum == entry.checksum else {
            throw .zip(path: path, .wrongChecksum(entry.name, stated: entry.checksum, found: checksum))
        }
        return entry.range
    }
}

/// What the end of an archive says about its directory.
private struct ZipEnd {
    let directory: Range<Int>
    let entryCount: Int

    init(path: String, file: borrowing MappedFile) throws(CheckpointError) {
        func failure(_ error: ZipError) -> CheckpointError { .zip(path: path, error) }
        let end = file.byteCount - 22
        guard let bytes = file.bytes(end..<file.byteCount), bytes.starts(with: [0x50, 0x4B, 0x05, 0x06]) else {
            throw failure(.noEnd)
        }
        var walk = ByteWalk(bytes, in: 4..<22)
        let words = (0..<4).map { _ in walk.word(as: UInt16.self) ?? 0 }
        let (size, offset) = (walk.word(as: UInt32.self) ?? 0, walk.word(as: UInt32.self) ?? 0)
        guard walk.word(as: UInt16.self) == 0 else { throw failure(.noEnd) }
        guard words[0] == 0, words[1] == 0, words[2] == words[3] else { throw failure(.manyDisks) }

        var (count64, size64, offset64) = (UInt64(words[3]), UInt64(size), UInt64(offset))
        var directoryEnd = end
        if let locator = file.bytes(end - 20..<end), locator.starts(with: [0x50, 0x4B, 0x06, 0x07]) {
            let record = try Self.record64(locator, before: end - 20, path: path, file: file)
            func agree(_ narrow: UInt64, _ saturated: UInt64, _ wide: UInt64) -> Bool {
                narrow == saturated || narrow == wide
            }
            guard agree(count64, 0xFFFF, record.count), agree(size64, 0xFFFF_FFFF, record.size),
                agree(offset64, 0xFFFF_FFFF, record.offset)
            else { throw failure(.twoEnds) }
            (count64, size64, offset64) = (record.count, record.size, record.offset)
            directoryEnd = end - 20 - 56
        } else if words[3] == 0xFFFF || size == .max || offset == .max {
            throw failure(.noLocator)
        }
        guard count64 <= UInt64(ZipArchive.entryLimit) else {
            throw failure(.tooMany(count: count64, limit: ZipArchive.entryLimit))
        }
        guard size64 <= UInt64(ZipArchive.directoryLimit) else {
            throw failure(.directoryTooLarge(byteCount: size64, limit: ZipArchive.directoryLimit))
        }
        guard offset64 <= UInt64(directoryEnd), size64 == UInt64(directoryEnd) - offset64 else {
            throw failure(.directoryOutside)
        }
        directory = Int(offset64)..<directoryEnd
        entryCount = Int(count64)
    }

    /// The record of 64-bit sizes, which stands right before its locator.
    private static func record64(
        _ locator: [UInt8], before place: Int, path: String, file: borrowing MappedFile
    ) throws(CheckpointError) -> (count: UInt64, size: UInt64, offset: UInt64) {
        var walk = ByteWalk(locator, in: 4..<20)
        let (disk, offset, diskCount) = (
            walk.word(as: UInt32.self), walk.word(as: UInt64.self), walk.word(as: UInt32.self)
        )
        guard disk == 0, diskCount == 1 else { throw .zip(path: path, .manyDisks) }
        guard place >= 56, offset == UInt64(place - 56), let bytes = file.bytes(place - 56..<place),
            bytes.starts(with: [0x50, 0x4B, 0x06, 0x06])
        else { throw .zip(path: path, .noRecord64) }
        var record = ByteWalk(bytes, in: 4..<56)
        guard record.word(as: UInt64.self) == 44, record.step(4) != nil, record.word(as: UInt64.self) == 0,
            let count = record.word(as: UInt64.self), record.word(as: UInt64.self) == count,
            let size = record.word(as: UInt64.self), let start = record.word(as: UInt64.self)
        else { throw .zip(path: path, .noRecord64) }
        return (count, size, start)
    }
}

/// One entry of the directory, as it stands there.
private struct ZipRecord {
    let flags: UInt16
    let method: UInt16
    let checksum: UInt32
    let packedByteCount: UInt64
    let byteCount: UInt64
    let nameBytes: [UInt8]
    /// Where the entry's own header begins; beyond any file if the record says so.
    let headerOffset: Int

    /// Nil where it is no entry, or is cut off.
    init?(_ walk: inout ByteWalk) {
        guard walk.word(as: UInt32.self) == 0x0201_4B50, walk.step(4) != nil, let flags = walk.word(as: UInt16.self),
            let method = walk.word(as: UInt16.self), walk.step(4) != nil, let checksum = walk.word(as: UInt32.self),
            let packed = walk.word(as: UInt32.self), let size = walk.word(as: UInt32.self),
            let nameCount = walk.word(as: UInt16.self), let extraCount = walk.word(as: UInt16.self),
            let commentCount = walk.word(as: UInt16.self), let disk = walk.word(as: UInt16.self), walk.step(6) != nil,
            let offset = walk.word(as: UInt32.self), let name = walk.step(Int(nameCount)),
            let extra = walk.step(Int(extraCount)), walk.step(Int(commentCount)) != nil, disk == 0
        else { return nil }
        var sizes = [UInt64(size), UInt64(packed), UInt64(offset)]
        let bytes = walk.bytes
        guard Self.widen(&sizes, extra: ByteWalk(bytes, in: extra)) else { return nil }
        self.flags = flags
        self.method = method
        self.checksum = checksum
        (byteCount, packedByteCount) = (sizes[0], sizes[1])
        headerOffset = Int(exactly: sizes[2]) ?? .max
        nameBytes = Array(bytes[name])
    }

    /// Replaces saturated sizes by those of the extra field for them; false where that is missing or cut off.
    private static func widen(_ sizes: inout [UInt64], extra: ByteWalk) -> Bool {
        var walk = extra
        var pending = sizes.indices.filter { sizes[$0] == 0xFFFF_FFFF }
        while walk.available > 0 {
            guard let kind = walk.word(as: UInt16.self), let count = walk.word(as: UInt16.self),
                let field = walk.step(Int(count))
            else { return false }
            guard kind == 1 else { continue }
            var values = ByteWalk(walk.bytes, in: field)
            for index in pending {
                guard let value = values.word(as: UInt64.self) else { return false }
                sizes[index] = value
            }
            guard values.available == 0 else { return false }
            pending = []
        }
        return pending.isEmpty
    }

    /// The name, once everything that the directory alone can tell is as it must be.
    func checkedName() -> Result<String, ZipError> {
        guard let name = String(validating: nameBytes, as: UTF8.self), !name.isEmpty, !name.hasPrefix("/"),
            nameBytes.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\\") }),
            !name.split(separator: "/", omittingEmptySubsequences: false).contains("..")
        else { return .failure(.badName(String(decoding: nameBytes, as: UTF8.self))) }
        if flags & 0x2041 != 0 { return .failure(.encrypted(name)) }
        if method != 0 { return .failure(.compressed(name, method: method)) }
        if byteCount != packedByteCount {
            return .failure(.twoSizes(name, stored: packedByteCount, unpacked: byteCount))
        }
        return .success(name)
    }

    /// Where the entry's bytes lie, once its own header was found to agree.
    func range(
        name: String, path: String, file: borrowing MappedFile, directoryStart: Int
    ) throws(CheckpointError) -> Range<Int> {
        let outside = CheckpointError.zip(path: path, .outside(name))
        guard headerOffset <= directoryStart, directoryStart - headerOffset >= 30,
            let header = file.bytes(headerOffset..<headerOffset + 30)
        else { throw outside }
        var walk = ByteWalk(header)
        guard walk.word(as: UInt32.self) == 0x0403_4B50, walk.step(2) != nil, let flags = walk.word(as: UInt16.self),
            let method = walk.word(as: UInt16.self), walk.step(4) != nil, let checksum = walk.word(as: UInt32.self),
            let packed = walk.word(as: UInt32.self), let size = walk.word(as: UInt32.self),
            let nameCount = walk.word(as: UInt16.self), let extraCount = walk.word(as: UInt16.self)
        else { throw .zip(path: path, .headerDiffers(name)) }
        let nameStart = headerOffset + 30
        let start = nameStart + Int(nameCount) + Int(extraCount)
        guard start <= directoryStart, byteCount <= UInt64(directoryStart - start) else { throw outside }
        // With flag 3 sizes and checksum stand behind the bytes, and zeros here.
        let follows = flags & 8 != 0
        func agree(_ local: UInt32, _ stated: UInt64) -> Bool {
            local == .max || UInt64(local) == stated || follows && local == 0
        }
        guard flags == self.flags, method == self.method,
            file.bytes(nameStart..<nameStart + Int(nameCount)) == nameBytes,
            checksum == self.checksum || follows && checksum == 0, agree(size, byteCount),
            agree(packed, packedByteCount)
        else { throw .zip(path: path, .headerDiffers(name)) }
        return start..<start + Int(byteCount)
    }
}
