/// The pickle of a file that `torch.save` wrote, followed to its end, and where the storages lie that it speaks of.
struct PyTorchContent {
    let machine: PickleMachine
    /// What the pickle makes.
    let root: PickleValue
    /// Where each storage's bytes lie, by its key.
    let ranges: [String: Range<Int>]
    /// What holds the storages' checksums, and the folder in it that they lie in; nil for older files.
    private let archive: (ZipArchive, folder: String)?

    /// Opens what `torch.save` writes since PyTorch 1.6.
    init(archive path: String, file: borrowing MappedFile) throws(CheckpointError) {
        let archive = try ZipArchive(path: path, file: file)
        let pickles = archive.entries.filter { entry in
            let parts = entry.name.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count == 2 && parts[1] == "data.pkl"
        }
        guard pickles.count == 1, let pickle = pickles.first else { throw .pyTorch(path: path, .noPickle) }
        let folder = String(pickle.name.dropLast("data.pkl".count))
        if let order = archive[folder + "byteorder"] {
            let range = try archive.checkedRange(of: order, in: file)
            guard range.count < 16, file.bytes(range) == Array("little".utf8) else {
                throw .pyTorch(path: path, .bigEndian)
            }
        }
        guard pickle.range.count <= PickleMachine.byteLimit else {
            let error = PickleError.tooLong(byteCount: pickle.range.count, limit: PickleMachine.byteLimit)
            throw .pyTorch(path: path, .pickle(error))
        }
        let bytes = file.bytes(try archive.checkedRange(of: pickle, in: file)) ?? []
        do throws(PickleError) {
            var machine = try PickleMachine(bytes)
            root = try machine.run()
            guard machine.walk.available == 0 else { throw .trailing(byteCount: machine.walk.available) }
            self.machine = machine
        } catch { throw .pyTorch(path: path, .pickle(error)) }
        var ranges: [String: Range<Int>] = [:]
        for storage in machine.storages { ranges[storage.key] = archive["\(folder)data/\(storage.key)"]?.range }
        self.ranges = ranges
        self.archive = (archive, folder)
    }

    /// Opens what `torch.save` wrote before, and still writes if asked to.
    init(legacy path: String, file: borrowing MappedFile) throws(CheckpointError) {
        archive = nil
        do throws(PyTorchError) {
            let bytes = file.bytes(0..<min(file.byteCount, PickleMachine.byteLimit)) ?? []
            let pickles = try Self.legacyPickles(bytes)
            (machine, root) = (pickles.machine, pickles.root)
            ranges = try Self.legacyRanges(of: pickles.keys, from: pickles.end, machine.storages, file: file)
        } catch { throw .pyTorch(path: path, error) }
    }

    /// The number that older files begin with, as a pickle of its own.
    private static let legacyMagic: [UInt8] = [
        0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]

    /// The pickles of an older file: a magic number, a version, the system it was written on, the value, and the keys of
    /// its storages in the order in which they follow.
    private static func legacyPickles(
        _ bytes: [UInt8]
    ) throws(PyTorchError) -> (machine: PickleMachine, root: PickleValue, keys: [String], end: Int) {
        guard bytes.starts(with: legacyMagic) else { throw .unknownVersion }
        let version = try followed(bytes, from: legacyMagic.count)
        guard version.root == .integer(1001) else { throw .unknownVersion }
        let system = try followed(bytes, from: version.end)
        guard let members = system.machine.items(of: system.root, .dictionary) else { throw .unknownVersion }
        for (key, value) in zip(members, members.dropFirst()) {
            if try name(key, in: system.machine) == "little_endian", value != .bool(true) { throw .bigEndian }
        }
        let content = try followed(bytes, from: system.end)
        let list = try followed(bytes, from: content.end)
        guard let items = list.machine.items(of: list.root, .list) else { throw .badStorageList }
        var keys: [String] = []
        for item in items {
            guard let key = try name(item, in: list.machine) else { throw .badStorageList }
            keys.append(key)
        }
        return (content.machine, content.root, keys, list.end)
    }

    private static func followed(
        _ bytes: [UInt8], from start: Int
    ) throws(PyTorchError) -> (machine: PickleMachine, root: PickleValue, end: Int) {
        do throws(PickleError) {
            var machine = try PickleMachine(bytes, from: start)
            let root = try machine.run()
            return (machine, root, machine.walk.offset)
        } catch { throw .pickle(error) }
    }

    /// The text of a value that is one.
    static func name(_ value: PickleValue, in machine: PickleMachine) throws(PyTorchError) -> String? {
        do throws(PickleError) { return try machine.text(value) } catch { throw .pickle(error) }
    }

    /// The storages of an older file lie one behind the other, each with its length before it, to the file's end.
    private static func legacyRanges(
        of keys: [String], from start: Int, _ storages: [PickleStorage], file: borrowing MappedFile
    ) throws(PyTorchError) -> [String: Range<Int>] {
        let known = Dictionary(storages.map { ($0.key, $0) }) { first, _ in first }
        guard keys.count == known.count else { throw .badStorageList }
        var ranges: [String: Range<Int>] = [:]
        var offset = start
        for key in keys {
            guard let storage = known[key], ranges[key] == nil else { throw .badStorageList }
            guard offset <= file.byteCount - 8, let length = file.bytes(offset..<offset + 8) else {
                throw .missingStorage(key: key)
            }
            var walk = ByteWalk(length)
            guard walk.word(as: UInt64.self) == UInt64(storage.count) else { throw .badStorageList }
            offset += 8
            let (byteCount, overflows) = storage.count.multipliedReportingOverflow(by: storage.type.blockBitCount / 8)
            guard !overflows, byteCount <= file.byteCount - offset else { throw .missingStorage(key: key) }
            ranges[key] = offset..<offset + byteCount
            offset += byteCount
        }
        guard offset == file.byteCount else { throw .appended(expected: offset, found: file.byteCount) }
        return ranges
    }

    /// Compares the checksum of a storage with what the archive says; older files have none.
    func check(storage index: Int, in file: borrowing MappedFile) throws(CheckpointError) {
        guard let (archive, folder) = archive,
            let entry = archive["\(folder)data/\(machine.storages[index].key)"]
        else { return }
        _ = try archive.checkedRange(of: entry, in: file)
    }
}
