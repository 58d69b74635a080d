import StrictJSON
import TestSupport
import Testing

@testable import Checkpoints

@Suite struct Shards {
    private let folder = TemporaryDirectory()
    private var indexPath: String { folder.file("model.safetensors.index.json") }

    private func write(_ name: String, tensors: [String]) {
        let entries = tensors.enumerated().map { index, tensor in
            "\"\(tensor)\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[\(4 * index),\(4 * index + 4)]}"
        }
        let values = tensors.indices.map { Float($0) + Float(name.utf8.count) }
        writeFile(folder.file(name), safetensors("{\(entries.joined(separator: ","))}", data: bytes(values)))
    }

    private func open(_ map: [(String, String)], totalSize: String? = nil) throws -> ShardedWeights {
        let metadata = totalSize.map { "\"metadata\":{\"total_size\":\($0)}," } ?? ""
        let members = map.map { "\"\($0.0)\":\"\($0.1)\"" }.joined(separator: ",")
        writeFile(indexPath, Array("{\(metadata)\"weight_map\":{\(members)}}".utf8))
        return try ShardedWeights(indexPath: indexPath)
    }

    @Test(arguments: ["12", "12.0"])
    func areReadAsOneCheckpoint(totalSize: String) throws {
        write("one", tensors: ["a", "b"])
        write("second", tensors: ["c"])
        let checkpoint = try open([("a", "one"), ("b", "one"), ("c", "second")], totalSize: totalSize)
        #expect(checkpoint.tensors.map(\.name) == ["a", "b", "c"])
        for (tensor, expected) in zip(checkpoint.tensors, [3, 4, 6] as [Float]) {
            var output: [Float] = [0]
            var span = output.mutableSpan
            checkpoint.read(tensor, rows: 0..<1, columns: 0..<1, into: &span)
            #expect(output == [expected])
        }
    }

    @Test(arguments: ["../one", "/etc/passwd", "", ".", "..", "sub/one"])
    func withNamesThatAreNotPlainAreRefused(name: String) {
        #expect(throws: CheckpointError.badShardName(path: indexPath, name: name)) { try open([("a", name)]) }
    }

    @Test func thatAreMissingAreNamed() {
        write("one", tensors: ["a"])
        #expect(throws: CheckpointError.missingShard(path: indexPath, name: "two")) {
            try open([("a", "one"), ("b", "two")])
        }
    }

    @Test func thatDisagreeWithTheirIndexAreRefused() {
        write("one", tensors: ["a", "b"])
        write("two", tensors: ["b", "c"])
        #expect(throws: CheckpointError.tensorNotInIndex(tensor: "b", shard: "one")) { try open([("a", "one")]) }
        #expect(throws: CheckpointError.tensorInTwoShards(tensor: "b", shards: ["one", "two"])) {
            try open([("a", "one"), ("b", "one"), ("c", "two")])
        }
        #expect(throws: CheckpointError.tensorNotInShard(tensor: "z", shard: "one")) {
            try open([("a", "one"), ("b", "one"), ("z", "one")])
        }
        #expect(throws: CheckpointError.wrongTotalSize(path: indexPath, stated: "9", found: 8)) {
            try open([("a", "one"), ("b", "one")], totalSize: "9")
        }
    }

    @Test func withoutAMapAreRefused() {
        writeFile(indexPath, Array("{\"metadata\":{}}".utf8))
        #expect(throws: CheckpointError.badIndex(path: indexPath, field: "weight_map")) {
            try ShardedWeights(indexPath: indexPath)
        }
        writeFile(indexPath, Array("{\"weight_map\":{\"a\":3}}".utf8))
        #expect(throws: CheckpointError.badIndex(path: indexPath, field: "a")) {
            try ShardedWeights(indexPath: indexPath)
        }
    }
}
