import TestSupport
import Testing

@testable import ModelFile

/// Every byte of a file is under a checksum or must be zero, so that no damage goes unnoticed.
@Suite struct Damage {
    @Test func everyTruncationThrows() throws {
        let bytes = try tinyFile()
        for count in bytes.indices {
            #expect(BrokenFiles.error(verifying: Array(bytes[..<count])) != nil)
        }
    }

    @Test func everyByteFlippedThrows() throws {
        let bytes = try tinyFile()
        var generator = SeededGenerator(seed: 5)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= UInt8.random(in: 1...255, using: &generator)
            #expect(BrokenFiles.error(verifying: changed) != nil, "byte \(index)")
        }
    }

    /// The tables sealed again, so that what reads them has to stand up for itself: any error will do, and no trap.
    @Test func everyByteOfTheTablesFlippedUnderASealThrowsOrReads() throws {
        let bytes = try tinyFile()
        let tables = unsafe Int(bytes.span.bytes.uint64(at: 32))
        var generator = SeededGenerator(seed: 6)
        for index in Array(8..<56) + Array(tables..<bytes.count) {
            var changed = bytes
            changed[index] ^= UInt8.random(in: 1...255, using: &generator)
            _ = BrokenFiles.error(verifying: FileImage.sealed(changed))
        }
    }

    /// A checksum belongs to a place: its array's, and the chunk's in it. The array's name belongs to the place by the
    /// checksum of the tables.
    @Test(arguments: [false, true])
    func chunksOfOneSizeExchangedThrow(withTheirChecksums: Bool) throws {
        let folder = TemporaryDirectory()
        let matrices = ["a", "b"].enumerated().map {
            Int8Matrix($1, rows: 32, columns: 16, rowsPerChunk: 16, seed: UInt64($0 + 1))
        }
        try writeSamples(matrices, to: folder.file("a.q8z"))
        let bytes = readFile(folder.file("a.q8z"))
        let chunks = try ModelFile(bytes: bytes).chunks
        let table = bytes.count - chunks.count * ChunkTable.recordByteCount
        var count = 0
        for first in chunks.indices {
            for second in chunks.indices.dropFirst(first + 1) {
                let (one, other) = (chunks[first].stored, chunks[second].stored)
                guard one.count == other.count, bytes[one] != bytes[other] else { continue }
                count += 1
                var changed = bytes
                for offset in 0..<one.count { changed.swapAt(one.lowerBound + offset, other.lowerBound + offset) }
                if withTheirChecksums {
                    for byte in 16..<24 {
                        changed.swapAt(
                            table + first * ChunkTable.recordByteCount + byte,
                            table + second * ChunkTable.recordByteCount + byte)
                    }
                }
                let array = ["a", "a.scales", "b", "b.scales"][chunks[first].arrayIndex]
                #expect(
                    BrokenFiles.error(verifying: FileImage.sealed(changed))
                        == .chunkDamaged(array: array, chunk: first == 1 || first == 4 ? 1 : 0))
            }
        }
        #expect(count == 7)
    }

    @Test func namesExchangedThrow() throws {
        let folder = TemporaryDirectory()
        try writeSamples(
            ["a", "b"].map { Int8Matrix($0, rows: 16, columns: 16, seed: UInt64($0 == "a" ? 1 : 2)) },
            to: folder.file("a.q8z"))
        var bytes = readFile(folder.file("a.q8z"))
        let directory = unsafe Int(bytes.span.bytes.uint64(at: 32))
        // "a", "a.scales", "b", "b.scales": records of 96 bytes that begin with the name.
        bytes.swapAt(directory, directory + 2 * Directory.recordByteCount)
        bytes.swapAt(directory + Directory.recordByteCount, directory + 3 * Directory.recordByteCount)
        guard case .tablesDamaged = BrokenFiles.error(verifying: bytes) else {
            Issue.record("other names for the same numbers went unnoticed")
            return
        }
    }

    @Test(arguments: [0, 8, 12, 16, 24, 28, 32, 40, 48, 56, 64])
    func everyOtherValueOfAByteThrows(at index: Int) throws {
        let bytes = try tinyFile()
        for value in UInt8.min...UInt8.max where value != bytes[index] {
            var changed = bytes
            changed[index] = value
            #expect(BrokenFiles.error(verifying: changed) != nil)
        }
    }

    @Test func aChunkIsCheckedOnceAndFromManyThreads() async throws {
        let folder = TemporaryDirectory()
        let matrix = Int8Matrix(rows: 1600, columns: 40, storage: .zstd, rowsPerChunk: 16)
        try writeSamples([matrix], to: folder.file("a.q8z"))
        let file = try ModelFile(path: folder.file("a.q8z"))
        let array = try #require(file.array(named: "m"))
        #expect(array.chunks.count == 100)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let decoder = try ChunkDecoder()
                    for chunk in array.chunks { _ = try file.bytes(ofChunk: chunk, with: decoder) }
                }
            }
            try await group.waitForAll()
        }
        for chunk in array.chunks { #expect(file.verified[chunk]) }
        #expect(!file.verified[array.chunks.upperBound])
    }

    @Test func oneDamagedChunkDoesNotHideTheOthers() throws {
        var image = BrokenFile.good
        image.set("p", at: 64, [1])
        let bytes = image.assembled { bytes in bytes[64] ^= 1 }
        let folder = TemporaryDirectory()
        writeFile(folder.file("a.q8z"), bytes)
        let file = try ModelFile(path: folder.file("a.q8z"))
        for _ in 0..<2 {  // a chunk that failed is not remembered as good
            #expect(throws: ModelFileError.chunkDamaged(array: "m", chunk: 0)) { try file.verify(chunk: 0) }
        }
        try file.verify(try #require(file.array(named: "p")))
    }
}
