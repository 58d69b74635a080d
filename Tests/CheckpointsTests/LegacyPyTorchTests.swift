import TestSupport
import Testing

@testable import Checkpoints

/// Files of before PyTorch 1.6: five pickles, then the storages.
@Suite struct LegacyPyTorchFiles {
    private let folder = TemporaryDirectory()
    private var path: String { folder.file("weights") }

    private static let magic: [UInt8] = [
        0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    private static let version = Pickle.pickle(Pickle.integer(1001))
    private static func system(little: Bool) -> [UInt8] {
        Pickle.pickle(Pickle.dictionary(("little_endian", [little ? 0x88 : 0x89])))
    }
    private static func keys(_ keys: String...) -> [UInt8] {
        Pickle.pickle(
            Pickle.emptyList, Pickle.mark, keys.flatMap { Pickle.text($0) }, Array("e".utf8))
    }
    private static let storage = word(UInt64(4)) + ZipImage.four
    private static let honest = magic + version + system(little: true) + Pickle.honest + keys("0") + storage

    private func refusal(_ bytes: [UInt8]) -> PyTorchError? {
        writeFile(path, bytes)
        do { _ = try openWeightsFile(path: path) } catch {
            guard case .pyTorch(path, let reason) = error else { return nil }
            return reason
        }
        return nil
    }

    @Test func areReadByWhatTheyHold() throws {
        writeFile(path, Self.honest)
        let file = try openWeightsFile(path: path)
        var values = [Float](repeating: 0, count: 4)
        var span = values.mutableSpan
        file.read(try #require(file.tensors.first), rows: 0..<2, columns: 0..<2, into: &span)
        #expect(values == [1, 2, 3, 4])
    }

    @Test func thatBreakARuleAreRefused() {
        let (begin, weights) = (Self.magic + Self.version + Self.system(little: true), Pickle.honest)
        let bad: [([UInt8], PyTorchError)] = [
            (Pickle.honest, .unknownVersion),
            (Self.magic + Pickle.pickle(Pickle.integer(7)), .unknownVersion),
            (Self.magic, .pickle(.truncated(offset: 15))),
            (Self.magic + Self.version + Self.system(little: false), .bigEndian),
            (begin + weights + Self.keys("1") + Self.storage, .badStorageList),
            (begin + weights + Self.keys("0", "0") + Self.storage + Self.storage, .badStorageList),
            (begin + weights + Pickle.pickle(Pickle.text("0")) + Self.storage, .badStorageList),
            (begin + weights + Self.keys("0") + word(UInt64(5)) + ZipImage.four, .badStorageList),
            (begin + weights + Self.keys("0"), .missingStorage(key: "0")),
            (Self.honest.dropLast(), .missingStorage(key: "0")),
            (Self.honest + [0], .appended(expected: Self.honest.count, found: Self.honest.count + 1)),
            (
                begin + Pickle.pickle(Pickle.global("posix", "system")),
                .pickle(.global(module: "posix", name: "system"))
            ),
        ]
        for (bytes, expected) in bad {
            #expect(refusal(Array(bytes)) == expected)
            #expect(saysWhatToDo("\(CheckpointError.pyTorch(path: "model.bin", expected))"))
        }
    }

    @Test func atEveryLengthAreRefused() {
        for count in 0..<Self.honest.count {
            writeFile(path, Array(Self.honest[..<count]))
            #expect(throws: CheckpointError.self) { try openWeightsFile(path: path) }
        }
    }
}
