@testable import Checkpoints

/// A ZIP archive as PyTorch writes it, each of its statements open to change.
struct ZipImage {
    struct Entry {
        var name: String
        var bytes: [UInt8]
        var method: UInt16 = 0
        var flags: UInt16 = 0x0800
        var checksum: UInt32?
        var byteCount: UInt32?
        var packedByteCount: UInt32?
        var localName: String?
        var headerOffset: UInt32?
        /// Of the directory's record.
        var extra: [UInt8] = []

        init(_ name: String, _ bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }
    }

    /// Four float32 numbers: 1, 2, 3, 4.
    static let four = floatBytes([1, 2, 3, 4])

    var entries: [Entry]
    /// What the end says, where it does not say the truth.
    var statedCount: UInt16?
    var statedByteCount: UInt32?
    var statedOffset: UInt32?
    var disk: UInt16 = 0
    var comment: [UInt8] = []
    /// Between the directory and the end: the records of 64-bit sizes.
    var before: ((_ offset: Int, _ byteCount: Int, _ end: Int) -> [UInt8])?

    /// The archive of a pickle and one storage of four numbers.
    init(pickle: [UInt8] = Pickle.honest, storage: [UInt8] = ZipImage.four) {
        entries = [
            Entry("archive/data.pkl", pickle), Entry("archive/byteorder", Array("little".utf8)),
            Entry("archive/data/0", storage), Entry("archive/version", Array("3\n".utf8)),
        ]
    }

    func with(_ change: (inout ZipImage) -> Void) -> [UInt8] {
        var image = self
        change(&image)
        return image.bytes
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let checksum = entry.checksum ?? CyclicChecksum.zip(entry.bytes)
            let sizes =
                word(checksum) + word(entry.packedByteCount ?? UInt32(entry.bytes.count))
                + word(entry.byteCount ?? UInt32(entry.bytes.count))
            let (name, localName) = (Array(entry.name.utf8), Array((entry.localName ?? entry.name).utf8))
            let common = word(entry.flags) + word(entry.method) + word(UInt32(0))
            directory += [0x50, 0x4B, 1, 2, 0, 0, 0, 0] + common + sizes + word(UInt16(name.count))
            directory += word(UInt16(entry.extra.count)) + [UInt8](repeating: 0, count: 10)
            directory += word(entry.headerOffset ?? UInt32(bytes.count)) + name + entry.extra
            bytes += [0x50, 0x4B, 3, 4, 0, 0] + common + sizes + word(UInt16(localName.count)) + word(UInt16(0))
            bytes += localName + entry.bytes
        }
        let offset = bytes.count
        bytes += directory
        bytes += before?(offset, directory.count, bytes.count) ?? []
        let count = statedCount ?? UInt16(truncatingIfNeeded: entries.count)
        bytes += [0x50, 0x4B, 5, 6] + word(disk) + word(disk) + word(count) + word(count)
        bytes += word(statedByteCount ?? UInt32(directory.count)) + word(statedOffset ?? UInt32(offset))
        return bytes + word(UInt16(comment.count)) + comment
    }

    /// The two records of 64-bit sizes.
    static func end64(count: UInt64, byteCount: UInt64, offset: UInt64, recordAt record: UInt64) -> [UInt8] {
        let sizes = word(count) + word(count) + word(byteCount) + word(offset)
        return [0x50, 0x4B, 6, 6] + word(UInt64(44)) + word(UInt32(0)) + word(UInt64(0)) + sizes
            + [0x50, 0x4B, 6, 7] + word(UInt32(0)) + word(record) + word(UInt32(1))
    }
}

extension CyclicChecksum {
    func callAsFunction(_ bytes: [UInt8]) -> UInt32 { unsafe self(bytes.span.bytes) }
}

private func floatBytes(_ floats: [Float]) -> [UInt8] { floats.flatMap { word($0.bitPattern) } }
