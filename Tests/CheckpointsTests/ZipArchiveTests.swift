import TestSupport
import Testing

@testable import Checkpoints

extension HostileFile {
    /// Archives whose parts do not agree.
    static let archives: [HostileFile] = [
        HostileFile("bytes behind the end", zip: ZipImage().bytes + [0], .noEnd),
        HostileFile("a comment", zip: ZipImage().with { $0.comment = [1, 2, 3] }, .noEnd),
        HostileFile("only a beginning", zip: ZipArchive.magic, .noEnd),
        HostileFile("another disk", zip: ZipImage().with { $0.disk = 1 }, .manyDisks),
        HostileFile(
            "an entry twice", zip: ZipImage().with { $0.entries.append($0.entries[2]) }, .duplicate("archive/data/0")),
        HostileFile(
            "a compressed entry", zip: ZipImage().with { $0.entries[2].method = 8 },
            .compressed("archive/data/0", method: 8)),
        HostileFile(
            "an encrypted entry", zip: ZipImage().with { $0.entries[2].flags = 0x0801 }, .encrypted("archive/data/0")),
        HostileFile(
            "two sizes", zip: ZipImage().with { $0.entries[2].byteCount = 1 << 30 },
            .twoSizes("archive/data/0", stored: 16, unpacked: 1 << 30)),
        HostileFile(
            "a size beyond the file",
            zip: ZipImage().with { ($0.entries[2].byteCount, $0.entries[2].packedByteCount) = (1 << 30, 1 << 30) },
            .outside("archive/data/0")),
        HostileFile(
            "a size of 2^63 in 64 bits",
            zip: ZipImage().with {
                ($0.entries[2].byteCount, $0.entries[2].packedByteCount) = (.max, .max)
                $0.entries[2].extra =
                    word(UInt16(1)) + word(UInt16(16)) + word(1 << 63 as UInt64) + word(1 << 63 as UInt64)
            }, .outside("archive/data/0")),
        HostileFile(
            "a 64-bit size that is not there", zip: ZipImage().with { $0.entries[2].byteCount = .max }, .badDirectory),
        HostileFile(
            "a header beyond the file", zip: ZipImage().with { $0.entries[2].headerOffset = 1 << 30 },
            .outside("archive/data/0")),
        HostileFile(
            "a header where there is none", zip: ZipImage().with { $0.entries[2].headerOffset = 1 },
            .headerDiffers("archive/data/0")),
        HostileFile(
            "another entry's header", zip: ZipImage().with { $0.entries[2].headerOffset = 0 },
            .headerDiffers("archive/data/0")),
        HostileFile(
            "two names", zip: ZipImage().with { $0.entries[2].localName = "archive/data/9" },
            .headerDiffers("archive/data/0")),
        HostileFile(
            "an entry in another",
            zip: ZipImage().with {
                $0.entries[2].bytes += $0.with { $0.entries = [ZipImage.Entry("inner", [1])] }.prefix(36)
                $0.entries.append(ZipImage.Entry("inner", [1]))
                $0.entries[4].headerOffset = UInt32(ZipImage(pickle: Pickle.honest).offset(of: 2) + 16)
            }, .overlap(first: "archive/data/0", second: "inner")),
        HostileFile(
            "a wrong checksum of the pickle", zip: ZipImage().with { $0.entries[0].checksum = 1 },
            .wrongChecksum("archive/data.pkl", stated: 1, found: CyclicChecksum.zip(Pickle.honest))),
        HostileFile(
            "a wrong checksum of a storage", zip: ZipImage().with { $0.entries[2].checksum = 1 },
            .wrongChecksum("archive/data/0", stated: 1, found: CyclicChecksum.zip(ZipImage.four))),
        HostileFile(
            "a path that walks away", zip: ZipImage().with { $0.entries[3].name = "archive/../../etc/passwd" },
            .badName("archive/../../etc/passwd")),
        HostileFile(
            "an absolute path", zip: ZipImage().with { $0.entries[3].name = "/etc/passwd" }, .badName("/etc/passwd")),
        HostileFile("a name with NUL", zip: ZipImage().with { $0.entries[3].name = "a\0b" }, .badName("a\0b")),
        HostileFile("fewer entries stated", zip: ZipImage().with { $0.statedCount = 3 }, .badDirectory),
        HostileFile("more entries stated", zip: ZipImage().with { $0.statedCount = 5 }, .badDirectory),
        HostileFile("a shorter directory stated", zip: ZipImage().with { $0.statedByteCount = 5 }, .directoryOutside),
        HostileFile("a directory elsewhere", zip: ZipImage().with { $0.statedOffset = 5 }, .directoryOutside),
        HostileFile("64-bit sizes without a locator", zip: ZipImage().with { $0.statedOffset = .max }, .noLocator),
        HostileFile(
            "a locator that leads elsewhere",
            zip: ZipImage().with {
                $0.before = { offset, count, _ in
                    ZipImage.end64(count: 4, byteCount: UInt64(count), offset: UInt64(offset), recordAt: 0)
                }
            }, .noRecord64),
        HostileFile(
            "two ends that disagree",
            zip: ZipImage().with {
                $0.before = { offset, count, end in
                    ZipImage.end64(count: 3, byteCount: UInt64(count), offset: UInt64(offset), recordAt: UInt64(end))
                }
            }, .twoEnds),
        HostileFile(
            "four billion entries",
            zip: ZipImage().with {
                $0.statedCount = .max
                $0.before = { offset, count, end in
                    ZipImage.end64(
                        count: 1 << 32, byteCount: UInt64(count), offset: UInt64(offset), recordAt: UInt64(end))
                }
            }, .tooMany(count: 1 << 32, limit: 65_536)),
        HostileFile(
            "a directory of 2^64 - 1 bytes",
            zip: ZipImage().with {
                $0.statedByteCount = .max
                $0.before = { offset, _, end in
                    ZipImage.end64(count: 4, byteCount: .max, offset: UInt64(offset), recordAt: UInt64(end))
                }
            }, .directoryTooLarge(byteCount: .max, limit: 16 << 20)),
        HostileFile("no pickle", ZipImage().with { $0.entries.removeFirst() }) { .pyTorch(path: $0, .noPickle) },
        HostileFile("two pickles", ZipImage().with { $0.entries.append(.init("b/data.pkl", Pickle.honest)) }) {
            .pyTorch(path: $0, .noPickle)
        },
    ]
}

extension ZipImage {
    /// Where the bytes of an entry begin.
    func offset(of index: Int) -> Int {
        entries[...index].reduce(0) { $0 + 30 + $1.name.utf8.count }
            + entries[..<index].reduce(0) { $0 + $1.bytes.count }
    }
}

@Suite struct ZipArchives {
    private let folder = TemporaryDirectory()
    private var path: String { folder.file("archive.pt") }

    @Test(arguments: HostileFile.archives)
    func areRefusedWithTheirReason(_ file: HostileFile) {
        writeFile(path, file.bytes)
        #expect(throws: file.expected(path)) { try PyTorchFile(path: path) }
        #expect(saysWhatToDo("\(file.expected("archive.pt"))"))
    }

    @Test func with64BitSizesAreRead() throws {
        let bytes = ZipImage().with {
            ($0.statedCount, $0.statedByteCount, $0.statedOffset) = (.max, .max, .max)
            $0.before = { offset, count, end in
                ZipImage.end64(count: 4, byteCount: UInt64(count), offset: UInt64(offset), recordAt: UInt64(end))
            }
        }
        writeFile(path, bytes)
        #expect(try PyTorchFile(path: path).tensors.map(\.name) == ["t"])
    }

    @Test func haveTheChecksumsOfTheStandards() {
        let digits = Array("123456789".utf8)
        #expect(CyclicChecksum.zip(digits) == 0xCBF4_3926)
        #expect(CyclicChecksum.castagnoli(digits) == 0xE306_9283)
        let long = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* $0) }
        let (first, second) = (Array(long[..<501]), Array(long[501...]))
        let whole = unsafe CyclicChecksum.zip(second.span.bytes, after: CyclicChecksum.zip(first))
        #expect(whole == CyclicChecksum.zip(long))
    }
}
